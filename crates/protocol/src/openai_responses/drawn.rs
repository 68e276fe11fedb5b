//! Images that the model drew: items of a tool that the vendor runs, whose result is the image.

use bytes::Bytes;

use crate::canonical::{Base64, Media, MediaSource};

pub(super) const KIND: &str = "image_generation_call";

/// What an item says of its image, or how it was drawn: none of it is asked for again.
pub(super) const FIELDS: [&str; 7] = [
    "action",
    "background",
    "output_format",
    "quality",
    "result",
    "revised_prompt",
    "size",
];

/// `None` of a call that came to nothing. `format` is the image's, as the item names it.
pub(super) fn read(result: Option<&str>, format: Option<&str>) -> Option<Media> {
    let result = result.filter(|result| !result.is_empty())?;
    let data = Base64::of_loose(&Bytes::new(), result);
    let named = format.map(|format| format!("image/{format}"));
    Some(Media {
        media_type: named.or_else(|| data.sniff().map(str::to_owned)),
        source: MediaSource::Base64(data),
        name: None,
        detail: None,
    })
}

/// The image and the name of its format; `None` where there is only an address.
pub(super) fn write(image: &Media) -> Option<(String, Option<String>)> {
    let MediaSource::Base64(data) = &image.source else {
        return None;
    };
    let kind = image.declared().or_else(|| data.sniff().map(Into::into));
    let format = kind.and_then(|kind| kind.strip_prefix("image/").map(str::to_owned));
    Some((data.as_str().to_owned(), format))
}
