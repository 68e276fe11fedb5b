//! Anthropic's Messages as its real provider checks and answers it.

use http::HeaderMap;
use serde_json::{Value, json};

use super::{
    KEY,
    says::{Counts, Says},
};

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

const COUNTED_FIELDS: [&str; 7] = [
    "messages",
    "model",
    "output_config",
    "system",
    "thinking",
    "tool_choice",
    "tools",
];

/// A request to count is one without all that only a reply needs.
pub(super) fn check_count(headers: &HeaderMap, body: &Value) -> Result<(), (u16, String)> {
    let fields = body
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys());
    let mut others = fields.filter(|field| !COUNTED_FIELDS.contains(&field.as_str()));
    if let Some(field) = others.next() {
        return Err((400, format!("{field}: Extra inputs are not permitted")));
    }
    let mut whole = body.clone();
    whole["max_tokens"] = json!(64_000);
    check(headers, &whole)
}

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
    if !body["messages"].is_array() {
        return bad("messages: Input should be a valid list".to_owned());
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
                Some("image") if is_image(&block["source"]) => behind_text = true,
                Some("thinking") if role == "assistant" && block["signature"].is_string() => {}
                Some("tool_use") if role == "assistant" && block["input"].is_object() => {}
                Some("tool_result")
                    if role == "user" && !behind_text && !says_only_failed(block) =>
                {
                    answered.push(block["tool_use_id"].as_str().unwrap_or_default());
                }
                _ => return bad(format!("messages.{at}: unexpected block {block}")),
            }
        }
        if role == "assistant"
            && let Some(last) = blocks.and_then(|blocks| blocks.last())
            && last["type"] == "thinking"
        {
            return bad(format!(
                "messages.{at}: The final block in an assistant message cannot be `thinking`."
            ));
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

/// "content cannot be empty if `is_error` is true"
fn says_only_failed(result: &Value) -> bool {
    let content = result["content"].as_array();
    result["is_error"] == true && content.is_none_or(Vec::is_empty)
}

fn is_image(source: &Value) -> bool {
    match source["type"].as_str() {
        Some("base64") => source["data"].is_string() && source["media_type"].is_string(),
        Some("url") => source["url"].is_string(),
        _ => false,
    }
}

pub(super) fn failure(status: u16, message: &str) -> String {
    let kind = match status {
        401 => "authentication_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    };
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"})
        .to_string()
}

fn blocks(says: &Says) -> Vec<Value> {
    let mut blocks = Vec::new();
    if !says.thought.is_empty() {
        blocks.push(json!({"type": "thinking", "thinking": says.thought, "signature": "c2lnLTE="}));
    }
    if !says.text.is_empty() {
        blocks.push(json!({"type": "text", "text": says.text}));
    }
    for (at, (name, input)) in says.calls.iter().enumerate() {
        let id = format!("toolu_{at}");
        blocks.push(json!({"type": "tool_use", "id": id, "name": name, "input": input}));
    }
    blocks
}

fn reason(says: &Says) -> &'static str {
    match (&says.stop, says.calls.is_empty()) {
        (Some(_), _) => "stop_sequence",
        (None, true) => "end_turn",
        (None, false) => "tool_use",
    }
}

/// What was read from the cache is not among the input.
fn usage(counts: &Counts, output: u64) -> Value {
    let mut usage = json!({
        "input_tokens": counts.input - counts.cached, "output_tokens": output,
        "cache_creation_input_tokens": 0, "cache_read_input_tokens": counts.cached
    });
    if counts.reasoning > 0 {
        usage["output_tokens_details"] = json!({"thinking_tokens": counts.reasoning});
    }
    usage
}

pub(super) fn whole(says: &Says, body: &Value) -> String {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": blocks(says),
        "stop_reason": reason(says), "stop_sequence": says.stop, "usage": usage(&says.counts, says.counts.output)
    })
    .to_string()
}

pub(super) fn stream(says: &Says, body: &Value) -> Vec<String> {
    let frame = |value: Value| {
        let name = value["type"].as_str().unwrap_or_default().to_owned();
        format!("event: {name}\ndata: {value}\n\n")
    };
    let mut out = vec![
        frame(json!({"type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": usage(&says.counts, 1)}})),
        frame(json!({"type": "ping"})),
    ];
    for (index, block) in blocks(says).into_iter().enumerate() {
        let (empty, deltas) = told(&block);
        out.push(frame(
            json!({"type": "content_block_start", "index": index, "content_block": empty}),
        ));
        for delta in deltas {
            out.push(frame(
                json!({"type": "content_block_delta", "index": index, "delta": delta}),
            ));
        }
        out.push(frame(json!({"type": "content_block_stop", "index": index})));
    }
    let mut usage = usage(&says.counts, says.counts.output);
    usage.as_object_mut().unwrap().remove("input_tokens");
    out.push(frame(json!({"type": "message_delta",
        "delta": {"stop_reason": reason(says), "stop_sequence": says.stop}, "usage": usage})));
    out.push(frame(json!({"type": "message_stop"})));
    out
}

/// How a block begins, and what comes of it bit by bit.
fn told(block: &Value) -> (Value, Vec<Value>) {
    let mut empty = block.clone();
    let pieces = |kind: &str, field: &str| {
        let text = block[field].as_str().unwrap_or_default();
        let pieces = Says::pieces(text);
        pieces
            .map(|piece| json!({"type": kind, field: piece}))
            .collect::<Vec<_>>()
    };
    let deltas = match block["type"].as_str() {
        Some("text") => {
            empty["text"] = json!("");
            pieces("text_delta", "text")
        }
        Some("thinking") => {
            empty["thinking"] = json!("");
            empty["signature"] = json!("");
            let mut deltas = pieces("thinking_delta", "thinking");
            deltas.push(json!({"type": "signature_delta", "signature": block["signature"]}));
            deltas
        }
        _ => {
            empty["input"] = json!({});
            let input = block["input"].to_string();
            let (one, two) = input.split_at(5);
            ["", one, two]
                .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}))
                .to_vec()
        }
    };
    (empty, deltas)
}
