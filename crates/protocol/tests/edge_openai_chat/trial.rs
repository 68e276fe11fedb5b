//! What the tests of this folder share: short ways through the codec.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use protocol::{
    ExchangeId, Protocol, RawRequest, ReplyContext,
    canonical::{
        ApiError, Capabilities, Delta, Event, Events, Grammar, Losses, PartKind, Request, Response,
        TargetModel, Undo,
    },
    client_codec, upstream_codec,
};
use serde_json::{Value, json};

pub(crate) const CHAT: Protocol = Protocol::OpenAiChat;

pub(crate) fn try_read_as(
    client: Protocol,
    body: &[u8],
) -> (Result<Request, ApiError>, Vec<String>) {
    let mut losses = Losses::default();
    let body = Bytes::copy_from_slice(body);
    let raw = RawRequest {
        operation: protocol::Operation::Chat,
        path: "/v1/chat/completions",
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    let request = client_codec(client).decode_request(raw, &mut losses);
    (request, fields(&losses))
}

/// What a client asks, and the fields that were lost.
pub(crate) fn read(body: &Value) -> (Request, Vec<String>) {
    let (request, losses) = try_read_as(CHAT, body.to_string().as_bytes());
    (request.unwrap(), losses)
}

pub(crate) fn refused(body: &Value) -> ApiError {
    try_read_as(CHAT, body.to_string().as_bytes())
        .0
        .unwrap_err()
}

/// A request of the other protocol's clients.
pub(crate) fn read_other(body: &Value) -> Request {
    let other = Protocol::ALL.into_iter().find(|other| *other != CHAT);
    try_read_as(other.unwrap(), body.to_string().as_bytes())
        .0
        .unwrap()
}

pub(crate) fn try_send(
    request: &Request,
    capabilities: Capabilities,
) -> Result<(Value, Vec<String>, Undo), ApiError> {
    let mut losses = Losses::default();
    let target = TargetModel {
        name: "target".to_owned(),
        capabilities,
    };
    let encoded = upstream_codec(CHAT).encode_request(request, &target, &mut losses)?;
    let body = serde_json::from_slice(&encoded.body).unwrap();
    Ok((body, fields(&losses), encoded.undo))
}

/// What the provider is sent, and the fields that were lost.
pub(crate) fn sent(request: &Request) -> (Value, Vec<String>) {
    sent_to(request, Capabilities::default())
}

pub(crate) fn sent_to(request: &Request, capabilities: Capabilities) -> (Value, Vec<String>) {
    let (body, losses, _) = try_send(request, capabilities).unwrap();
    (body, losses)
}

pub(crate) fn fields(losses: &Losses) -> Vec<String> {
    losses.iter().map(|loss| loss.field.clone()).collect()
}

pub(crate) fn exchange() -> ExchangeId {
    ExchangeId("x".to_owned())
}

pub(crate) fn reply() -> ReplyContext {
    ReplyContext {
        operation: protocol::Operation::Chat,
        query: None,
        exchange: exchange(),
        model: "the-alias".to_owned(),
        created: 5,
        estimated_input_tokens: Some(7),
        elapsed: std::time::Duration::ZERO,
        previous: None,
    }
}

/// A chunk with one delta of choice 0.
pub(crate) fn delta(delta: Value) -> Value {
    json!({"id": "r", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

pub(crate) fn finish(reason: &str) -> Value {
    json!({"id": "r", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

/// Fragments of tool calls.
pub(crate) fn calls(fragments: Value) -> Value {
    delta(json!({ "tool_calls": fragments }))
}

pub(crate) fn heard_text(text: &str) -> Events {
    let mut events = Events::new();
    let mut decoder = upstream_codec(CHAT).event_decoder(&exchange());
    decoder.push(text.as_bytes(), &mut events);
    decoder.finish(&mut events);
    assert_eq!(Grammar::check(&events), Ok(()), "{events:?}");
    events
}

/// The events of a stream that ends with its mark.
pub(crate) fn heard(chunks: &[Value]) -> Events {
    let frames: String = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\n\n"))
        .collect();
    heard_text(&(frames + "data: [DONE]\n\n"))
}

/// One line an event, without start and usage; a choice other than 0 stands before it.
pub(crate) fn lines(events: &Events) -> Vec<String> {
    events
        .iter()
        .filter_map(|(choice, event)| {
            let line = match event {
                Event::Error(error) => format!("error {}", error.message),
                Event::Finish(finish) => format!("finish {}", finish.reason.word()),
                Event::Loss(loss) => format!("loss {}", loss.field),
                Event::Note(note) => format!("{note:?}"),
                Event::PartDelta { index, delta } => match delta {
                    Delta::Arguments(text) | Delta::Text(text) => format!("{index} {text}"),
                    Delta::Opaque(opaque) => format!("{index} opaque {}", opaque.value),
                },
                Event::PartEnd { index } => format!("{index} end"),
                Event::PartStart { index, part } => match part {
                    PartKind::ToolCall { id, name } => format!("{index} call {id} {name}"),
                    PartKind::Image(_) => format!("{index} image"),
                    PartKind::Reasoning => format!("{index} reasoning"),
                    PartKind::Refusal => format!("{index} refusal"),
                    PartKind::Text => format!("{index} text"),
                },
                Event::Ping | Event::Start { .. } | Event::Usage(_) => return None,
            };
            Some(match choice {
                0 => line,
                other => format!("#{other} {line}"),
            })
        })
        .collect()
}

/// The chunks that a client gets; the end mark is a string.
pub(crate) fn spoken(request: &Request, events: &Events) -> (Vec<Value>, Vec<String>) {
    let mut losses = Losses::default();
    let mut encoder = client_codec(CHAT).event_encoder(request, &reply());
    let mut out = BytesMut::new();
    for (choice, event) in events {
        encoder.push(*choice, event, &mut out, &mut losses);
    }
    let text = String::from_utf8(out.to_vec()).unwrap();
    let chunks = text
        .split_terminator("\n\n")
        .filter_map(|frame| frame.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap_or_else(|_| Value::from(data)))
        .collect();
    (chunks, fields(&losses))
}

/// The deltas of choice 0, the role's and empty ones left out.
pub(crate) fn deltas(chunks: &[Value]) -> Vec<Value> {
    chunks
        .iter()
        .filter_map(|chunk| chunk.pointer("/choices/0/delta").cloned())
        .filter(|delta| delta.get("role").is_none() && delta != &json!({}))
        .collect()
}

pub(crate) fn answered(body: &Value) -> Response {
    upstream_codec(CHAT)
        .decode_response(body.to_string().as_bytes(), &exchange())
        .unwrap()
}

/// A whole reply with one message.
pub(crate) fn replied(message: Value, reason: &str) -> Response {
    answered(&json!({
        "id": "r", "object": "chat.completion", "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
    }))
}

/// The whole reply as the client reads it.
pub(crate) fn whole(request: &Request, response: &Response) -> (Value, Vec<String>) {
    let mut losses = Losses::default();
    let body = client_codec(CHAT).encode_response(response, request, &reply(), &mut losses);
    (serde_json::from_slice(&body).unwrap(), fields(&losses))
}
