//! What the tests of this folder share: short ways through the codec.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use protocol::{
    ExchangeId, Operation, Protocol, RawRequest, ReplyContext,
    canonical::{
        ApiError, Capabilities, Delta, Event, Events, Losses, PartKind, Request, Response,
        TargetModel,
    },
    client_codec, upstream_codec,
};
use serde_json::Value;

pub(crate) const RESPONSES: Protocol = Protocol::OpenAiResponses;

pub(crate) fn try_read(client: Protocol, body: &Value) -> (Result<Request, ApiError>, Vec<String>) {
    let mut losses = Losses::default();
    let body = Bytes::from(body.to_string());
    let raw = RawRequest {
        operation: Operation::Chat,
        path: "/v1/responses",
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    let request = client_codec(client).decode_request(raw, &mut losses);
    (request, fields(&losses))
}

/// What a client asks, and the fields that were lost.
pub(crate) fn read(body: &Value) -> (Request, Vec<String>) {
    let (request, losses) = try_read(RESPONSES, body);
    (request.unwrap(), losses)
}

/// What another protocol's client asks.
pub(crate) fn read_as(client: Protocol, body: &Value) -> Request {
    try_read(client, body).0.unwrap()
}

pub(crate) fn try_send(
    to: Protocol,
    request: &Request,
    capabilities: Capabilities,
) -> Result<(Value, Vec<String>), ApiError> {
    let mut losses = Losses::default();
    let target = TargetModel {
        name: "target".to_owned(),
        capabilities,
    };
    let sent = upstream_codec(to).encode_request(request, &target, &mut losses)?;
    Ok((serde_json::from_slice(&sent.body).unwrap(), fields(&losses)))
}

/// What a provider of this protocol is sent, and the fields that were lost.
pub(crate) fn send(request: &Request) -> (Value, Vec<String>) {
    try_send(RESPONSES, request, Capabilities::default()).unwrap()
}

pub(crate) fn send_to(to: Protocol, request: &Request) -> (Value, Vec<String>) {
    try_send(to, request, Capabilities::default()).unwrap()
}

fn fields(losses: &Losses) -> Vec<String> {
    losses.iter().map(|loss| loss.field.clone()).collect()
}

pub(crate) fn exchange() -> ExchangeId {
    ExchangeId("x1".to_owned())
}

/// The events of a provider's stream, its frames given as their data.
pub(crate) fn hear(upstream: Protocol, frames: &[Value]) -> Events {
    let text: String = frames
        .iter()
        .map(|frame| format!("data: {frame}\n\n"))
        .collect();
    let mut decoder = upstream_codec(upstream).event_decoder(&exchange());
    let mut events = Events::new();
    decoder.push(text.as_bytes(), &mut events);
    decoder.finish(&mut events);
    events
}

pub(crate) fn reply() -> ReplyContext {
    ReplyContext {
        operation: Operation::Chat,
        query: None,
        exchange: exchange(),
        model: "alias".to_owned(),
        created: 1_763_700_000,
        estimated_input_tokens: Some(7),
        elapsed: std::time::Duration::ZERO,
        previous: None,
    }
}

/// The frames that a client is sent.
pub(crate) fn tell(request: &Request, events: &[Event]) -> Vec<Value> {
    let mut encoder = client_codec(RESPONSES).event_encoder(request, &reply());
    let mut out = BytesMut::new();
    for event in events {
        encoder.push(0, event, &mut out, &mut Losses::default());
    }
    frames(&out)
}

pub(crate) fn frames(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

pub(crate) fn tell_whole(request: &Request, events: &[Event]) -> Value {
    let events = events.iter().map(|event| (0, event.clone())).collect();
    let response = Response::from_events(events).unwrap();
    let codec = client_codec(RESPONSES);
    let body = codec.encode_response(&response, request, &reply(), &mut Losses::default());
    serde_json::from_slice(&body).unwrap()
}

pub(crate) fn start() -> Event {
    Event::Start {
        id: "r".to_owned(),
        model: "m".to_owned(),
    }
}

/// A part from its start to its end.
pub(crate) fn part(index: usize, part: PartKind, fragments: &[&str]) -> Vec<Event> {
    let is_call = matches!(part, PartKind::ToolCall { .. });
    let deltas = fragments.iter().map(|text| Event::PartDelta {
        index,
        delta: if is_call {
            Delta::Arguments((*text).to_owned())
        } else {
            Delta::Text((*text).to_owned())
        },
    });
    std::iter::once(Event::PartStart { index, part })
        .chain(deltas)
        .chain([Event::PartEnd { index }])
        .collect()
}

pub(crate) fn call(id: &str, name: &str) -> PartKind {
    PartKind::ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
    }
}

pub(crate) fn kinds(frames: &[Value]) -> Vec<&str> {
    frames
        .iter()
        .map(|frame| frame["type"].as_str().unwrap())
        .collect()
}
