//! A list of exchanges page by page, by the place of the last row seen: rows that arrive meanwhile
//! shift nothing.

use std::{fmt, str::FromStr};

use rusqlite::{Connection, params_from_iter};

use super::{Error, ExchangeRow, Filter, Id, filter::Conditions, read};

/// Where a page begins. Text without meaning to anybody else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cursor {
    /// The row that was seen last.
    after: Id,
    /// Rows behind it that are passed over. No part of the text.
    skipped: u32,
}

impl Cursor {
    fn after(after: Id) -> Self {
        Self { after, skipped: 0 }
    }

    /// The place this many rows further down.
    pub fn skip(self, rows: u32) -> Self {
        let skipped = self.skipped.saturating_add(rows);
        Self { skipped, ..self }
    }
}

/// Text that no page gave out.
#[derive(Debug, thiserror::Error)]
#[error("This is not a cursor that a page gave out.")]
pub struct NotACursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.after.fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        text.parse().map(Self::after).map_err(|_| NotACursor)
    }
}

/// Newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub rows: Vec<ExchangeRow>,
    /// None on the last page.
    pub next: Option<Cursor>,
    /// How many exchanges the filter fits, on all pages. Counted only for the first page: to count
    /// all takes longer than to read some.
    pub total: Option<u64>,
}

/// Pages are no longer than this, whatever is asked for.
const MAX_ROWS: usize = 1_000;

pub(super) fn query(
    database: &Connection,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: usize,
) -> Result<Page, Error> {
    let mut wanted = Conditions::of(filter);
    let total = match cursor {
        None => Some(count(database, &wanted)?),
        Some(cursor) => {
            wanted.after(cursor.after);
            None
        }
    };
    let skipped = cursor.map_or(0, |cursor| cursor.skipped);
    let limit = limit.clamp(1, MAX_ROWS);
    let mut statement = database.prepare_cached(&newest_first(&wanted, limit))?;
    wanted.values.push(skipped.into());
    let mut found = statement.query(params_from_iter(&wanted.values))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(read::exchange(row)?);
    }
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| has_more);
    Ok(Page {
        next: last.map(|row| Cursor::after(row.id)),
        total,
        rows,
    })
}

fn count(database: &Connection, wanted: &Conditions) -> Result<u64, Error> {
    let total: i64 = database
        .prepare_cached(&wanted.select("count(*)"))?
        .query_row(params_from_iter(&wanted.values), |row| row.get(0))?;
    Ok(u64::try_from(total).unwrap_or(0))
}

/// One row more than a page tells whether there is a next one. The last value is how many rows are
/// passed over.
fn newest_first(wanted: &Conditions, limit: usize) -> String {
    let rows = limit + 1;
    format!(
        "{} ORDER BY id DESC LIMIT {rows} OFFSET ?",
        wanted.select("*")
    )
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
