//! Requests. Protobuf's JSON allows names in snake case, numbers as text, and one value where a list is meant.

use std::{borrow::Cow, fmt, marker::PhantomData};

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value, value::RawValue};
use serde_with::skip_serializing_none;

use super::shared::PartOut;
use crate::{
    canonical::Base64,
    json::{Text, TextOr, Unknown},
};

/// A list, or its only member. Always written as a list.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(in crate::gemini) struct Many<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrAll<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrAll<T> {
            type Value = Many<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an array")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let only = T::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Many(vec![only]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(next) = seq.next_element()? {
                    all.push(next);
                }
                Ok(Many(all))
            }
        }

        deserializer.deserialize_any(OneOrAll(PhantomData))
    }
}

/// The same, with each of them as it stands.
#[derive(Debug, Default)]
pub(in crate::gemini) struct Raws<'a>(pub Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Raws<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = <&'de RawValue>::deserialize(deserializer)?;
        if all.get().starts_with('{') {
            return Ok(Self(vec![all]));
        }
        serde_json::from_str(all.get())
            .map(Self)
            .map_err(D::Error::custom)
    }
}

/// A decimal number, as a number or as text.
fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let stated = match Option::<Value>::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        Some(Value::Array(_) | Value::Bool(_) | Value::Null | Value::Object(_)) => None,
    };
    stated
        .map(Some)
        .ok_or_else(|| D::Error::custom("invalid value, expected a JSON number"))
}

