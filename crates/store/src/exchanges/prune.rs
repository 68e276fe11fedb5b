//! Keeps the log within its age and size: old exchanges go, and when it is too large, the oldest
//! bodies before any row.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;

use super::{Error, Id};
use crate::config::Log;

/// Rows that go in one statement, so that writing is never held up for long.
const STEP: u16 = 500;
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
    let statements = [
        "DELETE FROM bodies WHERE exchange_id IN
             (SELECT exchange_id FROM bodies ORDER BY rowid LIMIT ?1)",
        "DELETE FROM exchanges WHERE id IN (SELECT id FROM exchanges ORDER BY id LIMIT ?1)",
    ];
    for sql in statements {
        let mut statement = database.prepare_cached(sql)?;
        // Few at a time: a body may be large, and no more than needed should go.
        while used_bytes(database)? > max_bytes {
            if statement.execute([STEP / 10])? == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Gives the pages of what was deleted back to the disk.
pub(super) fn free(database: &Connection) -> Result<(), Error> {
    // One page with each row of the answer.
    let mut statement = database.prepare("PRAGMA incremental_vacuum")?;
    let mut pages = statement.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}

/// Without the pages that are free already.
fn used_bytes(database: &Connection) -> Result<i64, Error> {
    let pragma = |name: &str| database.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    Ok((pragma("page_count")? - pragma("freelist_count")?) * pragma("page_size")?)
}

fn now_ms() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
