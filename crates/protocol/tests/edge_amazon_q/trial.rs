//! What the tests of this folder share: short ways through the codec.

use bytes::Bytes;
use http::HeaderMap;
use protocol::{
    Encoded, ExchangeId, Operation, Protocol, RawRequest, UpstreamCodec,
    canonical::{
        ApiError, Capabilities, Delta, Event, Events, Grammar, Losses, PartKind, Request,
        TargetModel,
    },
    client_codec, upstream_codec,
};
use serde_json::Value;

use crate::{event_stream, strict};

pub(crate) fn codec() -> &'static dyn UpstreamCodec {
    upstream_codec(Protocol::AmazonQ)
}

pub(crate) fn exchange() -> ExchangeId {
    ExchangeId("x".to_owned())
}

/// What a client asks, in the words of `client`.
pub(crate) fn asked(client: Protocol, body: &Value) -> Request {
    let body = Bytes::from(body.to_string());
    let raw = RawRequest {
        operation: Operation::Chat,
        path: "/",
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    client_codec(client)
        .decode_request(raw, &mut Losses::default())
        .unwrap()
}

pub(crate) fn try_send(
    request: &Request,
    capabilities: Capabilities,
) -> Result<(Encoded, Value, Vec<String>), ApiError> {
    let mut losses = Losses::default();
    let target = TargetModel {
        name: "claude-sonnet-4.5".to_owned(),
        capabilities,
    };
    let encoded = codec().encode_request(request, &target, &mut losses)?;
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(strict::check(&body), Ok(()), "{body:#}");
    let fields = losses.iter().map(|loss| loss.field.clone()).collect();
    Ok((encoded, body["conversationState"].clone(), fields))
}

/// The conversation as the service is sent it, and the fields that were lost.
pub(crate) fn sent(request: &Request) -> (Value, Vec<String>) {
    let (_, state, losses) = try_send(request, Capabilities::default()).unwrap();
    (state, losses)
}

pub(crate) fn refused(request: &Request) -> ApiError {
    try_send(request, Capabilities::default()).unwrap_err()
}

pub(crate) fn heard(frames: &str) -> Events {
    let mut events = Events::new();
    let mut decoder = codec().event_decoder(&exchange());
    decoder.push(&event_stream::of_text(frames), &mut events);
    decoder.finish(&mut events);
    assert_eq!(Grammar::check(&events), Ok(()), "{events:?}");
    events
}

/// One line an event, without start and usage.
pub(crate) fn lines(events: &Events) -> Vec<String> {
    let line = |(_, event): &(u32, Event)| {
        Some(match event {
            Event::Error(error) => format!("error {:?} {}", error.kind, error.message),
            Event::Finish(finish) => format!("finish {}", finish.reason.word()),
            Event::Loss(loss) => format!("loss {}", loss.field),
            Event::Note(note) => format!("{note:?}"),
            Event::PartDelta { index, delta } => match delta {
                Delta::Arguments(text) | Delta::Text(text) => format!("{index} {text}"),
                Delta::Opaque(opaque) => format!("{index} {:?} {}", opaque.kind, opaque.value),
            },
            Event::PartEnd { index } => format!("{index} end"),
            Event::PartStart { index, part } => match part {
                PartKind::ToolCall { id, name } => format!("{index} call {id} {name}"),
                other => format!("{index} {other:?}"),
            },
            Event::Ping | Event::Start { .. } | Event::Usage(_) => return None,
        })
    };
    events.iter().filter_map(line).collect()
}
