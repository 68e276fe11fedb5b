//! Replies: as providers write them, and as clients read them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use super::{
    message::{Content, Function, ToolCall},
    text::{Text, TextOr, count},
};

/// A whole reply or a chunk of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Reply<'a> {
    #[serde(borrow)]
    pub(in super::super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in super::super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in super::super) choices: Option<Vec<Choice<'a>>>,
    pub(in super::super) usage: Option<Usage>,
    #[serde(borrow)]
    pub(in super::super) object: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in super::super) error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Choice<'a> {
    pub(in super::super) index: Option<u32>,
    #[serde(borrow)]
    pub(in super::super) delta: Option<Said<'a>>,
    #[serde(borrow)]
    pub(in super::super) message: Option<Said<'a>>,
    #[serde(borrow)]
    pub(in super::super) finish_reason: Option<Text<'a>>,
    /// The stop sequence that matched, where a server tells.
    #[serde(borrow)]
    pub(in super::super) stop_reason: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super) logprobs: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super) error: Option<&'a RawValue>,
}

/// What the model said, whole or in fragments.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Said<'a> {
    #[serde(borrow)]
    pub(in super::super) content: Option<Content<'a>>,
    #[serde(borrow)]
    pub(in super::super) refusal: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in super::super) reasoning_content: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in super::super) reasoning: Option<TextOr<'a, &'a RawValue>>,
    #[serde(borrow)]
    pub(in super::super) reasoning_details: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super) tool_calls: Option<Vec<ToolCall<'a>>>,
    #[serde(borrow)]
    pub(in super::super) function_call: Option<Function<'a>>,
    #[serde(borrow)]
    pub(in super::super) annotations: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super) audio: Option<&'a RawValue>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct Usage {
    #[serde(deserialize_with = "count")]
    pub(in super::super) prompt_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(in super::super) completion_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(in super::super) total_tokens: Option<u64>,
    pub(in super::super) prompt_tokens_details: Option<PromptDetails>,
    pub(in super::super) completion_tokens_details: Option<CompletionDetails>,
    #[serde(deserialize_with = "count", skip_serializing)]
    pub(in super::super) prompt_cache_hit_tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct PromptDetails {
    #[serde(deserialize_with = "count")]
    pub(in super::super) cached_tokens: Option<u64>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(in super::super) cache_write_tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct CompletionDetails {
    #[serde(deserialize_with = "count")]
    pub(in super::super) reasoning_tokens: Option<u64>,
}

/// A whole reply as clients read it.
#[derive(Debug, Serialize)]
pub(in super::super) struct Completion<'a> {
    pub(in super::super) id: &'a str,
    pub(in super::super) object: &'static str,
    pub(in super::super) created: u64,
    pub(in super::super) model: &'a str,
    pub(in super::super) choices: Vec<CompletionChoice<'a>>,
    pub(in super::super) usage: Usage,
}

#[derive(Debug, Serialize)]
pub(in super::super) struct CompletionChoice<'a> {
    pub(in super::super) index: usize,
    pub(in super::super) message: CompletionMessage<'a>,
    pub(in super::super) logprobs: (),
    pub(in super::super) finish_reason: &'static str,
}

#[derive(Debug, Serialize)]
pub(in super::super) struct CompletionMessage<'a> {
    pub(in super::super) role: &'static str,
    pub(in super::super) content: Option<String>,
    pub(in super::super) refusal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) reasoning_details: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) tool_calls: Vec<ToolCall<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) function_call: Option<Function<'a>>,
}

/// A chunk as clients read it.
#[derive(Debug, Serialize)]
pub(in super::super) struct Chunk<'a> {
    pub(in super::super) id: &'a str,
    pub(in super::super) object: &'static str,
    pub(in super::super) created: u64,
    pub(in super::super) model: &'a str,
    pub(in super::super) choices: &'a [ChunkChoice<'a>],
    /// Not there unless the client asked, else null in all chunks but the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) usage: Option<Option<Usage>>,
}

#[derive(Debug, Serialize)]
pub(in super::super) struct ChunkChoice<'a> {
    pub(in super::super) index: u32,
    pub(in super::super) delta: ChunkDelta<'a>,
    pub(in super::super) logprobs: (),
    pub(in super::super) finish_reason: Option<&'static str>,
}

#[derive(Debug, Default, Serialize)]
pub(in super::super) struct ChunkDelta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) refusal: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) reasoning_details: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool_calls: Option<[ToolCall<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) function_call: Option<Function<'a>>,
}

/// A failure as clients read it.
#[derive(Debug, Serialize)]
pub(in super::super) struct ErrorBody<'a> {
    pub(in super::super) error: ErrorDetail<'a>,
}

#[derive(Debug, Serialize)]
pub(in super::super) struct ErrorDetail<'a> {
    pub(in super::super) message: &'a str,
    #[serde(rename = "type")]
    pub(in super::super) kind: &'a str,
    pub(in super::super) param: Option<&'a str>,
    pub(in super::super) code: Option<&'a str>,
}
