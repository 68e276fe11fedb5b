//! The name of an exchange: the time it began at, so that the log needs no order beside it.

use std::{
    fmt,
    str::FromStr,
    sync::{
        LazyLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef},
};

/// Below the microseconds; they tell programs apart that write to one log.
const PROGRAM_BITS: u32 = 11;
const STEP: i64 = 1 << PROGRAM_BITS;
/// A clock that was set back by more than this is believed; less is two exchanges at once.
const SET_BACK: i64 = 1_000_000 * STEP;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Unix microseconds above [`PROGRAM_BITS`]; 16 hexadecimal digits as text. Both sort by time.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Id(i64);

/// Text that names no exchange.
#[derive(Debug, thiserror::Error)]
#[error("This does not name an exchange.")]
pub struct NotAnId;

impl Id {
    /// Of an exchange that begins now.
    pub fn next() -> Self {
        static LAST: AtomicI64 = AtomicI64::new(0);
        static PROGRAM: LazyLock<i64> = LazyLock::new(|| i64::from(std::process::id()) % STEP);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| i64::try_from(now.as_micros()).unwrap_or(0));
        let now = now.saturating_mul(STEP) | *PROGRAM;
        let after = |last: i64| {
            if last >= now && last - now < SET_BACK {
                last + STEP
            } else {
                now
            }
        };
        let last = LAST
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(after(last))
            })
            .unwrap_or_default();
        Self(after(last))
    }

    /// The first that could begin at a Unix time in milliseconds.
    pub fn at(unix_ms: i64) -> Self {
        Self(unix_ms.max(0).saturating_mul(1_000 * STEP))
    }

    /// As the database has it.
    pub(super) fn number(self) -> i64 {
        self.0
    }

    /// Unix milliseconds.
    pub fn started_at(self) -> i64 {
        self.0 / (1_000 * STEP)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Once a request, where the formatter's own way would cost more than all the rest of the name.
        let digit = |place: usize| DIGITS[(self.0 >> (60 - 4 * place)) as usize & 0xf];
        let digits: [u8; 16] = std::array::from_fn(digit);
        f.write_str(str::from_utf8(&digits).unwrap_or_default())
    }
}

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let is_ours = text.len() == 16 && !text.starts_with(['+', '-']);
        let number = is_ours.then(|| i64::from_str_radix(text, 16));
        number.and_then(Result::ok).map(Self).ok_or(NotAnId)
    }
}

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_as_numbers_and_as_text() {
        let ids: Vec<Id> = (0..10_000).map(|_| Id::next()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b && a.to_string() < b.to_string()));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = i64::try_from(now.as_millis()).unwrap();
        assert!((now - 60_000..=now + 1_000).contains(&ids[0].started_at()));
    }

    #[test]
    fn an_id_reads_back_and_knows_its_time() {
        let id = Id::at(1_800_000_000_123);
        assert_eq!(id.started_at(), 1_800_000_000_123);
        assert_eq!(id.to_string().parse::<Id>().unwrap(), id);
        assert_eq!(Id::at(-1), Id(0));
        assert!(Id::at(i64::MAX) > Id::next());
    }

    #[test]
    fn other_text_is_no_id() {
        for text in [
            "",
            "1",
            "x000000000000001",
            "+000000000000001",
            "ffffffffffffffff",
        ] {
            assert!(text.parse::<Id>().is_err(), "{text}");
        }
    }
}
