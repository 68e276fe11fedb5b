//! Everything seen of one exchange: four messages, attempts, losses, events, timing.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use protocol::{Operation, Protocol, upstream_codec};
use store::{
    Config,
    exchanges::{self, Bodies, ExchangeRow, NotAnId, Text},
};
use url::Url;

use super::{Admin, exchanges::ExchangeSummary, failure::Refusal, input::Segment};
use crate::{sentence::sentence, upstream};

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
    pub provider: Text,
    pub account: Option<Text>,
    pub model: Text,
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

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct EventRow {
    /// Milliseconds since the request came in.
    pub at: f64,
    /// `start`, `part_start`, `part_delta`, `part_end`, `usage`, `finish`, `ping`, `note`, `loss`, `error`.
    pub event: String,
    pub detail: String,
}

pub(super) async fn show(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
) -> Result<Json<ExchangeDetail>, Refusal> {
    let found = match id.parse() {
        Ok(id) => admin.app.log.get(id).await?,
        Err(NotAnId) => None,
    };
    let Some((row, bodies)) = found else {
        return Err(Refusal::not_found(sentence!(
            "exchange_gone",
            "This request is not in the log any more."
        )));
    };
    let config = admin.app.config.current();
    Ok(Json(detail(&row, bodies.unwrap_or_default(), &config)))
}

fn detail(row: &ExchangeRow, bodies: Bodies, config: &Config) -> ExchangeDetail {
    let events = bodies.events.as_ref().map(events).unwrap_or_default();
    let client = row.client_protocol.as_deref().unwrap_or_default();
    let upstream = row.upstream_protocol.as_deref().unwrap_or_default();
    let client_request = Message {
        bytes: Some(row.request_bytes),
        ..message(
            client,
            format!("{} {}", row.method, row.path),
            bodies.request_headers,
            bodies.client_request,
        )
    };
    let client_response = row.status.map(|status| Message {
        bytes: Some(row.response_bytes),
        ..message(
            client,
            status_line(status),
            bodies.response_headers,
            bodies.client_response,
        )
    });
    let upstream_response = row.upstream_status.map(|status| {
        let headers = bodies.upstream_response_headers;
        message(
            upstream,
            status_line(status),
            headers,
            bodies.upstream_response,
        )
    });
    // Echo answers without sending anything, and so does a request that fails before.
    let upstream_request = row.timing.prepared.map(|_| {
        let headers = bodies.upstream_request_headers;
        message(
            upstream,
            upstream_line(row, config),
            headers,
            bodies.upstream_request,
        )
    });
    ExchangeDetail {
        summary: ExchangeSummary::from(row),
        attempts: row.attempts.iter().map(Attempt::from).collect(),
        losses: row.losses.iter().map(LossRow::from).collect(),
        timing: timing(row, &events),
        finish_raw: row.finish_raw.clone(),
        client_request,
        upstream_request,
        upstream_response,
        client_response,
        events,
        event_count: u32::try_from(row.event_count).unwrap_or(u32::MAX),
    }
}

fn message(
    protocol: &str,
    line: String,
    headers: Option<exchanges::Body>,
    body: Option<exchanges::Body>,
) -> Message {
    let headers = headers.and_then(|headers| serde_json::from_slice(&headers.bytes).ok());
    let whole = body.as_ref().filter(|body| !body.truncated);
    Message {
        protocol: protocol.to_owned(),
        headers: headers.unwrap_or_default(),
        bytes: whole.map(|body| body.bytes.len() as u64),
        body: body.map(|body| Body {
            text: String::from_utf8_lossy(&body.bytes).into_owned(),
            truncated: body.truncated,
        }),
        line,
    }
}

/// Method and path; below the base URL that the provider has now, for as long as there is such a provider.
fn upstream_line(row: &ExchangeRow, config: &Config) -> String {
    let protocol = row.upstream_protocol.as_deref().and_then(Protocol::of);
    let Some(protocol) = protocol else {
        return "POST".to_owned();
    };
    let operation = match row.operation.as_deref() {
        Some(word) => Operation::of(word).unwrap_or(Operation::Chat),
        None => Operation::Chat,
    };
    let model = row.upstream_model.as_deref().unwrap_or_default();
    let codec = upstream_codec(protocol);
    let path = codec.path(operation, model, row.stream);
    let provider = row.provider.as_deref().and_then(|id| config.provider(id));
    let url = provider.and_then(|provider| {
        let address = upstream::address(&provider.base_url, codec, &path, None);
        Url::parse(&address).ok()
    });
    match url {
        Some(url) => format!("POST {}", &url[url::Position::BeforePath..]),
        None => format!("POST {path}"),
    }
}

fn status_line(status: u16) -> String {
    match StatusCode::from_u16(status)
        .ok()
        .and_then(|code| code.canonical_reason())
    {
        Some(reason) => format!("{status} {reason}"),
        None => status.to_string(),
    }
}

/// One JSON object a line; a line that was cut is left out.
fn events(lines: &exchanges::Body) -> Vec<EventRow> {
    let lines = lines.bytes.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
}

fn timing(row: &ExchangeRow, events: &[EventRow]) -> Timing {
    let gap = events
        .windows(2)
        .map(|pair| (pair[1].at - pair[0].at, pair[0].at))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    Timing {
        received: row.timing.accepted,
        prepared: row.timing.prepared,
        upstream_headers: row.timing.upstream_headers,
        first_byte: row.timing.first_byte,
        first_token: row.timing.first_token,
        end: row.timing.end,
        longest_gap: gap.map(|(length, _)| length),
        longest_gap_at: gap.map(|(_, start)| start),
    }
}

impl From<&exchanges::Attempt> for Attempt {
    fn from(attempt: &exchanges::Attempt) -> Self {
        Self {
            provider: attempt.provider.clone(),
            account: attempt.account.clone(),
            model: attempt.model.clone(),
            status: attempt.status,
            error: attempt.error.clone(),
            duration_ms: attempt.duration_ms,
        }
    }
}

impl From<&exchanges::LossRow> for LossRow {
    fn from(loss: &exchanges::LossRow) -> Self {
        Self {
            field: loss.field.clone(),
            kind: loss.kind.clone(),
            why: loss.why.clone(),
        }
    }
}
