//! Amazon Q as its real provider checks and answers it: in binary frames, and in nothing else.

use http::HeaderMap;
use serde_json::{Value, json};

use super::{KEY, says::Says};

#[path = "../../../../protocol/tests/frames/event_stream.rs"]
#[expect(
    dead_code,
    reason = "shared with the tests of the codec, which use all of it"
)]
pub(crate) mod event_stream;
#[path = "../../../../protocol/tests/amazon_q/strict.rs"]
mod strict;

const JSON: &str = "application/x-amz-json-1.0";
pub(crate) const LIST: &str = "AmazonCodeWhispererService.ListAvailableModels";
pub(crate) const CHAT: &str = "AmazonCodeWhispererStreamingService.GenerateAssistantResponse";

pub(crate) fn check(headers: &HeaderMap, body: &Value) -> Result<(), (u16, String)> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("authorization") != Some(&format!("Bearer {KEY}")) {
        let message = "The bearer token included in the request is invalid.";
        return Err((403, message.to_owned()));
    }
    check_head(headers)?;
    if header("x-amz-target") == Some(CHAT) {
        check_body(body)?;
    }
    Ok(())
}

pub(crate) fn check_head(headers: &HeaderMap) -> Result<(), (u16, String)> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("content-type") != Some(JSON) || header("x-amzn-codewhisperer-optout") != Some("true")
    {
        return Err((415, "What is this?".to_owned()));
    }
    Ok(())
}

pub(crate) fn check_body(body: &Value) -> Result<(), (u16, String)> {
    strict::check(body).map_err(|why| (400, format!("Improperly formed request: {why}")))
}

/// What a failure is called, in a header and in the body.
pub(crate) fn failure_of(status: u16) -> &'static str {
    match status {
        400 => "ValidationException",
        401 => "UnauthorizedException",
        403 => "AccessDeniedException",
        402 => "ServiceQuotaExceededException",
        404 => "UnknownOperationException",
        415 => "UnsupportedMediaTypeException",
        429 => "ThrottlingException",
        503 | 529 => "ServiceUnavailableException",
        _ => "InternalServerException",
    }
}

pub(crate) fn failure(status: u16, message: &str) -> String {
    let kind = failure_of(status);
    json!({"__type": format!("com.amazon.aws.codewhisperer#{kind}"), "message": message})
        .to_string()
}

pub(crate) fn models() -> String {
    json!({"models": [{"modelId": "claude-listed", "tokenLimits": {"maxInputTokens": 200_000}}]})
        .to_string()
}

fn current(body: &Value) -> &Value {
    &body["conversationState"]["currentMessage"]["userInputMessage"]
}

pub(crate) fn model(body: &Value) -> &str {
    current(body)["modelId"].as_str().unwrap_or_default()
}

/// A frame that says nothing.
pub(super) fn nothing() -> Vec<u8> {
    event_stream::event("somethingNewEvent", "{}")
}

/// The frames of a model.
pub(crate) fn stream(says: &Says) -> Vec<Vec<u8>> {
    let event = |kind: &str, payload: Value| event_stream::event(kind, &payload.to_string());
    let mut frames = vec![event(
        "messageMetadataEvent",
        json!({"conversationId": "c", "utteranceId": "u"}),
    )];
    let thoughts = Says::pieces(says.thought);
    frames.extend(thoughts.map(|text| event("reasoningContentEvent", json!({ "text": text }))));
    let texts = Says::pieces(&says.text);
    frames.extend(texts.map(|text| event("assistantResponseEvent", json!({ "content": text }))));
    for (at, (name, arguments)) in says.calls.iter().enumerate() {
        let id = format!("tooluse_{at}");
        let arguments = arguments.to_string();
        let (one, two) = arguments.split_at(5);
        let payloads = [
            json!({"toolUseId": id, "name": name}),
            json!({"toolUseId": id, "name": name, "input": one}),
            json!({"toolUseId": id, "name": name, "input": two}),
            json!({"toolUseId": id, "name": name, "stop": true}),
        ];
        frames.extend(payloads.map(|payload| event("toolUseEvent", payload)));
    }
    let counts = &says.counts;
    let fresh = counts.input - counts.cached;
    let usage = json!({"uncachedInputTokens": fresh, "cacheReadInputTokens": counts.cached,
        "outputTokens": counts.output, "totalTokens": counts.input + counts.output});
    frames.push(event("metadataEvent", json!({ "tokenUsage": usage })));
    frames
}
