//! Fields that providers refused, so that their next requests go without them. In memory, while the program runs.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use protocol::canonical::{ApiError, Losses, Omission};

use crate::routing::Target;

/// More models than anybody uses; names are the clients' to make up.
const MAX_MODELS: usize = 1024;

/// What is left out for whom.
#[derive(Default)]
pub(crate) struct Omissions(Mutex<HashMap<Key, Vec<Omission>>>);

/// A model at an address: another one under the same name has its own ideas.
#[derive(Clone, Eq, Hash, PartialEq)]
struct Key {
    base_url: String,
    model: String,
}

impl Key {
    fn of(target: &Target<'_>) -> Self {
        Self {
            base_url: target.provider.base_url.to_string(),
            model: target.model.clone().into_owned(),
        }
    }
}

impl Omissions {
    /// What a target's requests go without.
    pub(crate) fn of(&self, target: &Target<'_>) -> Vec<Omission> {
        let known = self.known();
        if known.is_empty() {
            return Vec::new();
        }
        known.get(&Key::of(target)).cloned().unwrap_or_default()
    }

    /// From now on.
    pub(crate) fn learn(&self, target: &Target<'_>, omission: Omission) {
        let mut known = self.known();
        if known.len() >= MAX_MODELS {
            known.clear();
        }
        let known = known.entry(Key::of(target)).or_default();
        if !known.contains(&omission) {
            known.push(omission);
        }
    }

    /// A failure that still names a field which was left out is about something else.
    pub(crate) fn doubt(&self, target: &Target<'_>, failure: &ApiError, sent: &Bytes) {
        if let Some(known) = self.known().get_mut(&Key::of(target)) {
            known.retain(|omission| !omission.is_disproved(failure, sent));
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Key, Vec<Omission>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says what the provider does not get.
pub(crate) fn left_out(omission: &Omission, losses: &mut Losses) {
    losses.dropped(
        omission.field(),
        "was refused by the provider, and the request was sent without it",
    );
}
