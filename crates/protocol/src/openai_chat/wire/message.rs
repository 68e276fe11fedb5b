//! Messages and their parts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};

use super::text::{Arguments, Text, TextOr, stated};

/// A message's content: text, or parts of which some may be bare text.
pub(in super::super) type Content<'a> = TextOr<'a, Vec<TextOr<'a, Part<'a>>>>;

/// A message of the conversation, or an item that stands for one.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct Message<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) role: Option<Text<'a>>,
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(in super::super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) reasoning_content: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) reasoning: Option<TextOr<'a, &'a RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) reasoning_details: Option<Cow<'a, RawValue>>,
    #[serde(
        borrow,
        deserialize_with = "stated",
        skip_serializing_if = "Option::is_none"
    )]
    pub(in super::super) content: Option<Option<Content<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) refusal: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool_calls: Option<Vec<ToolCall<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) function_call: Option<Function<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool_call_id: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) call_id: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) arguments: Option<Arguments<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) output: Option<Content<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) image: Option<TextOr<'a, Vec<Text<'a>>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) images: Option<Vec<Text<'a>>>,
    #[serde(flatten)]
    pub(in super::super) rest: Map<String, Value>,
}

/// A part of a message's content.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct Part<'a> {
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(in super::super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) text: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) refusal: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) thinking: Option<Content<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) image_url: Option<TextOr<'a, ImageUrl<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) image: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) detail: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) input_audio: Option<Audio<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) file: Option<File<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) file_id: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) filename: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) file_data: Option<Text<'a>>,
    #[serde(flatten)]
    pub(in super::super) rest: Map<String, Value>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct ImageUrl<'a> {
    #[serde(borrow)]
    pub(in super::super) url: Text<'a>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) detail: Option<Text<'a>>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct Audio<'a> {
    #[serde(borrow)]
    pub(in super::super) data: Text<'a>,
    #[serde(borrow)]
    pub(in super::super) format: Text<'a>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct File<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) file_id: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) filename: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) file_data: Option<Text<'a>>,
}

/// A tool call in a message, or a fragment of one in a stream.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct ToolCall<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) index: Option<u64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) id: Option<Text<'a>>,
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(in super::super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) function: Option<Function<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) custom: Option<Custom<'a>>,
}

/// A function as it is defined, chosen or called.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct Function<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) description: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) parameters: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) strict: Option<bool>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) arguments: Option<Arguments<'a>>,
}

/// A tool for free text as it is defined, chosen or called.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in super::super) struct Custom<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) description: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) format: Option<&'a RawValue>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(in super::super) input: Option<Text<'a>>,
}
