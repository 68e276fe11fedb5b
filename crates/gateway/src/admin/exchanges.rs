//! The request log: one row an exchange, and everything seen of one of them.

#[derive(Clone, Debug, Default, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(default)]
pub struct ExchangeQuery {
    /// Words to find in models, paths, error texts and logged bodies.
    pub text: Option<String>,
    pub client: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    /// The client's or the upstream's protocol.
    pub protocol: Option<String>,
    /// `ok`, `error`, or a status code.
    pub status: Option<String>,
    /// Only rows with losses.
    pub losses: Option<bool>,
    /// Unix milliseconds.
    pub since: Option<u64>,
    pub until: Option<u64>,
    /// From [`ExchangePage::next`].
    pub cursor: Option<String>,
    /// 100 unless told, at most 500.
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ExchangePage {
    /// Newest first.
    pub exchanges: Vec<ExchangeSummary>,
    pub next: Option<String>,
    /// How many match.
    pub matching: u64,
    /// How many there are.
    pub total: u64,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ExchangeSummary {
    /// Sorts by time.
    pub id: String,
    /// Unix milliseconds.
    pub started_at: u64,
    pub state: ExchangeState,
    /// What the client was answered; `None` while waiting and when it left before.
    pub status: Option<u16>,
    pub client: Option<String>,
    pub client_protocol: String,
    pub method: String,
    pub path: String,
    pub provider: Option<String>,
    pub account: Option<String>,
    pub upstream_protocol: Option<String>,
    pub requested_model: Option<String>,
    pub upstream_model: Option<String>,
    pub stream: bool,
    pub first_token_ms: Option<u64>,
    pub duration_ms: Option<u64>,
    pub input_tokens: Option<u64>,
    pub cache_read_tokens: Option<u64>,
    pub cache_write_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    pub reasoning_tokens: Option<u64>,
    /// The counts are ours, not the provider's.
    pub usage_estimated: bool,
    pub finish_reason: Option<String>,
    pub error: Option<ExchangeError>,
    pub losses: u32,
    pub attempts: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeState {
    ClientLeft,
    Done,
    Failed,
    Streaming,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ExchangeError {
    pub kind: String,
    /// `client`, `gateway`, `network`, `provider`.
    pub fault: String,
    pub message: String,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ExchangeDetail {
    pub summary: ExchangeSummary,
    pub attempts: Vec<Attempt>,
    pub losses: Vec<LossRow>,
    pub timing: Timing,
    /// The provider's own word for the finish reason.
    pub finish_raw: Option<String>,
    pub client_request: Message,
    /// `None`: nothing was sent upstream.
    pub upstream_request: Option<Message>,
    pub upstream_response: Option<Message>,
    pub client_response: Option<Message>,
    /// One canonical event each, in words a person can read, with its time.
    pub events: Vec<EventRow>,
    pub event_count: u32,
}

/// One of the four views of an exchange: headers are redacted, bodies are there if logging kept them.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Message {
    pub protocol: String,
    pub headers: Vec<(String, String)>,
    /// `None`: not kept, see the log settings.
    pub body: Option<Body>,
    /// The size on the wire, also when the body was not kept.
    pub bytes: Option<u64>,
    /// Method and path, or status line.
    pub line: String,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Body {
    pub text: String,
    /// Cut at the limit from the log settings.
    pub truncated: bool,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Attempt {
    pub provider: String,
    pub account: Option<String>,
    pub model: String,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub duration_ms: u64,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct LossRow {
    pub field: String,
    /// `clamped`, `dropped`, `emulated`, `estimated`, `renamed`, `repaired`.
    pub kind: String,
    pub why: String,
}

/// Milliseconds since the request came in; `None`: did not happen.
#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Timing {
    pub received: Option<f64>,
    pub prepared: Option<f64>,
    pub upstream_headers: Option<f64>,
    pub first_byte: Option<f64>,
    pub first_token: Option<f64>,
    pub end: Option<f64>,
    /// The longest silence between two chunks, and when it began.
    pub longest_gap: Option<f64>,
    pub longest_gap_at: Option<f64>,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct EventRow {
    /// Milliseconds since the request came in.
    pub at: f64,
    /// `start`, `part_start`, `part_delta`, `part_end`, `usage`, `finish`, `ping`, `loss`, `error`.
    pub event: String,
    pub detail: String,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Deleted {
    pub deleted: u64,
}
