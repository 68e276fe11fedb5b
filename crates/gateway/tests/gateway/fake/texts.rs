//! OpenAI's neighbours of chat: a text that is gone on with, and texts as vectors, as strict as the real ones.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{
    Form, KEY, Part, Seen, error_of, events, failure, json as answered, ollama, openai, part_of,
    read, says::Says,
};
use crate::{
    ask::Dialect,
    question::{Question, completions},
};

const COMPLETION_FIELDS: [&str; 18] = [
    "best_of",
    "echo",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "max_tokens",
    "model",
    "n",
    "presence_penalty",
    "prompt",
    "seed",
    "stop",
    "stream",
    "stream_options",
    "suffix",
    "temperature",
    "top_p",
    "user",
];
const EMBEDDING_FIELDS: [&str; 5] = ["dimensions", "encoding_format", "input", "model", "user"];

fn refusal(
    dialect: Dialect,
    headers: &HeaderMap,
    body: &Value,
    known: &[&str],
) -> Option<Response> {
    let bad = |message: &str| Some(failure(dialect, 400, message));
    let key = headers
        .get("authorization")
        .and_then(|key| key.to_str().ok());
    if key != Some(&format!("Bearer {KEY}")) {
        return Some(failure(dialect, 401, "Incorrect API key provided."));
    }
    let Some(fields) = body.as_object() else {
        return bad("We could not parse the JSON body of your request.");
    };
    if let Some(field) = fields.keys().find(|field| !known.contains(&field.as_str())) {
        return bad(&format!("Unrecognized request argument supplied: {field}"));
    }
    let status = error_of(body["model"].as_str().unwrap_or_default())?;
    Some(failure(dialect, status, "The provider says no."))
}

/// What goes on with a text; these words where the model's name does not say what.
fn says(script: &str, asked: &Question, else_says: &str) -> Says {
    match Says::script(script) {
        "broods" | "counted" | "hello" | "stops" | "unicode" => Says::of(script, asked),
        _ => Says {
            text: else_says.to_owned(),
            ..Says::default()
        },
    }
}

/// Text, or ids of tokens, or several of either.
fn is_text(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(items) => {
            let text = items.iter().all(Value::is_string);
            let tokens = |items: &[Value]| items.iter().all(Value::is_u64);
            let several = items
                .iter()
                .all(|item| item.as_array().is_some_and(|items| tokens(items)));
            !items.is_empty() && (text || several || tokens(items))
        }
        _ => false,
    }
}

pub(super) async fn complete(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    let (headers, body) = read(&seen, request).await;
    if let Some(refusal) = refusal(Dialect::OpenAi, &headers, &body, &COMPLETION_FIELDS) {
        return refusal;
    }
    if !is_text(&body["prompt"]) {
        return failure(Dialect::OpenAi, 400, "Invalid type for 'prompt'.");
    }
    let object = |choices: Value| {
        json!({"id": "cmpl-1", "object": "text_completion", "created": 1_763_700_000,
            "model": body["model"], "choices": choices})
    };
    let choice = |text: &str, finish: Value| json!([{"text": text, "index": 0, "logprobs": null, "finish_reason": finish}]);
    let (script, part) = part_of(body["model"].as_str().unwrap_or_default());
    let says = says(script, &completions::read(&body), " return x");
    let usage = openai::usage(&says.counts);
    if body["stream"] != true {
        let mut whole = object(choice(&says.text, json!("stop")));
        whole["usage"] = usage;
        return answered(StatusCode::OK, whole.to_string());
    }
    let mut chunks: Vec<Value> = Says::pieces(&says.text)
        .map(|piece| object(choice(piece, Value::Null)))
        .collect();
    chunks.push(object(choice("", json!("stop"))));
    if body["stream_options"]["include_usage"] == true {
        let mut last = object(json!([]));
        last["usage"] = usage;
        chunks.push(last);
    }
    let mut frames: Vec<Vec<u8>> = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\n\n").into_bytes())
        .collect();
    frames.push(b"data: [DONE]\n\n".to_vec());
    let part = if script == "cut" {
        Some(Part::Cut)
    } else {
        part
    };
    events(Form::Events, frames, part, &seen)
}

