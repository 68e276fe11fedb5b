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
    /// Left before anybody had answered.
    sent: Option<HeaderMap>,
}

impl AnswerHead {
    /// Lists the losses so far.
    pub(super) fn mark(&self, headers: &mut HeaderMap) {
        reply::mark_losses(headers, &self.known().losses);
    }

    /// Lists the losses so far in headers that go out now, whatever becomes of the answer.
    pub(crate) fn leaves(&self, headers: &mut HeaderMap) {
        self.mark(headers);
        self.known().sent = Some(headers.clone());
    }

    /// The headers that went out before there was an answer.
    pub(super) fn take_sent(&self) -> Option<HeaderMap> {
        self.known().sent.take()
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
