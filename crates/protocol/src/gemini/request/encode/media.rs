//! Images and files for the provider.

use std::borrow::Cow;

use crate::{
    canonical::{ApiError, Capabilities, Losses, Media, MediaSource, media::is_web_address},
    gemini::wire::{BlobOut, FileOut, PartOut},
};

pub(super) fn image<'a>(
    media: &'a Media,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Result<PartOut<'a>, ApiError> {
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
    match &media.source {
        MediaSource::Url(_) if !capabilities.image_url => Err(refuse(
            "Image URLs are not supported by this model; send the image as base64.",
        )),
        MediaSource::Text(_) => Err(refuse("An image cannot be given as text.")),
        MediaSource::Base64(_) | MediaSource::FileId(_) | MediaSource::Url(_) => {
            part(media, losses)
        }
    }
}

pub(super) fn file<'a>(
    media: &'a Media,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Result<PartOut<'a>, ApiError> {
    match &media.source {
        MediaSource::Url(_) if !capabilities.file_url => Err(refuse(
            "File URLs are not supported by this model; send the file as base64.",
        )),
        MediaSource::Base64(_)
        | MediaSource::FileId(_)
        | MediaSource::Text(_)
        | MediaSource::Url(_) => part(media, losses),
    }
}

fn part<'a>(media: &'a Media, losses: &mut Losses) -> Result<PartOut<'a>, ApiError> {
    let name = media.name.as_deref().filter(|name| !name.trim().is_empty());
    let declared = media
        .declared()
        .filter(|kind| kind != "application/octet-stream");
    match &media.source {
        MediaSource::Base64(data) => {
            if name.is_some() {
                losses.dropped(
                    "messages[].file.name",
                    "of a file has no place in this protocol",
                );
            }
            let real = data.sniff();
            let kind = match (declared, real) {
                (Some(declared), Some(real))
                    if declared != real && declared.starts_with("image/") =>
                {
                    losses.repaired(
                        "messages[].image.media_type",
                        format!("said {declared}, but the bytes are {real}"),
                    );
                    Cow::Borrowed(real)
                }
                (Some(declared), _) => declared,
                (None, Some(real)) => Cow::Borrowed(real),
                (None, None) => {
                    return Err(refuse(
                        "An image or a file has no media type and its bytes are of no known kind.",
                    ));
                }
            };
            Ok(PartOut {
                inline_data: Some(BlobOut {
                    mime_type: kind,
                    data: data.as_str(),
                }),
                ..PartOut::default()
            })
        }
        MediaSource::Text(text) => {
            if text.trim().is_empty() {
                return Err(refuse("A document is empty."));
            }
            losses.emulated(
                "messages[].file",
                "that is text became a part of the message's text",
            );
            Ok(PartOut::text(match name {
                Some(name) => Cow::Owned(format!("{name}\n{text}")),
                None => Cow::Borrowed(text.as_str()),
            }))
        }
        MediaSource::FileId(id) if !is_own(id) => Err(refuse(
            "File ids cannot be used across providers; send the file itself.",
        )),
        MediaSource::FileId(address) | MediaSource::Url(address) => Ok(PartOut {
            file_data: Some(FileOut {
                mime_type: declared.or_else(|| type_of(address).map(Cow::Borrowed)),
                file_uri: address,
            }),
            ..PartOut::default()
        }),
    }
}

/// The vendor names its files by address.
fn is_own(id: &str) -> bool {
    is_web_address(id) || id.starts_with("gs://") || id.starts_with("files/")
}

/// What an address leads to, by its ending.
fn type_of(address: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next()?;
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "gif" => "image/gif",
        "heic" => "image/heic",
        "jpeg" | "jpg" => "image/jpeg",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "webp" => "image/webp",
        _ => return None,
    })
}

fn refuse(message: impl Into<String>) -> ApiError {
    ApiError::invalid("messages", message)
}
