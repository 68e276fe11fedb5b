//! Replies as clients read them: whole, and in events. Every field that a strict client insists on is there.

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use serde_with::skip_serializing_none;

use super::{Annotation, SearchAction};
use crate::{canonical::count_chars, openai::logprobs::Token};

#[derive(Debug, Serialize)]
pub(in crate::openai_responses) struct ResponseOut<'a> {
    pub id: &'a str,
    pub object: &'static str,
    pub created_at: u64,
    pub status: &'static str,
    pub error: Option<ErrorOut<'a>>,
    pub incomplete_details: Option<Incomplete>,
    pub instructions: Option<&'a Value>,
    pub max_output_tokens: Option<u64>,
    pub metadata: &'a Map<String, Value>,
    pub model: &'a str,
    pub output: &'a [ItemOut],
    pub parallel_tool_calls: bool,
    pub previous_response_id: Option<&'a str>,
    pub reasoning: ReasoningOut<'a>,
    pub store: bool,
    pub temperature: Option<f64>,
    pub text: &'a Value,
    pub tool_choice: &'a Value,
    pub tools: &'a Value,
    pub top_p: Option<f64>,
    pub truncation: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageOut>,
}

#[derive(Debug, Serialize)]
pub(in crate::openai_responses) struct ErrorOut<'a> {
    pub code: &'a str,
    pub message: &'a str,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(in crate::openai_responses) struct Incomplete {
    pub reason: &'static str,
}

#[derive(Debug, Serialize)]
pub(in crate::openai_responses) struct ReasoningOut<'a> {
    pub effort: Option<&'a str>,
    pub summary: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(in crate::openai_responses) struct UsageOut {
    pub input_tokens: u64,
    pub input_tokens_details: InputDetails,
    pub output_tokens: u64,
    pub output_tokens_details: OutputDetails,
    pub total_tokens: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(in crate::openai_responses) struct InputDetails {
    pub cached_tokens: u64,
    pub cache_write_tokens: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(in crate::openai_responses) struct OutputDetails {
    pub reasoning_tokens: u64,
}

/// An item of a reply.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(in crate::openai_responses) enum ItemOut {
    CustomToolCall {
        id: String,
        status: &'static str,
        call_id: String,
        name: String,
        namespace: Option<String>,
        input: String,
    },
    FunctionCall {
        id: String,
        status: &'static str,
        call_id: String,
        name: String,
        namespace: Option<String>,
        arguments: String,
    },
    ImageGenerationCall {
        id: String,
        status: &'static str,
        #[serialize_always]
        result: Option<String>,
        output_format: Option<String>,
    },
    Message {
        id: String,
        status: &'static str,
        role: &'static str,
        content: Vec<Piece>,
    },
    Reasoning {
        id: String,
        summary: Vec<Piece>,
        encrypted_content: Option<String>,
    },
    WebSearchCall {
        id: String,
        status: &'static str,
        action: SearchAction,
    },
    /// Somebody else's, as it was.
    #[serde(untagged)]
    Passed(Box<RawValue>),
}

impl ItemOut {
    /// How many characters of text it adds to the answer.
    pub(in crate::openai_responses) fn text_chars(&self) -> u64 {
        match self {
            Self::Message { content, .. } => content.iter().map(Piece::text_chars).sum(),
            Self::CustomToolCall { .. }
            | Self::FunctionCall { .. }
            | Self::ImageGenerationCall { .. }
            | Self::Passed(_)
            | Self::Reasoning { .. }
            | Self::WebSearchCall { .. } => 0,
        }
    }

    pub(in crate::openai_responses) fn is_refusal(&self) -> bool {
        match self {
            Self::Message { content, .. } => content
                .iter()
                .any(|piece| matches!(piece, Piece::Refusal { .. })),
            Self::CustomToolCall { .. }
            | Self::FunctionCall { .. }
            | Self::ImageGenerationCall { .. }
            | Self::Passed(_)
            | Self::Reasoning { .. }
            | Self::WebSearchCall { .. } => false,
        }
    }
}

/// A piece of a message or of a summary.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(in crate::openai_responses) enum Piece {
    OutputText {
        text: String,
        annotations: Vec<Annotation<'static>>,
        logprobs: Vec<Token>,
    },
    Refusal {
        refusal: String,
    },
    SummaryText {
        text: String,
    },
}

impl Piece {
    fn text_chars(&self) -> u64 {
        match self {
            Self::OutputText { text, .. } => count_chars(text),
            Self::Refusal { .. } | Self::SummaryText { .. } => 0,
        }
    }

    pub(in crate::openai_responses) fn text(text: String) -> Self {
        Self::OutputText {
            text,
            annotations: Vec::new(),
            logprobs: Vec::new(),
        }
    }
}

/// An event of a stream; which fields it has is said by its type.
#[skip_serializing_none]
#[derive(Debug, Default, Serialize)]
pub(in crate::openai_responses) struct Frame<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub sequence_number: u64,
    pub item_id: Option<&'a str>,
    pub output_index: Option<usize>,
    pub content_index: Option<u64>,
    pub summary_index: Option<u64>,
    pub delta: Option<&'a str>,
    pub text: Option<&'a str>,
    pub refusal: Option<&'a str>,
    pub name: Option<&'a str>,
    pub arguments: Option<&'a str>,
    pub input: Option<&'a str>,
    pub logprobs: Option<Vec<Token>>,
    pub annotation: Option<&'a Annotation<'static>>,
    pub annotation_index: Option<usize>,
    pub part: Option<&'a Piece>,
    pub item: Option<&'a ItemOut>,
    pub response: Option<&'a ResponseOut<'a>>,
    pub code: Option<&'a str>,
    pub message: Option<&'a str>,
    pub param: Option<Option<&'a str>>,
    /// What makes the vendor's own clients raise a failure.
    pub error: Option<&'a RaisedOut<'a>>,
}

#[derive(Debug, Serialize)]
pub(in crate::openai_responses) struct RaisedOut<'a> {
    #[serde(rename = "type")]
    pub kind: &'a str,
    pub code: &'a str,
    pub message: &'a str,
    pub param: Option<&'a str>,
}
