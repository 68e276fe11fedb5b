//! What surrounds the messages of a request.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};

use super::{
    message::{Custom, Function, Message},
    text::{Text, TextOr, count},
};

/// A request for chat.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct ChatRequest<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) model: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) messages: Option<Vec<Message<'a>>>,
    /// Some clients send the items of another endpoint of this vendor here.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) input: Option<TextOr<'a, Vec<Message<'a>>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) instructions: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) tools: Option<Vec<Tool<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool_choice: Option<TextOr<'a, NamedTool<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) parallel_tool_calls: Option<bool>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) functions: Option<Vec<Function<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) function_call: Option<TextOr<'a, Function<'a>>>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(in super::super) max_completion_tokens: Option<u64>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(in super::super) max_tokens: Option<u64>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(in super::super) max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_p: Option<f64>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_k: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) seed: Option<i64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) stop: Option<TextOr<'a, Vec<Text<'a>>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_logprobs: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) n: Option<u32>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) response_format: Option<ResponseFormat<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) reasoning_effort: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) reasoning: Option<ReasoningSwitch<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) thinking: Option<ReasoningSwitch<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) enable_thinking: Option<bool>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) modalities: Option<Vec<Text<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) user: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) stream_options: Option<Map<String, Value>>,
    #[serde(flatten)]
    pub(in super::super) rest: Map<String, Value>,
}

/// The definition of a tool: nested as this endpoint wants it, or flat as its neighbour does.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct Tool<'a> {
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(in super::super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) function: Option<Function<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) custom: Option<Custom<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) description: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) parameters: Option<&'a RawValue>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) format: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) strict: Option<bool>,
    #[serde(flatten)]
    pub(in super::super) rest: Map<String, Value>,
}

/// The choice of one tool, or of some.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct NamedTool<'a> {
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(in super::super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) function: Option<Function<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) custom: Option<Custom<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) allowed_tools: Option<AllowedTools<'a>>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct AllowedTools<'a> {
    #[serde(borrow)]
    pub(in super::super) mode: Text<'a>,
    #[serde(borrow)]
    pub(in super::super) tools: Vec<NamedTool<'a>>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct ResponseFormat<'a> {
    #[serde(borrow, rename = "type")]
    pub(in super::super) kind: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) json_schema: Option<Cow<'a, RawValue>>,
    /// Where some servers expect the schema of `json_object`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) schema: Option<&'a RawValue>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct JsonSchema<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) description: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) schema: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) strict: Option<bool>,
}

/// How other servers of this protocol are told to reason.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct ReasoningSwitch<'a> {
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(in super::super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) effort: Option<Text<'a>>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(in super::super) budget_tokens: Option<u64>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(in super::super) max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) enabled: Option<bool>,
    #[serde(flatten)]
    pub(in super::super) rest: Map<String, Value>,
}
