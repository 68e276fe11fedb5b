//! A reply as it happens.
//!
//! The grammar, per choice, which decoders guarantee and encoders rely on:
//!
//! ```text
//! Start (PartStart PartDelta* PartEnd | Note | Usage | Ping | Loss)* (Finish | Error)
//! ```
//!
//! Parts may interleave (two may be open at once); a part's deltas lie between its start and its end; indices
//! count up from 0 in order of `PartStart`, per choice. A lone `Error` is allowed. Nothing follows `Finish`
//! or `Error`, and one of them always comes: [`crate::EventDecoder::finish`] sees to it. An `Error` ends the
//! whole reply, whatever its choice: the parts of every choice are closed before it, nothing follows it for any.
//! [`super::Grammar`] checks all this for tests.

use super::{ApiError, ErrorKind, Fault, Loss, Media, Note, Opaque, Usage};

/// Which of several answers to one request (`n` > 1) an event belongs to; 0 everywhere else.
pub type Choice = u32;

/// Events in the order they happened, each with its choice.
pub type Events = Vec<(Choice, Event)>;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Error(ApiError),
    Finish(Finish),
    /// The reply held something that the canonical model has no place for.
    Loss(Loss),
    /// Something of the answer beside its parts; boxed, because few replies have any.
    Note(Box<Note>),
    PartDelta {
        index: usize,
        delta: Delta,
    },
    PartEnd {
        index: usize,
    },
    PartStart {
        index: usize,
        part: PartKind,
    },
    Ping,
    Start {
        /// The provider's id of the reply; made from the exchange's id where it gives none.
        id: String,
        /// The model's name as the provider states it.
        model: String,
    },
    /// Totals so far, not increments; a later one replaces an earlier one field by field (see [`Usage::update`]).
    Usage(Usage),
}

impl Event {
    /// Whether it shows that what has ended before it is whole: a failure, too, is preceded by the ends of parts,
    /// and what was cut is not to be acted on.
    pub(crate) fn goes_on(&self) -> bool {
        match self {
            Self::PartDelta { .. } | Self::PartStart { .. } => true,
            Self::Finish(finish) => finish.reason != FinishReason::Error,
            Self::Error(_)
            | Self::Loss(_)
            | Self::Note(_)
            | Self::PartEnd { .. }
            | Self::Ping
            | Self::Start { .. }
            | Self::Usage(_) => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum PartKind {
    /// An image that the model drew: all of it is in its start. Boxed, because few replies have any.
    Image(Box<Media>),
    Reasoning,
    Refusal,
    Text,
    ToolCall {
        id: String,
        name: String,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// A fragment of a tool call's JSON text, passed on at once.
    Arguments(String),
    /// Provider state of this part; at most one of each kind a part.
    Opaque(Opaque),
    /// A fragment of text, reasoning or refusal; never empty.
    Text(String),
}

/// Why a reply ended: our word, the provider's word, and the stop sequence that matched where it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    pub reason: FinishReason,
    pub raw: Option<String>,
    pub stop_sequence: Option<String>,
}

impl Finish {
    pub fn new(reason: FinishReason, raw: Option<&str>) -> Self {
        Self {
            reason,
            raw: raw.map(str::to_owned),
            stop_sequence: None,
        }
    }

    /// The failure that a finish for an error stands for: clients are told it as one.
    pub fn failure(&self) -> Option<ApiError> {
        (self.reason == FinishReason::Error).then(|| {
            ApiError::new(
                ErrorKind::ProviderFault,
                Fault::Provider,
                "The provider reported that the reply failed.",
            )
        })
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    ContentFilter,
    /// The context window is full.
    ContextFull,
    /// The provider says the reply failed, in an answer that is otherwise well formed.
    Error,
    Length,
    Other,
    /// The provider paused a long turn; sending the reply back continues it.
    Pause,
    Stop,
    ToolCalls,
}

impl FinishReason {
    /// The word for log rows.
    pub fn word(self) -> &'static str {
        match self {
            Self::ContentFilter => "content_filter",
            Self::ContextFull => "context_full",
            Self::Error => "error",
            Self::Length => "length",
            Self::Other => "other",
            Self::Pause => "pause",
            Self::Stop => "stop",
            Self::ToolCalls => "tool_calls",
        }
    }
}
