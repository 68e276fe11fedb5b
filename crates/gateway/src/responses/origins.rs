//! Whose replies are whose: what a provider keeps, only the account that it was made for can come back to.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use protocol::canonical::{Choice, Event};
use serde::Deserialize;
use store::config::{Account, Provider};

use crate::app::App;

/// Ids that are remembered; the oldest goes first.
const MOST: usize = 20_000;
/// No id is longer.
const MAX_ID: usize = 200;

/// An account of a provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Origin {
    provider: String,
    account: Option<String>,
}

impl Origin {
    pub(crate) fn new(provider: &Provider, account: Option<&Account>) -> Self {
        Self {
            provider: provider.id.clone(),
            account: account.map(|account| account.id.clone()),
        }
    }

    pub(crate) fn is(&self, provider: &Provider, account: Option<&Account>) -> bool {
        self.provider == provider.id
            && self.account.as_deref() == account.map(|account| account.id.as_str())
    }
}

#[derive(Default)]
pub(super) struct Origins(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_id: HashMap<String, Origin>,
    order: VecDeque<String>,
}

impl Origins {
    pub(super) fn of(&self, id: &str) -> Option<Origin> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.by_id.get(id).cloned()
    }

    pub(super) fn put(&self, id: &str, origin: Origin) {
        if id.len() > MAX_ID {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.by_id.insert(id.to_owned(), origin).is_none() {
            known.order.push_back(id.to_owned());
        }
        if known.order.len() > MOST
            && let Some(oldest) = known.order.pop_front()
        {
            known.by_id.remove(&oldest);
        }
    }
}

/// Notes whose a reply is that goes on to its client as it is.
pub(crate) struct OwnerNote {
    app: Arc<App>,
    origin: Origin,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

impl OwnerNote {
    pub(crate) fn new(app: &Arc<App>, origin: Origin) -> Self {
        let app = Arc::clone(app);
        Self { app, origin }
    }

    /// Of a stream; `true` once there is no more to note.
    pub(crate) fn hears(&self, events: &[(Choice, Event)]) -> bool {
        let id = events.iter().find_map(|(_, event)| match event {
            Event::Start { id, .. } => Some(id),
            _ => None,
        });
        if let Some(id) = id {
            self.app.responses.belongs(id, self.origin.clone());
        }
        id.is_some()
    }

    /// Of a whole reply.
    pub(crate) fn reads(&self, reply: &Bytes) {
        if let Ok(Named { id }) = serde_json::from_slice(reply) {
            self.app.responses.belongs(&id, self.origin.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let origins = Origins::default();
        let origin = Origin {
            provider: "p".to_owned(),
            account: None,
        };
        for at in 0..=MOST {
            origins.put(&format!("resp_{at}"), origin.clone());
            origins.put(&format!("resp_{at}"), origin.clone());
        }
        assert_eq!(origins.of("resp_0"), None);
        assert_eq!(origins.of("resp_1"), Some(origin));
    }
}
