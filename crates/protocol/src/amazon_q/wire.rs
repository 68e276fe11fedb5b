//! The service's JSON: what is sent to it, and the payloads of its frames.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;

pub(super) use crate::json::Text;
use crate::json::{Arguments, loose_count};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChatBody<'a> {
    pub conversation_state: ConversationState<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConversationState<'a> {
    pub chat_trigger_type: &'static str,
    /// Before the current message, so that turns only ever add to the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<ChatMessage<'a>>,
    pub current_message: ChatMessage<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ChatMessage<'a> {
    AssistantResponseMessage(AssistantMessage<'a>),
    UserInputMessage(UserMessage<'a>),
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserMessage<'a> {
    pub content: String,
    pub origin: &'static str,
    pub model_id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image<'a>>,
    #[serde(skip_serializing_if = "Context::is_empty")]
    pub user_input_message_context: Context<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct Image<'a> {
    pub format: &'static str,
    pub source: ImageSource<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct ImageSource<'a> {
    pub bytes: &'a str,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Context<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_results: Vec<ToolResult>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool<'a>>,
}

impl Context<'_> {
    fn is_empty(&self) -> bool {
        self.tool_results.is_empty() && self.tools.is_empty()
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToolResult {
    pub tool_use_id: String,
    pub content: Vec<ResultContent>,
    pub status: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct ResultContent {
    pub text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tool<'a> {
    pub tool_specification: ToolSpecification<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToolSpecification<'a> {
    pub name: Cow<'a, str>,
    pub description: Cow<'a, str>,
    pub input_schema: InputSchema<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct InputSchema<'a> {
    pub json: Cow<'a, RawValue>,
}

#[skip_serializing_none]
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssistantMessage<'a> {
    pub content: String,
    pub reasoning_content: Option<ReasoningContent<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_uses: Vec<ToolUse<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ReasoningContent<'a> {
    ReasoningText { text: &'a str, signature: &'a str },
    RedactedContent(&'a str),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToolUse<'a> {
    pub tool_use_id: String,
    pub name: Cow<'a, str>,
    pub input: Cow<'a, RawValue>,
}

/// The payload of any frame that is read at all.
#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"), default, rename_all = "camelCase")]
pub(super) struct Payload<'a> {
    pub utterance_id: Option<Text<'a>>,
    pub model_id: Option<Text<'a>>,
    pub content: Option<Text<'a>>,
    pub text: Option<Text<'a>>,
    pub signature: Option<Text<'a>>,
    pub redacted_content: Option<Text<'a>>,
    pub tool_use_id: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub input: Option<Arguments<'a>>,
    pub stop: Option<bool>,
    pub token_usage: Option<TokenUsage>,
    pub context_usage_percentage: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TokenUsage {
    #[serde(deserialize_with = "loose_count")]
    pub uncached_input_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub cache_read_input_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub cache_write_input_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub output_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModelList {
    pub models: Vec<Model>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Model {
    pub model_id: String,
    pub model_name: Option<String>,
    pub token_limits: Option<TokenLimits>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenLimits {
    #[serde(default, deserialize_with = "loose_count")]
    pub max_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "loose_count")]
    pub max_output_tokens: Option<u64>,
}
