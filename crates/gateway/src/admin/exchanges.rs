//! The request log: one row an exchange. Everything seen of one of them is in `exchange_detail.rs`.

use std::sync::Arc;

use axum::{Json, extract::State};
use store::exchanges::{self, Cursor, ErrorSource, ExchangeRow, Filter, StatusFilter, Text, Word};

use super::{
    Admin,
    failure::Refusal,
    input::{Nothing, Parameters},
    live::LiveEvent,
};

const USUAL_PAGE: u32 = 100;
const LONGEST_PAGE: u32 = 500;

#[derive(Clone, Debug, Default, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(default, deny_unknown_fields)]
pub struct ExchangeQuery {
    /// Words to find in ids, clients, paths, models, providers, accounts and error texts.
    pub text: Option<String>,
    pub client: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    /// The client's or the upstream's protocol.
    pub protocol: Option<String>,
    /// `ok`, `error`, or a status code.
    pub status: Option<String>,
    /// Only rows with losses, or only those without.
    pub losses: Option<bool>,
    /// Unix milliseconds.
    pub since: Option<u64>,
    pub until: Option<u64>,
    /// From [`ExchangePage::next`].
    pub cursor: Option<String>,
    /// How many rows behind the cursor are passed over.
    pub skip: Option<u32>,
    /// 100 unless told, at most 500.
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ExchangePage {
    /// Newest first.
    pub exchanges: Vec<ExchangeSummary>,
    pub next: Option<String>,
    /// How many match. Like `total` only on the first page, the one without a cursor.
    pub matching: Option<u64>,
    /// How many there are.
    pub total: Option<u64>,
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
    pub path: Text,
    pub provider: Option<Text>,
    pub account: Option<Text>,
    pub upstream_protocol: Option<String>,
    pub requested_model: Option<Text>,
    pub upstream_model: Option<Text>,
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
pub struct Deleted {
    pub deleted: u64,
}

/// A page of the log, newest first.
pub(super) async fn list(
    State(admin): State<Arc<Admin>>,
    Parameters(query): Parameters<ExchangeQuery>,
) -> Result<Json<ExchangePage>, Refusal> {
    let limit = query.limit.unwrap_or(USUAL_PAGE).clamp(1, LONGEST_PAGE);
    let cursor = match given(query.cursor.as_ref()) {
        None => None,
        Some(text) => match text.parse::<Cursor>() {
            Ok(cursor) => Some(cursor.skip(query.skip.unwrap_or(0))),
            Err(error) => return Err(Refusal::invalid("cursor", error.to_string())),
        },
    };
    if cursor.is_none() && query.skip.is_some() {
        let message = "Rows to skip are counted from a cursor, and none was given.";
        return Err(Refusal::invalid("skip", message));
    }
    let filter = filter_of(&query)?;
    let log = &admin.app.log;
    let page = log.query(filter.clone(), cursor, limit as usize).await?;
    let total = if cursor.is_some() || filter == Filter::default() {
        page.total
    } else {
        log.query(Filter::default(), None, 1).await?.total
    };
    Ok(Json(ExchangePage {
        exchanges: page.rows.iter().map(ExchangeSummary::from).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
        matching: page.total,
        total,
    }))
}

pub(super) async fn remove(
    State(admin): State<Arc<Admin>>,
    _: Parameters<Nothing>,
) -> Result<Json<Deleted>, Refusal> {
    let log = &admin.app.log;
    let deleted = log.query(Filter::default(), None, 1).await?.total;
    let deleted = deleted.unwrap_or_default();
    log.delete_all().await?;
    admin.app.announce(LiveEvent::ExchangesDeleted);
    Ok(Json(Deleted { deleted }))
}

fn filter_of(query: &ExchangeQuery) -> Result<Filter, Refusal> {
    let status = match given(query.status.as_ref()) {
        None => None,
        Some(word) => match word.parse::<StatusFilter>() {
            Ok(status) => Some(status),
            Err(error) => return Err(Refusal::invalid("status", error.to_string())),
        },
    };
    let time = |ms: Option<u64>| ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
    Ok(Filter {
        text: given(query.text.as_ref()).cloned(),
        client: given(query.client.as_ref()).cloned(),
        provider: given(query.provider.as_ref()).cloned(),
        model: given(query.model.as_ref()).cloned(),
        protocol: given(query.protocol.as_ref()).cloned(),
        status,
        since: time(query.since),
        until: time(query.until),
        has_losses: query.losses,
    })
}

/// An empty field of a form is no wish.
fn given(text: Option<&String>) -> Option<&String> {
    text.filter(|text| !text.trim().is_empty())
}

impl From<&ExchangeRow> for ExchangeSummary {
    fn from(row: &ExchangeRow) -> Self {
        Self {
            id: row.id.to_string(),
            started_at: u64::try_from(row.id.started_at()).unwrap_or_default(),
            state: row.state.into(),
            status: row.status,
            client: row.client.clone().map(Word::into_owned),
            client_protocol: row.client_protocol.clone().unwrap_or_default().into_owned(),
            method: row.method.clone().into_owned(),
            path: row.path.clone(),
            provider: row.provider.clone(),
            account: row.account.clone(),
            upstream_protocol: row.upstream_protocol.clone().map(Word::into_owned),
            requested_model: row.requested_model.clone(),
            upstream_model: row.upstream_model.clone(),
            stream: row.stream,
            first_token_ms: row.first_token_ms,
            duration_ms: row.duration_ms,
            input_tokens: row.input_tokens,
            cache_read_tokens: row.cache_read_tokens,
            cache_write_tokens: row.cache_write_tokens,
            output_tokens: row.output_tokens,
            reasoning_tokens: row.reasoning_tokens,
            usage_estimated: row.usage_estimated,
            finish_reason: row.finish_reason.clone().map(Word::into_owned),
            error: ExchangeError::of(row),
            losses: count(row.losses.len()),
            attempts: count(row.attempts.len()),
        }
    }
}

impl ExchangeError {
    fn of(row: &ExchangeRow) -> Option<Self> {
        Some(Self {
            kind: row.error_kind.clone()?.into_owned(),
            fault: match row.error_source {
                Some(ErrorSource::Client) => "client",
                Some(ErrorSource::Network) => "network",
                Some(ErrorSource::Provider) => "provider",
                Some(ErrorSource::Patchbay) | None => "gateway",
            }
            .to_owned(),
            message: row.error_message.clone().unwrap_or_default(),
        })
    }
}

impl From<exchanges::ExchangeState> for ExchangeState {
    fn from(state: exchanges::ExchangeState) -> Self {
        match state {
            exchanges::ExchangeState::ClientLeft => Self::ClientLeft,
            exchanges::ExchangeState::Done => Self::Done,
            exchanges::ExchangeState::Failed => Self::Failed,
            exchanges::ExchangeState::Streaming => Self::Streaming,
        }
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "exchanges_tests.rs"]
mod tests;
