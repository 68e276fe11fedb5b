//! Images for models that see none: how they say so, and what is said in an image's place.

use super::{ApiError, ErrorKind, Losses, Message, Part, Request};

/// In the place of an image.
const NOTE: &str = "[Here was an image, which this model cannot see.]";

/// Whether a failure says that the model takes no images, whatever they are and wherever they stand.
pub fn refuses_images(failure: &ApiError) -> bool {
    const WORDS: [&str; 19] = [
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
        "model only supports text",
        "only supports text content",
        "only supports text input",
        "only supports text messages",
        "that support image input",
        "unknown variant image_url",
    ];
    // Others than users, and fields: what those may not hold the model may well see elsewhere.
    const PLACES: [&str; 12] = [
        "assistant message",
        "modalit",
        "response_format",
        "role assistant",
        "role developer",
        "role function",
        "role system",
        "role tool",
        "system message",
        "text output",
        "tool message",
        "tool result",
    ];
    let is_of_request = match failure.kind {
        ErrorKind::InvalidRequest | ErrorKind::NotFound => true,
        ErrorKind::ProviderFault => failure.status == Some(500),
        _ => false,
    };
    let told = failure
        .message
        .to_lowercase()
        .replace(['`', '\'', '"', ':'], "");
    let says = |all: &[&str]| all.iter().any(|words| told.contains(words));
    is_of_request && says(&WORDS) && !says(&PLACES)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::Fault;

    fn is_blind(message: &str) -> bool {
        let mut failure = ApiError::new(ErrorKind::InvalidRequest, Fault::Provider, message);
        failure.status = Some(400);
        refuses_images(&failure)
    }

    #[test]
    fn complaint_30_only_who_sees_no_image_anywhere_is_blind() {
        for message in [
            "This model only supports text input.",
            "messages[3]: unknown variant `image_url`, expected `text`",
            "Invalid content: only supports text content",
            "No endpoints found that support image input",
        ] {
            assert!(is_blind(message), "{message}");
        }
        for message in [
            "Invalid messages[3]: a message with role tool only supports text content",
            "Images are not supported in system messages",
            "response_format: this model only supports text",
            "This model only supports text output",
            "name only supports text",
        ] {
            assert!(!is_blind(message), "{message}");
        }
    }
}
