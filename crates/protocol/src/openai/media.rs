//! Images and files as this vendor's requests name them.

use crate::{
    canonical::{ApiError, Capabilities, Media, MediaSource},
    json::Text,
};

/// An image as an address: its own, or one that holds its data.
///
/// # Errors
/// When the target takes no such image, with the field.
pub(crate) fn image_url<'a>(
    image: &'a Media,
    field: &str,
    capabilities: &Capabilities,
) -> Result<Text<'a>, ApiError> {
    match &image.source {
        MediaSource::Base64(data) => {
            let declared = image.declared();
            let media_type = declared.as_deref().or_else(|| data.sniff());
            Ok(data.as_data_url(media_type.unwrap_or("image/png")).into())
        }
        MediaSource::Url(url) if capabilities.image_url => Ok(url.as_str().into()),
        MediaSource::Url(_) => Err(refused(
            field,
            "image URLs are not supported for this model; send base64",
        )),
        MediaSource::FileId(_) => Err(foreign_file(field)),
        MediaSource::Text(_) => Err(refused(field, "an image cannot be given as text")),
    }
}

/// A text document as a text, under its title.
pub(crate) fn document_text<'a>(title: Option<&str>, text: Text<'a>) -> Text<'a> {
    match title {
        Some(title) => format!("{title}\n\n{}", &*text).into(),
        None => text,
    }
}

/// Of a file in a data URL of another form.
pub(crate) fn no_base64(field: &str) -> ApiError {
    refused(
        field,
        "a file must be base64 or a base64 data URL (data:application/pdf;base64,...)",
    )
}

pub(crate) fn foreign_file(field: &str) -> ApiError {
    refused(
        field,
        "file ids cannot be used across providers; send the file itself",
    )
}

pub(crate) fn refused(field: &str, why: &str) -> ApiError {
    ApiError::invalid(field, format!("`{field}`: {why}."))
}
