//! Reading rows and bodies back, on a connection of its own.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{
    Bodies, Body, Error, ErrorSource, ExchangeRow, ExchangeState, Id, Word,
    database::open_for_reading,
};

/// One connection, opened at the first question and again after the file was replaced.
pub(super) struct Reader {
    path: PathBuf,
    open: Mutex<Option<Connection>>,
}

impl Reader {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            open: Mutex::new(None),
        }
    }

    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let database = match open.take() {
            Some(database) => database,
            None => open_for_reading(&self.path)?,
        };
        work(open.insert(database))
    }

    pub(super) fn close(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

pub(super) fn get(
    database: &Connection,
    id: Id,
) -> Result<Option<(ExchangeRow, Option<Bodies>)>, Error> {
    let found = database
        .prepare_cached("SELECT * FROM exchanges WHERE id = ?1")?
        .query_row([id], |row| Ok(exchange(row)))
        .optional()?;
    let Some(row) = found else {
        return Ok(None);
    };
    Ok(Some((row?, bodies(database, id)?)))
}

pub(super) fn exchange(row: &Row<'_>) -> Result<ExchangeRow, Error> {
    Ok(ExchangeRow {
        id: row.get("id")?,
        client: row.get("client")?,
        client_protocol: word(row, "client_protocol")?,
        operation: word(row, "operation")?,
        method: Word::Owned(row.get("method")?),
        path: row.get("path")?,
        upstream_protocol: word(row, "upstream_protocol")?,
        provider: row.get("provider")?,
        account: row.get("account")?,
        requested_model: row.get("requested_model")?,
        upstream_model: row.get("upstream_model")?,
        stream: row.get("stream")?,
        status: row.get("status")?,
        upstream_status: row.get("upstream_status")?,
        state: ExchangeState::of_word(&row.get::<_, String>("state")?),
        error_kind: word(row, "error_kind")?,
        error_source: row
            .get::<_, Option<String>>("error_source")?
            .and_then(|word| ErrorSource::of_word(&word)),
        error_message: row.get("error_message")?,
        finish_reason: word(row, "finish_reason")?,
        finish_raw: row.get("finish_raw")?,
        attempts: serde_json::from_str(&row.get::<_, String>("attempts")?)?,
        losses: serde_json::from_str(&row.get::<_, String>("losses")?)?,
        first_token_ms: count(row, "first_token_ms")?,
        duration_ms: count(row, "duration_ms")?,
        timing: serde_json::from_str(&row.get::<_, String>("timing")?)?,
        input_tokens: count(row, "input_tokens")?,
        output_tokens: count(row, "output_tokens")?,
        cache_read_tokens: count(row, "cache_read_tokens")?,
        cache_write_tokens: count(row, "cache_write_tokens")?,
        reasoning_tokens: count(row, "reasoning_tokens")?,
        usage_estimated: row.get("usage_estimated")?,
        request_bytes: count(row, "request_bytes")?.unwrap_or(0),
        response_bytes: count(row, "response_bytes")?.unwrap_or(0),
        event_count: count(row, "event_count")?.unwrap_or(0),
    })
}

fn word(row: &Row<'_>, column: &str) -> Result<Option<Word>, rusqlite::Error> {
    let word: Option<String> = row.get(column)?;
    Ok(word.map(Word::Owned))
}

fn bodies(database: &Connection, id: Id) -> Result<Option<Bodies>, Error> {
    let mut statement = database
        .prepare_cached("SELECT part, bytes, truncated FROM bodies WHERE exchange_id = ?1")?;
    let mut rows = statement.query([id])?;
    let mut bodies = None;
    while let Some(row) = rows.next()? {
        let name: String = row.get("part")?;
        let body = Body {
            bytes: row.get::<_, Vec<u8>>("bytes")?.into(),
            truncated: row.get("truncated")?,
        };
        let bodies: &mut Bodies = bodies.get_or_insert_default();
        if let Some((_, part)) = bodies.parts_mut().find(|(part, _)| *part == name) {
            *part = Some(body);
        }
    }
    Ok(bodies)
}

fn count(row: &Row<'_>, column: &str) -> Result<Option<u64>, rusqlite::Error> {
    let number: Option<i64> = row.get(column)?;
    Ok(number.and_then(|number| u64::try_from(number).ok()))
}
