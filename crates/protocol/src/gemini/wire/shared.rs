//! Replies, and the parts that requests and replies share.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;

use super::grounding::Grounding;
use crate::{
    canonical::{Logprob, Logprobs},
    json::{Text, loose_count},
};

/// A whole reply or a chunk of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct Reply<'a> {
    pub candidates: Option<Vec<CandidateBody<'a>>>,
    pub prompt_feedback: Option<Feedback<'a>>,
    pub usage_metadata: Option<UsageBody>,
    pub model_version: Option<Text<'a>>,
    pub response_id: Option<Text<'a>>,
    pub error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct CandidateBody<'a> {
    pub index: Option<u32>,
    pub content: Option<Said<'a>>,
    pub finish_reason: Option<Text<'a>>,
    pub finish_message: Option<Text<'a>>,
    pub continuation_token: Option<Text<'a>>,
    pub citation_metadata: Option<&'a RawValue>,
    pub grounding_metadata: Option<&'a RawValue>,
    pub url_context_metadata: Option<&'a RawValue>,
    pub logprobs_result: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::gemini) struct Said<'a> {
    pub parts: Option<Vec<ReplyPart<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct ReplyPart<'a> {
    pub text: Option<Text<'a>>,
    pub thought: Option<bool>,
    pub thought_signature: Option<Text<'a>>,
    pub function_call: Option<CallBody<'a>>,
    pub inline_data: Option<&'a RawValue>,
    pub file_data: Option<&'a RawValue>,
    pub executable_code: Option<&'a RawValue>,
    pub code_execution_result: Option<&'a RawValue>,
    pub tool_call: Option<&'a RawValue>,
    pub tool_response: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::gemini) struct CallBody<'a> {
    pub id: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub args: Option<&'a RawValue>,
}

/// Why a prompt got no answer at all.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
pub(in crate::gemini) struct Feedback<'a> {
    pub block_reason: Option<Text<'a>>,
    pub block_reason_message: Option<Text<'a>>,
}

/// How many tokens a request has.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::gemini) struct TokenCount {
    #[serde(deserialize_with = "loose_count")]
    pub total_tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::gemini) struct UsageBody {
    #[serde(deserialize_with = "loose_count")]
    pub prompt_token_count: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub tool_use_prompt_token_count: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub cached_content_token_count: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub candidates_token_count: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub thoughts_token_count: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    pub total_token_count: Option<u64>,
}

#[skip_serializing_none]
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct ReplyOut<'a> {
    pub candidates: Vec<CandidateOut<'a>>,
    pub usage_metadata: Option<UsageOut>,
    pub model_version: &'a str,
    pub response_id: &'a str,
}

#[skip_serializing_none]
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct CandidateOut<'a> {
    pub content: SaidOut<'a>,
    pub finish_reason: Option<&'static str>,
    pub index: u32,
    pub logprobs_result: Option<LogprobsResult>,
    pub grounding_metadata: Option<Grounding>,
}

/// How likely the tokens were: those that were chosen, and beside each those that might have been.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::gemini) struct LogprobsResult {
    pub chosen_candidates: Vec<Token>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub top_candidates: Vec<TopTokens>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in crate::gemini) struct TopTokens {
    pub candidates: Vec<Token>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::gemini) struct Token {
    pub token: String,
    pub log_probability: f64,
}

impl LogprobsResult {
    /// `None` where nobody said how likely anything was.
    pub(in crate::gemini) fn of(likely: &Logprobs) -> Option<Self> {
        let tokens = || likely.text.iter().chain(&likely.refusal);
        let told = |likely: &Logprob| Token {
            token: likely.token.clone(),
            log_probability: likely.logprob,
        };
        let has_top = tokens().any(|token| !token.top.is_empty());
        let top = tokens().filter(|_| has_top).map(|token| TopTokens {
            candidates: token.top.iter().map(told).collect(),
        });
        (!likely.is_empty()).then(|| Self {
            chosen_candidates: tokens().map(told).collect(),
            top_candidates: top.collect(),
        })
    }

    pub(in crate::gemini) fn read(self) -> Logprobs {
        let mut top = self.top_candidates.into_iter();
        let read = |token: Token| Logprob {
            token: token.token,
            logprob: token.log_probability,
            ..Logprob::default()
        };
        let chosen = self.chosen_candidates.into_iter().map(|token| {
            let top = top.next().unwrap_or_default().candidates;
            Logprob {
                top: top.into_iter().map(read).collect(),
                ..read(token)
            }
        });
        Logprobs {
            text: chosen.collect(),
            ..Logprobs::default()
        }
    }
}

#[derive(Debug, Serialize)]
pub(in crate::gemini) struct SaidOut<'a> {
    role: &'static str,
    parts: Vec<PartOut<'a>>,
}

impl<'a> CandidateOut<'a> {
    /// Something is always said: clients take a content without parts for a broken one.
    pub(in crate::gemini) fn new(index: u32, mut parts: Vec<PartOut<'a>>) -> Self {
        if parts.is_empty() {
            parts.push(PartOut::text(""));
        }
        Self {
            content: SaidOut {
                role: "model",
                parts,
            },
            finish_reason: None,
            index,
            logprobs_result: None,
            grounding_metadata: None,
        }
    }
}

#[skip_serializing_none]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct UsageOut {
    pub prompt_token_count: Option<u64>,
    pub cached_content_token_count: Option<u64>,
    pub candidates_token_count: Option<u64>,
    pub thoughts_token_count: Option<u64>,
    pub total_token_count: Option<u64>,
}

#[skip_serializing_none]
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct PartOut<'a> {
    pub text: Option<Cow<'a, str>>,
    pub thought: Option<bool>,
    pub inline_data: Option<BlobOut<'a>>,
    pub file_data: Option<FileOut<'a>>,
    pub function_call: Option<CallOut<'a>>,
    pub function_response: Option<AnswerOut<'a>>,
    pub thought_signature: Option<Cow<'a, str>>,
}

impl<'a> PartOut<'a> {
    pub(in crate::gemini) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }

    pub(in crate::gemini) fn thought(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            thought: Some(true),
            ..Self::text(text)
        }
    }

    /// Whether it is text of the answer.
    pub(in crate::gemini) fn is_answer(&self) -> bool {
        self.thought.is_none() && self.text.as_ref().is_some_and(|text| !text.is_empty())
    }

    pub(in crate::gemini) fn signed(self, signature: Option<Cow<'a, str>>) -> Self {
        Self {
            thought_signature: signature,
            ..self
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct BlobOut<'a> {
    pub mime_type: Cow<'a, str>,
    pub data: &'a str,
}

#[skip_serializing_none]
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gemini) struct FileOut<'a> {
    pub mime_type: Option<Cow<'a, str>>,
    pub file_uri: &'a str,
}

#[derive(Debug, Serialize)]
pub(in crate::gemini) struct CallOut<'a> {
    pub id: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub args: Cow<'a, RawValue>,
}

#[derive(Debug, Serialize)]
pub(in crate::gemini) struct AnswerOut<'a> {
    pub id: &'a str,
    pub name: Cow<'a, str>,
    pub response: Cow<'a, RawValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartOut<'a>>,
}