/// A whole number, as a number or as text.
fn whole<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let stated = match Option::<Value>::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Value::Number(number)) => number.as_i64().or_else(|| {
            let number = number.as_f64()?;
            (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
        }),
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Array(_) | Value::Bool(_) | Value::Null | Value::Object(_)) => None,
    };
    let stated = stated.and_then(|number| T::try_from(number).ok());
    stated
        .map(Some)
        .ok_or_else(|| D::Error::custom("invalid value, expected a whole number"))
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct RequestBody<'a> {
    pub model: Option<Text<'a>>,
    pub contents: Option<TextOr<'a, Many<ContentBody<'a>>>>,
    #[serde(alias = "system_instruction")]
    pub system_instruction: Option<TextOr<'a, ContentBody<'a>>>,
    pub tools: Option<&'a RawValue>,
    #[serde(alias = "tool_config")]
    pub tool_config: Option<ToolConfigBody>,
    #[serde(alias = "generation_config")]
    pub generation_config: Option<GenerationConfigBody<'a>>,
    #[serde(alias = "cached_content")]
    pub cached_content: Option<Text<'a>>,
    #[serde(alias = "continuation_token")]
    pub continuation_token: Option<Text<'a>>,
    /// The whole request, where only its tokens are to be counted.
    #[serde(alias = "generate_content_request")]
    pub generate_content_request: Option<&'a RawValue>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::gemini) struct ContentBody<'a> {
    pub role: Option<Text<'a>>,
    pub parts: Option<Many<PartBody<'a>>>,
    #[serde(flatten)]
    pub unknown: Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct PartBody<'a> {
    pub text: Option<Text<'a>>,
    pub thought: Option<bool>,
    #[serde(alias = "thought_signature")]
    pub thought_signature: Option<Text<'a>>,
    #[serde(alias = "inline_data")]
    pub inline_data: Option<BlobBody<'a>>,
    #[serde(alias = "file_data")]
    pub file_data: Option<FileBody<'a>>,
    #[serde(alias = "function_call")]
    pub function_call: Option<CalledBody<'a>>,
    #[serde(alias = "function_response")]
    pub function_response: Option<AnswerBody<'a>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct BlobBody<'a> {
    #[serde(alias = "mime_type")]
    pub mime_type: Option<Text<'a>>,
    pub data: Option<Text<'a>>,
    #[serde(alias = "display_name")]
    pub display_name: Option<Text<'a>>,
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl BlobBody<'_> {
    /// Protobuf's JSON reads base64 in both alphabets; others do not.
    pub(in crate::gemini) fn base64(&self, body: &Bytes) -> Option<Base64> {
        let data = self.data.as_deref()?;
        Some(if data.contains(['-', '_']) {
            Base64::from(data.replace('-', "+").replace('_', "/"))
        } else {
            Base64::of_loose(body, data)
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct FileBody<'a> {
    #[serde(alias = "mime_type")]
    pub mime_type: Option<Text<'a>>,
    #[serde(alias = "file_uri")]
    pub file_uri: Option<Text<'a>>,
    #[serde(alias = "display_name")]
    pub display_name: Option<Text<'a>>,
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// A call as a client sends it back.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::gemini) struct CalledBody<'a> {
    pub id: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub args: Option<&'a RawValue>,
    #[serde(flatten)]
    pub unknown: Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(in crate::gemini) struct AnswerBody<'a> {
    pub id: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub response: Option<&'a RawValue>,
    pub parts: Option<Many<PartBody<'a>>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One entry of `tools`: functions, or a tool that the provider runs, under its name.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct ToolBody<'a> {
    #[serde(alias = "function_declarations")]
    pub function_declarations: Option<Many<DeclarationBody<'a>>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct DeclarationBody<'a> {
    pub name: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub parameters: Option<&'a RawValue>,
    #[serde(alias = "parameters_json_schema")]
    pub parameters_json_schema: Option<&'a RawValue>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct ToolConfigBody {
    #[serde(alias = "function_calling_config")]
    pub function_calling_config: Option<CallingBody>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct CallingBody {
    pub mode: Option<String>,
    #[serde(alias = "allowed_function_names")]
    pub allowed_function_names: Option<Vec<String>>,
    #[serde(flatten)]
    pub unknown: Unknown,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct GenerationConfigBody<'a> {
    #[serde(deserialize_with = "decimal")]
    pub temperature: Option<f64>,
    #[serde(alias = "top_p", deserialize_with = "decimal")]
    pub top_p: Option<f64>,
    #[serde(alias = "top_k", deserialize_with = "decimal")]
    pub top_k: Option<f64>,
    #[serde(alias = "candidate_count", deserialize_with = "whole")]
    pub candidate_count: Option<u32>,
    #[serde(alias = "max_output_tokens", deserialize_with = "whole")]
    pub max_output_tokens: Option<u64>,
    #[serde(alias = "stop_sequences")]
    pub stop_sequences: Option<Vec<String>>,
    #[serde(deserialize_with = "whole")]
    pub seed: Option<i64>,
    #[serde(alias = "presence_penalty", deserialize_with = "decimal")]
    pub presence_penalty: Option<f64>,
    #[serde(alias = "frequency_penalty", deserialize_with = "decimal")]
    pub frequency_penalty: Option<f64>,
    #[serde(alias = "response_logprobs")]
    pub response_logprobs: Option<bool>,
    #[serde(deserialize_with = "whole")]
    pub logprobs: Option<u32>,
    #[serde(alias = "response_mime_type")]
    pub response_mime_type: Option<Text<'a>>,
    #[serde(alias = "response_schema")]
    pub response_schema: Option<&'a RawValue>,
    #[serde(alias = "response_json_schema")]
    pub response_json_schema: Option<&'a RawValue>,
    #[serde(alias = "response_modalities")]
    pub response_modalities: Option<Vec<String>>,
    #[serde(alias = "thinking_config")]
    pub thinking_config: Option<ThinkingBody<'a>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct ThinkingBody<'a> {
    #[serde(alias = "include_thoughts")]
    pub include_thoughts: Option<bool>,
    #[serde(alias = "thinking_budget", deserialize_with = "whole")]
    pub thinking_budget: Option<i64>,
    #[serde(alias = "thinking_level")]
    pub thinking_level: Option<Text<'a>>,
    #[serde(flatten)]
    pub unknown: Unknown,
}

#[skip_serializing_none]
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct RequestOut<'a> {
    /// With its folder. Only inside of another request: else it stands in the address.
    pub model: Option<String>,
    pub contents: Vec<ContentOut<'a>>,
    pub system_instruction: Option<ContentOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolOut<'a>>,
    pub tool_config: Option<ToolConfigOut<'a>>,
    pub generation_config: Option<GenerationConfigOut<'a>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Only a whole request is counted with its instructions and tools.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct CountOut<'a> {
    pub generate_content_request: RequestOut<'a>,
}

#[skip_serializing_none]
#[derive(Debug, Serialize)]
pub(in crate::gemini) struct ContentOut<'a> {
    pub role: Option<&'static str>,
    pub parts: Vec<PartOut<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(in crate::gemini) enum ToolOut<'a> {
    #[serde(rename_all = "camelCase")]
    Functions {
        function_declarations: Vec<DeclarationOut<'a>>,
    },
    /// A definition of this protocol: as it came, or of another's that means the same.
    Own(Cow<'a, RawValue>),
}

#[skip_serializing_none]
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct DeclarationOut<'a> {
    pub name: Cow<'a, str>,
    pub description: Option<Cow<'a, str>>,
    pub parameters: Option<Value>,
    pub parameters_json_schema: Option<Cow<'a, RawValue>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct ToolConfigOut<'a> {
    function_calling_config: CallingOut<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CallingOut<'a> {
    mode: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed_function_names: Vec<Cow<'a, str>>,
}

impl<'a> ToolConfigOut<'a> {
    pub(in crate::gemini) fn new(mode: &'static str, allowed: Vec<Cow<'a, str>>) -> Self {
        Self {
            function_calling_config: CallingOut {
                mode,
                allowed_function_names: allowed,
            },
        }
    }
}

#[skip_serializing_none]
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct GenerationConfigOut<'a> {
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<u64>,
    pub candidate_count: Option<u32>,
    pub max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop_sequences: Vec<&'a str>,
    pub seed: Option<i64>,
    pub presence_penalty: Option<f64>,
    pub frequency_penalty: Option<f64>,
    pub response_logprobs: Option<bool>,
    pub logprobs: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_modalities: Vec<&'static str>,
    pub response_mime_type: Option<&'static str>,
    pub response_schema: Option<Value>,
    pub response_json_schema: Option<Cow<'a, RawValue>>,
    pub thinking_config: Option<ThinkingOut>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[skip_serializing_none]
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct ThinkingOut {
    pub include_thoughts: Option<bool>,
    pub thinking_budget: Option<i64>,
    pub thinking_level: Option<&'static str>,
}
