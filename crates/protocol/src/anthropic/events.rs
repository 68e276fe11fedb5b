//! Streams, in and out, and what they share with whole replies.

mod decode;
mod encode;
mod paused;

pub(super) use decode::{Decoder, of_whole};
pub(super) use encode::{Encoder, PING};

use crate::{
    Protocol,
    canonical::{Finish, FinishReason, Opaque, OpaqueKind},
};

/// The vendor's reason in our words. What was written decides between `tool_use` and `end_turn`: some
/// providers say the one and do the other.
pub(super) fn finish(raw: Option<&str>, stop_sequence: Option<String>, calls: bool) -> Finish {
    let reason = match raw {
        Some("max_tokens") => FinishReason::Length,
        Some("model_context_window_exceeded") => FinishReason::ContextFull,
        Some("pause_turn") => FinishReason::Pause,
        Some("refusal") => FinishReason::ContentFilter,
        _ if calls => FinishReason::ToolCalls,
        Some("end_turn" | "stop_sequence" | "tool_use") | None => FinishReason::Stop,
        Some(_) => FinishReason::Other,
    };
    Finish {
        reason,
        raw: raw.map(str::to_owned),
        stop_sequence,
    }
}

/// Our reason in the vendor's words, and the stop sequence where that is it.
pub(super) fn stop(finish: &Finish, calls: bool) -> (&'static str, Option<&str>) {
    let reason = match finish.reason {
        FinishReason::ContentFilter => "refusal",
        FinishReason::ContextFull => "model_context_window_exceeded",
        FinishReason::Length => "max_tokens",
        FinishReason::Pause => "pause_turn",
        FinishReason::Error
        | FinishReason::Other
        | FinishReason::Stop
        | FinishReason::ToolCalls => match &finish.stop_sequence {
            _ if calls => "tool_use",
            Some(sequence) => return ("stop_sequence", Some(sequence)),
            None => "end_turn",
        },
    };
    (reason, None)
}

/// State of this protocol; `None` when there is none in it.
pub(super) fn own(kind: OpaqueKind, value: String) -> Option<Opaque> {
    (!value.is_empty()).then_some(Opaque {
        owner: Protocol::Anthropic,
        kind,
        value,
        id: None,
    })
}
