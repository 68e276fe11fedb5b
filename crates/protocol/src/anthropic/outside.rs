//! A client's own body from outside: as much of it as matters to whoever changes it without decoding it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct Outside<'a> {
    #[serde(borrow)]
    pub(super) messages: Vec<&'a RawValue>,
    #[serde(borrow)]
    pub(super) thinking: Option<Kind<'a>>,
    #[serde(borrow)]
    pub(super) context_management: Option<Edits<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Edits<'a> {
    #[serde(borrow, default)]
    pub(super) edits: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Said<'a> {
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    content: &'a RawValue,
}

/// What a block is, or an edit, or whether the model is to think.
#[derive(Deserialize)]
pub(super) struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) signature: Option<Cow<'a, str>>,
}

impl<'a> Outside<'a> {
    pub(super) fn of(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

impl<'a> Said<'a> {
    pub(super) fn of(message: &'a RawValue) -> Option<Self> {
        serde_json::from_str(message.get()).ok()
    }

    pub(super) fn is_the_models(&self) -> bool {
        self.role == "assistant"
    }

    /// `None` where it is text alone.
    pub(super) fn blocks(&self) -> Option<Vec<&'a RawValue>> {
        serde_json::from_str(self.content.get()).ok()
    }
}

impl<'a> Kind<'a> {
    pub(super) fn of(block: &'a RawValue) -> Option<Self> {
        serde_json::from_str(block.get()).ok()
    }
}
