//! Texts as vectors: `/embeddings`.
//!
//! Reference: <https://platform.openai.com/docs/api-reference/embeddings>.
//!
//! The official clients ask for base64 unless their caller chose, so both forms are written; both are read.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::Value;

use super::wire::{
    Embedding, EmbeddingList, EmbeddingRequest, EmbeddingUsage, Embeddings, Input, Text, TextOr,
};
use crate::{
    Encoded, Protocol, RawRequest, ReplyContext,
    canonical::{
        ApiError, EmbedInput, EmbedReply, EmbedRequest, EmbedTask, Losses, NOT_OF_PROTOCOL,
        OwnFields, TargetModel, Undo, Usage,
    },
    json::{self, Mended},
    openai::error,
};

pub(super) fn decode_request(
    raw: RawRequest<'_>,
    losses: &mut Losses,
) -> Result<EmbedRequest, ApiError> {
    let mended = Mended::new();
    let mut wire: EmbeddingRequest<'_> = json::parse_request(raw.body, &mended, losses)?;
    let inputs = match wire.input.take() {
        None => return Err(ApiError::missing("input")),
        Some(TextOr::Text(text)) => vec![EmbedInput::Text(text.into_owned())],
        Some(TextOr::Other(items)) => inputs(items)?,
    };
    if inputs.is_empty() {
        return Err(ApiError::invalid(
            "input",
            "`input` must hold a text to embed.",
        ));
    }
    let base64 = match wire.encoding_format.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => {
            return Err(ApiError::invalid(
                "encoding_format",
                "`encoding_format` must be float or base64.",
            ));
        }
    };
    if wire.dimensions == Some(0) {
        return Err(ApiError::too_small("dimensions", 1));
    }
    let task = wire.input_type.as_deref().and_then(task);
    if let Some(word) = wire.input_type.take().filter(|_| task.is_none()) {
        let word = word.into_owned();
        wire.rest.insert("input_type".to_owned(), word.into());
    }
    wire.rest.retain(|_, value| !value.is_null());
    Ok(EmbedRequest {
        model: wire.model.take().map(Text::into_owned).unwrap_or_default(),
        inputs,
        single: false,
        dimensions: wire.dimensions,
        base64,
        task,
        title: None,
        truncate: None,
        user: wire.user.take().map(Text::into_owned),
        own_fields: OwnFields::new(&[("task", "input_type")]),
        rest: (!wire.rest.is_empty()).then_some((Protocol::OpenAiChat, wire.rest)),
    })
}

/// Texts, texts as tokens, or one text as tokens.
fn inputs(items: Vec<Input<'_>>) -> Result<Vec<EmbedInput>, ApiError> {
    let mut inputs = Vec::with_capacity(items.len());
    let mut one = Vec::new();
    for item in items {
        match item {
            Input::Text(text) => inputs.push(EmbedInput::Text(text.into_owned())),
            Input::Token(token) => one.push(token),
            Input::Tokens(tokens) => inputs.push(EmbedInput::Tokens(tokens)),
        }
    }
    match (one.is_empty(), inputs.is_empty()) {
        (true, _) => Ok(inputs),
        (false, true) => Ok(vec![EmbedInput::Tokens(one)]),
        (false, false) => Err(ApiError::invalid(
            "input",
            "`input` mixes texts and ids of tokens; send either.",
        )),
    }
}

/// In the words of several vendors.
fn task(word: &str) -> Option<EmbedTask> {
    match word {
        "classification" => Some(EmbedTask::Classification),
        "clustering" => Some(EmbedTask::Clustering),
        "document" | "passage" | "search_document" => Some(EmbedTask::Document),
        "query" | "search_query" => Some(EmbedTask::Query),
        _ => None,
    }
}

