//! The vendor's JSON, and nothing else. One set of types serves both directions; fields that only some speak
//! are optional, and text borrows from the body.

use std::{borrow::Cow, fmt, marker::PhantomData, ops::Deref};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        Error, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::{Map, Value, value::RawValue};

/// Text that borrows where it needs no unescaping; a newtype, because `Option<Cow<str>>` never borrows.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

/// A string where others write something larger.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum TextOr<'a, T> {
    Text(Text<'a>),
    Other(T),
}

/// Derived untagged enums buffer, which copies text and breaks raw values.
impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for TextOr<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<'a, T>(PhantomData<(&'a (), T)>);

        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for Either<'a, T> {
            type Value = TextOr<'a, T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string, an array or an object")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text.into()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text.to_owned().into()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(TextOr::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                T::deserialize(SeqAccessDeserializer::new(seq)).map(TextOr::Other)
            }
        }

        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// A message's content: text, or parts of which some may be bare text.
pub(super) type Content<'a> = TextOr<'a, Vec<TextOr<'a, Part<'a>>>>;

/// A request for chat.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct ChatRequest<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) messages: Option<Vec<Message<'a>>>,
    /// Some clients send the items of another endpoint of this vendor here.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<TextOr<'a, Vec<Message<'a>>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) instructions: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) tools: Option<Vec<Tool<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) tool_choice: Option<TextOr<'a, NamedTool<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parallel_tool_calls: Option<bool>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) functions: Option<Vec<Function<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) function_call: Option<TextOr<'a, Function<'a>>>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(super) max_completion_tokens: Option<u64>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(super) max_tokens: Option<u64>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(super) max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_p: Option<f64>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(super) top_k: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<i64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) stop: Option<TextOr<'a, Vec<Text<'a>>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_logprobs: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) n: Option<u32>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) response_format: Option<ResponseFormat<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_effort: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) reasoning: Option<ReasoningSwitch<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) thinking: Option<ReasoningSwitch<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enable_thinking: Option<bool>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) modalities: Option<Vec<Text<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream_options: Option<Map<String, Value>>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// A message of the conversation, or an item that stands for one.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Message<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<Text<'a>>,
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_content: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) reasoning: Option<TextOr<'a, &'a RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_details: Option<Cow<'a, RawValue>>,
    #[serde(
        borrow,
        deserialize_with = "stated",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) content: Option<Option<Content<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) tool_calls: Option<Vec<ToolCall<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) function_call: Option<Function<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) tool_call_id: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) call_id: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) arguments: Option<Arguments<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<Content<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<TextOr<'a, Vec<Text<'a>>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) images: Option<Vec<Text<'a>>>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// A part of a message's content.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Part<'a> {
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) thinking: Option<Content<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) image_url: Option<TextOr<'a, ImageUrl<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) input_audio: Option<Audio<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<File<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) file_id: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) filename: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) file_data: Option<Text<'a>>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct ImageUrl<'a> {
    #[serde(borrow)]
    pub(super) url: Text<'a>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<Text<'a>>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Audio<'a> {
    #[serde(borrow)]
    pub(super) data: Text<'a>,
    #[serde(borrow)]
    pub(super) format: Text<'a>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct File<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) file_id: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) filename: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) file_data: Option<Text<'a>>,
}

/// A tool call in a message, or a fragment of one in a stream.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct ToolCall<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<u64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) function: Option<Function<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) custom: Option<Custom<'a>>,
}

/// A function as it is defined, chosen or called.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Function<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) parameters: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) strict: Option<bool>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) arguments: Option<Arguments<'a>>,
}

/// A tool for free text as it is defined, chosen or called.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Custom<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<&'a RawValue>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<Text<'a>>,
}

/// The definition of a tool: nested as this endpoint wants it, or flat as its neighbour does.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Tool<'a> {
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) function: Option<Function<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) custom: Option<Custom<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) parameters: Option<&'a RawValue>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) strict: Option<bool>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// The choice of one tool, or of some.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct NamedTool<'a> {
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) function: Option<Function<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) custom: Option<Custom<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) allowed_tools: Option<AllowedTools<'a>>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct AllowedTools<'a> {
    #[serde(borrow)]
    pub(super) mode: Text<'a>,
    #[serde(borrow)]
    pub(super) tools: Vec<NamedTool<'a>>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct ResponseFormat<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) json_schema: Option<Cow<'a, RawValue>>,
    /// Where some servers expect the schema of `json_object`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<&'a RawValue>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct JsonSchema<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) strict: Option<bool>,
}

