//! Texts as vectors.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use serde_with::skip_serializing_none;

use super::{Inputs, Text, TextOr};
use crate::json::{count, loose_count};

/// Texts to be turned into vectors.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct EmbeddingRequest<'a> {
    pub model: Option<Text<'a>>,
    pub input: Option<Inputs<'a>>,
    #[serde(deserialize_with = "count")]
    pub dimensions: Option<u64>,
    pub encoding_format: Option<Text<'a>>,
    /// What the vectors are for, as other servers of this protocol are told.
    pub input_type: Option<Text<'a>>,
    pub user: Option<Text<'a>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Vectors as providers write them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct EmbeddingList<'a> {
    pub data: Option<Vec<Embedding<'a>>>,
    pub model: Option<Text<'a>>,
    pub usage: Option<EmbeddingUsage>,
    pub error: Option<&'a RawValue>,
}

/// Vectors as clients read them.
#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct Embeddings<'a> {
    pub object: &'static str,
    pub data: Vec<Embedding<'a>>,
    pub model: &'a str,
    pub usage: EmbeddingUsage,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Embedding<'a> {
    #[serde(skip_deserializing)]
    pub object: &'static str,
    pub index: Option<usize>,
    /// Numbers, or base64 of them.
    pub embedding: Option<TextOr<'a, Cow<'a, [f32]>>>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in crate::openai_chat) struct EmbeddingUsage {
    #[serde(deserialize_with = "loose_count")]
    pub prompt_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub total_tokens: Option<u64>,
}