pub(super) fn encode_request(
    request: &EmbedRequest,
    target: &TargetModel,
    losses: &mut Losses,
) -> Encoded {
    if request.task.is_some() {
        losses.dropped("task", NOT_OF_PROTOCOL);
    }
    if request.title.is_some() {
        losses.dropped("title", NOT_OF_PROTOCOL);
    }
    if request.truncate.is_some() {
        losses.dropped("truncate", NOT_OF_PROTOCOL);
    }
    let item = |input: &EmbedInput| match input {
        EmbedInput::Text(text) => Input::Text(text.clone().into()),
        EmbedInput::Tokens(tokens) => Input::Tokens(tokens.clone()),
    };
    let input = match &*request.inputs {
        [EmbedInput::Text(text)] => TextOr::Text(text.as_str().into()),
        inputs => TextOr::Other(inputs.iter().map(item).collect()),
    };
    let wire = EmbeddingRequest {
        model: Some(target.name.as_str().into()),
        input: Some(input),
        dimensions: request.dimensions,
        // Numbers: what every server of this protocol gives, asked or not.
        encoding_format: None,
        input_type: None,
        user: request.user.as_deref().map(Text::from),
        rest: request
            .rest_for(Protocol::OpenAiChat, losses)
            .cloned()
            .unwrap_or_default(),
    };
    Encoded {
        body: json::write(&wire),
        headers: Vec::new(),
        undo: Undo::default(),
    }
}

pub(super) fn decode_reply(body: &[u8]) -> Result<EmbedReply, ApiError> {
    let mended = Mended::new();
    let list: EmbeddingList<'_> = json::parse_reply(body, &mended)?;
    let mut data = match (list.data, list.error) {
        (Some(data), _) => data,
        (None, Some(_)) => return Err(failure(body)),
        (None, None) => return Err(no_vectors()),
    };
    // Some servers leave the numbers out; then the order counts.
    data.sort_by_key(|item| item.index);
    let vectors = data
        .into_iter()
        .map(|item| match item.embedding {
            Some(TextOr::Other(vector)) => Ok(vector.into_owned()),
            Some(TextOr::Text(text)) => unpacked(&text).ok_or_else(no_vectors),
            None => Err(no_vectors()),
        })
        .collect::<Result<_, _>>()?;
    let counted = list.usage.and_then(|usage| {
        let input = usage.prompt_tokens.or(usage.total_tokens)?;
        Some(Usage {
            input: Some(input),
            ..Usage::default()
        })
    });
    Ok(EmbedReply {
        model: list.model.map(Text::into_owned).unwrap_or_default(),
        vectors,
        usage: counted,
        losses: Vec::new(),
    })
}

pub(super) fn encode_reply(
    answer: &EmbedReply,
    request: &EmbedRequest,
    reply: &ReplyContext,
    losses: &mut Losses,
) -> Bytes {
    for loss in &answer.losses {
        losses.add(loss);
    }
    let counted = answer.usage.and_then(|usage| usage.input_total());
    if counted.is_none() {
        losses.estimated("usage", "was not reported by the provider");
    }
    let tokens = counted.or(reply.estimated_input_tokens).unwrap_or(0);
    let vectors = answer.vectors.iter().enumerate();
    json::write(&Embeddings {
        object: "list",
        data: vectors
            .map(|(index, vector)| shown(index, vector, request.base64))
            .collect(),
        model: &reply.model,
        usage: EmbeddingUsage {
            prompt_tokens: Some(tokens),
            total_tokens: Some(tokens),
        },
    })
}

fn shown(index: usize, vector: &[f32], base64: bool) -> Embedding<'_> {
    Embedding {
        object: "embedding",
        index: Some(index),
        embedding: Some(if base64 {
            TextOr::Text(packed(vector).into())
        } else {
            TextOr::Other(vector.into())
        }),
    }
}

fn packed(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    BASE64_STANDARD.encode(bytes)
}

fn unpacked(text: &str) -> Option<Vec<f32>> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| {
        numbers
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect()
    })
}

/// What the provider says in place of vectors, in an answer that is said to be good.
fn failure(body: &[u8]) -> ApiError {
    let body =
        serde_json::from_slice(body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(body)));
    error::of_json(&body, None)
}

fn no_vectors() -> ApiError {
    ApiError::provider_fault("The provider's answer holds no vectors.")
}
