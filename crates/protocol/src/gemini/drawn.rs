//! Images that the model drew, as parts of what it said.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::wire::{BlobBody, BlobOut, PartOut};
use crate::canonical::{Media, MediaSource};

/// `None` of what is no image, sound for one, and of what holds nothing.
pub(super) fn read(raw: &RawValue) -> Option<Media> {
    let blob: BlobBody<'_> = serde_json::from_str(raw.get()).ok()?;
    let data = blob.base64(&Bytes::new())?;
    let declared = blob.mime_type.as_deref().filter(|kind| !kind.is_empty());
    let media_type = declared.or_else(|| data.sniff())?;
    let is_image = media_type.starts_with("image/") && !data.as_str().is_empty();
    is_image.then(|| Media {
        media_type: Some(media_type.to_owned()),
        source: MediaSource::Base64(data),
        name: None,
        detail: None,
    })
}

/// `None` where there is only an address: clients look for the image itself.
pub(super) fn write(image: &Media) -> Option<PartOut<'_>> {
    let MediaSource::Base64(data) = &image.source else {
        return None;
    };
    let declared = image.declared();
    let declared = declared.filter(|kind| kind.starts_with("image/"));
    let mime_type = declared.or_else(|| data.sniff().map(Cow::Borrowed));
    Some(PartOut {
        inline_data: Some(BlobOut {
            mime_type: mime_type.unwrap_or(Cow::Borrowed("image/png")),
            data: data.as_str(),
        }),
        ..PartOut::default()
    })
}
