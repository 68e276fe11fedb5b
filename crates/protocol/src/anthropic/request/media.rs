//! Images and documents for the provider.

use std::borrow::Cow;

use crate::{
    anthropic::wire::{BlockOut, SourceOut},
    canonical::{ApiError, Base64, Capabilities, Losses, Media, MediaSource},
};

const IMAGE_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

pub(super) fn image<'a>(
    media: &'a Media,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Result<BlockOut<'a>, ApiError> {
    if media
        .detail
        .as_deref()
        .is_some_and(|detail| detail != "auto")
    {
        losses.dropped(
            "messages[].image.detail",
            "of an image has no place in this protocol",
        );
    }
    let source = match &media.source {
        MediaSource::Base64(data) => {
            let media_type = media.real_type(data, losses).ok_or_else(unknown_kind)?;
            if media_type == "application/pdf" {
                return Ok(document_of(data, media));
            }
            if !IMAGE_TYPES.contains(&&*media_type) {
                return Err(refuse(format!(
                    "Images of type {media_type} are not supported by this model; send JPEG, PNG, GIF or WebP."
                )));
            }
            SourceOut::Base64 {
                media_type,
                data: data.as_str(),
            }
        }
        MediaSource::Url(url) if capabilities.image_url => SourceOut::Url { url },
        MediaSource::Url(_) => {
            return Err(refuse(
                "Image URLs are not supported by this model; send the image as base64.",
            ));
        }
        MediaSource::FileId(_) => return Err(foreign_file()),
        MediaSource::Text(_) => return Err(refuse("An image cannot be given as text.")),
    };
    Ok(BlockOut::Image { source })
}

pub(super) fn file<'a>(media: &'a Media, losses: &mut Losses) -> Result<BlockOut<'a>, ApiError> {
    let title = media.name.as_deref();
    let data = match &media.source {
        MediaSource::Base64(data) => data,
        MediaSource::FileId(_) => return Err(foreign_file()),
        MediaSource::Text(text) => {
            return Ok(BlockOut::Document {
                source: plain(Cow::Borrowed(text)),
                title,
            });
        }
        MediaSource::Url(url) => {
            return Ok(BlockOut::Document {
                source: SourceOut::Url { url },
                title,
            });
        }
    };
    let kind = media
        .declared()
        .filter(|kind| kind != "application/octet-stream")
        .or_else(|| data.sniff().map(Cow::Borrowed))
        .unwrap_or_default();
    if kind == "application/pdf" {
        return Ok(document_of(data, media));
    }
    if IMAGE_TYPES.contains(&&*kind) {
        return Ok(BlockOut::Image {
            source: SourceOut::Base64 {
                media_type: kind,
                data: data.as_str(),
            },
        });
    }
    match data.text_of(&kind) {
        Some(text) => {
            if kind != "text/plain" {
                losses.emulated(
                    "messages[].file",
                    format!("of type {kind} became a plain text document"),
                );
            }
            Ok(BlockOut::Document {
                source: plain(Cow::Owned(text)),
                title,
            })
        }
        None => Err(refuse(match kind.split('/').next() {
            Some("audio") => "Sound input is not supported by this model.".to_owned(),
            Some("video") => "Video input is not supported by this model.".to_owned(),
            _ => format!(
                "Files of type {} are not supported by this model; send PDF or plain text.",
                if kind.is_empty() { "unknown" } else { &kind }
            ),
        })),
    }
}

fn document_of<'a>(data: &'a Base64, media: &'a Media) -> BlockOut<'a> {
    BlockOut::Document {
        source: SourceOut::Base64 {
            media_type: Cow::Borrowed("application/pdf"),
            data: data.as_str(),
        },
        title: media.name.as_deref(),
    }
}

fn plain(data: Cow<'_, str>) -> SourceOut<'_> {
    SourceOut::Text {
        media_type: "text/plain",
        data,
    }
}

fn foreign_file() -> ApiError {
    refuse("File ids cannot be used across providers; send the file itself.")
}

fn refuse(message: impl Into<String>) -> ApiError {
    ApiError::invalid("messages", message)
}

fn unknown_kind() -> ApiError {
    refuse("An image has no media type and its bytes are of no known kind.")
}