/// How other servers of this protocol are told to reason.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct ReasoningSwitch<'a> {
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) effort: Option<Text<'a>>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(super) budget_tokens: Option<u64>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(super) max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enabled: Option<bool>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// Arguments as JSON text; some send the object itself, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Arguments<'a>(pub(super) Text<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Arguments<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('"') {
            serde_json::from_str(raw).map(Self).map_err(Error::custom)
        } else {
            Ok(Self(if raw == "null" { "" } else { raw }.into()))
        }
    }
}

/// A whole reply or a chunk of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reply<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    pub(super) usage: Option<Usage>,
    #[serde(borrow)]
    pub(super) object: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice<'a> {
    pub(super) index: Option<u32>,
    #[serde(borrow)]
    pub(super) delta: Option<Said<'a>>,
    #[serde(borrow)]
    pub(super) message: Option<Said<'a>>,
    #[serde(borrow)]
    pub(super) finish_reason: Option<Text<'a>>,
    /// The stop sequence that matched, where a server tells.
    #[serde(borrow)]
    pub(super) stop_reason: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) logprobs: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// What the model said, whole or in fragments.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said<'a> {
    #[serde(borrow)]
    pub(super) content: Option<Content<'a>>,
    #[serde(borrow)]
    pub(super) refusal: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) reasoning_content: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) reasoning: Option<TextOr<'a, &'a RawValue>>,
    #[serde(borrow)]
    pub(super) reasoning_details: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) tool_calls: Option<Vec<ToolCall<'a>>>,
    #[serde(borrow)]
    pub(super) function_call: Option<Function<'a>>,
    #[serde(borrow)]
    pub(super) annotations: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) audio: Option<&'a RawValue>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Usage {
    #[serde(deserialize_with = "count")]
    pub(super) prompt_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(super) completion_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(super) total_tokens: Option<u64>,
    pub(super) prompt_tokens_details: Option<PromptDetails>,
    pub(super) completion_tokens_details: Option<CompletionDetails>,
    #[serde(deserialize_with = "count", skip_serializing)]
    pub(super) prompt_cache_hit_tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct PromptDetails {
    #[serde(deserialize_with = "count")]
    pub(super) cached_tokens: Option<u64>,
    #[serde(deserialize_with = "count", skip_serializing_if = "Option::is_none")]
    pub(super) cache_write_tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct CompletionDetails {
    #[serde(deserialize_with = "count")]
    pub(super) reasoning_tokens: Option<u64>,
}

/// A whole reply as clients read it.
#[derive(Debug, Serialize)]
pub(super) struct Completion<'a> {
    pub(super) id: &'a str,
    pub(super) object: &'static str,
    pub(super) created: u64,
    pub(super) model: &'a str,
    pub(super) choices: Vec<CompletionChoice<'a>>,
    pub(super) usage: Usage,
}

#[derive(Debug, Serialize)]
pub(super) struct CompletionChoice<'a> {
    pub(super) index: usize,
    pub(super) message: CompletionMessage<'a>,
    pub(super) logprobs: (),
    pub(super) finish_reason: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct CompletionMessage<'a> {
    pub(super) role: &'static str,
    pub(super) content: Option<String>,
    pub(super) refusal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) reasoning_details: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tool_calls: Vec<ToolCall<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) function_call: Option<Function<'a>>,
}

/// A chunk as clients read it.
#[derive(Debug, Serialize)]
pub(super) struct Chunk<'a> {
    pub(super) id: &'a str,
    pub(super) object: &'static str,
    pub(super) created: u64,
    pub(super) model: &'a str,
    pub(super) choices: &'a [ChunkChoice<'a>],
    /// Not there unless the client asked, else null in all chunks but the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) usage: Option<Option<Usage>>,
}

#[derive(Debug, Serialize)]
pub(super) struct ChunkChoice<'a> {
    pub(super) index: u32,
    pub(super) delta: ChunkDelta<'a>,
    pub(super) logprobs: (),
    pub(super) finish_reason: Option<&'static str>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct ChunkDelta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) reasoning_details: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_calls: Option<[ToolCall<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) function_call: Option<Function<'a>>,
}

/// A failure as clients read it.
#[derive(Debug, Serialize)]
pub(super) struct ErrorBody<'a> {
    pub(super) error: ErrorDetail<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct ErrorDetail<'a> {
    pub(super) message: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'a str,
    pub(super) param: Option<&'a str>,
    pub(super) code: Option<&'a str>,
}

/// A count that may be null or written as a decimal; anything below zero is unknown.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<f64>::deserialize(deserializer)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be a count; token counts are far below 2^53"
    )]
    Ok(number
        .filter(|number| *number >= 0.0)
        .map(|number| number as u64))
}

/// Tells `null` (the field is there) from a missing field.
fn stated<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
