//! What a client's history lacks.

use super::Part;

/// Reasoning that led to a call, and that the client did not send back with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recalled {
    /// The number of the call in the conversation, from 0.
    pub call: usize,
    /// What stood before the text that leads to the call.
    pub ahead: Vec<Part>,
    /// What stood between that text and the call.
    pub behind: Vec<Part>,
}

impl Recalled {
    /// All of it, in order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.ahead.iter().chain(&self.behind)
    }
}
