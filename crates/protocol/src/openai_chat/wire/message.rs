//! Messages and their parts.

use std::{borrow::Cow, fmt::Display};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use serde_with::skip_serializing_none;

use crate::{
    canonical::{Citation, Losses, NOT_OF_PROTOCOL},
    json::{Arguments, Text, TextOr, Unknown, loose_count, says_nothing, stated},
};

/// A message's content: text, or parts of which some may be bare text.
pub(in crate::openai_chat) type Content<'a> = TextOr<'a, Vec<TextOr<'a, Part<'a>>>>;

/// A message of the conversation, or an item that stands for one.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Message<'a> {
    pub role: Option<Text<'a>>,
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub reasoning_content: Option<Text<'a>>,
    pub reasoning: Option<TextOr<'a, Value>>,
    pub reasoning_details: Option<Cow<'a, RawValue>>,
    #[serde(deserialize_with = "stated")]
    pub content: Option<Option<Content<'a>>>,
    pub refusal: Option<Text<'a>>,
    pub tool_calls: Option<Vec<ToolCall<'a>>>,
    pub function_call: Option<Function<'a>>,
    pub tool_call_id: Option<Text<'a>>,
    pub call_id: Option<Text<'a>>,
    pub arguments: Option<Arguments<'a>>,
    pub output: Option<Content<'a>>,
    pub image: Option<TextOr<'a, Vec<Text<'a>>>>,
    /// An assistant's are those that it drew.
    pub images: Option<Vec<TextOr<'a, Part<'a>>>>,
    pub extra_content: Option<Box<RawValue>>,
    /// What other gateways of this protocol pass on to providers that cache what is marked.
    pub cache_control: Option<Value>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Message<'_> {
    /// The fields in which something is said that their reader has not taken.
    pub(in crate::openai_chat) fn left(&self) -> impl Iterator<Item = &'static str> + use<> {
        let reasoning = self.reasoning.as_ref();
        let details = self.reasoning_details.as_deref();
        let calls = self.tool_calls.as_ref();
        let arguments = self.arguments.as_ref();
        let images = self.images.as_ref();
        there([
            ("reasoning_content", is_said(&self.reasoning_content)),
            (
                "reasoning",
                reasoning.is_some_and(|reasoning| match reasoning {
                    TextOr::Text(text) => !text.is_empty(),
                    TextOr::Other(value) => !says_nothing(value),
                }),
            ),
            (
                "reasoning_details",
                details.is_some_and(|details| !matches!(details.get(), "[]" | "{}")),
            ),
            ("refusal", is_said(&self.refusal)),
            ("tool_calls", calls.is_some_and(|calls| !calls.is_empty())),
            ("function_call", self.function_call.is_some()),
            ("tool_call_id", is_said(&self.tool_call_id)),
            ("call_id", is_said(&self.call_id)),
            (
                "arguments",
                arguments.is_some_and(|arguments| !arguments.0.is_empty()),
            ),
            ("output", self.output.is_some()),
            ("image", self.image.is_some()),
            ("images", images.is_some_and(|images| !images.is_empty())),
            ("extra_content", self.extra_content.is_some()),
        ])
    }
}

fn is_said(text: &Option<Text<'_>>) -> bool {
    text.as_deref().is_some_and(|text| !text.is_empty())
}

