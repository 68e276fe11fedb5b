//! The statements that change the database.

use rusqlite::{Connection, named_params, params};

use super::{Bodies, Error, ExchangeRow};

/// Inserts the row, or replaces the one that the exchange began with, whose bodies go.
pub(super) fn row(database: &Connection, row: &ExchangeRow) -> Result<(), Error> {
    let mut statement = database.prepare_cached(
        "INSERT OR REPLACE INTO exchanges VALUES (
             :id, :started_at, :client, :client_protocol, :operation, :method, :path,
             :upstream_protocol, :provider, :account, :requested_model, :upstream_model, :stream,
             :status, :upstream_status, :state, :error_kind, :error_source, :error_message,
             :finish_reason, :finish_raw, :attempts, :losses, :loss_count, :failed,
             :first_token_ms, :duration_ms, :timing, :input_tokens, :output_tokens,
             :cache_read_tokens, :cache_write_tokens, :reasoning_tokens, :usage_estimated,
             :request_bytes, :response_bytes, :event_count)",
    )?;
    statement.execute(named_params! {
        ":id": row.id,
        ":started_at": row.started_at,
        ":client": row.client,
        ":client_protocol": row.client_protocol,
        ":operation": row.operation,
        ":method": row.method,
        ":path": row.path,
        ":upstream_protocol": row.upstream_protocol,
        ":provider": row.provider,
        ":account": row.account,
        ":requested_model": row.requested_model,
        ":upstream_model": row.upstream_model,
        ":stream": row.stream,
        ":status": row.status,
        ":upstream_status": row.upstream_status,
        ":state": row.state.word(),
        ":error_kind": row.error_kind,
        ":error_source": row.error_source.map(super::ErrorSource::word),
        ":error_message": row.error_message,
        ":finish_reason": row.finish_reason,
        ":finish_raw": row.finish_raw,
        ":attempts": serde_json::to_string(&row.attempts)?,
        ":losses": serde_json::to_string(&row.losses)?,
        ":loss_count": number(row.losses.len() as u64),
        ":failed": row.is_failed(),
        ":first_token_ms": row.first_token_ms.map(number),
        ":duration_ms": row.duration_ms.map(number),
        ":timing": serde_json::to_string(&row.timing)?,
        ":input_tokens": row.input_tokens.map(number),
        ":output_tokens": row.output_tokens.map(number),
        ":cache_read_tokens": row.cache_read_tokens.map(number),
        ":cache_write_tokens": row.cache_write_tokens.map(number),
        ":reasoning_tokens": row.reasoning_tokens.map(number),
        ":usage_estimated": row.usage_estimated,
        ":request_bytes": number(row.request_bytes),
        ":response_bytes": number(row.response_bytes),
        ":event_count": number(row.event_count),
    })?;
    Ok(())
}

pub(super) fn bodies(database: &Connection, exchange: &str, bodies: &Bodies) -> Result<(), Error> {
    let mut statement = database.prepare_cached("INSERT INTO bodies VALUES (?1, ?2, ?3, ?4)")?;
    for (part, body) in bodies.parts() {
        if let Some(body) = body {
            statement.execute(params![exchange, part, &body.bytes[..], body.truncated])?;
        }
    }
    Ok(())
}

pub(super) fn delete_all(database: &Connection) -> Result<(), Error> {
    database.execute_batch("DELETE FROM bodies; DELETE FROM exchanges")?;
    Ok(())
}

/// SQLite's numbers are signed; a count beyond is not a count.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
