//! How much an example may cost: a small schema can ask for more than there is time for, and others wait.

use std::cell::Cell;

use serde_json::Value;

/// Parts of schemas that are copied, read and tried, at about a tenth of a microsecond each.
const MOST: usize = 1_000_000;
/// What a letter costs beside a part.
const LETTERS: usize = 16;
/// What it costs to make a part ready beside a look at it.
const READY: usize = 10;

/// What is left of it.
pub(super) struct Work(Cell<usize>);

impl Work {
    pub(super) fn new() -> Self {
        Self(Cell::new(MOST))
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.get() == 0
    }

    /// `None` where that is too much.
    pub(super) fn look_at<'v>(&self, parts: impl Iterator<Item = &'v Value>) -> Option<()> {
        if self.is_over() {
            return None;
        }
        self.spend(1 + parts.map(weight).sum::<usize>())
    }

    /// The same of a schema that values are to be held against.
    pub(super) fn make_ready<'v>(&self, parts: impl Iterator<Item = &'v Value>) -> Option<()> {
        if self.is_over() {
            return None;
        }
        let weight = 1 + parts.map(weight).sum::<usize>();
        self.spend(weight.saturating_mul(READY))
    }

    pub(super) fn spend(&self, work: usize) -> Option<()> {
        let left = self.0.get().checked_sub(work);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ())
    }
}

/// How much there is of a schema.
pub(super) fn weight(schema: &Value) -> usize {
    let mut weight = 0;
    let mut open = vec![schema];
    while let Some(part) = open.pop() {
        weight += 1;
        match part {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                weight += members.keys().map(String::len).sum::<usize>() / LETTERS;
                open.extend(members.values());
            }
            Value::String(text) => weight += text.len() / LETTERS,
            Value::Bool(_) | Value::Null | Value::Number(_) => {}
        }
    }
    weight
}
