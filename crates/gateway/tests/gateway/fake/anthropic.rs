//! Anthropic's Messages as its real provider checks and answers it.

use http::HeaderMap;
use serde_json::{Value, json};

use super::KEY;

const FIELDS: [&str; 14] = [
    "max_tokens",
    "messages",
    "metadata",
    "model",
    "output_config",
    "service_tier",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_p",
];

pub(super) fn check(headers: &HeaderMap, body: &Value) -> Result<(), (u16, String)> {
    let bad = |message: String| Err((400, message));
    let key = headers.get("x-api-key").and_then(|key| key.to_str().ok());
    if key != Some(KEY) {
        return Err((401, format!("invalid x-api-key: {key:?}")));
    }
    if headers.get("anthropic-version").is_none() {
        return bad("anthropic-version: header is required".to_owned());
    }
    let Some(fields) = body.as_object() else {
        return bad("The request body is not valid JSON".to_owned());
    };
    if let Some(field) = fields
        .keys()
        .find(|field| !FIELDS.contains(&field.as_str()))
    {
        return bad(format!("{field}: Extra inputs are not permitted"));
    }
    if !body["max_tokens"].is_u64() {
        return bad("max_tokens: Field required".to_owned());
    }
    if body.get("tool_choice").is_some() && body.get("tools").is_none() {
        return bad("tool_choice: may only be specified while providing tools".to_owned());
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        if tool["input_schema"]["type"] != "object" {
            return bad("tools.0.input_schema.type: Field required".to_owned());
        }
    }
    let messages = body["messages"].as_array();
    let mut open: Vec<&str> = Vec::new();
    for (at, message) in messages.into_iter().flatten().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        if at == 0 && role != "user" || !["assistant", "user"].contains(&role) {
            return bad(format!("messages.{at}: role {role}"));
        }
        let blocks = message["content"].as_array();
        let mut behind_text = false;
        let mut answered = Vec::new();
        for block in blocks.into_iter().flatten() {
            match block["type"].as_str() {
                Some("text") => {
                    behind_text = true;
                    if block["text"].as_str().unwrap_or_default().trim().is_empty() {
                        return bad(
                            "text content blocks must contain non-whitespace text".to_owned()
                        );
                    }
                }
                Some("image") if block["source"]["data"].is_string() => behind_text = true,
                Some("tool_use") if role == "assistant" && block["input"].is_object() => {}
                Some("tool_result") if role == "user" && !behind_text => {
                    answered.push(block["tool_use_id"].as_str().unwrap_or_default());
                }
                _ => return bad(format!("messages.{at}: unexpected block {block}")),
            }
        }
        if answered != open {
            return bad(format!(
                "tool_use ids {open:?} were answered by {answered:?}"
            ));
        }
        let calls = blocks
            .into_iter()
            .flatten()
            .filter(|block| block["type"] == "tool_use");
        open = calls
            .map(|call| call["id"].as_str().unwrap_or_default())
            .collect();
    }
    Ok(())
}

pub(super) fn failure(status: u16, message: &str) -> String {
    let kind = match status {
        401 => "authentication_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    };
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"})
        .to_string()
}

/// The blocks and the stop reason of a model.
fn script(model: &str, body: &Value) -> (Vec<Value>, &'static str) {
    let text = |text: &str| json!({"type": "text", "text": text});
    let call = |id: &str, name: &str, input: Value| json!({"type": "tool_use", "id": id, "name": name, "input": input});
    match model {
        "image" => {
            let content = body["messages"][0]["content"].as_array();
            let images = content.into_iter().flatten();
            let images = images.filter(|block| block["type"] == "image").count();
            (vec![text(&format!("{images} picture"))], "end_turn")
        }
        "parallel" => (
            vec![
                call("toolu_a", "weather", json!({"city": "Rome"})),
                call("toolu_b", "time", json!({"city": "Oslo"})),
            ],
            "tool_use",
        ),
        "schema" if body["output_config"]["format"]["type"] == "json_schema" => {
            (vec![text(r#"{"city":"Rome"}"#)], "end_turn")
        }
        // Without the native form: through the tool that must be called.
        "schema" if body["tool_choice"]["type"] == "tool" => {
            let name = body["tool_choice"]["name"].as_str().unwrap_or_default();
            (
                vec![call("toolu_s", name, json!({"city": "Rome"}))],
                "tool_use",
            )
        }
        "fenced" => (vec![text("```python\nreturn x\n```")], "end_turn"),
        "tools" => (
            vec![
                text("Looking."),
                call("toolu_a", "weather", json!({"city": "Rome"})),
            ],
            "tool_use",
        ),
        _ => (vec![text("Hello from far away")], "end_turn"),
    }
}

pub(super) fn whole(model: &str, body: &Value) -> String {
    let (content, reason) = script(model, body);
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": content,
        "stop_reason": reason, "stop_sequence": null, "usage": {"input_tokens": 11, "output_tokens": 7}
    })
    .to_string()
}

pub(super) fn stream(model: &str, body: &Value) -> Vec<String> {
    let (content, reason) = script(model, body);
    let frame = |value: Value| {
        let name = value["type"].as_str().unwrap_or_default().to_owned();
        format!("event: {name}\ndata: {value}\n\n")
    };
    let mut out = vec![
        frame(json!({"type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 11, "output_tokens": 1}}})),
        frame(json!({"type": "ping"})),
    ];
    for (index, block) in content.into_iter().enumerate() {
        let mut start = block.clone();
        let deltas: Vec<Value> = if block["type"] == "text" {
            start["text"] = json!("");
            let text = block["text"].as_str().unwrap_or_default();
            let words = text.split_inclusive(' ');
            words
                .map(|word| json!({"type": "text_delta", "text": word}))
                .collect()
        } else {
            start["input"] = json!({});
            let input = block["input"].to_string();
            let (one, two) = input.split_at(5);
            ["", one, two]
                .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}))
                .to_vec()
        };
        out.push(frame(
            json!({"type": "content_block_start", "index": index, "content_block": start}),
        ));
        for delta in deltas {
            out.push(frame(
                json!({"type": "content_block_delta", "index": index, "delta": delta}),
            ));
        }
        out.push(frame(json!({"type": "content_block_stop", "index": index})));
    }
    out.push(frame(json!({"type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 7}})));
    out.push(frame(json!({"type": "message_stop"})));
    out
}
