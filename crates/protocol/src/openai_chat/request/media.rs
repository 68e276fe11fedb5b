//! Images, files and sounds, in both directions.

use bytes::Bytes;

use crate::{
    canonical::{
        ApiError, Base64, Capabilities, Losses, Media, MediaSource, Part,
        media::{data_url, type_by_name},
    },
    json::Text,
    openai::media::{document_text, foreign_file, image_url, no_base64, refused},
    openai_chat::wire,
};

pub(super) fn decode_image(
    body: &Bytes,
    url: &str,
    detail: Option<&str>,
    field: &str,
) -> Result<Part, ApiError> {
    let Some(image) = Media::image(body, url) else {
        return Err(ApiError::invalid(
            field,
            format!(
                "`{field}` must be a web address or a base64 data URL (data:image/png;base64,...)."
            ),
        ));
    };
    let detail = detail.map(str::to_owned);
    Ok(Part::Image(Media { detail, ..image }))
}

pub(super) fn decode_file(
    body: &Bytes,
    file: &wire::File<'_>,
    field: &str,
) -> Result<Part, ApiError> {
    let name = file.filename.as_deref().map(str::to_owned);
    match (&file.file_data, &file.file_id) {
        (Some(data), _) => Media::file(body, data, name)
            .map(Part::File)
            .ok_or_else(|| no_base64(field)),
        (None, Some(id)) => Ok(Part::File(Media {
            source: MediaSource::FileId(id.to_string()),
            media_type: name.as_deref().and_then(type_by_name).map(str::to_owned),
            name,
            detail: None,
        })),
        (None, None) => Err(ApiError::invalid(
            field,
            format!("`{field}` holds no file: give `file_data` or `file_id`."),
        )),
    }
}

/// A sound is a file of an audio type.
pub(super) fn decode_audio(body: &Bytes, audio: &wire::Audio<'_>) -> Part {
    let media_type = match &*audio.format {
        "mp3" => "audio/mpeg".to_owned(),
        format => format!("audio/{format}"),
    };
    let data = data_url(&audio.data).map_or(&*audio.data, |(_, data)| data);
    Part::File(Media {
        source: MediaSource::Base64(Base64::of_loose(body, data)),
        media_type: Some(media_type),
        name: None,
        detail: None,
    })
}

pub(super) fn encode_image<'a>(
    image: &'a Media,
    field: &str,
    capabilities: &Capabilities,
) -> Result<wire::Part<'a>, ApiError> {
    let url = image_url(image, field, capabilities)?;
    let detail = image.detail.as_deref().map(wire::Text::from);
    Ok(wire::Part {
        kind: Some("image_url".into()),
        image_url: Some(wire::TextOr::Other(wire::ImageUrl {
            url,
            detail,
            ..wire::ImageUrl::default()
        })),
        ..wire::Part::default()
    })
}

pub(super) fn encode_file<'a>(
    file: &'a Media,
    field: &str,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Result<wire::Part<'a>, ApiError> {
    if file.is_image() {
        return encode_image(file, field, capabilities);
    }
    let media_type = file.media_type.as_deref().unwrap_or_default();
    let data = match &file.source {
        MediaSource::Base64(data) => data,
        MediaSource::Text(text) => {
            losses.emulated(field, "is a text document and was sent as text");
            return Ok(text_document(file.name.as_deref(), text.as_str().into()));
        }
        MediaSource::FileId(_) => return Err(foreign_file(field)),
        MediaSource::Url(_) => {
            return Err(refused(
                field,
                "document URLs are not supported for this model; send base64",
            ));
        }
    };
    // Of files it takes PDF only.
    if let Some(text) = data.text_of(media_type) {
        losses.emulated(field, "is a text document and was sent as text");
        return Ok(text_document(file.name.as_deref(), text.into()));
    }
    let format = match media_type {
        "audio/wav" | "audio/x-wav" | "audio/wave" => Some("wav"),
        "audio/mpeg" | "audio/mp3" => Some("mp3"),
        sound if sound.starts_with("audio/") => {
            return Err(refused(field, "only wav and mp3 sounds are supported"));
        }
        film if film.starts_with("video/") => {
            return Err(refused(field, "video input is not supported"));
        }
        _ => None,
    };
    if let Some(format) = format {
        return Ok(wire::Part {
            kind: Some("input_audio".into()),
            input_audio: Some(wire::Audio {
                data: data.as_str().into(),
                format: format.into(),
                ..wire::Audio::default()
            }),
            ..wire::Part::default()
        });
    }
    let media_type = match media_type {
        "" => data.sniff().unwrap_or("application/pdf"),
        stated => stated,
    };
    let name = file.name.as_deref().unwrap_or("document.pdf");
    Ok(wire::Part {
        kind: Some("file".into()),
        file: Some(wire::File {
            file_id: None,
            filename: Some(name.into()),
            file_data: Some(data.as_data_url(media_type).into()),
            ..wire::File::default()
        }),
        ..wire::Part::default()
    })
}

fn text_document<'a>(title: Option<&str>, text: Text<'a>) -> wire::Part<'a> {
    wire::Part::text(document_text(title, text))
}
