//! The vendor's JSON and nothing else. What comes in borrows from the body; what goes out borrows from the
//! canonical model.
//!
//! A content block is one flat struct: a tagged enum would buffer its content, which costs copies and loses
//! raw values.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use serde_with::skip_serializing_none;

pub(super) use crate::json::Text;
use crate::{
    canonical::Usage,
    json::{TextOr, Unknown, loose_count},
};

/// A string, which is one text block, or an array of blocks.
pub(super) type Content<'a> = TextOr<'a, Vec<Block<'a>>>;

/// How many tokens a request has.
#[derive(Debug, Deserialize)]
pub(super) struct TokenCount {
    pub input_tokens: u64,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct RequestBody<'a> {
    pub model: Option<Text<'a>>,
    pub max_tokens: Option<u64>,
    pub messages: Option<Vec<MessageBody<'a>>>,
    pub system: Option<Content<'a>>,
    pub stream: Option<bool>,
    pub stop_sequences: Option<Vec<String>>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<u64>,
    pub tools: Option<Vec<&'a RawValue>>,
    pub tool_choice: Option<ToolChoiceBody<'a>>,
    pub thinking: Option<ThinkingBody<'a>>,
    pub output_config: Option<OutputConfigBody<'a>>,
    /// The older place of `output_config.format`.
    pub output_format: Option<FormatBody<'a>>,
    pub metadata: Option<Map<String, Value>>,
    pub cache_control: Option<&'a RawValue>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct MessageBody<'a> {
    pub role: Text<'a>,
    pub content: Content<'a>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Every kind of content block, in requests and in replies; which fields count depends on `kind`.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct Block<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    pub text: Option<Text<'a>>,
    pub thinking: Option<Text<'a>>,
    pub signature: Option<Text<'a>>,
    pub data: Option<Text<'a>>,
    pub id: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub input: Option<&'a RawValue>,
    pub tool_use_id: Option<Text<'a>>,
    pub tool_name: Option<Text<'a>>,
    pub is_error: Option<bool>,
    /// A [`Content`], or something else in the results of server tools.
    pub content: Option<&'a RawValue>,
    /// A [`Source`], or a string in search results.
    pub source: Option<&'a RawValue>,
    pub title: Option<Text<'a>>,
    pub context: Option<Text<'a>>,
    pub citations: Option<&'a RawValue>,
    pub cache_control: Option<&'a RawValue>,
    /// Who calls: the model itself (`direct`), or code that it runs.
    pub caller: Option<Value>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Where an image or a document comes from.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct Source<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    pub media_type: Option<Text<'a>>,
    pub data: Option<Text<'a>>,
    pub url: Option<Text<'a>>,
    pub file_id: Option<Text<'a>>,
    pub content: Option<&'a RawValue>,
    #[serde(flatten)]
    pub unknown: Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct ToolBody<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub input_schema: Option<&'a RawValue>,
    pub strict: Option<bool>,
    pub cache_control: Option<&'a RawValue>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct ToolChoiceBody<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    pub name: Option<Text<'a>>,
    pub disable_parallel_tool_use: Option<bool>,
    #[serde(flatten)]
    pub unknown: Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct ThinkingBody<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    pub budget_tokens: Option<u64>,
    pub display: Option<Text<'a>>,
    #[serde(flatten)]
    pub unknown: Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct OutputConfigBody<'a> {
    pub effort: Option<Text<'a>>,
    pub format: Option<FormatBody<'a>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct FormatBody<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    pub schema: Option<&'a RawValue>,
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A whole reply, or an error in its place.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct ReplyBody<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub id: Option<Text<'a>>,
    pub model: Option<Text<'a>>,
    pub content: Option<Vec<Block<'a>>>,
    pub stop_reason: Option<Text<'a>>,
    pub stop_sequence: Option<Text<'a>>,
    pub stop_details: Option<Value>,
    pub usage: Option<UsageBody>,
}

/// Any event of a stream; which fields count depends on `kind`.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct EventBody<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub index: Option<Value>,
    pub message: Option<&'a RawValue>,
    pub content_block: Option<&'a RawValue>,
    pub delta: Option<&'a RawValue>,
    pub usage: Option<&'a RawValue>,
}

/// What `message_start` announces.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StartBody<'a> {
    pub id: Option<Text<'a>>,
    pub model: Option<Text<'a>>,
    pub usage: Option<UsageBody>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct DeltaBody<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub text: Option<Text<'a>>,
    pub thinking: Option<Text<'a>>,
    pub signature: Option<Text<'a>>,
    pub partial_json: Option<Text<'a>>,
    pub citation: Option<&'a RawValue>,
}

