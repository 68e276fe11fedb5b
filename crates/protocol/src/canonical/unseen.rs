//! Images for models that see none: how they say so, and what is said in an image's place.

use super::{ApiError, ErrorKind, Losses, Message, Part, Request};

/// In the place of an image.
const NOTE: &str = "[Here was an image, which this model cannot see.]";

/// Whether a failure says that the model takes no images, whatever they are.
pub fn refuses_images(failure: &ApiError) -> bool {
    const WORDS: [&str; 16] = [
        "does not support vision",
        "image input is not supported",
        "image input not supported",
        "image inputs are not supported",
        "image_url is not supported",
        "image_url is only supported by",
        "images are not supported",
        "multimodal is not supported",
        "not a multimodal model",
        "not a vision model",
        "not support image input",
        "not support images",
        "not support multimodal",
        "only supports text",
        "that support image input",
        "unknown variant image_url",
    ];
    let is_of_request = match failure.kind {
        ErrorKind::InvalidRequest | ErrorKind::NotFound => true,
        ErrorKind::ProviderFault => failure.status == Some(500),
        _ => false,
    };
    let told = failure.message.to_lowercase().replace(['`', '\'', '"'], "");
    is_of_request && WORDS.iter().any(|words| told.contains(words))
}

impl Request {
    /// With a note in the place of each image; `None` where there is none.
    pub fn without_images(&self, losses: &mut Losses) -> Option<Self> {
        let mut blind = self.clone();
        let mut changed = false;
        for message in &mut blind.messages {
            if replace(&mut message.parts) {
                tell(message, losses);
                changed = true;
            }
        }
        changed.then_some(blind)
    }
}

fn replace(parts: &mut [Part]) -> bool {
    let mut changed = false;
    for part in parts {
        match part {
            Part::Image(_) => {
                *part = Part::Text(NOTE.to_owned());
                changed = true;
            }
            Part::ToolResult { parts, .. } => changed |= replace(parts),
            Part::File(_)
            | Part::Reasoning { .. }
            | Part::Refusal(_)
            | Part::Text(_)
            | Part::ToolCall { .. } => {}
        }
    }
    changed
}

fn tell(message: &Message, losses: &mut Losses) {
    losses.emulated(
        message.field(),
        "held an image, which this model does not see: a note stands in its place",
    );
}
