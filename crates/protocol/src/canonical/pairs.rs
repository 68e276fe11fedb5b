//! Which result answers which call.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// A call or a result, in the order of the conversation; `place` and `result` are whatever stands for it.
pub(super) enum Step<'a, C, R> {
    Call {
        id: &'a str,
        /// Calls of one message may share an id.
        message: usize,
        place: C,
    },
    Result {
        id: &'a str,
        result: R,
    },
}

/// The result of each call that has one: results go by their id, and those of one message's calls with the same
/// id by their order. A call with the id in another message takes over from those that still wait.
pub(super) fn pair<'a, C: Eq + Hash, R>(
    steps: impl IntoIterator<Item = Step<'a, C, R>>,
) -> HashMap<C, R> {
    let mut waiting: HashMap<&str, (usize, VecDeque<C>)> = HashMap::new();
    let mut pairs = HashMap::new();
    for step in steps {
        match step {
            Step::Call { id, message, place } => {
                let (of, calls) = waiting.entry(id).or_default();
                if *of != message {
                    *of = message;
                    calls.clear();
                }
                calls.push_back(place);
            }
            Step::Result { id, result } => {
                if let Some(call) = waiting.get_mut(id).and_then(|(_, calls)| calls.pop_front()) {
                    pairs.insert(call, result);
                }
            }
        }
    }
    pairs
}
