//! Streams, in and out, and what they share with whole replies.

mod decode;
mod encode;

use serde_json::Value;

pub(super) use decode::Decoder;
pub(super) use encode::{Encoder, PING};

use super::wire::Text;
use crate::{
    ExchangeId, Protocol,
    canonical::{Finish, FinishReason, Loss, LossKind, Opaque, OpaqueKind},
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

pub(super) fn made_id(id: Option<Text<'_>>, exchange: &ExchangeId) -> String {
    id.map(Text::into_owned)
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| format!("msg_{}", exchange.0))
}

pub(super) fn made_call_id(id: Option<Text<'_>>, exchange: &ExchangeId, index: usize) -> String {
    id.map(Text::into_owned)
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| format!("call_{}_{index}", exchange.0))
}

/// State of this protocol; `None` when there is none in it.
pub(super) fn own(kind: OpaqueKind, value: String) -> Option<Opaque> {
    (!value.is_empty()).then_some(Opaque {
        owner: Protocol::Anthropic,
        kind,
        value,
    })
}

fn dropped(field: impl Into<String>, why: impl Into<String>) -> Loss {
    Loss {
        field: field.into(),
        kind: LossKind::Dropped,
        why: why.into(),
    }
}

pub(super) fn block_loss(kind: &str) -> Loss {
    dropped(
        format!("content.{kind}"),
        "is a kind of content that only this provider's own protocol carries",
    )
}

pub(super) fn citations_loss() -> Loss {
    dropped("content.citations", "have no place in other protocols")
}

/// Why the provider declined, in its own words; the category that it may name has no place in other protocols.
pub(super) fn explanation(details: Option<&Value>) -> Option<String> {
    let text = details?.get("explanation")?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}
