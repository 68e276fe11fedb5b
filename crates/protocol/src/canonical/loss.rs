//! What a translation could not carry. Nothing a client or a provider sent disappears without one.

use std::{collections::HashSet, fmt};

/// Why a field is dropped that the target's protocol does not have.
pub(crate) const NOT_OF_PROTOCOL: &str = "has no equivalent in the target protocol";
/// Why a field is dropped that the target's protocol has and its model refuses.
pub(crate) const NOT_OF_MODEL: &str = "is not a parameter of this model";
/// Why reasoning is not switched off at a model of which nobody knows whether it reasons.
pub(crate) const UNSURE_OFF: &str =
    "was not switched off: nobody knows whether this model reasons, and some refuse to be told";
/// Why something of a reply is left out that stood between its parts and is none of them.
pub(crate) const NO_PART: &str = "of the reply is nothing that could be carried over";

/// Why an image is left out of a reply.
pub(crate) const NO_DRAWING: &str =
    "held an image that the model drew, which has no place in answers of this protocol";
/// Why an image is left out that is not in the reply itself.
pub(crate) const ONLY_ADDRESS: &str =
    "held the address of an image that the model drew, where this protocol has the image itself";

/// How a field was changed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// Cut to the range that the target accepts.
    Clamped,
    Dropped,
    /// Reached by another way (a forced tool instead of a schema, an instruction instead of a switch).
    Emulated,
    /// A figure of ours stands where the provider gave none.
    Estimated,
    Renamed,
    /// A history that the target would refuse was put in order.
    Repaired,
}

impl LossKind {
    /// The word for log rows and headers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clamped => "clamped",
            Self::Dropped => "dropped",
            Self::Emulated => "emulated",
            Self::Estimated => "estimated",
            Self::Renamed => "renamed",
            Self::Repaired => "repaired",
        }
    }
}

/// One thing that the target protocol cannot express, as a person reads it in the log.
#[derive(Clone, Debug, Eq, Hash, PartialEq, serde::Serialize)]
pub struct Loss {
    /// The field in the sender's own words (`thinking.budget_tokens`).
    pub field: String,
    pub kind: LossKind,
    /// A sentence without the field's name ("has no place in this protocol").
    pub why: String,
}

impl Loss {
    /// Whether something stood at this place of a reply that is none of its parts: what comes before it may
    /// belong to it, and not to the part that follows.
    pub fn is_gap(&self) -> bool {
        self.why == NO_PART
    }
}

/// A place without the numbers of lists (`messages[17].phase` is `messages[].phase`), for what every entry may have: it
/// is told once for all of them.
pub(crate) struct Unnumbered<'a>(pub(crate) &'a str);

impl fmt::Display for Unnumbered<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pieces = self.0.split('[');
        formatter.write_str(pieces.next().unwrap_or_default())?;
        for piece in pieces {
            let rest = piece.trim_start_matches(|letter: char| letter.is_ascii_digit());
            write!(formatter, "[{rest}")?;
        }
        Ok(())
    }
}

/// The losses of one exchange; the same loss is kept once.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[serde(transparent)]
pub struct Losses {
    list: Vec<Loss>,
    /// The same once more: a long request may lose thousands of things, and a look through the list for each of them
    /// would take minutes.
    #[serde(skip)]
    known: HashSet<Loss>,
}

impl Losses {
    pub fn push(&mut self, field: impl Into<String>, kind: LossKind, why: impl Into<String>) {
        let loss = Loss {
            field: field.into(),
            kind,
            why: why.into(),
        };
        self.add(&loss);
    }

    pub fn dropped(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.push(field, LossKind::Dropped, why);
    }

    pub fn clamped(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.push(field, LossKind::Clamped, why);
    }

    pub fn repaired(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.push(field, LossKind::Repaired, why);
    }

    pub fn emulated(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.push(field, LossKind::Emulated, why);
    }

    pub fn renamed(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.push(field, LossKind::Renamed, why);
    }

    pub fn estimated(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.push(field, LossKind::Estimated, why);
    }

    /// Takes over what a decoder reported.
    pub fn add(&mut self, loss: &Loss) {
        if self.known.insert(loss.clone()) {
            self.list.push(loss.clone());
        }
    }

    pub fn append(&mut self, other: Self) {
        for loss in other.list {
            self.add(&loss);
        }
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Loss> {
        self.list.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_loss_is_kept_once_and_in_its_place() {
        let mut losses = Losses::default();
        losses.dropped("a", "first");
        losses.dropped("b", "second");
        losses.dropped("a", "first");
        losses.clamped("a", "first");
        let mut more = Losses::default();
        more.dropped("b", "second");
        more.dropped("c", "third");
        losses.append(more);
        let fields: Vec<&str> = losses.iter().map(|loss| loss.field.as_str()).collect();
        assert_eq!(fields, ["a", "b", "a", "c"]);
    }

    #[test]
    fn a_place_without_its_numbers() {
        for (place, expected) in [
            ("messages[17].content[2]", "messages[].content[]"),
            ("messages[].phase", "messages[].phase"),
            ("tools", "tools"),
        ] {
            assert_eq!(Unnumbered(place).to_string(), expected);
        }
    }
}
