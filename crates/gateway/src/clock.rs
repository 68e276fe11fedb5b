//! The time of day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) fn unix_seconds() -> u64 {
    since_epoch().as_secs()
}

pub(crate) fn unix_ms() -> u64 {
    u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX)
}

fn since_epoch() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}
