//! Images, which stand as bare base64 beside the text; other files have no place but as text.

use bytes::Bytes;

use crate::{
    canonical::{
        ApiError, Base64, Losses, Media, MediaSource, Part,
        media::{data_url, is_web_address},
    },
    json::Text,
};

pub(super) fn decode_image(body: &Bytes, text: &str, field: &str) -> Result<Part, ApiError> {
    if text.is_empty() || is_web_address(text) {
        return Err(ApiError::invalid(
            field,
            format!("`{field}` must be the image itself in base64."),
        ));
    }
    // Some send a data URL all the same.
    let (declared, data) = data_url(text).unwrap_or((None, text));
    let data = Base64::of_loose(body, data);
    let media_type = declared.or_else(|| data.sniff()).map(str::to_owned);
    Ok(Part::Image(Media {
        source: MediaSource::Base64(data),
        media_type,
        name: None,
        detail: None,
    }))
}

pub(super) fn encode_image<'r>(image: &'r Media, field: &str) -> Result<Text<'r>, ApiError> {
    match &image.source {
        MediaSource::Base64(data) if data.as_str().is_empty() => {
            Err(refused(field, "an image must hold something"))
        }
        MediaSource::Base64(data) => Ok(data.as_str().into()),
        MediaSource::Url(_) => Err(refused(
            field,
            "image URLs are not supported for this model; send base64",
        )),
        MediaSource::FileId(_) => Err(refused(
            field,
            "file ids cannot be used across providers; send the file itself",
        )),
        MediaSource::Text(_) => Err(refused(field, "an image cannot be given as text")),
    }
}

/// A file that is text; `None` where it is an image.
pub(super) fn encode_file(
    file: &Media,
    field: &str,
    losses: &mut Losses,
) -> Result<Option<String>, ApiError> {
    if file.is_image() {
        return Ok(None);
    }
    let declared = file.declared().unwrap_or_default();
    let text = match &file.source {
        MediaSource::Base64(data) => data.text_of(&declared),
        MediaSource::Text(text) => Some(text.clone()),
        MediaSource::FileId(_) | MediaSource::Url(_) => None,
    };
    let Some(text) = text else {
        let why = match declared.split('/').next() {
            Some("audio") => "sound input is not supported",
            Some("video") => "video input is not supported",
            _ => "document input is not supported by this model; send its text",
        };
        return Err(refused(field, why));
    };
    losses.emulated(field, "is a text document and was sent as text");
    Ok(Some(match &file.name {
        Some(title) => format!("{title}\n\n{text}"),
        None => text,
    }))
}

fn refused(field: &str, why: &str) -> ApiError {
    ApiError::invalid(field, format!("`{field}`: {why}."))
}
