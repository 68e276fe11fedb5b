//! The vendor's JSON: the events of both ends, items, and the steps of a reply.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use serde_with::skip_serializing_none;

pub(super) use crate::json::{Arguments, Text, TextOr};

/// An event of a client; which fields it has is said by its type.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ClientEvent<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub event_id: Option<Text<'a>>,
    pub session: Option<&'a RawValue>,
    pub item: Option<&'a RawValue>,
    pub item_id: Option<Text<'a>>,
    pub previous_item_id: Option<Text<'a>>,
    pub response: Option<&'a RawValue>,
    pub response_id: Option<Text<'a>>,
    pub message: Option<TextOr<'a, Item<'a>>>,
}

/// The id of an event that could not be read whole.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct EventId<'a> {
    pub event_id: Option<Text<'a>>,
}

/// An event of a provider, as far as it tells of replies; which fields it has is said by its type.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ServerEvent<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub session: Option<SessionSaid<'a>>,
    pub response: Option<ReplySaid<'a>>,
    pub response_id: Option<Text<'a>>,
    pub output_index: Option<u64>,
    pub content_index: Option<u64>,
    pub item: Option<Item<'a>>,
    pub delta: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct SessionSaid<'a> {
    pub model: Option<Text<'a>>,
}

/// A provider's reply as a whole.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ReplySaid<'a> {
    pub id: Option<Text<'a>>,
    pub status: Option<Text<'a>>,
    pub status_details: Option<Value>,
    pub output: Option<Vec<&'a RawValue>>,
    pub usage: Option<UsageSaid>,
}

/// Counts of a provider, any of which may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UsageSaid {
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    pub input_token_details: Option<DetailsSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DetailsSaid {
    pub cached_tokens: Option<u64>,
}

/// What a session or one reply is told, in the names of both of the vendor's dialects.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Options<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub model: Option<Text<'a>>,
    #[serde(alias = "modalities")]
    pub output_modalities: Option<Vec<Text<'a>>>,
    pub instructions: Option<Text<'a>>,
    pub tools: Option<Vec<&'a RawValue>>,
    pub tool_choice: Option<&'a RawValue>,
    #[serde(alias = "max_response_output_tokens")]
    pub max_output_tokens: Option<&'a RawValue>,
    pub temperature: Option<f64>,
    pub parallel_tool_calls: Option<bool>,
    pub reasoning: Option<&'a RawValue>,
    pub prompt: Option<&'a RawValue>,
    /// Of one reply only.
    pub conversation: Option<Text<'a>>,
    pub input: Option<Vec<&'a RawValue>>,
    pub metadata: Option<&'a RawValue>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a turn takes along of them.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct TurnOptions<'a> {
    pub instructions: Option<Text<'a>>,
    pub tools: Option<Vec<&'a RawValue>>,
    pub tool_choice: Option<&'a RawValue>,
    pub max_output_tokens: Option<u64>,
    pub temperature: Option<f64>,
    pub parallel_tool_calls: Option<bool>,
    pub reasoning: Option<&'a RawValue>,
    /// What has no effect here, to be reported.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A `response.create` that depends on nothing that came before it.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct TurnBody<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Text<'a>>,
    pub stream: bool,
    pub response: TurnOptions<'a>,
    pub input: Vec<&'a RawValue>,
}

/// A message, a call, or its output.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Item<'a> {
    pub id: Option<Text<'a>>,
    pub object: Option<Text<'a>>,
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub status: Option<Text<'a>>,
    pub role: Option<Text<'a>>,
    pub content: Option<TextOr<'a, Vec<&'a RawValue>>>,
    pub call_id: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub arguments: Option<Arguments<'a>>,
    pub output: Option<&'a RawValue>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A piece of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Content<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub text: Option<Text<'a>>,
    pub transcript: Option<Text<'a>>,
    pub image_url: Option<Text<'a>>,
    pub detail: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Tool<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub parameters: Option<&'a RawValue>,
    /// As chat has it.
    pub function: Option<&'a RawValue>,
}

/// The choice of one tool.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Choice<'a> {
    pub name: Option<Text<'a>>,
    pub function: Option<Named<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Named<'a> {
    pub name: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ReasoningOptions<'a> {
    pub effort: Option<Text<'a>>,
}

/// One line of a reply on its way to its session: an event without what only the session knows. The steps of a
/// reply are `(Opened (Text | Arguments)* Closed)* Over`; where it broke off, the last item is not closed.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "type", bound(deserialize = "'de: 'a"))]
pub(super) enum Step<'a> {
    #[serde(rename = "response.function_call_arguments.delta")]
    Arguments { delta: Cow<'a, str> },
    #[serde(rename = "response.output_item.done")]
    Closed,
    #[serde(rename = "response.output_item.added")]
    Opened { item: OpenedItem<'a> },
    #[serde(rename = "response.done")]
    Over { response: Over<'a> },
    #[serde(rename = "response.output_text.delta")]
    Text { delta: Cow<'a, str> },
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(
    rename_all = "snake_case",
    tag = "type",
    bound(deserialize = "'de: 'a")
)]
pub(super) enum OpenedItem<'a> {
    FunctionCall {
        call_id: Cow<'a, str>,
        name: Cow<'a, str>,
    },
    Message,
}

/// How a reply ended.
#[skip_serializing_none]
#[derive(Debug, Deserialize, Serialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct Over<'a> {
    pub status: Status,
    /// Why it is incomplete or cancelled.
    pub reason: Option<Cow<'a, str>>,
    pub error: Option<Failure<'a>>,
    pub usage: Option<UsageOut>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Cancelled,
    Completed,
    Failed,
    InProgress,
    Incomplete,
}

/// A failure as clients read it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Failure<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    pub code: Option<Text<'a>>,
    pub message: Text<'a>,
    pub param: Option<Text<'a>>,
}

impl Failure<'_> {
    pub(super) fn into_owned(self) -> Failure<'static> {
        let owned = |text: Text<'_>| Text::from(text.into_owned());
        Failure {
            kind: owned(self.kind),
            code: self.code.map(owned),
            message: owned(self.message),
            param: self.param.map(owned),
        }
    }
}

/// An answer that is a failure.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct FailedAnswer<'a> {
    pub error: Failure<'a>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct UsageOut {
    pub total_tokens: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub input_token_details: InputDetails,
    pub output_token_details: OutputDetails,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct InputDetails {
    pub text_tokens: u64,
    pub audio_tokens: u64,
    /// Not among the vendor's first names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_tokens: Option<u64>,
    pub cached_tokens: u64,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct OutputDetails {
    pub text_tokens: u64,
    pub audio_tokens: u64,
}
