//! Keeps the log within its age and size: old exchanges go, and when it is too large, the oldest
//! bodies before any row.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;

use super::{Error, Id};
use crate::config::Log;

/// Rows that go in one statement, so that writing is never held up for long.
const STEP: u16 = 500;
/// Rows or parts of bodies that go before the size is looked at again.
const SMALL_STEP: u16 = 50;
/// Pages that one transaction gives back: all that it moves is in the write-ahead log first.
const PAGES: u16 = 2_000;
const DAY_MS: i64 = 24 * 3_600_000;

pub(super) fn prune(database: &Connection, settings: &Log) -> Result<(), Error> {
    let oldest = now_ms() - i64::from(settings.keep_days) * DAY_MS;
    let max_bytes = i64::from(settings.max_megabytes) * 1_000_000;
    by_age(database, Id::at(oldest))?;
    by_size(database, max_bytes)?;
    free(database)
}

fn by_age(database: &Connection, oldest: Id) -> Result<(), Error> {
    let mut statement = database.prepare_cached(
        "DELETE FROM exchanges WHERE id IN
             (SELECT id FROM exchanges WHERE id < ?1 ORDER BY id LIMIT ?2)",
    )?;
    while statement.execute((oldest, STEP))? == usize::from(STEP) {}
    Ok(())
}

fn by_size(database: &Connection, max_bytes: i64) -> Result<(), Error> {
    let mut bodies = database.prepare_cached(
        "DELETE FROM bodies WHERE exchange_id IN
             (SELECT exchange_id FROM bodies ORDER BY rowid LIMIT ?1)",
    )?;
    loop {
        let excess = used_bytes(database)? - max_bytes;
        if excess <= 0 {
            return Ok(());
        }
        if bodies.execute([oldest_parts(database, excess)?])? == 0 {
            break;
        }
    }
    let mut rows = database.prepare_cached(
        "DELETE FROM exchanges WHERE id IN (SELECT id FROM exchanges ORDER BY id LIMIT ?1)",
    )?;
    while used_bytes(database)? > max_bytes && rows.execute([SMALL_STEP])? > 0 {}
    Ok(())
}

/// How many of the oldest parts of bodies make up so many bytes: no more than needed should go.
fn oldest_parts(database: &Connection, bytes: i64) -> Result<u16, Error> {
    let mut sizes =
        database.prepare_cached("SELECT length(bytes) FROM bodies ORDER BY rowid LIMIT ?1")?;
    let mut sizes = sizes.query([SMALL_STEP])?;
    let (mut count, mut found) = (0, 0);
    while found < bytes
        && let Some(size) = sizes.next()?
    {
        found += size.get::<_, i64>(0)?;
        count += 1;
    }
    Ok(count)
}

/// Gives the pages of what was deleted back to the disk.
pub(super) fn free(database: &Connection) -> Result<(), Error> {
    let mut left = free_pages(database)?;
    while left > 0 {
        // One page with each row of the answer.
        let mut statement = database.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let mut pages = statement.query([])?;
        while pages.next()?.is_some() {}
        let now = free_pages(database)?;
        if now >= left {
            break;
        }
        left = now;
    }
    Ok(())
}

/// Without the pages that are free already.
fn used_bytes(database: &Connection) -> Result<i64, Error> {
    let pages = number(database, "page_count")? - free_pages(database)?;
    Ok(pages * number(database, "page_size")?)
}

fn free_pages(database: &Connection) -> Result<i64, Error> {
    number(database, "freelist_count")
}

fn number(database: &Connection, pragma: &str) -> Result<i64, Error> {
    Ok(database.pragma_query_value(None, pragma, |row| row.get(0))?)
}

pub(super) fn now_ms() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