/// The same of a server that takes a prompt for a chat unless it is raw.
pub(super) async fn generate(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    const FIELDS: [&str; 13] = [
        "context",
        "format",
        "images",
        "keep_alive",
        "model",
        "options",
        "prompt",
        "raw",
        "stream",
        "suffix",
        "system",
        "template",
        "think",
    ];

    let (headers, body) = read(&seen, request).await;
    if let Some(refusal) = refusal(Dialect::Ollama, &headers, &body, &FIELDS) {
        return refusal;
    }
    if !body["prompt"].is_string() {
        return failure(Dialect::Ollama, 400, "json: cannot unmarshal prompt");
    }
    let (script, part) = part_of(body["model"].as_str().unwrap_or_default());
    let says = says(script, &completions::read_generate(&body), "Gone on with.");
    let lines = ollama::text(&says, &body);
    if body["stream"] == false {
        return answered(StatusCode::OK, lines.concat());
    }
    let lines = lines.into_iter().map(String::into_bytes).collect();
    events(Form::Lines, lines, part, &seen)
}

/// The vector of a text is its length and its first letter.
pub(super) async fn embed(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    let (headers, body) = read(&seen, request).await;
    if let Some(refusal) = refusal(Dialect::OpenAi, &headers, &body, &EMBEDDING_FIELDS) {
        return refusal;
    }
    let input = &body["input"];
    if !is_text(input) || *input == "" {
        return failure(Dialect::OpenAi, 400, "'$.input' is invalid.");
    }
    let texts = match input {
        Value::Array(items) if !items.iter().all(Value::is_u64) => items.clone(),
        one => vec![one.clone()],
    };
    let data = texts.iter().enumerate().map(|(index, text)| {
        let text = text.as_str().unwrap_or("tokens");
        let first = text.bytes().next().unwrap_or_default();
        let vector = [u16::try_from(text.len()).unwrap().into(), f32::from(first)];
        let embedding = if body["encoding_format"] == "base64" {
            json!(packed(&vector))
        } else {
            json!(vector)
        };
        json!({"object": "embedding", "index": index, "embedding": embedding})
    });
    let list = json!({"object": "list", "data": data.collect::<Vec<_>>(), "model": body["model"],
        "usage": {"prompt_tokens": 5, "total_tokens": 5}});
    answered(StatusCode::OK, list.to_string())
}

/// The same of a server that has vectors for texts alone.
pub(super) async fn ollama_embed(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    const FIELDS: [&str; 6] = [
        "dimensions",
        "input",
        "keep_alive",
        "model",
        "options",
        "truncate",
    ];

    let (headers, body) = read(&seen, request).await;
    if let Some(refusal) = refusal(Dialect::Ollama, &headers, &body, &FIELDS) {
        return refusal;
    }
    let texts = match &body["input"] {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    if !texts.iter().all(Value::is_string) {
        return failure(Dialect::Ollama, 400, "invalid input type");
    }
    let vectors: Vec<Value> = texts
        .iter()
        .map(|text| json!([text.as_str().unwrap_or_default().len(), 0.5]))
        .collect();
    let mut reply = json!({"model": body["model"], "embeddings": vectors, "total_duration": 1,
        "load_duration": 1, "prompt_eval_count": 5});
    if body["model"] == "short" {
        reply["embeddings"] = json!([]);
    }
    answered(StatusCode::OK, reply.to_string())
}

fn packed(vector: &[f32]) -> String {
    use base64::Engine as _;

    let bytes: Vec<u8> = vector.iter().flat_map(|n| n.to_le_bytes()).collect();
    base64::prelude::BASE64_STANDARD.encode(bytes)
}
