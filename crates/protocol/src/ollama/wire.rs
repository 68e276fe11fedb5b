//! The vendor's JSON, and nothing else. Requests serve both directions; text borrows from the body.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};
use serde_json::{Map, Value, value::RawValue};
use serde_with::skip_serializing_none;

use crate::{
    canonical::Logprob,
    json::{TextOr, Unknown, count, loose_count},
};

pub(super) use crate::json::Text;

/// A request for a chat, or for a text: that one has a prompt where the other has messages.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Ask<'a> {
    pub model: Option<Text<'a>>,
    pub messages: Option<Vec<Message<'a>>>,
    pub system: Option<Text<'a>>,
    pub prompt: Option<Text<'a>>,
    pub suffix: Option<Text<'a>>,
    pub images: Option<Vec<Text<'a>>>,
    pub raw: Option<bool>,
    pub tools: Option<Vec<Tool<'a>>>,
    pub format: Option<Cow<'a, RawValue>>,
    pub think: Option<Think<'a>>,
    pub options: Option<Options<'a>>,
    pub logprobs: Option<bool>,
    pub top_logprobs: Option<u32>,
    pub stream: Option<bool>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Message<'a> {
    pub role: Option<Text<'a>>,
    pub content: Option<Text<'a>>,
    pub thinking: Option<Text<'a>>,
    pub images: Option<Vec<Text<'a>>>,
    pub tool_calls: Option<Vec<ToolCall<'a>>>,
    pub tool_name: Option<Text<'a>>,
    pub tool_call_id: Option<Text<'a>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ToolCall<'a> {
    pub id: Option<Text<'a>>,
    pub function: Option<Called<'a>>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Called<'a> {
    pub name: Option<Text<'a>>,
    pub arguments: Option<Cow<'a, RawValue>>,
    /// Which of the calls it is, as its place says as well.
    pub index: Option<u64>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

impl Called<'_> {
    /// The arguments as JSON text; some send them as a string.
    pub(super) fn arguments(&self) -> String {
        let raw = self.arguments.as_deref().map_or("", RawValue::get);
        match raw.starts_with('"') {
            true => serde_json::from_str(raw).unwrap_or_default(),
            false => raw.to_owned(),
        }
    }
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Tool<'a> {
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    pub function: Option<Function<'a>>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Function<'a> {
    pub name: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub parameters: Option<Cow<'a, RawValue>>,
    #[serde(flatten, skip_serializing)]
    pub unknown: Unknown,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Options<'a> {
    #[serde(deserialize_with = "whole")]
    pub num_predict: Option<i64>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    #[serde(deserialize_with = "count")]
    pub top_k: Option<u64>,
    pub stop: Option<Stops<'a>>,
    #[serde(deserialize_with = "whole")]
    pub seed: Option<i64>,
    pub presence_penalty: Option<f64>,
    pub frequency_penalty: Option<f64>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Stop sequences, or one of them.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Stops<'a>(pub Vec<Text<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Stops<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stops: TextOr<'a, Vec<Text<'a>>> = TextOr::deserialize(deserializer)?;
        Ok(Self(match stops {
            TextOr::Text(stop) => vec![stop],
            TextOr::Other(stops) => stops,
        }))
    }
}

/// Whether to think, or how much.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Think<'a> {
    Level(Text<'a>),
    Switch(bool),
}

impl<'de: 'a, 'a> Deserialize<'de> for Think<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Think<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("true, false or a level")
            }

            fn visit_bool<E: Error>(self, switch: bool) -> Result<Self::Value, E> {
                Ok(Think::Switch(switch))
            }

            fn visit_borrowed_str<E: Error>(self, level: &'de str) -> Result<Self::Value, E> {
                Ok(Think::Level(level.into()))
            }

            fn visit_str<E: Error>(self, level: &str) -> Result<Self::Value, E> {
                Ok(Think::Level(level.to_owned().into()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// A whole reply or a line of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Reply<'a> {
    pub model: Option<Text<'a>>,
    pub message: Option<Said<'a>>,
    pub response: Option<Text<'a>>,
    pub thinking: Option<Text<'a>>,
    pub tool_calls: Option<Vec<ToolCall<'a>>>,
    pub done: Option<bool>,
    pub done_reason: Option<Text<'a>>,
    #[serde(deserialize_with = "loose_count")]
    pub prompt_eval_count: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub eval_count: Option<u64>,
    pub logprobs: Option<&'a RawValue>,
    pub error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Said<'a> {
    pub content: Option<Text<'a>>,
    pub thinking: Option<Text<'a>>,
    pub tool_calls: Option<Vec<ToolCall<'a>>>,
    pub images: Option<&'a RawValue>,
}

/// A whole reply or a line of one as clients read it: a chat's has a message, a text's its own fields.
#[skip_serializing_none]
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    pub model: &'a str,
    pub created_at: &'a str,
    pub message: Option<SaidOut<'a>>,
    pub response: Option<&'a str>,
    pub thinking: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub tool_calls: &'a [ToolCall<'a>],
    pub done: bool,
    pub done_reason: Option<&'a str>,
    pub total_duration: Option<u64>,
    pub load_duration: Option<u64>,
    pub prompt_eval_count: Option<u64>,
    pub prompt_eval_duration: Option<u64>,
    pub eval_count: Option<u64>,
    pub eval_duration: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logprobs: Vec<Token>,
}

/// How likely a token was, or an alternative to one, which has no alternatives of its own.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Token {
    token: String,
    logprob: f64,
    bytes: Option<Vec<u8>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    top_logprobs: Vec<Self>,
}

impl Token {
    pub(super) fn of(likely: &Logprob) -> Self {
        Self {
            token: likely.token.clone(),
            logprob: likely.logprob,
            bytes: likely.bytes.clone(),
            top_logprobs: likely.top.iter().map(Self::of).collect(),
        }
    }

    pub(super) fn read(self) -> Logprob {
        Logprob {
            token: self.token,
            bytes: self.bytes,
            logprob: self.logprob,
            top: self.top_logprobs.into_iter().map(Self::read).collect(),
        }
    }
}

/// `content` is always there: clients insist on it.
#[skip_serializing_none]
#[derive(Debug, Serialize)]
pub(super) struct SaidOut<'a> {
    pub role: &'static str,
    pub content: &'a str,
    pub thinking: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub tool_calls: &'a [ToolCall<'a>],
}

/// A failure as clients read it.
#[derive(Debug, Serialize)]
pub(super) struct Failure<'a> {
    pub error: &'a str,
}

/// A whole number; the server takes decimals, too.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "decimals are cut; the cast saturates"
    )]
    let cut = |number: f64| number as i64;
    Ok(number.and_then(|number| number.as_i64().or_else(|| number.as_f64().map(cut))))
}
