//! What surrounds the messages of a request.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use serde_with::skip_serializing_none;

use super::message::{Custom, Function, Message};
use crate::json::{Text, TextOr, Unknown, count};

/// A request for chat.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct ChatRequest<'a> {
    pub model: Option<Text<'a>>,
    pub messages: Option<Vec<Message<'a>>>,
    /// Some clients send the items of another endpoint of this vendor here.
    pub input: Option<TextOr<'a, Vec<Message<'a>>>>,
    pub instructions: Option<Text<'a>>,
    pub tools: Option<Vec<Tool<'a>>>,
    pub tool_choice: Option<TextOr<'a, NamedTool<'a>>>,
    pub parallel_tool_calls: Option<bool>,
    pub functions: Option<Vec<Function<'a>>>,
    pub function_call: Option<TextOr<'a, Function<'a>>>,
    #[serde(deserialize_with = "count")]
    pub max_completion_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub max_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub max_output_tokens: Option<u64>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    #[serde(deserialize_with = "count")]
    pub top_k: Option<u64>,
    pub frequency_penalty: Option<f64>,
    pub presence_penalty: Option<f64>,
    pub seed: Option<i64>,
    pub stop: Option<TextOr<'a, Vec<Text<'a>>>>,
    pub logprobs: Option<bool>,
    pub top_logprobs: Option<u32>,
    pub n: Option<u32>,
    pub response_format: Option<ResponseFormat<'a>>,
    pub web_search_options: Option<Cow<'a, RawValue>>,
    pub reasoning_effort: Option<Text<'a>>,
    pub reasoning: Option<ReasoningSwitch<'a>>,
    pub thinking: Option<ReasoningSwitch<'a>>,
    pub enable_thinking: Option<bool>,
    pub modalities: Option<Vec<Text<'a>>>,
    pub user: Option<Text<'a>>,
    pub stream: Option<bool>,
    pub stream_options: Option<Map<String, Value>>,
    pub cache_control: Option<Value>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The definition of a tool: nested as this endpoint wants it, or flat as its neighbour does.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Tool<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub function: Option<Function<'a>>,
    pub custom: Option<Custom<'a>>,
    pub name: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub parameters: Option<&'a RawValue>,
    /// The same, of clients that write tools as they do for another vendor.
    pub input_schema: Option<&'a RawValue>,
    pub format: Option<&'a RawValue>,
    pub strict: Option<bool>,
    pub cache_control: Option<Value>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The choice of one tool, or of some.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct NamedTool<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub function: Option<Function<'a>>,
    pub custom: Option<Custom<'a>>,
    pub name: Option<Text<'a>>,
    pub allowed_tools: Option<AllowedTools<'a>>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct AllowedTools<'a> {
    pub mode: Text<'a>,
    pub tools: Vec<NamedTool<'a>>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct ResponseFormat<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    pub json_schema: Option<Cow<'a, RawValue>>,
    /// Where some servers expect the schema of `json_object`.
    pub schema: Option<&'a RawValue>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct JsonSchema<'a> {
    pub name: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub schema: Option<&'a RawValue>,
    pub strict: Option<bool>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

/// How other servers of this protocol are told to reason.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct ReasoningSwitch<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub effort: Option<Text<'a>>,
    #[serde(deserialize_with = "count")]
    pub budget_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub max_tokens: Option<u64>,
    pub enabled: Option<bool>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
