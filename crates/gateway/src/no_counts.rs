//! Who said of late that it does not count tokens: it is not asked for a while. In memory, while the program runs.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::routing::Target;

/// Until it is asked again: providers learn.
const WHILE: Duration = Duration::from_secs(600);
/// More models than anybody uses; names are the clients' to make up.
const MAX_MODELS: usize = 1024;

/// A model at an address, and since when. Some say the same of a model that they do not know, so others there are
/// asked all the same.
#[derive(Default)]
pub(crate) struct NoCounts(Mutex<HashMap<(String, String), Instant>>);

impl NoCounts {
    pub(crate) fn knows(&self, target: &Target<'_>) -> bool {
        let known = self.known();
        let since = known.get(&key(target));
        since.is_some_and(|since| since.elapsed() < WHILE)
    }

    pub(crate) fn learn(&self, target: &Target<'_>) {
        let mut known = self.known();
        if known.len() >= MAX_MODELS {
            known.clear();
        }
        known.insert(key(target), Instant::now());
    }

    fn known(&self) -> MutexGuard<'_, HashMap<(String, String), Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(target: &Target<'_>) -> (String, String) {
    let address = target.provider.base_url.to_string();
    (address, target.model.clone().into_owned())
}
