//! How likely tokens were, as both protocols write it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;

use crate::canonical::Logprob;

/// A token, or an alternative to one, which has no alternatives of its own.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Token {
    token: String,
    logprob: f64,
    /// Null where nobody said.
    #[serialize_always]
    bytes: Option<Vec<u8>>,
    top_logprobs: Option<Vec<Self>>,
}

impl Token {
    pub(crate) fn of(likely: &Logprob) -> Self {
        let top = likely.top.iter().map(Self::alternative);
        Self {
            top_logprobs: Some(top.collect()),
            ..Self::alternative(likely)
        }
    }

    fn alternative(likely: &Logprob) -> Self {
        Self {
            token: likely.token.clone(),
            logprob: likely.logprob,
            bytes: likely.bytes.clone(),
            top_logprobs: None,
        }
    }

    /// For clients that insist on bytes: where nobody told them, they are the token's.
    pub(crate) fn with_bytes(mut self) -> Self {
        self.bytes
            .get_or_insert_with(|| self.token.clone().into_bytes());
        let top = self.top_logprobs.map(|top| top.into_iter());
        self.top_logprobs = top.map(|top| top.map(Self::with_bytes).collect());
        self
    }

    pub(crate) fn read(self) -> Logprob {
        let top = self.top_logprobs.unwrap_or_default();
        Logprob {
            token: self.token,
            bytes: self.bytes,
            logprob: self.logprob,
            top: top.into_iter().map(Self::read).collect(),
        }
    }
}

pub(crate) fn write(likely: &[Logprob]) -> Vec<Token> {
    likely.iter().map(Token::of).collect()
}

/// Whether a field that may hold tokens is there and not empty.
pub(crate) fn has_some(raw: Option<&RawValue>) -> Option<&RawValue> {
    raw.filter(|raw| raw.get() != "[]")
}
