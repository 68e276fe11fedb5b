//! Who failed just now and is left alone for a while: one model of one account, never more.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::canonical::{ApiError, ErrorKind, Fault};
use tokio::time::Instant;

/// The longest that anybody is left alone, whatever the provider asks for: quotas are reset by hand,
/// and a wrong clock must not lock anybody out for days.
const LONGEST: Duration = Duration::from_secs(300);
/// Of all; the names of models are the clients' to make up.
const MOST: usize = 1024;
/// How long the one request that tries again keeps others away.
const PROBE: Duration = Duration::from_secs(20);

/// One model of one account.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Key<'a> {
    pub(crate) provider: &'a str,
    pub(crate) account: Option<&'a str>,
    pub(crate) model: &'a str,
}

impl Key<'_> {
    fn word(&self) -> String {
        let account = self.account.unwrap_or_default();
        format!("{}\n{account}\n{}", self.provider, self.model)
    }
}

#[derive(Default)]
pub(crate) struct Cooldowns {
    cooling: Mutex<HashMap<String, Cooling>>,
}

struct Cooling {
    until: Instant,
    failures: u32,
    /// Its time is over, and one request tries it.
    is_probed: bool,
}

impl Cooldowns {
    /// How long a target is still to be left alone.
    pub(crate) fn remaining(&self, key: Key<'_>, now: Instant) -> Option<Duration> {
        let cooling = self.lock();
        if cooling.is_empty() {
            return None;
        }
        let until = cooling.get(&key.word())?.until;
        until
            .checked_duration_since(now)
            .filter(|wait| !wait.is_zero())
    }

    /// Whether to try a target now. The first to come after its time tries alone: until it is back, the
    /// target stays cool for others.
    pub(crate) fn admit(&self, key: Key<'_>, now: Instant) -> bool {
        let mut cooling = self.lock();
        if cooling.is_empty() {
            return true;
        }
        match cooling.get_mut(&key.word()) {
            Some(entry) if entry.until > now => false,
            Some(entry) => {
                entry.until = now + PROBE;
                entry.is_probed = true;
                true
            }
            None => true,
        }
    }

    pub(crate) fn succeeded(&self, key: Key<'_>) {
        let mut cooling = self.lock();
        if !cooling.is_empty() {
            cooling.remove(&key.word());
        }
    }

    /// A request that was to try a target never got there: another may.
    pub(crate) fn not_asked(&self, key: Key<'_>, now: Instant) {
        if let Some(entry) = self.lock().get_mut(&key.word())
            && entry.is_probed
        {
            entry.until = now;
        }
    }

    /// Leaves a target alone after a failure that says something about it, not about the request.
    pub(crate) fn failed(&self, key: Key<'_>, error: &ApiError, now: Instant) {
        let Some(first) = first_wait(error.kind) else {
            // It answered: whatever was wrong before is over.
            if error.fault == Fault::Provider && error.status.is_some() {
                self.succeeded(key);
            } else {
                self.not_asked(key, now);
            }
            return;
        };
        let mut cooling = self.lock();
        if cooling.len() >= MOST {
            cooling.retain(|_, entry| entry.until > now);
        }
        if cooling.len() >= MOST {
            cooling.clear();
        }
        let entry = cooling.entry(key.word()).or_insert(Cooling {
            until: now,
            failures: 0,
            is_probed: false,
        });
        let doubled = first.saturating_mul(1 << entry.failures.min(8));
        let wait = error.retry_after.unwrap_or(doubled).min(LONGEST);
        entry.failures += 1;
        entry.until = now + wait;
        entry.is_probed = false;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Cooling>> {
        self.cooling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wait after a first failure that names none itself; doubles with each further one.
fn first_wait(kind: ErrorKind) -> Option<Duration> {
    match kind {
        ErrorKind::RateLimited => Some(Duration::from_secs(20)),
        ErrorKind::Overloaded => Some(Duration::from_secs(10)),
        ErrorKind::ProviderFault | ErrorKind::Timeout | ErrorKind::Unreachable => {
            Some(Duration::from_secs(5))
        }
        ErrorKind::Authentication
        | ErrorKind::ContextTooLong
        | ErrorKind::GatewayFault
        | ErrorKind::InvalidRequest
        | ErrorKind::MethodNotAllowed
        | ErrorKind::NotFound
        | ErrorKind::Permission
        | ErrorKind::TooLarge => None,
    }
}

#[cfg(test)]
#[path = "cooldowns_tests.rs"]
mod tests;