/// How the message ended, in `message_delta`.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct EndBody<'a> {
    pub stop_reason: Option<Text<'a>>,
    pub stop_sequence: Option<Text<'a>>,
    pub stop_details: Option<Value>,
}

/// Token counts as they come in. `input_tokens` is the uncached share of the prompt alone.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UsageBody {
    #[serde(deserialize_with = "loose_count")]
    pub input_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub cache_creation_input_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub cache_read_input_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub output_tokens: Option<u64>,
    pub output_tokens_details: Option<OutputDetails>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct OutputDetails {
    #[serde(deserialize_with = "loose_count")]
    pub thinking_tokens: Option<u64>,
}

impl From<UsageBody> for Usage {
    fn from(body: UsageBody) -> Self {
        Self {
            input: body.input_tokens,
            cache_read: body.cache_read_input_tokens,
            cache_write: body.cache_creation_input_tokens,
            output: body.output_tokens,
            reasoning: body.output_tokens_details.and_then(|d| d.thinking_tokens),
            estimated: false,
        }
    }
}

#[skip_serializing_none]
#[derive(Debug, Serialize)]
pub(super) struct RequestOut<'a> {
    pub model: &'a str,
    /// Left out only where tokens are counted.
    pub max_tokens: Option<u64>,
    pub system: Option<SystemOut<'a>>,
    pub messages: Vec<MessageOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolOut<'a>>,
    pub tool_choice: Option<ToolChoiceOut>,
    pub thinking: Option<ThinkingOut>,
    #[serde(skip_serializing_if = "OutputConfigOut::is_empty")]
    pub output_config: OutputConfigOut,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop_sequences: Vec<&'a str>,
    pub metadata: Option<MetadataOut<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
    #[serde(flatten)]
    pub rest: Option<&'a Map<String, Value>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum SystemOut<'a> {
    Blocks(Vec<MarkedOut<'a>>),
    Text(Cow<'a, str>),
}

#[derive(Debug, Serialize)]
pub(super) struct MessageOut<'a> {
    pub role: &'static str,
    pub content: Vec<MarkedOut<'a>>,
}

/// A block, and whether what ends with it may be cached.
#[derive(Debug, Serialize)]
pub(super) struct MarkedOut<'a> {
    #[serde(flatten)]
    pub block: BlockOut<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<CacheControlOut<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(super) enum CacheControlOut<'a> {
    Ephemeral {
        #[serde(skip_serializing_if = "Option::is_none")]
        ttl: Option<&'a str>,
    },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(super) enum BlockOut<'a> {
    Document {
        source: SourceOut<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<&'a str>,
    },
    Image {
        source: SourceOut<'a>,
    },
    RedactedThinking {
        data: &'a str,
    },
    Text {
        text: Cow<'a, str>,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    ToolResult {
        tool_use_id: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Self>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
    ToolUse {
        id: String,
        name: Cow<'a, str>,
        input: Cow<'a, RawValue>,
    },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(super) enum SourceOut<'a> {
    Base64 {
        media_type: Cow<'a, str>,
        data: &'a str,
    },
    Text {
        media_type: &'static str,
        data: Cow<'a, str>,
    },
    Url {
        url: &'a str,
    },
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum ToolOut<'a> {
    Custom {
        name: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<Cow<'a, str>>,
        input_schema: Cow<'a, RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        strict: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControlOut<'a>>,
    },
    /// A definition of this protocol: as it came, or of another's that means the same.
    Own(Cow<'a, RawValue>),
}

#[skip_serializing_none]
#[derive(Debug, Serialize)]
pub(super) struct ToolChoiceOut {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub name: Option<String>,
    pub disable_parallel_tool_use: Option<bool>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(super) enum ThinkingOut {
    Adaptive,
    Disabled,
    Enabled { budget_tokens: u64 },
}

#[skip_serializing_none]
#[derive(Debug, Default, Serialize)]
pub(super) struct OutputConfigOut {
    pub effort: Option<&'static str>,
    pub format: Option<FormatOut>,
}

impl OutputConfigOut {
    fn is_empty(&self) -> bool {
        self.effort.is_none() && self.format.is_none()
    }
}

#[derive(Debug, Serialize)]
pub(super) struct FormatOut {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub schema: Value,
}

#[derive(Debug, Serialize)]
pub(super) struct MetadataOut<'a> {
    pub user_id: &'a str,
}
