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
mod tests {
    use super::*;

    const KEY: Key<'static> = Key {
        provider: "a",
        account: Some("a-main"),
        model: "m",
    };

    fn rate_limited(retry_after: Option<u64>) -> ApiError {
        let mut error = ApiError::new(ErrorKind::RateLimited, Fault::Provider, "slow down");
        error.retry_after = retry_after.map(Duration::from_secs);
        error
    }

    #[test]
    fn complaint_29_only_the_failed_model_of_the_failed_account_cools() {
        let cooldowns = Cooldowns::default();
        let now = Instant::now();
        cooldowns.failed(KEY, &rate_limited(Some(7)), now);
        assert_eq!(cooldowns.remaining(KEY, now), Some(Duration::from_secs(7)));
        assert!(!cooldowns.admit(KEY, now));
        assert!(cooldowns.admit(Key { model: "n", ..KEY }, now));
        assert!(cooldowns.admit(
            Key {
                account: None,
                ..KEY
            },
            now
        ));
    }

    #[test]
    fn complaint_29_what_a_provider_asks_for_is_capped() {
        let cooldowns = Cooldowns::default();
        let now = Instant::now();
        cooldowns.failed(KEY, &rate_limited(Some(18 * 86_400)), now);
        assert_eq!(cooldowns.remaining(KEY, now), Some(LONGEST));
    }

    #[test]
    fn complaint_29_one_request_tries_first_and_its_success_ends_it() {
        let cooldowns = Cooldowns::default();
        let now = Instant::now();
        cooldowns.failed(KEY, &rate_limited(Some(7)), now);
        let later = now + Duration::from_secs(8);
        assert!(cooldowns.admit(KEY, later));
        assert!(!cooldowns.admit(KEY, later));
        cooldowns.succeeded(KEY);
        assert!(cooldowns.admit(KEY, later));
    }

    #[test]
    fn waits_double_and_a_refused_request_cools_nobody() {
        let cooldowns = Cooldowns::default();
        let now = Instant::now();
        cooldowns.failed(KEY, &rate_limited(None), now);
        cooldowns.failed(KEY, &rate_limited(None), now);
        assert_eq!(cooldowns.remaining(KEY, now), Some(Duration::from_secs(40)));
        let mut refused = ApiError::new(ErrorKind::InvalidRequest, Fault::Provider, "no");
        refused.status = Some(400);
        cooldowns.failed(KEY, &refused, now);
        assert_eq!(cooldowns.remaining(KEY, now), None);
    }

    #[test]
    fn names_that_clients_make_up_take_no_room_for_ever() {
        let cooldowns = Cooldowns::default();
        let now = Instant::now();
        cooldowns.failed(KEY, &rate_limited(Some(7)), now);
        let later = now + Duration::from_secs(8);
        for number in 0..2 * MOST {
            let model = &format!("made-up-{number}");
            cooldowns.failed(Key { model, ..KEY }, &rate_limited(None), later);
        }
        assert!(cooldowns.lock().len() <= MOST);
    }

    #[test]
    fn only_the_provider_itself_ends_a_wait() {
        let cooldowns = Cooldowns::default();
        let now = Instant::now();
        cooldowns.failed(KEY, &rate_limited(Some(7)), now);
        cooldowns.failed(KEY, &ApiError::invalid_request("no"), now);
        cooldowns.not_asked(KEY, now);
        assert_eq!(cooldowns.remaining(KEY, now), Some(Duration::from_secs(7)));
        // Who was to try it and did not leaves that to the next.
        let later = now + Duration::from_secs(8);
        assert!(cooldowns.admit(KEY, later) && !cooldowns.admit(KEY, later));
        cooldowns.not_asked(KEY, later);
        assert!(cooldowns.admit(KEY, later));
    }
}
