//! Texts as vectors: `embedContent` for one, `batchEmbedContents` for several.
//!
//! Reference: <https://ai.google.dev/api/embeddings>. Providers are always sent a batch, as the vendor's own clients
//! do.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

use super::wire::Many;
use crate::{
    Encoded, Protocol, RawRequest,
    canonical::{
        ApiError, EmbedInput, EmbedReply, EmbedRequest, EmbedTask, Losses, NOT_OF_PROTOCOL,
        OwnField, OwnFields, TargetModel, Undo, Usage,
    },
    gemini::address,
    json::{self, Mended, Text, count},
};

/// The vendor refuses more.
pub(super) const MOST_IN_A_BATCH: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Batch<'a> {
    requests: Option<Many<One<'a>>>,
}

/// One text.
#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
struct One<'a> {
    model: Option<Text<'a>>,
    content: Option<Content<'a>>,
    #[serde(alias = "task_type")]
    task_type: Option<Text<'a>>,
    title: Option<Text<'a>>,
    #[serde(alias = "output_dimensionality", deserialize_with = "count")]
    output_dimensionality: Option<u64>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Content<'a> {
    parts: Option<Many<Part<'a>>>,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Part<'a> {
    text: Option<Text<'a>>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Reply {
    embedding: Option<Values>,
    embeddings: Option<Vec<Values>>,
    usage_metadata: Option<Counts>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Counts {
    #[serde(deserialize_with = "count")]
    prompt_token_count: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Values {
    values: Option<Vec<f32>>,
}

#[derive(Serialize)]
struct ValuesOut<'a> {
    values: &'a [f32],
}

const TASKS: [(&str, EmbedTask); 8] = [
    ("CLASSIFICATION", EmbedTask::Classification),
    ("CLUSTERING", EmbedTask::Clustering),
    ("CODE_RETRIEVAL_QUERY", EmbedTask::CodeQuery),
    ("FACT_VERIFICATION", EmbedTask::FactCheck),
    ("QUESTION_ANSWERING", EmbedTask::Question),
    ("RETRIEVAL_DOCUMENT", EmbedTask::Document),
    ("RETRIEVAL_QUERY", EmbedTask::Query),
    ("SEMANTIC_SIMILARITY", EmbedTask::Similarity),
];

/// Encoders' words, as clients of this protocol say them.
const OF_ONE: &[OwnField] = &[("task", "taskType")];
const OF_A_BATCH: &[OwnField] = &[
    ("task", "requests[].taskType"),
    ("title", "requests[].title"),
];

/// One text asked for by itself, which is answered by itself.
pub(super) fn is_single(path: &str) -> bool {
    address::verb(path).is_some_and(|verb| verb == "embedContent")
}

pub(super) fn decode_request(
    raw: RawRequest<'_>,
    losses: &mut Losses,
) -> Result<EmbedRequest, ApiError> {
    let mended = Mended::new();
    let single = is_single(raw.path);
    let asked = if single {
        vec![json::parse_request::<One<'_>>(raw.body, &mended, losses)?]
    } else {
        let batch: Batch<'_> = json::parse_request(raw.body, &mended, losses)?;
        batch
            .requests
            .ok_or_else(|| ApiError::missing("requests"))?
            .0
    };
    let mut request = EmbedRequest {
        model: address::model(raw.path).unwrap_or_default(),
        single,
        own_fields: OwnFields::new(if single { OF_ONE } else { OF_A_BATCH }),
        ..EmbedRequest::default()
    };
    let mut rest = Map::new();
    for (at, one) in asked.into_iter().enumerate() {
        let field = |name: &str| {
            if single {
                name.to_owned()
            } else {
                format!("requests[{at}].{name}")
            }
        };
        let task = one
            .task_type
            .as_deref()
            .and_then(|word| task(word, &field("taskType"), losses));
        let title = one.title.map(Text::into_owned);
        if at == 0 {
            request.dimensions = one.output_dimensionality.filter(|length| *length > 0);
            request.task = task;
            request.title = title;
        } else {
            if one.output_dimensionality.filter(|length| *length > 0) != request.dimensions {
                let field = field("outputDimensionality");
                let message = format!("`{field}` must be the same for all texts of a batch.");
                return Err(ApiError::invalid(field, message));
            }
            for (name, differs) in [
                ("taskType", task != request.task),
                ("title", title != request.title),
            ] {
                if differs {
                    losses.dropped(
                        field(name),
                        "may not differ within a batch; the first counts",
                    );
                }
            }
        }
        rest.extend(one.rest);
        request
            .inputs
            .push(EmbedInput::Text(text(one.content, &field("content"))?));
    }
    if request.inputs.is_empty() {
        return Err(ApiError::invalid(
            "requests",
            "`requests` must hold a text to embed.",
        ));
    }
    rest.retain(|_, value| !value.is_null());
    request.rest = (!rest.is_empty()).then_some((Protocol::Gemini, rest));
    Ok(request)
}

fn task(word: &str, field: &str, losses: &mut Losses) -> Option<EmbedTask> {
    let known = TASKS.iter().find(|(known, _)| *known == word);
    if known.is_none() && word != "TASK_TYPE_UNSPECIFIED" {
        losses.dropped(field, "is a use that is not known");
    }
    known.map(|(_, task)| *task)
}

fn text(content: Option<Content<'_>>, field: &str) -> Result<String, ApiError> {
    let parts = content.and_then(|content| content.parts);
    let parts = parts.ok_or_else(|| ApiError::missing(field))?.0;
    let mut whole = String::new();
    for part in parts {
        match part.text {
            Some(text) => whole.push_str(&text),
            None => {
                let message = format!("`{field}` may hold nothing but text for this model.");
                return Err(ApiError::invalid(field, message));
            }
        }
    }
    Ok(whole)
}

pub(super) fn encode_request(
    request: &EmbedRequest,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    if request.user.is_some() {
        losses.dropped("user", NOT_OF_PROTOCOL);
    }
    if request.truncate.is_some() {
        losses.dropped("truncate", NOT_OF_PROTOCOL);
    }
    let rest = request.rest_for(Protocol::Gemini, losses);
    let task = request.task.and_then(|task| {
        let known = TASKS.iter().find(|(_, known)| *known == task);
        known.map(|(word, _)| *word)
    });
    let model = address::full_name(&target.name);
    let mut requests = Vec::with_capacity(request.inputs.len());
    for input in &request.inputs {
        let EmbedInput::Text(text) = input else {
            return Err(ApiError::invalid(
                "input",
                "`input` must be text for this model: ids of tokens mean nothing to another tokenizer.",
            ));
        };
        requests.push(One {
            model: Some(model.as_str().into()),
            content: Some(Content {
                parts: Some(Many(vec![Part {
                    text: Some(text.as_str().into()),
                    rest: Map::new(),
                }])),
            }),
            task_type: task.map(Text::from),
            title: request.title.as_deref().map(Text::from),
            output_dimensionality: request.dimensions,
            rest: rest.cloned().unwrap_or_default(),
        });
    }
    #[derive(Serialize)]
    struct Out<'a> {
        requests: Vec<One<'a>>,
    }
    Ok(Encoded {
        body: json::write(&Out { requests }),
        headers: Vec::new(),
        undo: Undo::default(),
    })
}

pub(super) fn decode_reply(body: &[u8]) -> Result<EmbedReply, ApiError> {
    let mended = Mended::new();
    let reply: Reply = json::parse_reply(body, &mended)?;
    let one = reply.embedding.map(|values| vec![values]);
    let all = reply.embeddings.or(one).ok_or_else(no_vectors)?;
    let vectors = all
        .into_iter()
        .map(|values| values.values.ok_or_else(no_vectors))
        .collect::<Result<_, _>>()?;
    let counted = reply
        .usage_metadata
        .and_then(|counts| counts.prompt_token_count);
    Ok(EmbedReply {
        vectors,
        usage: counted.map(|input| Usage {
            input: Some(input),
            ..Usage::default()
        }),
        ..EmbedReply::default()
    })
}

pub(super) fn encode_reply(
    answer: &EmbedReply,
    request: &EmbedRequest,
    losses: &mut Losses,
) -> Bytes {
    for loss in &answer.losses {
        losses.add(loss);
    }
    let all: Vec<ValuesOut<'_>> = answer
        .vectors
        .iter()
        .map(|values| ValuesOut { values })
        .collect();
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Out<'a> {
        Embedding(&'a ValuesOut<'a>),
        Embeddings(&'a [ValuesOut<'a>]),
    }
    match all.first().filter(|_| request.single) {
        Some(one) => json::write(&Out::Embedding(one)),
        None => json::write(&Out::Embeddings(&all)),
    }
}

fn no_vectors() -> ApiError {
    ApiError::provider_fault("The provider's answer holds no vectors.")
}
