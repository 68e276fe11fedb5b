//! One exchange as it is kept and shown.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};

use super::Id;

/// One of few, so that most rows need no text of their own for it.
pub type Word = Cow<'static, str>;

/// Shared by the rows of an exchange: a copy of a row costs no text.
pub type Text = Arc<str>;

/// None means unknown, never zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExchangeRow {
    /// The same from the first row of an exchange to the last.
    pub id: Id,
    /// The program that called, as its user agent names it.
    pub client: Option<Word>,
    pub client_protocol: Option<Word>,
    pub operation: Option<Word>,
    pub method: Word,
    /// Without secrets: see [`crate::redact::redact_url`].
    pub path: Text,
    pub upstream_protocol: Option<Word>,
    pub provider: Option<Text>,
    pub account: Option<Text>,
    pub requested_model: Option<Text>,
    pub upstream_model: Option<Text>,
    pub stream: bool,
    /// What the client was answered.
    pub status: Option<u16>,
    /// What the provider answered.
    pub upstream_status: Option<u16>,
    pub state: ExchangeState,
    pub error_kind: Option<Word>,
    pub error_source: Option<ErrorSource>,
    pub error_message: Option<String>,
    pub finish_reason: Option<Word>,
    /// The provider's own word.
    pub finish_raw: Option<String>,
    pub attempts: Vec<Attempt>,
    pub losses: Vec<LossRow>,
    pub first_token_ms: Option<u64>,
    pub duration_ms: Option<u64>,
    pub timing: Timing,
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    pub cache_read_tokens: Option<u64>,
    pub cache_write_tokens: Option<u64>,
    pub reasoning_tokens: Option<u64>,
    /// The counts are ours, not the provider's.
    pub usage_estimated: bool,
    pub request_bytes: u64,
    pub response_bytes: u64,
    pub event_count: u64,
}

impl ExchangeRow {
    /// The part of it that is known when the exchange can first be seen.
    pub fn opening(&self) -> Opening {
        Opening {
            id: self.id,
            client: self.client.clone(),
            client_protocol: self.client_protocol.clone(),
            operation: self.operation.clone(),
            method: self.method.clone(),
            path: Text::clone(&self.path),
            requested_model: self.requested_model.clone(),
            stream: self.stream,
            accepted: self.timing.accepted,
            request_bytes: self.request_bytes,
        }
    }

    /// Whether a person looking for errors looks for this one. A client that left made none.
    pub fn is_failed(&self) -> bool {
        self.state == ExchangeState::Failed || self.status.is_some_and(|status| status >= 400)
    }
}

/// What is known of an exchange before anybody was asked: less than a row, because most are never written.
#[derive(Clone, Debug)]
pub struct Opening {
    pub(super) id: Id,
    client: Option<Word>,
    client_protocol: Option<Word>,
    operation: Option<Word>,
    method: Word,
    path: Text,
    requested_model: Option<Text>,
    stream: bool,
    accepted: Option<f64>,
    request_bytes: u64,
}

impl From<Opening> for ExchangeRow {
    fn from(opening: Opening) -> Self {
        Self {
            id: opening.id,
            client: opening.client,
            client_protocol: opening.client_protocol,
            operation: opening.operation,
            method: opening.method,
            path: opening.path,
            requested_model: opening.requested_model,
            stream: opening.stream,
            timing: Timing {
                accepted: opening.accepted,
                ..Timing::default()
            },
            request_bytes: opening.request_bytes,
            ..Self::default()
        }
    }
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ExchangeState {
    ClientLeft,
    Done,
    Failed,
    #[default]
    Streaming,
}

impl ExchangeState {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::ClientLeft => "client_left",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Streaming => "streaming",
        }
    }

    pub(super) fn of_word(word: &str) -> Self {
        match word {
            "client_left" => Self::ClientLeft,
            "done" => Self::Done,
            "streaming" => Self::Streaming,
            _ => Self::Failed,
        }
    }
}

/// Whose fault it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorSource {
    Client,
    Network,
    Patchbay,
    Provider,
}

impl ErrorSource {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Network => "network",
            Self::Patchbay => "patchbay",
            Self::Provider => "provider",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        [Self::Client, Self::Network, Self::Patchbay, Self::Provider]
            .into_iter()
            .find(|source| source.word() == word)
    }
}

/// One try at one target.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Attempt {
    pub provider: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Text>,
    pub model: Text,
    /// None when there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub duration_ms: u64,
}

/// One thing that the other protocol could not express.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct LossRow {
    pub field: String,
    /// `clamped`, `dropped`, `emulated`, `estimated`, `renamed`, `repaired`.
    pub kind: String,
    pub why: String,
}

/// When things happened, in milliseconds from the start.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Timing {
    /// The request was read whole.
    pub accepted: Option<f64>,
    /// It was routed and translated.
    pub prepared: Option<f64>,
    pub upstream_headers: Option<f64>,
    pub first_byte: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token: Option<f64>,
    pub end: Option<f64>,
}
