//! Images, which go in base64 only, and files, of which only the text can be carried.

use std::borrow::Cow;

use crate::{
    amazon_q::wire::{Image, ImageSource},
    canonical::{
        ApiError, Losses, Media, MediaSource, Part,
        turns::{Piece, Turn},
    },
};

/// So many images may be in a request.
const MOST_IMAGES: usize = 10;
const MOST_IMAGE_BYTES: usize = 10 << 20;
const LEFT_OUT: &str = "(An image was here. It is left out: a request holds ten at most.)";

/// What a part is in a message of the user.
pub(super) enum Attached<'a> {
    Image(Image<'a>),
    Nothing,
    Text(Cow<'a, str>),
}

/// How many of the oldest images are too many.
///
/// # Errors
/// `InvalidRequest` when the current message alone has too many.
pub(super) fn surplus(turns: &[Turn<'_>], losses: &mut Losses) -> Result<usize, ApiError> {
    let of = |turn: &Turn<'_>| turn.pieces.iter().map(images).sum::<usize>();
    if turns.last().is_some_and(|turn| of(turn) > MOST_IMAGES) {
        return Err(refuse(format!(
            "At most {MOST_IMAGES} images in one message are supported by this model."
        )));
    }
    let surplus = turns
        .iter()
        .map(of)
        .sum::<usize>()
        .saturating_sub(MOST_IMAGES);
    if surplus > 0 {
        losses.dropped(
            "messages",
            format!("hold more than {MOST_IMAGES} images: the {surplus} oldest are left out"),
        );
    }
    Ok(surplus)
}

fn images(piece: &Piece<'_>) -> usize {
    match piece {
        Piece::Call { .. } => 0,
        Piece::Plain(part) => usize::from(is_image(part)),
        Piece::Result { parts, .. } => parts.iter().filter(|part| is_image(part)).count(),
    }
}

/// As such, or as a file that is one.
fn is_image(part: &Part) -> bool {
    match part {
        Part::Image(_) => true,
        Part::File(file) => file.is_image(),
        Part::Reasoning { .. }
        | Part::Refusal(_)
        | Part::Text(_)
        | Part::ToolCall { .. }
        | Part::ToolResult { .. } => false,
    }
}

pub(super) fn attach<'a>(
    part: &'a Part,
    surplus: &mut usize,
    losses: &mut Losses,
) -> Result<Attached<'a>, ApiError> {
    Ok(match part {
        Part::Text(text) | Part::Refusal(text) if text.trim().is_empty() => Attached::Nothing,
        Part::Text(text) | Part::Refusal(text) => Attached::Text(Cow::Borrowed(text)),
        part if is_image(part) && *surplus > 0 => {
            *surplus -= 1;
            Attached::Text(Cow::Borrowed(LEFT_OUT))
        }
        Part::Image(media) => Attached::Image(image(media, losses)?),
        Part::File(media) if media.is_image() => Attached::Image(image(media, losses)?),
        Part::File(media) => Attached::Text(Cow::Owned(file(media, losses)?)),
        Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => {
            losses.dropped("messages", "hold something that users do not say");
            Attached::Nothing
        }
    })
}

fn image<'a>(media: &'a Media, losses: &mut Losses) -> Result<Image<'a>, ApiError> {
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
    let data = match &media.source {
        MediaSource::Base64(data) => data,
        MediaSource::Url(_) => {
            return Err(refuse(
                "Image URLs are not supported by this model; send the image as base64.",
            ));
        }
        MediaSource::FileId(_) => return Err(foreign_file()),
        MediaSource::Text(_) => return Err(refuse("An image cannot be given as text.")),
    };
    if data.decoded_len() > MOST_IMAGE_BYTES {
        return Err(refuse(
            "An image is larger than 10 MiB, the most that is supported by this model.",
        ));
    }
    let kind = media.real_type(data, losses).ok_or_else(unknown_kind)?;
    let format = match &*kind {
        "image/gif" => "gif",
        "image/jpeg" => "jpeg",
        "image/png" => "png",
        "image/webp" => "webp",
        kind => {
            return Err(refuse(format!(
                "Images of type {kind} are not supported by this model; send JPEG, PNG, GIF or WebP."
            )));
        }
    };
    let bytes = data.as_str();
    Ok(Image {
        format,
        source: ImageSource { bytes },
    })
}

/// The text of a file, under its name.
fn file(media: &Media, losses: &mut Losses) -> Result<String, ApiError> {
    let kind = media.declared().unwrap_or_default();
    let text = match &media.source {
        MediaSource::Text(text) => Some(text.clone()),
        MediaSource::Base64(data) => data.text_of(&kind),
        MediaSource::FileId(_) => return Err(foreign_file()),
        MediaSource::Url(_) => {
            return Err(refuse(
                "Files by URL are not supported by this model; send the text itself.",
            ));
        }
    };
    let Some(text) = text else {
        return Err(refuse(match kind.split('/').next() {
            Some("audio") => "Sound input is not supported by this model.".to_owned(),
            Some("video") => "Video input is not supported by this model.".to_owned(),
            _ => format!(
                "Files of type {} are not supported by this model; send plain text.",
                if kind.is_empty() { "unknown" } else { &kind }
            ),
        }));
    };
    losses.emulated("messages[].file", "became text in the message");
    Ok(match &media.name {
        Some(name) if !name.trim().is_empty() => format!("File {name}:\n{text}"),
        Some(_) | None => format!("File:\n{text}"),
    })
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
