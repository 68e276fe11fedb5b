//! Going on with a text: the request, and replies as clients read them.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

use super::{Inputs, Text, TextOr, Usage};
use crate::{
    canonical::{Logprob, count_chars},
    json::count,
};

/// A request to go on with a text.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct CompletionRequest<'a> {
    pub model: Option<Text<'a>>,
    pub prompt: Option<Inputs<'a>>,
    pub suffix: Option<Text<'a>>,
    pub echo: Option<bool>,
    #[serde(deserialize_with = "count")]
    pub max_tokens: Option<u64>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub frequency_penalty: Option<f64>,
    pub presence_penalty: Option<f64>,
    pub seed: Option<i64>,
    pub stop: Option<TextOr<'a, Vec<Text<'a>>>>,
    pub logprobs: Option<u32>,
    pub n: Option<u32>,
    pub user: Option<Text<'a>>,
    pub stream: Option<bool>,
    pub stream_options: Option<Map<String, Value>>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A whole reply or a chunk of one.
#[skip_serializing_none]
#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct TextCompletion<'a> {
    pub id: &'a str,
    pub object: &'static str,
    pub created: u64,
    pub model: &'a str,
    pub choices: &'a [TextChoice<'a>],
    /// Of a chunk: not there unless the client asked, else null in all but the last.
    pub usage: Option<Option<Usage>>,
}

#[derive(Debug, Serialize)]
pub(in crate::openai_chat) struct TextChoice<'a> {
    pub text: &'a str,
    pub index: u32,
    pub logprobs: Option<TextLikely<'a>>,
    pub finish_reason: Option<&'static str>,
}

/// The likeliest tokens at one place.
type Top<'a> = BTreeMap<Cow<'a, str>, f64>;

/// How likely the tokens of a text were: one list for each thing that is said of them.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_chat) struct TextLikely<'a> {
    /// Where each begins, in characters.
    text_offset: Vec<u64>,
    token_logprobs: Vec<Option<f64>>,
    tokens: Vec<Cow<'a, str>>,
    top_logprobs: Option<Vec<Option<Top<'a>>>>,
}

impl<'a> TextLikely<'a> {
    /// `None` where there is none; `offset` is where the first begins, and moves on.
    pub(in crate::openai_chat) fn of(likely: &'a [Logprob], offset: &mut u64) -> Option<Self> {
        if likely.is_empty() {
            return None;
        }
        let mut told = Self::default();
        let mut tops = Vec::new();
        for token in likely {
            told.text_offset.push(*offset);
            *offset += count_chars(&token.token);
            told.token_logprobs.push(Some(token.logprob));
            told.tokens.push(token.token.as_str().into());
            let top = token.top.iter();
            let top = top.map(|other| (other.token.as_str().into(), other.logprob));
            tops.push(Some(top.collect()));
        }
        // Also where no others are known: the vendor's SDKs take a list alone.
        told.top_logprobs = Some(tops);
        Some(told)
    }

    /// A text's first token has no probability where the text is repeated, and then it says nothing.
    pub(in crate::openai_chat) fn read(self) -> Vec<Logprob> {
        let mut tops = self.top_logprobs.unwrap_or_default().into_iter();
        let tokens = self.tokens.into_iter().zip(self.token_logprobs);
        let read = tokens.filter_map(|(token, logprob)| {
            let top = tops.next().flatten().unwrap_or_default();
            let likely = |(token, logprob): (Cow<'_, str>, f64)| Logprob {
                token: token.into_owned(),
                logprob,
                ..Logprob::default()
            };
            let mut top: Vec<Logprob> = top.into_iter().map(likely).collect();
            // The keys of an object have no order that can be relied on.
            top.sort_by(|one, other| other.logprob.total_cmp(&one.logprob));
            Some(Logprob {
                top,
                ..likely((token, logprob?))
            })
        });
        read.collect()
    }
}
