//! The native API of Ollama as its real server checks and answers it.

use http::HeaderMap;
use serde_json::{Value, json};

use super::KEY;

const FIELDS: [&str; 12] = [
    "format",
    "keep_alive",
    "logprobs",
    "messages",
    "model",
    "options",
    "shift",
    "stream",
    "think",
    "tools",
    "top_logprobs",
    "truncate",
];

/// A line that says nothing.
pub(super) const NOTHING: &str = "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":false}\n";

pub(super) fn check(headers: &HeaderMap, body: &Value) -> Result<(), (u16, String)> {
    let bad = |message: String| Err((400, message));
    let key = headers
        .get("authorization")
        .and_then(|key| key.to_str().ok());
    if key != Some(&format!("Bearer {KEY}")) {
        return Err((401, "unauthorized".to_owned()));
    }
    let Some(fields) = body.as_object() else {
        return bad("missing request body".to_owned());
    };
    if let Some(field) = fields
        .keys()
        .find(|field| !FIELDS.contains(&field.as_str()))
    {
        return bad(format!("json: unknown field {field}"));
    }
    for message in body["messages"].as_array().into_iter().flatten() {
        if !message["content"].is_string() {
            return bad(format!("json: cannot unmarshal content: {message}"));
        }
        let role = message["role"].as_str().unwrap_or_default();
        if !["assistant", "system", "tool", "user"].contains(&role) {
            return bad(format!("invalid role: {role}"));
        }
        for image in message["images"].as_array().into_iter().flatten() {
            let image = image.as_str().unwrap_or_default();
            if image.starts_with("data:") || image.contains("://") {
                return bad("illegal base64 data at input byte 4".to_owned());
            }
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            if !call["function"]["arguments"].is_object() {
                return bad(format!("json: cannot unmarshal arguments: {call}"));
            }
        }
        if role == "tool" && message["tool_name"].as_str().is_none_or(str::is_empty) {
            return bad(format!("a result of no tool: {message}"));
        }
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        if tool["function"]["parameters"]["type"] != "object" {
            return bad(format!("json: cannot unmarshal parameters: {tool}"));
        }
    }
    Ok(())
}

pub(super) fn failure(message: &str) -> String {
    json!({ "error": message }).to_string()
}

/// The text and the calls of a model.
fn script(model: &str, body: &Value) -> (String, Vec<(&'static str, Value)>) {
    let rome = || ("weather", json!({"city": "Rome"}));
    match model {
        "image" => {
            let images = body["messages"][0]["images"].as_array().map_or(0, Vec::len);
            (format!("{images} picture"), Vec::new())
        }
        "parallel" => (
            String::new(),
            vec![rome(), ("time", json!({"city": "Oslo"}))],
        ),
        "schema" if body["format"]["type"] == "object" => {
            (r#"{"city":"Rome"}"#.to_owned(), Vec::new())
        }
        "tools" => ("Looking.".to_owned(), vec![rome()]),
        _ => ("Hello from far away".to_owned(), Vec::new()),
    }
}

fn line(body: &Value, message: &Value, done: bool) -> Value {
    let mut line = json!({
        "model": body["model"], "created_at": "2026-01-01T00:00:00.1Z", "message": message, "done": done
    });
    if done {
        line["done_reason"] = json!("stop");
        line["total_duration"] = json!(883_583_458);
        line["prompt_eval_count"] = json!(11);
        line["eval_count"] = json!(7);
    }
    line
}

fn called((name, arguments): &(&str, Value)) -> Value {
    json!({"function": {"name": name, "arguments": arguments}})
}

pub(super) fn whole(model: &str, body: &Value) -> String {
    let (text, calls) = script(model, body);
    let mut message = json!({"role": "assistant", "content": text});
    if !calls.is_empty() {
        message["tool_calls"] = calls.iter().map(called).collect();
    }
    line(body, &message, true).to_string()
}

pub(super) fn stream(model: &str, body: &Value) -> Vec<String> {
    let (text, calls) = script(model, body);
    let said = |message: Value, done| format!("{}\n", line(body, &message, done));
    let mut out: Vec<String> = text
        .split_inclusive(' ')
        .map(|word| said(json!({"role": "assistant", "content": word}), false))
        .collect();
    for call in &calls {
        let message = json!({"role": "assistant", "content": "", "tool_calls": [called(call)]});
        out.push(said(message, false));
    }
    out.push(said(json!({"role": "assistant", "content": ""}), true));
    out
}

/// A text that was gone on with.
pub(super) fn text(body: &Value) -> String {
    json!({
        "model": body["model"], "created_at": "2026-01-01T00:00:00Z", "response": "Gone on with.",
        "done": true, "done_reason": "stop", "prompt_eval_count": 11, "eval_count": 7
    })
    .to_string()
}

pub(super) fn tags() -> String {
    json!({"models": [{
        "name": "listed-model:8b", "model": "listed-model:8b", "modified_at": "2024-01-01T00:00:00Z",
        "size": 5, "digest": "0", "capabilities": ["completion", "tools"],
        "details": {"format": "gguf", "family": "listed", "context_length": 40_960}
    }]})
    .to_string()
}
