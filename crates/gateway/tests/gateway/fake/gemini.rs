//! Gemini as its real provider checks and answers it. A model's name may begin with a generation, whose rules
//! it then has.

#[path = "../../../../protocol/tests/gemini/strict.rs"]
mod strict;
mod vectors;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, Uri};
use serde_json::{Value, json};

pub(super) use self::vectors::embed;
use super::{KEY, says::Says};

/// The state that the third generation puts on its first call.
pub(crate) const SIGNATURE: &str = "CtYBAVcvBgeminiThoughtStateOfTheCall";

const GENERATIONS: [&str; 3] = ["gemini-2.0-flash-", "gemini-2.5-flash-", "gemini-3-pro-"];

/// The model in the address, and what is asked of it.
pub(super) fn called(uri: &Uri) -> (&str, &str) {
    let path = uri.path();
    let called = path
        .rsplit_once("/models/")
        .map_or(path, |(_, called)| called);
    called.rsplit_once(':').unwrap_or((called, ""))
}

pub(super) fn check(headers: &HeaderMap, uri: &Uri, body: &Value) -> Result<(), (u16, String)> {
    credential(headers, uri)?;
    let (model, _) = called(uri);
    strict::check(body, generation(model)).map_err(|message| (400, message))
}

/// A request to count holds contents, or a whole request for the model in the address.
pub(super) fn check_count(
    headers: &HeaderMap,
    uri: &Uri,
    body: &Value,
) -> Result<(), (u16, String)> {
    let bad = |message: &str| Err((400, message.to_owned()));
    let mut fields = body.as_object().cloned().unwrap_or_default();
    let (model, _) = called(uri);
    let Some(mut whole) = fields.remove("generateContentRequest") else {
        return check(headers, uri, body);
    };
    if !fields.is_empty() {
        return bad("contents and generateContentRequest are mutually exclusive.");
    }
    let named = whole
        .as_object_mut()
        .and_then(|whole| whole.remove("model"));
    if named != Some(json!(format!("models/{model}"))) {
        return bad("generate_content_request.model: another one is in the address");
    }
    check(headers, uri, &whole)
}

fn credential(headers: &HeaderMap, uri: &Uri) -> Result<(), (u16, String)> {
    if headers.contains_key("authorization") {
        let message =
            "Request had invalid authentication credentials. Expected OAuth 2 access token.";
        return Err((401, message.to_owned()));
    }
    let key = headers
        .get("x-goog-api-key")
        .and_then(|key| key.to_str().ok());
    let is_told_twice = uri.query().is_some_and(|query| query.contains("key="));
    if key != Some(KEY) || is_told_twice {
        let message = format!("API key not valid. Please pass a valid API key: {key:?}");
        return Err((400, message));
    }
    Ok(())
}

/// The generation of a model, or nothing.
fn generation(model: &str) -> &'static str {
    let known = GENERATIONS.into_iter();
    let mut known = known.filter(|generation| model.starts_with(generation));
    known.next().unwrap_or_default()
}

pub(super) fn failure(status: u16, message: &str) -> String {
    let word = match status {
        400 | 413 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        500 => "INTERNAL",
        504 => "DEADLINE_EXCEEDED",
        _ => "UNAVAILABLE",
    };
    let mut error = json!({"code": status, "message": message, "status": word});
    let detail = if status == 429 {
        json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"})
    } else if message.starts_with("API key not valid") {
        json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
            "domain": "googleapis.com"})
    } else {
        return json!({ "error": error }).to_string();
    };
    error["details"] = json!([detail]);
    json!({ "error": error }).to_string()
}

/// The parts that a model answers with.
fn parts(says: &Says, asked: &str) -> Vec<Value> {
    let thoughts = Says::pieces(says.thought).map(|text| json!({"text": text, "thought": true}));
    let texts = Says::pieces(&says.text).map(|text| json!({ "text": text }));
    let calls = says.calls.iter().enumerate().map(|(at, (name, args))| {
        let mut part = json!({"functionCall": {"name": name, "args": args}});
        if at == 0 && generation(asked) == "gemini-3-pro-" {
            part["thoughtSignature"] = json!(BASE64_STANDARD.encode(SIGNATURE));
        }
        part
    });
    thoughts.chain(texts).chain(calls).collect()
}

/// The output is counted without what was thought; how much was said is known at the end.
fn reply(says: &Says, asked: &str, parts: &[Value], is_last: bool) -> Value {
    let counts = &says.counts;
    let mut reply = json!({
        "candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}],
        "usageMetadata": {"promptTokenCount": counts.input, "totalTokenCount": counts.input},
        "modelVersion": asked, "responseId": "r1"
    });
    let text: String = parts.iter().map(|part| words(&part["text"])).collect();
    if says.is_weighed && !text.is_empty() {
        let tokens =
            Says::pieces(&text).map(|token| json!({"token": token, "logProbability": -0.5}));
        let chosen: Vec<Value> = tokens.collect();
        reply["candidates"][0]["logprobsResult"] = json!({ "chosenCandidates": chosen });
    }
    if is_last {
        let usage = &mut reply["usageMetadata"];
        usage["candidatesTokenCount"] = json!(counts.output - counts.reasoning);
        usage["totalTokenCount"] = json!(counts.input + counts.output);
        for (name, count) in [
            ("cachedContentTokenCount", counts.cached),
            ("thoughtsTokenCount", counts.reasoning),
        ] {
            if count > 0 {
                usage[name] = json!(count);
            }
        }
        reply["candidates"][0]["finishReason"] = json!("STOP");
    }
    reply
}

pub(super) fn whole(says: &Says, asked: &str) -> String {
    let mut whole: Vec<Value> = Vec::new();
    for part in parts(says, asked) {
        match whole.last_mut() {
            Some(last) if part["text"].is_string() && part["thought"] == last["thought"] => {
                let text = format!("{}{}", words(&last["text"]), words(&part["text"]));
                last["text"] = json!(text);
            }
            _ => whole.push(part),
        }
    }
    reply(says, asked, &whole, true).to_string()
}

/// Server-sent events, or the pieces of one array.
pub(super) fn stream(says: &Says, asked: &str, is_array: bool) -> Vec<String> {
    let mut parts = parts(says, asked);
    parts.push(json!({"text": ""}));
    let last = parts.len() - 1;
    let framed = parts.iter().enumerate().map(|(at, part)| {
        let reply = reply(says, asked, std::slice::from_ref(part), at == last);
        if !is_array {
            return format!("data: {reply}\r\n\r\n");
        }
        let before = if at == 0 { "[" } else { "\n,\n" };
        let behind = if at == last { "]" } else { "" };
        format!("{before}{reply:#}{behind}")
    });
    framed.collect()
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(super) fn models() -> String {
    json!({"models": [{
        "name": "models/listed-gemini", "version": "001", "displayName": "Listed",
        "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"]
    }, {
        "name": "models/listed-vectors", "supportedGenerationMethods": ["embedContent"]
    }]})
    .to_string()
}
