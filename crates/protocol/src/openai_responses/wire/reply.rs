//! Replies as providers write them: whole, and in events.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{Arguments, Text, TextOr, count};

/// One event of a stream; which fields it has is said by its type.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct EventBody<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(deserialize_with = "count")]
    pub sequence_number: Option<u64>,
    pub item_id: Option<Text<'a>>,
    pub output_index: Option<u64>,
    pub content_index: Option<u64>,
    pub summary_index: Option<u64>,
    pub delta: Option<Text<'a>>,
    pub text: Option<Text<'a>>,
    pub refusal: Option<Text<'a>>,
    pub arguments: Option<Arguments<'a>>,
    pub input: Option<Text<'a>>,
    pub annotation: Option<&'a RawValue>,
    pub logprobs: Option<&'a RawValue>,
    /// Few events have these: boxed, so that fragments are small to move.
    pub item: Option<Box<Output<'a>>>,
    pub response: Option<Box<Reply<'a>>>,
    pub error: Option<&'a RawValue>,
}

/// The type of an event whose other fields are of no interest.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct Kind<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct Reply<'a> {
    pub id: Option<Text<'a>>,
    pub model: Option<Text<'a>>,
    pub status: Option<Text<'a>>,
    pub output: Option<Vec<Output<'a>>>,
    pub usage: Option<Usage>,
    pub incomplete_details: Option<IncompleteDetails<'a>>,
    pub error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct IncompleteDetails<'a> {
    pub reason: Option<Text<'a>>,
}

/// An item that the model wrote.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct Output<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub id: Option<Text<'a>>,
    pub call_id: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub namespace: Option<Text<'a>>,
    pub arguments: Option<Arguments<'a>>,
    pub input: Option<Text<'a>>,
    pub content: Option<TextOr<'a, Vec<Said<'a>>>>,
    pub summary: Option<TextOr<'a, Vec<Said<'a>>>>,
    pub encrypted_content: Option<Text<'a>>,
    /// Of a tool that the provider ran itself.
    pub action: Option<&'a RawValue>,
    /// What such a tool drew, and in which format.
    pub result: Option<Text<'a>>,
    pub output_format: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct Said<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub text: Option<Text<'a>>,
    pub refusal: Option<Text<'a>>,
    pub annotations: Option<&'a RawValue>,
    pub logprobs: Option<&'a RawValue>,
}

impl Said<'_> {
    pub(in crate::openai_responses) fn is_refusal(&self) -> bool {
        self.kind.as_deref() == Some("refusal")
    }

    pub(in crate::openai_responses) fn words(&self) -> &str {
        let words = if self.is_refusal() {
            &self.refusal
        } else {
            &self.text
        };
        words.as_deref().unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::openai_responses) struct Usage {
    #[serde(deserialize_with = "count")]
    pub input_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub output_tokens: Option<u64>,
    pub input_tokens_details: Option<InputShare>,
    pub output_tokens_details: Option<OutputShare>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::openai_responses) struct InputShare {
    #[serde(deserialize_with = "count")]
    pub cached_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub cache_write_tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::openai_responses) struct OutputShare {
    #[serde(deserialize_with = "count")]
    pub reasoning_tokens: Option<u64>,
}

/// How many tokens a request has.
#[derive(Debug, Deserialize)]
pub(in crate::openai_responses) struct TokenCount {
    pub input_tokens: u64,
}
