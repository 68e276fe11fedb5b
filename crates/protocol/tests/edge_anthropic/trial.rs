//! What the tests of this folder share: short ways through the codec.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use protocol::{
    Encoded, ExchangeId, Protocol, RawRequest, ReplyContext,
    canonical::{
        ApiError, Capabilities, Event, Events, Grammar, Losses, Message, Part, Request, Response,
        Role, TargetModel, Tool, ToolKind,
    },
    client_codec, upstream_codec,
};
use serde_json::{Value, value::RawValue};

pub(crate) fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

pub(crate) fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}

pub(crate) fn user(words: &str) -> Message {
    Message::new(Role::User, vec![text(words)])
}

pub(crate) fn assistant(words: &str) -> Message {
    Message::new(Role::Assistant, vec![text(words)])
}

pub(crate) fn call(id: &str, name: &str, arguments: &str) -> Part {
    Part::ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    }
}

pub(crate) fn result(id: &str, parts: Vec<Part>) -> Part {
    Part::ToolResult {
        id: id.to_owned(),
        parts,
        is_error: false,
    }
}

pub(crate) fn tool(name: &str) -> Tool {
    Tool {
        name: name.to_owned(),
        description: None,
        kind: ToolKind::Function {
            schema: Some(raw(r#"{"type":"object","properties":{}}"#)),
        },
        strict: None,
    }
}

pub(crate) fn asking(messages: Vec<Message>) -> Request {
    Request {
        messages,
        ..Request::default()
    }
}

pub(crate) fn try_encode(
    request: &Request,
    capabilities: Capabilities,
) -> (Result<Encoded, ApiError>, Losses) {
    let mut losses = Losses::default();
    let target = TargetModel {
        name: "claude".to_owned(),
        capabilities,
    };
    let encoded = upstream_codec(Protocol::Anthropic).encode_request(request, &target, &mut losses);
    (encoded, losses)
}

/// The body that is sent, and the fields that lost something on the way.
pub(crate) fn encoded_for(request: &Request, capabilities: Capabilities) -> (Value, Vec<String>) {
    let (encoded, losses) = try_encode(request, capabilities);
    let body = serde_json::from_slice(&encoded.unwrap().body).unwrap();
    (body, fields(&losses))
}

pub(crate) fn encoded(request: &Request) -> (Value, Vec<String>) {
    encoded_for(request, Capabilities::default())
}

pub(crate) fn fields(losses: &Losses) -> Vec<String> {
    losses.iter().map(|loss| loss.field.clone()).collect()
}

pub(crate) fn try_decode(body: &Value) -> (Result<Request, ApiError>, Losses) {
    let mut losses = Losses::default();
    let body = Bytes::from(body.to_string());
    let raw = RawRequest {
        operation: protocol::Operation::Chat,
        path: "/v1/messages",
        query: Some("beta=true"),
        headers: &HeaderMap::new(),
        body: &body,
    };
    let request = client_codec(Protocol::Anthropic).decode_request(raw, &mut losses);
    (request, losses)
}

pub(crate) fn decoded(body: &Value) -> (Request, Vec<String>) {
    let (request, losses) = try_decode(body);
    (request.unwrap(), fields(&losses))
}

pub(crate) fn exchange() -> ExchangeId {
    ExchangeId("x1".to_owned())
}

pub(crate) fn reply() -> ReplyContext {
    ReplyContext {
        operation: protocol::Operation::Chat,
        query: None,
        exchange: exchange(),
        model: "the-alias".to_owned(),
        created: 1,
        estimated_input_tokens: Some(7),
        elapsed: std::time::Duration::ZERO,
        previous: None,
    }
}

/// A stream to the client as its `(event, data)` pairs.
pub(crate) fn streamed(events: &[Event]) -> (Vec<(String, Value)>, Losses) {
    let mut losses = Losses::default();
    let mut encoder =
        client_codec(Protocol::Anthropic).event_encoder(&Request::default(), &reply());
    let mut out = BytesMut::new();
    for event in events {
        encoder.push(0, event, &mut out, &mut losses);
    }
    let text = String::from_utf8(out.to_vec()).unwrap();
    let frames = text
        .split_terminator("\n\n")
        .map(|frame| {
            let (name, data) = frame.split_once('\n').unwrap();
            let name = name.strip_prefix("event: ").unwrap();
            let data = data.strip_prefix("data: ").unwrap();
            (name.to_owned(), serde_json::from_str(data).unwrap())
        })
        .collect();
    (frames, losses)
}

/// The events of a provider's stream, given as the data of its frames.
pub(crate) fn heard(frames: &[Value]) -> Vec<Event> {
    let mut text = String::new();
    for frame in frames {
        let name = frame["type"].as_str().unwrap_or("message");
        text.push_str(&format!("event: {name}\ndata: {frame}\n\n"));
    }
    heard_text(&text)
}

pub(crate) fn heard_text(text: &str) -> Vec<Event> {
    let mut events = Events::new();
    let mut decoder = upstream_codec(Protocol::Anthropic).event_decoder(&exchange());
    decoder.push(text.as_bytes(), &mut events);
    decoder.finish(&mut events);
    assert_eq!(Grammar::check(&events), Ok(()), "{events:?}");
    events.into_iter().map(|(_, event)| event).collect()
}

pub(crate) fn folded(events: Vec<Event>) -> Response {
    Response::from_events(events.into_iter().map(|event| (0, event)).collect()).unwrap()
}

/// The whole reply as the client reads it.
pub(crate) fn whole(response: &Response) -> (Value, Losses) {
    let mut losses = Losses::default();
    let body = client_codec(Protocol::Anthropic).encode_response(
        response,
        &Request::default(),
        &reply(),
        &mut losses,
    );
    (serde_json::from_slice(&body).unwrap(), losses)
}
