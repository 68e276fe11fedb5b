//! Images and files, in both directions.

use bytes::Bytes;

use crate::{
    canonical::{
        ApiError, Capabilities, Losses, Media, MediaSource, Part,
        media::{is_web_address, type_by_name},
    },
    openai::media::{document_text, foreign_file, image_url, no_base64, refused},
    openai_responses::wire::{Content, Text},
};

pub(super) fn decode_image(
    body: &Bytes,
    piece: &Content<'_>,
    field: &str,
) -> Result<Part, ApiError> {
    // How closely to look is the provider's choice unless it is made here.
    let detail = piece.detail.as_deref().filter(|detail| *detail != "auto");
    let detail = detail.map(str::to_owned);
    if let (None, Some(id)) = (&piece.image_url, &piece.file_id) {
        return Ok(Part::Image(Media {
            source: MediaSource::FileId(id.to_string()),
            media_type: None,
            name: None,
            detail,
        }));
    }
    let url = piece.image_url.as_deref().unwrap_or_default();
    let Some(image) = Media::image(body, url) else {
        let field = format!("{field}.image_url");
        let message = format!(
            "`{field}` must be a web address or a base64 data URL (data:image/png;base64,...)."
        );
        return Err(ApiError::invalid(field, message));
    };
    Ok(Part::Image(Media { detail, ..image }))
}

pub(super) fn decode_file(body: &Bytes, piece: Content<'_>, field: &str) -> Result<Part, ApiError> {
    let name = piece.filename.map(Text::into_owned);
    let given = [piece.file_data, piece.file_url]
        .into_iter()
        .flatten()
        .next();
    match (given, piece.file_id) {
        (Some(data), _) => Media::file(body, &data, name)
            .map(Part::File)
            .ok_or_else(|| no_base64(field)),
        (None, Some(id)) => Ok(Part::File(Media {
            source: MediaSource::FileId(id.into_owned()),
            media_type: name.as_deref().and_then(type_by_name).map(str::to_owned),
            name,
            detail: None,
        })),
        (None, None) => Err(ApiError::invalid(
            field,
            format!("`{field}` holds no file: give `file_data`, `file_url` or `file_id`."),
        )),
    }
}

pub(super) fn encode_image<'a>(
    image: &'a Media,
    field: &str,
    capabilities: &Capabilities,
) -> Result<Content<'a>, ApiError> {
    let url = image_url(image, field, capabilities)?;
    Ok(Content {
        kind: Some("input_image".into()),
        image_url: Some(url),
        detail: Some(image.detail.as_deref().unwrap_or("auto").into()),
        ..Content::default()
    })
}

pub(super) fn encode_file<'a>(
    file: &'a Media,
    field: &str,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Result<Content<'a>, ApiError> {
    let media_type = file.media_type.as_deref().unwrap_or_default();
    if media_type.starts_with("audio/") {
        return Err(refused(field, "sound input is not supported"));
    }
    if media_type.starts_with("video/") {
        return Err(refused(field, "video input is not supported"));
    }
    let name = file.name.as_deref().map(Text::from);
    let kind = Some("input_file".into());
    match &file.source {
        MediaSource::Base64(data) => {
            let media_type = match media_type {
                "" => data.sniff().unwrap_or("application/pdf"),
                stated => stated,
            };
            Ok(Content {
                kind,
                filename: Some(name.unwrap_or_else(|| "document.pdf".into())),
                file_data: Some(data.as_data_url(media_type).into()),
                ..Content::default()
            })
        }
        MediaSource::Url(url) if is_web_address(url) && capabilities.file_url => Ok(Content {
            kind,
            filename: name,
            file_url: Some(url.as_str().into()),
            ..Content::default()
        }),
        MediaSource::Url(_) => Err(refused(
            field,
            "document URLs are not supported for this model; send base64",
        )),
        MediaSource::Text(text) => {
            losses.emulated(field, "is a text document and was sent as text");
            Ok(Content {
                kind: Some("input_text".into()),
                text: Some(document_text(file.name.as_deref(), text.as_str().into())),
                ..Content::default()
            })
        }
        MediaSource::FileId(_) => Err(foreign_file(field)),
    }
}
