//! Sums for the Overview.

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::Serialize;
use ts_rs::TS;

use super::Error;

/// Over some span of time. Sums leave out what is unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
pub struct Stats {
    pub count: u64,
    pub failed: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Of those exchanges that have one; the lower of two middle ones.
    pub median_first_token_ms: Option<u64>,
    /// The busiest first.
    pub routes: Vec<Route>,
}

/// How many exchanges went from one client to one provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
pub struct Route {
    pub client: Option<String>,
    pub provider: Option<String>,
    pub count: u64,
    pub failed: u64,
}

pub(super) fn since(database: &Connection, since_ms: i64) -> Result<Stats, Error> {
    let sums = database
        .prepare_cached(
            "SELECT count(*), CAST(total(failed) AS INTEGER), CAST(total(input_tokens) AS INTEGER), CAST(total(output_tokens) AS INTEGER),
                 count(first_token_ms) FROM exchanges WHERE started_at >= ?1",
        )?
        .query_row([since_ms], |row| {
            Ok((number(row, 0)?, number(row, 1)?, number(row, 2)?, number(row, 3)?, row.get::<_, i64>(4)?))
        })?;
    let (count, failed, input_tokens, output_tokens, timed) = sums;
    let median_first_token_ms = database
        .prepare_cached(
            "SELECT first_token_ms FROM exchanges
             WHERE started_at >= ?1 AND first_token_ms IS NOT NULL
             ORDER BY first_token_ms LIMIT 1 OFFSET ?2",
        )?
        .query_row((since_ms, (timed - 1).max(0) / 2), |row| number(row, 0))
        .optional()?;
    let mut statement = database.prepare_cached(
        "SELECT client, provider, count(*), CAST(total(failed) AS INTEGER) FROM exchanges WHERE started_at >= ?1
         GROUP BY client, provider ORDER BY count(*) DESC, client, provider LIMIT 100",
    )?;
    let routes = statement
        .query_map([since_ms], |row| {
            Ok(Route {
                client: row.get(0)?,
                provider: row.get(1)?,
                count: number(row, 2)?,
                failed: number(row, 3)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(Stats {
        count,
        failed,
        input_tokens,
        output_tokens,
        median_first_token_ms,
        routes,
    })
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}
