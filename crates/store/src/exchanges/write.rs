//! The statements that change the database.

use std::{borrow::Cow, sync::LazyLock};

use rusqlite::{CachedStatement, Connection, params};
use serde::Serialize;

use super::{Bodies, Error, ExchangeRow, Id};

/// The columns in their order, which is the order of the values below: names cost a search each.
const VALUES: &str = "INTO exchanges VALUES (
    :id, :client, :client_protocol, :operation, :method, :path,
    :upstream_protocol, :provider, :account, :requested_model, :upstream_model, :stream,
    :status, :upstream_status, :state, :error_kind, :error_source, :error_message,
    :finish_reason, :finish_raw, :attempts, :losses, :loss_count, :failed,
    :first_token_ms, :duration_ms, :timing, :input_tokens, :output_tokens,
    :cache_read_tokens, :cache_write_tokens, :reasoning_tokens, :usage_estimated,
    :request_bytes, :response_bytes, :event_count)";

static INSERT: LazyLock<String> = LazyLock::new(|| format!("INSERT OR IGNORE {VALUES}"));
static REPLACE: LazyLock<String> = LazyLock::new(|| format!("REPLACE {VALUES}"));

/// Writes rows and their bodies, each statement found once for all of them.
pub(super) struct Rows<'d> {
    insert: CachedStatement<'d>,
    replace: CachedStatement<'d>,
    body: CachedStatement<'d>,
}

impl<'d> Rows<'d> {
    pub(super) fn of(database: &'d Connection) -> Result<Self, Error> {
        Ok(Self {
            insert: database.prepare_cached(&INSERT)?,
            replace: database.prepare_cached(&REPLACE)?,
            body: database.prepare_cached("INSERT INTO bodies VALUES (?1, ?2, ?3, ?4)")?,
        })
    }

    /// Inserts the row, or replaces the one that the exchange began with, whose bodies go.
    pub(super) fn put(&mut self, row: &ExchangeRow) -> Result<(), Error> {
        let attempts = list(&row.attempts)?;
        let losses = list(&row.losses)?;
        let timing = serde_json::to_string(&row.timing)?;
        let values = params![
            row.id,
            row.client,
            row.client_protocol,
            row.operation,
            row.method,
            row.path,
            row.upstream_protocol,
            row.provider,
            row.account,
            row.requested_model,
            row.upstream_model,
            row.stream,
            row.status,
            row.upstream_status,
            row.state.word(),
            row.error_kind,
            row.error_source.map(super::ErrorSource::word),
            row.error_message,
            row.finish_reason,
            row.finish_raw,
            attempts,
            losses,
            number(row.losses.len() as u64),
            row.is_failed(),
            row.first_token_ms.map(number),
            row.duration_ms.map(number),
            timing,
            row.input_tokens.map(number),
            row.output_tokens.map(number),
            row.cache_read_tokens.map(number),
            row.cache_write_tokens.map(number),
            row.reasoning_tokens.map(number),
            row.usage_estimated,
            number(row.request_bytes),
            number(row.response_bytes),
            number(row.event_count),
        ];
        // Most rows are new, and a plain insert needs no journal of its own.
        if self.insert.execute(values)? == 0 {
            self.replace.execute(values)?;
        }
        Ok(())
    }

    pub(super) fn put_bodies(&mut self, exchange: Id, bodies: &Bodies) -> Result<(), Error> {
        for (part, body) in bodies.parts() {
            if let Some(body) = body {
                self.body
                    .execute(params![exchange, part, &body.bytes[..], body.truncated])?;
            }
        }
        Ok(())
    }
}

pub(super) fn delete_all(database: &Connection) -> Result<(), Error> {
    database.execute_batch("DELETE FROM bodies; DELETE FROM exchanges")?;
    Ok(())
}

/// As JSON. Most lists are empty.
fn list<T: Serialize>(items: &[T]) -> Result<Cow<'static, str>, Error> {
    if items.is_empty() {
        return Ok(Cow::Borrowed("[]"));
    }
    Ok(Cow::Owned(serde_json::to_string(items)?))
}

/// SQLite's numbers are signed; a count beyond is not a count.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
