//! Images that a model draws in its answer, as a request asks for them.

use std::ops::Deref;

use super::{Losses, NOT_OF_PROTOCOL};

/// What an answer is to consist of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Drawing {
    /// Of an image and nothing else.
    Only,
    /// The provider decides.
    #[default]
    Unasked,
    /// Of text and images.
    WithText,
}

impl Drawing {
    /// Of the words of a list; `None` where it is of no image.
    pub(crate) fn of(words: &[impl Deref<Target = str>]) -> Option<Self> {
        let has = |word: &str| words.iter().any(|one| one.eq_ignore_ascii_case(word));
        let asked = if has("text") {
            Self::WithText
        } else {
            Self::Only
        };
        has("image").then_some(asked)
    }

    /// For targets that cannot be asked for images.
    pub(crate) fn left_out(self, losses: &mut Losses) {
        if self != Self::Unasked {
            losses.dropped("modalities", NOT_OF_PROTOCOL);
        }
    }
}
