//! Images, files and sounds, in both directions.

use bytes::Bytes;

use super::super::wire;
use crate::canonical::{
    ApiError, Base64, Capabilities, Losses, Media, MediaSource, Part, is_web_address,
};

/// An image by `data:` URL, web address, or bare base64 as some clients send it.
pub(super) fn decode_image(
    body: &Bytes,
    url: &str,
    detail: Option<&str>,
    field: &str,
) -> Result<Part, ApiError> {
    let (source, media_type) = if is_web_address(url) {
        (MediaSource::Url(url.to_owned()), None)
    } else if let Some((media_type, data)) = data_url(url) {
        (MediaSource::Base64(base64(body, data)), media_type)
    } else {
        let data = base64(body, url);
        let Some(media_type) = data.sniff() else {
            return Err(ApiError::invalid_request(format!(
                "`{field}` must be a web address or a base64 data URL (data:image/png;base64,...)."
            ))
            .with_param(field));
        };
        (MediaSource::Base64(data), Some(media_type))
    };
    Ok(Part::Image(Media {
        source,
        media_type: media_type.map(str::to_owned),
        name: None,
        detail: detail.map(str::to_owned),
    }))
}

pub(super) fn decode_file(
    body: &Bytes,
    file: &wire::File<'_>,
    field: &str,
) -> Result<Part, ApiError> {
    let name = file.filename.as_deref().map(str::to_owned);
    let (source, media_type) = match (&file.file_data, &file.file_id) {
        (Some(data), _) if is_web_address(data) => (MediaSource::Url(data.to_string()), None),
        (Some(data), _) => match data_url(data) {
            Some((media_type, data)) => (MediaSource::Base64(base64(body, data)), media_type),
            None => {
                let data = base64(body, data);
                let media_type = data.sniff();
                (MediaSource::Base64(data), media_type)
            }
        },
        (None, Some(id)) => (MediaSource::FileId(id.to_string()), None),
        (None, None) => {
            return Err(ApiError::invalid_request(format!(
                "`{field}` holds no file: give `file_data` or `file_id`."
            ))
            .with_param(field));
        }
    };
    let is_pdf = name
        .as_deref()
        .is_some_and(|name| name.to_ascii_lowercase().ends_with(".pdf"));
    let media_type = media_type.or_else(|| is_pdf.then_some("application/pdf"));
    Ok(Part::File(Media {
        source,
        media_type: media_type.map(str::to_owned),
        name,
        detail: None,
    }))
}

/// A sound is a file of an audio type.
pub(super) fn decode_audio(body: &Bytes, audio: &wire::Audio<'_>) -> Part {
    let media_type = match &*audio.format {
        "mp3" => "audio/mpeg".to_owned(),
        format => format!("audio/{format}"),
    };
    let data = data_url(&audio.data).map_or(&*audio.data, |(_, data)| data);
    Part::File(Media {
        source: MediaSource::Base64(base64(body, data)),
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
    let url = match &image.source {
        MediaSource::Base64(data) => {
            let media_type = image.media_type.as_deref().or_else(|| data.sniff());
            as_data_url(media_type.unwrap_or("image/png"), data).into()
        }
        MediaSource::Url(url) if capabilities.image_url => url.as_str().into(),
        MediaSource::Url(_) => {
            return Err(refused(
                field,
                "image URLs are not supported for this model; send base64",
            ));
        }
        MediaSource::FileId(_) => return Err(foreign_file(field)),
        MediaSource::Text(_) => return Err(refused(field, "an image cannot be given as text")),
    };
    let detail = image.detail.as_deref().map(wire::Text::from);
    Ok(wire::Part {
        kind: Some("image_url".into()),
        image_url: Some(wire::TextOr::Other(wire::ImageUrl { url, detail })),
        ..wire::Part::default()
    })
}

pub(super) fn encode_file<'a>(
    file: &'a Media,
    field: &str,
    losses: &mut Losses,
) -> Result<wire::Part<'a>, ApiError> {
    let media_type = file.media_type.as_deref().unwrap_or_default();
    let data = match &file.source {
        MediaSource::Base64(data) => data,
        MediaSource::Text(text) => {
            losses.emulated(field, "is a text document and was sent as text");
            return Ok(text_document(file.name.as_deref(), text));
        }
        MediaSource::FileId(_) => return Err(foreign_file(field)),
        MediaSource::Url(_) => {
            return Err(refused(
                field,
                "document URLs are not supported for this model; send base64",
            ));
        }
    };
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
            file_data: Some(as_data_url(media_type, data).into()),
        }),
        ..wire::Part::default()
    })
}

fn text_document<'a>(title: Option<&str>, text: &'a str) -> wire::Part<'a> {
    let text = match title {
        Some(title) => format!("{title}\n\n{text}").into(),
        None => text.into(),
    };
    wire::Part {
        kind: Some("text".into()),
        text: Some(text),
        ..wire::Part::default()
    }
}

/// The type and the data of `data:<type>[;...];base64,<data>`.
fn data_url(text: &str) -> Option<(Option<&str>, &str)> {
    let (head, data) = text.strip_prefix("data:")?.split_once(',')?;
    let head = head.strip_suffix(";base64")?;
    let media_type = head.split(';').next().filter(|kind| !kind.is_empty());
    Some((media_type, data))
}

fn as_data_url(media_type: &str, data: &Base64) -> String {
    format!("data:{media_type};base64,{}", data.as_str())
}

/// Shared with the body; only text with line breaks in it is copied, without them.
fn base64(body: &Bytes, text: &str) -> Base64 {
    if memchr::memchr3(b'\n', b'\r', b' ', text.as_bytes()).is_some() {
        let clean: String = text.split_ascii_whitespace().collect();
        Base64::from(clean)
    } else {
        Base64::of(body, text)
    }
}

fn foreign_file(field: &str) -> ApiError {
    refused(
        field,
        "file ids cannot be used across providers; send the file itself",
    )
}

fn refused(field: &str, why: &str) -> ApiError {
    ApiError::invalid_request(format!("`{field}`: {why}.")).with_param(field)
}
