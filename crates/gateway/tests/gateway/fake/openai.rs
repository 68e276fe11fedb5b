//! OpenAI chat as its real provider checks and answers it.

use http::HeaderMap;
use serde_json::{Value, json};

use super::{
    KEY,
    says::{Counts, Says},
};

const FIELDS: [&str; 24] = [
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "model",
    "n",
    "parallel_tool_calls",
    "presence_penalty",
    "reasoning_effort",
    "response_format",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
    "user",
];

pub(super) fn check(headers: &HeaderMap, body: &Value) -> Result<(), (u16, String)> {
    let bad = |message: String| Err((400, message));
    let key = headers
        .get("authorization")
        .and_then(|key| key.to_str().ok());
    if key != Some(&format!("Bearer {KEY}")) {
        return Err((401, format!("Incorrect API key provided: {key:?}")));
    }
    let Some(fields) = body.as_object() else {
        return bad("We could not parse the JSON body of your request.".to_owned());
    };
    if let Some(field) = fields
        .keys()
        .find(|field| !FIELDS.contains(&field.as_str()))
    {
        return bad(format!("Unrecognized request argument supplied: {field}"));
    }
    if !body["messages"].is_array() {
        return bad("Invalid type for 'messages': expected an array of objects.".to_owned());
    }
    if body.get("stream_options").is_some() && body["stream"] != true {
        return bad("stream_options only with stream".to_owned());
    }
    if body.get("tool_choice").is_some() && body.get("tools").is_none() {
        return bad("tool_choice only with tools".to_owned());
    }
    let mut open: Vec<&str> = Vec::new();
    for message in body["messages"].as_array().into_iter().flatten() {
        let role = message["role"].as_str().unwrap_or_default();
        if role == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            let Some(at) = open.iter().position(|known| *known == id) else {
                return bad(format!("a tool message without its call {id}"));
            };
            open.swap_remove(at);
            continue;
        }
        if !open.is_empty() {
            return bad(format!("tool_call_ids without response: {open:?}"));
        }
        let content = &message["content"];
        match role {
            "assistant" => {
                let calls = message["tool_calls"].as_array();
                open = calls
                    .into_iter()
                    .flatten()
                    .map(|call| call["id"].as_str().unwrap_or_default())
                    .collect();
                if content.is_null() && open.is_empty() {
                    return bad("an assistant without content".to_owned());
                }
            }
            "developer" | "system" | "user" => {
                for part in content.as_array().into_iter().flatten() {
                    let url = part["image_url"]["url"].as_str();
                    let fits = match part["type"].as_str() {
                        Some("text") => part["text"].is_string(),
                        Some("image_url") => url.is_some_and(is_image),
                        _ => false,
                    };
                    if !fits {
                        return bad(format!("Invalid content part: {part}"));
                    }
                }
                if content.is_null() {
                    return bad("content is required".to_owned());
                }
            }
            other => return bad(format!("Invalid role: {other}")),
        }
    }
    Ok(())
}

pub(super) fn is_image(url: &str) -> bool {
    url.starts_with("data:image/") || url.starts_with("http")
}

pub(super) fn failure(status: u16, message: &str) -> String {
    let kind = match status {
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": null}}).to_string()
}

pub(super) fn usage(counts: &Counts) -> Value {
    json!({
        "prompt_tokens": counts.input, "completion_tokens": counts.output,
        "total_tokens": counts.input + counts.output,
        "prompt_tokens_details": {"cached_tokens": counts.cached},
        "completion_tokens_details": {"reasoning_tokens": counts.reasoning}
    })
}

fn finish(says: &Says) -> &'static str {
    if says.calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    }
}

fn likely(says: &Says, text: &str) -> Value {
    let content = says.likely(text);
    content.map_or(
        Value::Null,
        |content| json!({"content": content, "refusal": null}),
    )
}

pub(super) fn whole(says: &Says, body: &Value) -> String {
    let mut message = json!({"role": "assistant", "content": says.text, "refusal": null});
    if !says.thought.is_empty() {
        message["reasoning_content"] = json!(says.thought);
    }
    if !says.calls.is_empty() {
        let calls = says
            .calls
            .iter()
            .enumerate()
            .map(|(at, (name, arguments))| {
                json!({"id": format!("call_{at}"), "type": "function",
                "function": {"name": name, "arguments": arguments.to_string()}})
            });
        message["tool_calls"] = calls.collect();
    }
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_763_700_000, "model": body["model"],
        "choices": [{"index": 0, "message": message, "logprobs": likely(says, &says.text), "finish_reason": finish(says)}],
        "usage": usage(&says.counts)
    })
    .to_string()
}

pub(super) fn stream(says: &Says, body: &Value) -> Vec<String> {
    let counted = body["stream_options"]["include_usage"] == true;
    let chunk = |choices: Value, counts: Value| {
        let mut chunk = json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_763_700_000,
            "model": body["model"], "choices": choices
        });
        if counted {
            chunk["usage"] = counts;
        }
        format!("data: {chunk}\n\n")
    };
    let delta = |delta: Value, finish: Value| {
        let likely = likely(says, delta["content"].as_str().unwrap_or_default());
        chunk(
            json!([{"index": 0, "delta": delta, "logprobs": likely, "finish_reason": finish}]),
            Value::Null,
        )
    };
    let mut out = vec![delta(
        json!({"role": "assistant", "content": ""}),
        Value::Null,
    )];
    for word in Says::pieces(says.thought) {
        out.push(delta(json!({"reasoning_content": word}), Value::Null));
    }
    for word in Says::pieces(&says.text) {
        out.push(delta(json!({"content": word}), Value::Null));
    }
    for (at, (name, arguments)) in says.calls.iter().enumerate() {
        let start = json!({"index": at, "id": format!("call_{at}"), "type": "function", "function": {"name": name, "arguments": ""}});
        out.push(delta(json!({"tool_calls": [start]}), Value::Null));
        let arguments = arguments.to_string();
        let (one, two) = arguments.split_at(5);
        for piece in [one, two] {
            let piece = json!({"index": at, "function": {"arguments": piece}});
            out.push(delta(json!({"tool_calls": [piece]}), Value::Null));
        }
    }
    out.push(delta(json!({}), json!(finish(says))));
    if counted {
        out.push(chunk(json!([]), usage(&says.counts)));
    }
    out.push("data: [DONE]\n\n".to_owned());
    out
}
