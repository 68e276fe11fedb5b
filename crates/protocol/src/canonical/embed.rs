//! Texts as vectors: what is asked, and what comes back.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Loss, Losses, OwnFields, Usage, loss::NOT_OF_PROTOCOL};
use crate::Protocol;

/// Texts to be turned into vectors, one each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbedRequest {
    /// Empty when the client named none.
    pub model: String,
    pub inputs: Vec<EmbedInput>,
    /// The client asked in a form for one text, and reads one vector.
    pub single: bool,
    /// The length that the vectors are to have.
    pub dimensions: Option<u64>,
    /// The client wants its vectors as base64 of little-endian 32-bit floats.
    pub base64: bool,
    /// What the vectors are for, where the model tells such uses apart.
    pub task: Option<EmbedTask>,
    /// Of the document that is embedded.
    pub title: Option<String>,
    /// Whether an input that is too long may be cut; `None` leaves it to the provider.
    pub truncate: Option<bool>,
    /// The end user's id, as the client names it to the provider.
    pub user: Option<String>,
    /// Fields that the canonical model has no place for; only the same protocol writes them back.
    pub rest: Option<(Protocol, Map<String, Value>)>,
    /// What the client calls the fields that it was read from.
    pub own_fields: OwnFields,
}

#[derive(Clone, Debug, PartialEq)]
pub enum EmbedInput {
    Text(String),
    /// Ids of a tokenizer that client and model share.
    Tokens(Vec<u64>),
}

/// What vectors are for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EmbedTask {
    Classification,
    Clustering,
    CodeQuery,
    Document,
    FactCheck,
    Query,
    Question,
    Similarity,
}

/// One vector for each input, in the order of the inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbedReply {
    /// The model's name as the provider states it; empty where it does not.
    pub model: String,
    pub vectors: Vec<Vec<f32>>,
    /// `None` when the provider said nothing about tokens.
    pub usage: Option<Usage>,
    pub losses: Vec<Loss>,
}

impl EmbedReply {
    /// What there was so far, if anything, and the texts of `later` behind it.
    pub fn behind(before: Option<Self>, later: Self) -> Option<Self> {
        Some(match before {
            Some(before) => before.with(later),
            None => later,
        })
    }

    /// Both together, the texts of `later` behind these.
    #[must_use]
    pub fn with(mut self, later: Self) -> Self {
        self.vectors.extend(later.vectors);
        self.usage = match (self.usage, later.usage) {
            (Some(usage), Some(more)) => Some(usage.plus(&more)),
            // A part of what it cost says nothing of the whole.
            (Some(_), None) | (None, _) => None,
        };
        self.losses.extend(later.losses);
        self
    }
}

impl EmbedRequest {
    /// The same for no more than `most` texts at a time, in order; itself where there are no more.
    pub fn apart(&self, most: Option<usize>) -> Vec<Cow<'_, Self>> {
        let Some(most) = most.filter(|most| *most > 0 && self.inputs.len() > *most) else {
            return vec![Cow::Borrowed(self)];
        };
        let mut bare = self.clone();
        bare.inputs.clear();
        let batches = self.inputs.chunks(most).map(|inputs| {
            let inputs = inputs.to_vec();
            Cow::Owned(Self {
                inputs,
                ..bare.clone()
            })
        });
        batches.collect()
    }

    /// The unknown fields for an encoder of `protocol`; for any other protocol each is a reported loss.
    pub fn rest_for(&self, protocol: Protocol, losses: &mut Losses) -> Option<&Map<String, Value>> {
        let (owner, rest) = self.rest.as_ref()?;
        if *owner == protocol {
            return Some(rest);
        }
        for field in rest.keys() {
            losses.dropped(field, NOT_OF_PROTOCOL);
        }
        None
    }
}
