//! The native API of Ollama as its real server checks and answers it.

use http::HeaderMap;
use serde_json::{Value, json};

use super::{
    KEY,
    says::{Counts, Says},
};

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
    if !body["messages"].is_array() {
        return bad("json: cannot unmarshal number into Go struct field ChatRequest.messages of type []api.Message".to_owned());
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

fn line(body: &Value, message: &Value, counts: Option<&Counts>) -> Value {
    let mut line = json!({
        "model": body["model"], "created_at": "2026-01-01T00:00:00.1Z", "message": message,
        "done": counts.is_some()
    });
    if let Some(counts) = counts {
        line["done_reason"] = json!("stop");
        line["total_duration"] = json!(883_583_458);
        line["prompt_eval_count"] = json!(counts.input);
        line["eval_count"] = json!(counts.output);
    }
    line
}

fn called((name, arguments): &(String, Value)) -> Value {
    json!({"function": {"name": name, "arguments": arguments}})
}

/// A line that tells how likely its words were.
fn likely(says: &Says, mut line: Value) -> Value {
    let text = line["message"]["content"].as_str().unwrap_or_default();
    if let Some(likely) = says.likely(text) {
        line["logprobs"] = likely;
    }
    line
}

pub(super) fn whole(says: &Says, body: &Value) -> String {
    let mut message = json!({"role": "assistant", "content": says.text});
    if !says.thought.is_empty() {
        message["thinking"] = json!(says.thought);
    }
    if !says.calls.is_empty() {
        message["tool_calls"] = says.calls.iter().map(called).collect();
    }
    likely(says, line(body, &message, Some(&says.counts))).to_string()
}

pub(super) fn stream(says: &Says, body: &Value) -> Vec<String> {
    let said = |message: Value| format!("{}\n", likely(says, line(body, &message, None)));
    let thoughts = Says::pieces(says.thought)
        .map(|word| json!({"role": "assistant", "content": "", "thinking": word}));
    let words = Says::pieces(&says.text).map(|word| json!({"role": "assistant", "content": word}));
    let calls = says
        .calls
        .iter()
        .map(|call| json!({"role": "assistant", "content": "", "tool_calls": [called(call)]}));
    let mut out: Vec<String> = thoughts.chain(words).chain(calls).map(said).collect();
    let nothing = json!({"role": "assistant", "content": ""});
    out.push(format!("{}\n", line(body, &nothing, Some(&says.counts))));
    out
}

/// A text that was gone on with.
pub(super) fn text(says: &Says, body: &Value) -> Vec<String> {
    let piece = |text: &str, counts: Option<&Counts>| {
        let mut line = line(body, &Value::Null, counts);
        line.as_object_mut().unwrap().remove("message");
        line["response"] = json!(text);
        format!("{line}\n")
    };
    if body["stream"] == false {
        return vec![piece(&says.text, Some(&says.counts))];
    }
    let mut out: Vec<String> = Says::pieces(&says.text)
        .map(|word| piece(word, None))
        .collect();
    out.push(piece("", Some(&says.counts)));
    out
}

pub(super) fn tags() -> String {
    json!({"models": [{
        "name": "listed-model:8b", "model": "listed-model:8b", "modified_at": "2024-01-01T00:00:00Z",
        "size": 5, "digest": "0".repeat(64), "capabilities": ["completion", "tools"],
        "details": {"format": "gguf", "family": "listed", "context_length": 40_960}
    }]})
    .to_string()
}
