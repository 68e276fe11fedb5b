//! What the tests of this folder share: short ways through the codec.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use protocol::{
    ExchangeId, Operation, Protocol, RawRequest, ReplyContext,
    canonical::{ApiError, Capabilities, Event, Events, Grammar, Losses, Request, TargetModel},
    client_codec, upstream_codec,
};
use serde_json::Value;

pub(crate) const OLLAMA: Protocol = Protocol::Ollama;

pub(crate) fn try_read(
    client: Protocol,
    operation: Operation,
    body: &Value,
) -> (Result<Request, ApiError>, Vec<String>) {
    let mut losses = Losses::default();
    let body = Bytes::from(body.to_string());
    let raw = RawRequest {
        operation,
        path: "/",
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    let request = client_codec(client).decode_request(raw, &mut losses);
    (request, fields(&losses))
}

/// What a client asks for.
pub(crate) fn read(body: &Value) -> Request {
    try_read(OLLAMA, Operation::Chat, body).0.unwrap()
}

/// A request of another protocol's clients.
pub(crate) fn read_chat(body: &Value) -> Request {
    try_read(Protocol::OpenAiChat, Operation::Chat, body)
        .0
        .unwrap()
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
    let encoded = upstream_codec(OLLAMA).encode_request(request, &target, &mut losses)?;
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

pub(crate) fn reply(operation: Operation) -> ReplyContext {
    ReplyContext {
        operation,
        query: None,
        exchange: exchange(),
        model: "the-alias".to_owned(),
        created: 1_767_261_600,
        estimated_input_tokens: Some(7),
        elapsed: std::time::Duration::ZERO,
        previous: None,
    }
}

/// The events of a stream of these lines.
pub(crate) fn heard(lines: &[Value]) -> Events {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let mut events = Events::new();
    let mut decoder = upstream_codec(OLLAMA).event_decoder(&exchange());
    decoder.push(text.as_bytes(), &mut events);
    decoder.finish(&mut events);
    assert_eq!(Grammar::check(&events), Ok(()), "{events:?}");
    events
}

/// The lines that a client is told of these events, and the fields that were lost.
pub(crate) fn told(operation: Operation, events: &[Event]) -> (Vec<Value>, Vec<String>) {
    let request = Request::default();
    let mut encoder = client_codec(OLLAMA).event_encoder(&request, &reply(operation));
    let mut out = BytesMut::new();
    let mut losses = Losses::default();
    for event in events {
        encoder.push(0, event, &mut out, &mut losses);
    }
    let text = std::str::from_utf8(&out).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    (lines.collect(), fields(&losses))
}
