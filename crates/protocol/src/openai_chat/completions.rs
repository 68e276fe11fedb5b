//! Going on with a text instead of answering it: `/completions`, which editors complete code with.
//!
//! Reference: <https://platform.openai.com/docs/api-reference/completions>.
//!
//! Refused: prompts as ids of tokens, which only the provider that made them can read.

mod events;
mod reply;
mod request;

pub(super) use events::TextEncoder;
pub(super) use reply::encode as encode_reply;
pub(super) use request::{decode, encode};

use crate::canonical::FinishReason;

/// The provider's id in the form that clients of this endpoint know.
fn shown_id(id: &str) -> String {
    if id.starts_with("cmpl") {
        id.to_owned()
    } else {
        format!("cmpl-{id}")
    }
}

fn finish_word(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::ContentFilter => "content_filter",
        FinishReason::ContextFull | FinishReason::Length | FinishReason::Pause => "length",
        FinishReason::Error
        | FinishReason::Other
        | FinishReason::Stop
        | FinishReason::ToolCalls => "stop",
    }
}
