//! Texts as vectors: `/api/embed`, and `/api/embeddings` for one text, the older form.
//!
//! Reference: <https://docs.ollama.com/api/embed>.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

use crate::{
    Encoded, Protocol, RawRequest, ReplyContext,
    canonical::{
        ApiError, EmbedInput, EmbedReply, EmbedRequest, Losses, NOT_OF_PROTOCOL, TargetModel, Undo,
        Usage,
    },
    json::{self, Mended, Text, TextOr, count, loose_count},
};

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Ask<'a> {
    model: Option<Text<'a>>,
    input: Option<TextOr<'a, Vec<Text<'a>>>>,
    /// Of the older form.
    prompt: Option<Text<'a>>,
    truncate: Option<bool>,
    #[serde(deserialize_with = "count")]
    dimensions: Option<u64>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Reply<'a> {
    model: Option<Text<'a>>,
    embeddings: Option<Vec<Vec<f32>>>,
    embedding: Option<Vec<f32>>,
    #[serde(deserialize_with = "loose_count")]
    prompt_eval_count: Option<u64>,
}

#[derive(Serialize)]
struct ReplyOut<'a> {
    model: &'a str,
    embeddings: &'a [Vec<f32>],
    prompt_eval_count: u64,
}

/// The older form, which is answered in itself.
pub(super) fn is_older(path: &str) -> bool {
    path.trim_end_matches('/').ends_with("/embeddings")
}

pub(super) fn decode_request(
    raw: RawRequest<'_>,
    losses: &mut Losses,
) -> Result<EmbedRequest, ApiError> {
    let mended = Mended::new();
    let mut wire: Ask<'_> = json::parse_request(raw.body, &mended, losses)?;
    let single = is_older(raw.path);
    let text = |text: Text<'_>| EmbedInput::Text(text.into_owned());
    let inputs = match (wire.input.take(), wire.prompt.take()) {
        (Some(TextOr::Text(input)), _) => vec![text(input)],
        (Some(TextOr::Other(inputs)), _) => inputs.into_iter().map(text).collect(),
        (None, Some(prompt)) => vec![text(prompt)],
        (None, None) if single => return Err(ApiError::missing("prompt")),
        (None, None) => return Err(ApiError::missing("input")),
    };
    if inputs.is_empty() {
        return Err(ApiError::invalid(
            "input",
            "`input` must hold a text to embed.",
        ));
    }
    wire.rest.retain(|_, value| !value.is_null());
    Ok(EmbedRequest {
        model: wire.model.take().map(Text::into_owned).unwrap_or_default(),
        inputs,
        single,
        dimensions: wire.dimensions.filter(|length| *length > 0),
        truncate: wire.truncate,
        rest: (!wire.rest.is_empty()).then_some((Protocol::Ollama, wire.rest)),
        ..EmbedRequest::default()
    })
}

pub(super) fn encode_request(
    request: &EmbedRequest,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    for (field, given) in [
        ("task", request.task.is_some()),
        ("title", request.title.is_some()),
        ("user", request.user.is_some()),
    ] {
        if given {
            losses.dropped(field, NOT_OF_PROTOCOL);
        }
    }
    let mut inputs = Vec::with_capacity(request.inputs.len());
    for input in &request.inputs {
        match input {
            EmbedInput::Text(text) => inputs.push(Text::from(text.as_str())),
            EmbedInput::Tokens(_) => {
                return Err(ApiError::invalid(
                    "input",
                    "`input` must be text for this model: ids of tokens mean nothing to another tokenizer.",
                ));
            }
        }
    }
    let wire = Ask {
        model: Some(target.name.as_str().into()),
        input: Some(TextOr::Other(inputs)),
        prompt: None,
        truncate: request.truncate,
        dimensions: request.dimensions,
        rest: request
            .rest_for(Protocol::Ollama, losses)
            .cloned()
            .unwrap_or_default(),
    };
    Ok(Encoded {
        body: json::write(&wire),
        headers: Vec::new(),
        undo: Undo::default(),
    })
}

pub(super) fn decode_reply(body: &[u8]) -> Result<EmbedReply, ApiError> {
    let mended = Mended::new();
    let reply: Reply<'_> = json::parse_reply(body, &mended)?;
    let one = reply.embedding.map(|vector| vec![vector]);
    let vectors = reply
        .embeddings
        .or(one)
        .ok_or_else(|| ApiError::provider_fault("The provider's answer holds no vectors."))?;
    Ok(EmbedReply {
        model: reply.model.map(Text::into_owned).unwrap_or_default(),
        vectors,
        usage: reply.prompt_eval_count.map(|input| Usage {
            input: Some(input),
            ..Usage::default()
        }),
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
    if let Some(vector) = answer.vectors.first().filter(|_| request.single) {
        #[derive(Serialize)]
        struct Older<'a> {
            embedding: &'a [f32],
        }
        return json::write(&Older { embedding: vector });
    }
    let counted = answer.usage.and_then(|usage| usage.input_total());
    if counted.is_none() {
        losses.estimated("prompt_eval_count", "was not reported by the provider");
    }
    json::write(&ReplyOut {
        model: &reply.model,
        embeddings: &answer.vectors,
        prompt_eval_count: counted.or(reply.estimated_input_tokens).unwrap_or(0),
    })
}