fn there<const COUNT: usize>(
    fields: [(&'static str, bool); COUNT],
) -> impl Iterator<Item = &'static str> {
    let fields = fields.into_iter();
    fields.filter_map(|(name, is_there)| is_there.then_some(name))
}

/// A part of a message's content.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Part<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub text: Option<Text<'a>>,
    pub refusal: Option<Text<'a>>,
    pub thinking: Option<Content<'a>>,
    pub image_url: Option<TextOr<'a, ImageUrl<'a>>>,
    pub image: Option<Text<'a>>,
    pub detail: Option<Text<'a>>,
    pub input_audio: Option<Audio<'a>>,
    pub file: Option<File<'a>>,
    pub file_id: Option<Text<'a>>,
    pub filename: Option<Text<'a>>,
    pub file_data: Option<Text<'a>>,
    /// Of a call that is written as a part.
    pub input: Option<&'a RawValue>,
    /// What other gateways of this protocol pass on to providers that cache what is marked.
    pub cache_control: Option<Value>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl<'a> Part<'a> {
    pub(in crate::openai_chat) fn text(text: Text<'a>) -> Self {
        Self {
            kind: Some("text".into()),
            text: Some(text),
            ..Self::default()
        }
    }

    /// The fields in which something is said that their reader has not taken.
    pub(in crate::openai_chat) fn left(&self) -> impl Iterator<Item = &'static str> + use<> {
        there([
            ("text", is_said(&self.text)),
            ("refusal", is_said(&self.refusal)),
            ("thinking", self.thinking.is_some()),
            ("image_url", self.image_url.is_some()),
            ("image", is_said(&self.image)),
            ("detail", is_said(&self.detail)),
            ("input_audio", self.input_audio.is_some()),
            ("file", self.file.is_some()),
            ("file_id", is_said(&self.file_id)),
            ("filename", is_said(&self.filename)),
            ("file_data", is_said(&self.file_data)),
            ("input", self.input.is_some()),
        ])
    }

    pub(in crate::openai_chat) fn words(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct ImageUrl<'a> {
    pub url: Text<'a>,
    pub detail: Option<Text<'a>>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Audio<'a> {
    pub data: Text<'a>,
    pub format: Text<'a>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct File<'a> {
    pub file_id: Option<Text<'a>>,
    pub filename: Option<Text<'a>>,
    pub file_data: Option<Text<'a>>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

/// What a text leans on.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Annotation<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    pub url_citation: Option<UrlCitation<'a>>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct UrlCitation<'a> {
    #[serde(deserialize_with = "loose_count")]
    pub start_index: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub end_index: Option<u64>,
    pub title: Text<'a>,
    pub url: Text<'a>,
}

impl<'a> Annotation<'a> {
    pub(in crate::openai_chat) fn of(citation: &'a Citation) -> Self {
        Self {
            kind: "url_citation".into(),
            url_citation: Some(UrlCitation {
                // Clients insist on places.
                start_index: Some(citation.start.unwrap_or(0)),
                end_index: Some(citation.end.or(citation.start).unwrap_or(0)),
                title: citation.title.as_deref().unwrap_or_default().into(),
                url: citation.url.as_str().into(),
            }),
        }
    }

    /// `None` of kinds that lead to no page.
    pub(in crate::openai_chat) fn read(self) -> Option<Citation> {
        let cited = self.url_citation.filter(|cited| !cited.url.is_empty())?;
        Some(Citation {
            url: cited.url.into_owned(),
            title: Some(cited.title.into_owned()).filter(|title| !title.is_empty()),
            start: cited.start_index,
            end: cited.end_index,
        })
    }
}

/// A tool call in a message, or a fragment of one in a stream.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct ToolCall<'a> {
    pub index: Option<u64>,
    pub id: Option<Text<'a>>,
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub function: Option<Function<'a>>,
    pub custom: Option<Custom<'a>>,
    pub extra_content: Option<Box<RawValue>>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

impl<'a> ToolCall<'a> {
    pub(in crate::openai_chat) fn of_function(
        id: Text<'a>,
        name: Text<'a>,
        arguments: &'a str,
    ) -> Self {
        Self {
            id: Some(id),
            kind: Some("function".into()),
            function: Some(Function::called(Some(name), arguments)),
            ..Self::default()
        }
    }

    pub(in crate::openai_chat) fn of_free_text(
        id: Text<'a>,
        name: Text<'a>,
        input: Text<'a>,
    ) -> Self {
        Self {
            id: Some(id),
            kind: Some("custom".into()),
            custom: Some(Custom {
                name: Some(name),
                input: Some(input),
                ..Custom::default()
            }),
            ..Self::default()
        }
    }
}

/// A function as it is defined, chosen or called.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Function<'a> {
    pub name: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub parameters: Option<Cow<'a, RawValue>>,
    pub strict: Option<bool>,
    pub arguments: Option<Arguments<'a>>,
    /// What other gateways of this protocol pass on to providers that cache what is marked.
    pub cache_control: Option<Value>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

impl<'a> Function<'a> {
    /// Says what has no place; `place` is where it stands.
    pub(in crate::openai_chat) fn report(&self, place: &dyn Display, losses: &mut Losses) {
        if self.cache_control.is_some() {
            losses.dropped(format!("{place}.cache_control"), NOT_OF_PROTOCOL);
        }
        self.unknown.report(place, losses);
    }

    /// A call of it, or a fragment of one.
    pub(in crate::openai_chat) fn called(name: Option<Text<'a>>, arguments: &'a str) -> Self {
        Self {
            name,
            arguments: Some(Arguments(arguments.into())),
            ..Self::default()
        }
    }
}

/// A tool for free text as it is defined, chosen or called.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct Custom<'a> {
    pub name: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub format: Option<&'a RawValue>,
    pub input: Option<Text<'a>>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}
