//! What came of the targets so far, and which of their failures the client is told.

use std::time::Duration;

use protocol::canonical::{ApiError, ErrorKind, Fault};

use super::{Failure, moves_on, nobody};
use crate::{
    credentials::NO_CREDENTIAL,
    exchange::Exchange,
    recorder::{Place, Recorder},
    responses::NOT_FOUND,
};

/// The code of what only a provider of the client's own protocol may have.
const UNSUPPORTED: &str = "unsupported_parameter";

/// Why one attempt gave no answer, and what the row tells of it.
pub(super) struct Told {
    pub(super) failure: Failure,
    // In a box, like all that only failures need.
    place: Option<Box<Place>>,
}

#[derive(Default)]
pub(super) struct Course {
    /// Of a target that could have taken the request.
    failed: Option<Told>,
    /// Of the first that could not.
    refused: Option<Told>,
}

impl Course {
    /// Notes a failure; `true` if the next target may do better.
    pub(super) fn goes_on(&mut self, failure: Failure, exchange: &mut Exchange) -> bool {
        let error = &failure.error;
        let is_elsewhere = has_code(error, NOT_FOUND);
        let (cannot_take_it, goes_on) = if is_refusal(error) {
            let is_of_target = is_elsewhere || has_code(error, UNSUPPORTED);
            (true, is_of_target || !exchange.is_wrong())
        } else {
            // Who has no such conversation could never have answered.
            (is_elsewhere, is_elsewhere || moves_on(error))
        };
        let told = Told::now(failure, exchange);
        if cannot_take_it {
            self.refused.get_or_insert(told);
        } else {
            let last = self.failed.take().filter(|_| goes_on);
            let kept = last.filter(|last| last.counts_more_than(&told));
            self.failed = Some(kept.unwrap_or(told));
        }
        goes_on
    }

    /// The failure that the client is told, and the row of it.
    pub(super) fn failure(self, recorder: &mut Recorder) -> Failure {
        let Some(told) = self.failed.or(self.refused) else {
            return nobody().into();
        };
        told.again(recorder)
    }
}

impl Told {
    /// Of the attempt in turn.
    pub(super) fn now(failure: Failure, exchange: &mut Exchange) -> Self {
        let place = exchange.recorder.place();
        Self { failure, place }
    }

    /// The failure, which the row tells of again.
    pub(super) fn again(self, recorder: &mut Recorder) -> Failure {
        recorder.returns_to(self.place);
        self.failure
    }

    /// Whether the client has more of it than of another that came later. An outage passes, and what is wrong with
    /// a set-up does not; of two outages the one counts that is over first: who asks again then is answered.
    fn counts_more_than(&self, later: &Self) -> bool {
        if self.is_outage() != later.is_outage() {
            return self.is_outage();
        }
        match (self.wait(), later.wait()) {
            (Some(wait), Some(later)) => wait < later,
            (wait, _) => wait.is_some(),
        }
    }

    fn is_outage(&self) -> bool {
        self.failure.error.kind.is_retryable()
    }

    fn wait(&self) -> Option<Duration> {
        let error = &self.failure.error;
        let is_passing = matches!(error.kind, ErrorKind::Overloaded | ErrorKind::RateLimited);
        error.retry_after.filter(|_| is_passing)
    }
}

/// Whether a target did not answer the request because it was never asked: it says nothing of its state.
pub(super) fn is_refusal(error: &ApiError) -> bool {
    match error.fault {
        Fault::Client | Fault::Gateway => true,
        Fault::Network => false,
        Fault::Provider => has_code(error, NO_CREDENTIAL),
    }
}

fn has_code(error: &ApiError, code: &str) -> bool {
    error.code.as_deref() == Some(code)
}
