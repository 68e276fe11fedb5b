//! What is known of an answer's head before there is an answer, shared with whoever sends it early.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use protocol::canonical::Losses;

use crate::reply;

#[derive(Clone, Default)]
pub(crate) struct AnswerHead(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    losses: Losses,
}

impl AnswerHead {
    /// Lists the losses so far.
    pub(crate) fn mark(&self, headers: &mut HeaderMap) {
        reply::mark_losses(headers, &self.known().losses);
    }

    pub(super) fn loses(&self, losses: &Losses) {
        if !losses.is_empty() {
            self.known().losses.append(losses.clone());
        }
    }

    pub(super) fn take_losses(&self) -> Losses {
        std::mem::take(&mut self.known().losses)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
