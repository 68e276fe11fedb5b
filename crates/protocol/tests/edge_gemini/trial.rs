//! What the tests of this folder share: short ways through the codec.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use protocol::{
    ExchangeId, Operation, Protocol, RawRequest, ReplyContext,
    canonical::{
        ApiError, Capabilities, Event, Events, Grammar, Losses, Request, Response, TargetModel,
    },
    client_codec, upstream_codec,
};
use serde_json::{Value, json};

pub(crate) const GEMINI: Protocol = Protocol::Gemini;

pub(crate) fn try_read(client: Protocol, body: &Value) -> (Result<Request, ApiError>, Vec<String>) {
    try_read_text(client, &body.to_string())
}

pub(crate) fn try_read_text(
    client: Protocol,
    body: &str,
) -> (Result<Request, ApiError>, Vec<String>) {
    let mut losses = Losses::default();
    let body = Bytes::copy_from_slice(body.as_bytes());
    let raw = RawRequest {
        operation: Operation::Chat,
        path: "/v1beta/models/m:generateContent",
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    let request = client_codec(client).decode_request(raw, &mut losses);
    (request, fields(&losses))
}

/// What a client asks for.
pub(crate) fn read(body: &Value) -> Request {
    try_read(GEMINI, body).0.unwrap()
}

/// A request of another protocol's clients.
pub(crate) fn read_chat(body: &Value) -> Request {
    try_read(Protocol::OpenAiChat, body).0.unwrap()
}

pub(crate) fn try_send(
    request: &Request,
    capabilities: Capabilities,
) -> Result<(Value, Vec<String>), ApiError> {
    let mut losses = Losses::default();
    let target = TargetModel {
        name: "target".to_owned(),
        capabilities,
    };
    let encoded = upstream_codec(GEMINI).encode_request(request, &target, &mut losses)?;
    let body = serde_json::from_slice(&encoded.body).unwrap();
    Ok((body, fields(&losses)))
}

/// What the provider is sent, and the fields that were lost.
pub(crate) fn sent(request: &Request) -> (Value, Vec<String>) {
    try_send(request, Capabilities::default()).unwrap()
}

fn fields(losses: &Losses) -> Vec<String> {
    losses.iter().map(|loss| loss.field.clone()).collect()
}

pub(crate) fn exchange() -> ExchangeId {
    ExchangeId("x".to_owned())
}

/// `query`: of the address that the client called.
pub(crate) fn reply(query: Option<&str>) -> ReplyContext {
    ReplyContext {
        operation: Operation::Chat,
        query: query.map(str::to_owned),
        exchange: exchange(),
        model: "the-alias".to_owned(),
        created: 1_767_261_600,
        estimated_input_tokens: Some(7),
        elapsed: std::time::Duration::ZERO,
        previous: None,
    }
}

/// The events of a stream of these chunks.
pub(crate) fn heard(chunks: &[Value]) -> Events {
    let text: String = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\r\n\r\n"))
        .collect();
    let mut events = Events::new();
    let mut decoder = upstream_codec(GEMINI).event_decoder(&exchange());
    decoder.push(text.as_bytes(), &mut events);
    decoder.finish(&mut events);
    assert_eq!(Grammar::check(&events), Ok(()), "{events:?}");
    events
}

/// A whole reply with these parts.
pub(crate) fn answered(parts: Value, reason: &str) -> Response {
    let body = json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": reason}]});
    let body = body.to_string();
    upstream_codec(GEMINI)
        .decode_response(body.as_bytes(), &exchange())
        .unwrap()
}

/// The bytes that a client is sent for these events.
pub(crate) fn written(query: Option<&str>, events: &[Event]) -> String {
    let request = Request::default();
    let mut encoder = client_codec(GEMINI).event_encoder(&request, &reply(query));
    let mut out = BytesMut::new();
    for event in events {
        encoder.push(0, event, &mut out, &mut Losses::default());
    }
    String::from_utf8(out.to_vec()).unwrap()
}

/// The chunks that a client is told of these events.
pub(crate) fn told(events: &[Event]) -> Vec<Value> {
    written(Some("alt=sse"), events)
        .split("\n\n")
        .filter(|frame| !frame.trim().is_empty())
        .map(|frame| {
            let data = frame.trim_start_matches("\r\n").strip_prefix("data: ");
            serde_json::from_str(data.unwrap()).unwrap()
        })
        .collect()
}

/// Of a bare request with these contents.
pub(crate) fn asked(contents: Value) -> Value {
    json!({ "contents": contents })
}
