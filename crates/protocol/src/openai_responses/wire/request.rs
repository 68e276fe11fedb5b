//! Requests: what surrounds the items, and the items.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use serde_with::skip_serializing_none;

use crate::json::{Arguments, Text, TextOr, Unknown, count};

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct ResponsesRequest<'a> {
    pub model: Option<Text<'a>>,
    pub instructions: Option<Text<'a>>,
    pub input: Option<TextOr<'a, Vec<Item<'a>>>>,
    pub tools: Option<Vec<Tool<'a>>>,
    pub tool_choice: Option<TextOr<'a, Choice<'a>>>,
    pub parallel_tool_calls: Option<bool>,
    pub reasoning: Option<ReasoningOptions<'a>>,
    pub text: Option<TextOptions<'a>>,
    #[serde(deserialize_with = "count")]
    pub max_output_tokens: Option<u64>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    #[serde(deserialize_with = "count")]
    pub top_logprobs: Option<u64>,
    pub include: Option<Vec<Text<'a>>>,
    pub user: Option<Text<'a>>,
    pub stream: Option<bool>,
    pub store: Option<bool>,
    pub background: Option<bool>,
    pub previous_response_id: Option<Text<'a>>,
    pub conversation: Option<&'a RawValue>,
    pub prompt: Option<&'a RawValue>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A message, a call, its output, or reasoning.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct Item<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub id: Option<Text<'a>>,
    pub status: Option<Text<'a>>,
    pub role: Option<Text<'a>>,
    /// Whether an assistant's message is its last word, or said on the way there.
    pub phase: Option<Text<'a>>,
    pub content: Option<TextOr<'a, Vec<Content<'a>>>>,
    pub call_id: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub namespace: Option<Text<'a>>,
    pub arguments: Option<Arguments<'a>>,
    pub input: Option<Text<'a>>,
    /// Read: text, content, or whatever tools of the vendor's own answer with.
    #[serde(skip_serializing)]
    pub output: Option<&'a RawValue>,
    /// Written: text or content.
    #[serde(rename = "output", skip_deserializing)]
    pub result: Option<TextOr<'a, Vec<Content<'a>>>>,
    pub summary: Option<Vec<Content<'a>>>,
    pub encrypted_content: Option<Text<'a>>,
    /// Read: tools that come with the conversation.
    #[serde(skip_serializing)]
    pub tools: Option<Vec<&'a RawValue>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct Content<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub text: Option<Text<'a>>,
    pub annotations: Option<Vec<Value>>,
    pub refusal: Option<Text<'a>>,
    pub image_url: Option<Text<'a>>,
    pub detail: Option<Text<'a>>,
    pub file_id: Option<Text<'a>>,
    pub filename: Option<Text<'a>>,
    pub file_data: Option<Text<'a>>,
    pub file_url: Option<Text<'a>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct Tool<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub parameters: Option<Cow<'a, RawValue>>,
    pub strict: Option<bool>,
    pub format: Option<Cow<'a, RawValue>>,
    /// Of a group of tools.
    pub tools: Option<Vec<&'a RawValue>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The choice of one tool, or of some.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct Choice<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub mode: Option<Text<'a>>,
    pub tools: Option<Vec<Self>>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct ReasoningOptions<'a> {
    pub effort: Option<Text<'a>>,
    pub summary: Option<Text<'a>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct TextOptions<'a> {
    pub format: Option<JsonFormat<'a>>,
    pub verbosity: Option<Text<'a>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct JsonFormat<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    pub name: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub schema: Option<&'a RawValue>,
    pub strict: Option<bool>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}
