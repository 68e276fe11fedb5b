//! Replies: as providers write them, and as clients read them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use serde_with::skip_serializing_none;

use super::message::{Annotation, Content, Function, ImageUrl, ToolCall};
use crate::{
    canonical::{Capabilities, Media},
    json::{Arguments, Text, TextOr, loose_count},
    openai::{logprobs::Token, media::image_url},
};

/// A whole reply or a chunk of one.
#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Reply<'a> {
    pub id: Option<Text<'a>>,
    pub model: Option<Text<'a>>,
    pub choices: Option<Vec<Choice<'a>>>,
    pub usage: Option<Usage>,
    pub object: Option<Text<'a>>,
    pub error: Option<&'a RawValue>,
    pub base_resp: Option<Outcome>,
    /// Where one vendor counts a stream, for those too who did not ask.
    pub x_groq: Option<Counts>,
    /// These three: what servers say in place of an answer, whatever status they say it with.
    pub detail: Option<&'a RawValue>,
    pub message: Option<&'a RawValue>,
    pub msg: Option<&'a RawValue>,
}

impl Reply<'_> {
    /// Whether it holds no choices, not even none of them, but words about why.
    pub(in crate::openai_chat) fn tells_why_not(&self) -> bool {
        let words = [self.detail, self.message, self.msg].into_iter().flatten();
        self.choices.is_none() && words.map(RawValue::get).any(|raw| raw != "null")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::openai_chat) struct Counts {
    pub usage: Option<Usage>,
}

/// How it went, where a vendor says so in each reply.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(in crate::openai_chat) struct Outcome {
    /// 0: well.
    #[serde(default, deserialize_with = "loose_count")]
    pub status_code: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Choice<'a> {
    pub index: Option<u32>,
    pub delta: Option<Said<'a>>,
    /// Whole replies alone have it: boxed, so that chunks are small to move.
    pub message: Option<Box<Said<'a>>>,
    /// Of a text that is gone on with.
    pub text: Option<Text<'a>>,
    pub finish_reason: Option<Text<'a>>,
    /// The stop sequence that matched, where a server tells.
    pub stop_reason: Option<&'a RawValue>,
    pub logprobs: Option<&'a RawValue>,
    pub error: Option<&'a RawValue>,
    /// Where some count a stream.
    pub usage: Option<Usage>,
}

/// What the model said, whole or in fragments.
#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Said<'a> {
    pub content: Option<Content<'a>>,
    pub refusal: Option<Text<'a>>,
    pub reasoning_content: Option<Text<'a>>,
    pub reasoning: Option<TextOr<'a, Value>>,
    pub reasoning_details: Option<&'a RawValue>,
    pub tool_calls: Option<Vec<SaidCall<'a>>>,
    pub function_call: Option<Box<SaidFunction<'a>>>,
    pub annotations: Option<&'a RawValue>,
    pub audio: Option<&'a RawValue>,
    pub images: Option<&'a RawValue>,
    pub extra_content: Option<&'a RawValue>,
}

/// A call, whole or a fragment of one.
#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct SaidCall<'a> {
    pub index: Option<u64>,
    pub id: Option<Text<'a>>,
    pub function: Option<SaidFunction<'a>>,
    pub custom: Option<SaidCustom<'a>>,
    pub extra_content: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct SaidFunction<'a> {
    pub name: Option<Text<'a>>,
    pub arguments: Option<Arguments<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct SaidCustom<'a> {
    pub name: Option<Text<'a>>,
    pub input: Option<Text<'a>>,
}

/// An image that the model drew, as relays hand it out; the vendor itself has none.
#[skip_serializing_none]
#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct DrawnImage<'a> {
    /// Its place among the answer's images. In streams, whose readers put lists together by it.
    index: Option<u64>,
    #[serde(rename = "type")]
    kind: &'static str,
    image_url: ImageUrl<'a>,
}

impl<'a> DrawnImage<'a> {
    /// `None` where there is neither the image nor an address of it.
    pub(in crate::openai_chat) fn of(image: &'a Media, index: Option<u64>) -> Option<Self> {
        let url = image_url(image, "content", &Capabilities::default()).ok()?;
        Some(Self {
            index,
            kind: "image_url",
            image_url: ImageUrl {
                url,
                ..ImageUrl::default()
            },
        })
    }
}

/// How likely the tokens of an answer were.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in crate::openai_chat) struct Likely {
    pub content: Option<Vec<Token>>,
    pub refusal: Option<Vec<Token>>,
}

#[skip_serializing_none]
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in crate::openai_chat) struct Usage {
    #[serde(deserialize_with = "loose_count")]
    pub prompt_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub completion_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub total_tokens: Option<u64>,
    pub prompt_tokens_details: Option<PromptDetails>,
    pub completion_tokens_details: Option<CompletionDetails>,
    #[serde(deserialize_with = "loose_count", skip_serializing)]
    pub prompt_cache_hit_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count", skip_serializing)]
    pub cached_tokens: Option<u64>,
}

#[skip_serializing_none]
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in crate::openai_chat) struct PromptDetails {
    #[serde(deserialize_with = "loose_count")]
    pub cached_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub cache_write_tokens: Option<u64>,
    #[serde(deserialize_with = "loose_count", skip_serializing)]
    pub cache_creation_tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in crate::openai_chat) struct CompletionDetails {
    #[serde(deserialize_with = "loose_count")]
    pub reasoning_tokens: Option<u64>,
}

/// A whole reply as clients read it.
#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct Completion<'a> {
    pub id: &'a str,
    pub object: &'static str,
    pub created: u64,
    pub model: &'a str,
    pub choices: Vec<CompletionChoice<'a>>,
    pub usage: Usage,
}

#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct CompletionChoice<'a> {
    pub index: usize,
    pub message: CompletionMessage<'a>,
    pub logprobs: Option<Likely>,
    pub finish_reason: &'static str,
}

#[skip_serializing_none]
#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct CompletionMessage<'a> {
    pub role: &'static str,
    #[serialize_always]
    pub content: Option<String>,
    #[serialize_always]
    pub refusal: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<Annotation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<DrawnImage<'a>>,
    pub reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasoning_details: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall<'a>>,
    pub function_call: Option<Function<'a>>,
    pub extra_content: Option<Box<RawValue>>,
}

/// A chunk as clients read it.
#[skip_serializing_none]
#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct Chunk<'a> {
    pub id: &'a str,
    pub object: &'static str,
    pub created: u64,
    pub model: &'a str,
    pub choices: &'a [ChunkChoice<'a>],
    /// Not there unless the client asked, else null in all chunks but the last.
    pub usage: Option<Option<Usage>>,
}

#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct ChunkChoice<'a> {
    pub index: u32,
    pub delta: ChunkDelta<'a>,
    pub logprobs: Option<Likely>,
    pub finish_reason: Option<&'static str>,
}

#[skip_serializing_none]
#[derive(Debug, Default, Serialize)]
pub(in crate::openai_chat) struct ChunkDelta<'a> {
    pub role: Option<&'static str>,
    pub content: Option<&'a str>,
    pub refusal: Option<Option<&'a str>>,
    pub annotations: Option<[Annotation<'a>; 1]>,
    pub images: Option<[DrawnImage<'a>; 1]>,
    pub reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasoning_details: Vec<Value>,
    pub tool_calls: Option<[ToolCall<'a>; 1]>,
    pub function_call: Option<Function<'a>>,
    pub extra_content: Option<Box<RawValue>>,
}
