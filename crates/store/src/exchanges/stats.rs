//! Sums for the Overview.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Error, Id};

/// Over some span of time. Sums leave out what is unknown; they are None when nothing is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    pub count: u64,
    pub failed: u64,
    pub input_tokens: Option<u64>,
    pub cache_read_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    /// Of those exchanges that have one; the lower of two middle ones.
    pub median_first_token_ms: Option<u64>,
    /// The busiest first.
    pub routes: Vec<Route>,
}

/// How many exchanges went from one client to one provider, in which protocols.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    pub client: Option<String>,
    pub client_protocol: Option<String>,
    pub provider: Option<String>,
    pub upstream_protocol: Option<String>,
    pub count: u64,
    pub failed: u64,
}

pub(super) fn since(database: &Connection, since: Id) -> Result<Stats, Error> {
    let (mut stats, timed) = database
        .prepare_cached(
            // `sum` fails on counts that no provider has, but may report; `total` does not.
            "SELECT count(*), CAST(total(failed) AS INTEGER),
                 iif(count(input_tokens) > 0, CAST(total(input_tokens) AS INTEGER), NULL),
                 iif(count(cache_read_tokens) > 0, CAST(total(cache_read_tokens) AS INTEGER), NULL),
                 iif(count(output_tokens) > 0, CAST(total(output_tokens) AS INTEGER), NULL),
                 count(first_token_ms)
             FROM exchanges WHERE id >= ?1",
        )?
        .query_row([since], |row| {
            let stats = Stats {
                count: number(row, 0)?,
                failed: number(row, 1)?,
                input_tokens: sum(row, 2)?,
                cache_read_tokens: sum(row, 3)?,
                output_tokens: sum(row, 4)?,
                ..Stats::default()
            };
            Ok((stats, row.get::<_, i64>(5)?))
        })?;
    stats.median_first_token_ms = database
        .prepare_cached(
            "SELECT first_token_ms FROM exchanges
             WHERE id >= ?1 AND first_token_ms IS NOT NULL
             ORDER BY first_token_ms LIMIT 1 OFFSET ?2",
        )?
        .query_row((since, (timed - 1).max(0) / 2), |row| number(row, 0))
        .optional()?;
    let mut statement = database.prepare_cached(
        "SELECT client, client_protocol, provider, upstream_protocol, count(*),
             CAST(total(failed) AS INTEGER)
         FROM exchanges WHERE id >= ?1
         GROUP BY client, client_protocol, provider, upstream_protocol
         ORDER BY count(*) DESC, client, client_protocol, provider, upstream_protocol LIMIT 100",
    )?;
    stats.routes = statement
        .query_map([since], |row| {
            Ok(Route {
                client: row.get(0)?,
                client_protocol: row.get(1)?,
                provider: row.get(2)?,
                upstream_protocol: row.get(3)?,
                count: number(row, 4)?,
                failed: number(row, 5)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(stats)
}

fn sum(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    let sum: Option<i64> = row.get(column)?;
    Ok(sum.and_then(|sum| u64::try_from(sum).ok()))
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}
