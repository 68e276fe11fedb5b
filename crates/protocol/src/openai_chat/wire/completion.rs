//! Going on with a text: the request, and replies as clients read them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

use super::{Inputs, Text, TextOr, Usage};
use crate::json::count;

/// A request to go on with a text.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct CompletionRequest<'a> {
    pub model: Option<Text<'a>>,
    pub prompt: Option<Inputs<'a>>,
    pub suffix: Option<Text<'a>>,
    pub echo: Option<bool>,
    #[serde(deserialize_with = "count")]
    pub max_tokens: Option<u64>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub frequency_penalty: Option<f64>,
    pub presence_penalty: Option<f64>,
    pub seed: Option<i64>,
    pub stop: Option<TextOr<'a, Vec<Text<'a>>>>,
    pub logprobs: Option<u32>,
    pub n: Option<u32>,
    pub user: Option<Text<'a>>,
    pub stream: Option<bool>,
    pub stream_options: Option<Map<String, Value>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A whole reply or a chunk of one.
#[skip_serializing_none]
#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct TextCompletion<'a> {
    pub id: &'a str,
    pub object: &'static str,
    pub created: u64,
    pub model: &'a str,
    pub choices: &'a [TextChoice<'a>],
    /// Of a chunk: not there unless the client asked, else null in all but the last.
    pub usage: Option<Option<Usage>>,
}

#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct TextChoice<'a> {
    pub text: &'a str,
    pub index: u32,
    pub logprobs: (),
    pub finish_reason: Option<&'static str>,
}
