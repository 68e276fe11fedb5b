//! What a client is told on a socket.

use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode, header};
use protocol::{
    ExchangeId, Protocol,
    canonical::{ApiError, ErrorKind, Event, Fault},
    client_codec,
    framing::sse::SseDecoder,
    upstream_codec,
};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::reply::Plain;

/// A failure, as this form of the protocol tells it.
#[derive(Serialize)]
struct Failure<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    status: u16,
    error: &'a RawValue,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_id: Option<&'a str>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    error: &'a RawValue,
}

#[derive(Serialize)]
struct Words<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    message: &'a str,
}

/// An event of a stream as a message, with the name of its lane; `None` of what is none.
pub(super) fn event(frame: &[u8], lane: Option<&str>) -> Option<String> {
    let text = std::str::from_utf8(frame).ok()?;
    let fields = text.strip_prefix('{')?;
    let Some(lane) = lane else {
        return Some(text.to_owned());
    };
    let lane = serde_json::to_string(lane).ok()?;
    Some(format!("{{\"stream_id\":{lane},{fields}"))
}

/// A stream of frames as messages.
pub(super) fn events(stream: &[u8], lane: Option<&str>) -> Vec<String> {
    let mut told = Vec::new();
    // Ours, and small.
    let _ = SseDecoder::default().push(stream, |frame| told.extend(event(frame.data, lane)));
    told
}

/// An answer that is no stream.
pub(super) fn refusal(answer: &Plain, lane: Option<&str>) -> String {
    failure(answer.status(), answer.headers(), answer.body(), lane)
}

/// A stream without its end.
pub(super) fn broken_off(protocol: Protocol, lane: Option<&str>) -> String {
    let message = "The reply ended in the middle.";
    let error = ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message);
    let body = client_codec(protocol).encode_error(&error, None).body;
    failure(StatusCode::BAD_GATEWAY, &HeaderMap::new(), &body, lane)
}

/// A stream that ended with this event, which its provider sent in place of an end, as an answer would tell it.
pub(super) fn failed(protocol: Protocol, said: &[u8], lane: Option<&str>) -> String {
    let mut events = Vec::new();
    let mut decoder = upstream_codec(protocol).event_decoder(&ExchangeId(String::new()));
    decoder.push(&[b"data: ", said, b"\n\n"].concat(), &mut events);
    let status = events.iter().find_map(|(_, event)| match event {
        Event::Error(error) => Some(client_codec(protocol).encode_error(error, None).status),
        _ => None,
    });
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::BAD_GATEWAY);
    failure(status, &HeaderMap::new(), said, lane)
}

fn failure(status: StatusCode, headers: &HeaderMap, body: &[u8], lane: Option<&str>) -> String {
    let text = String::from_utf8_lossy(body);
    let words = Words {
        kind: "server_error",
        message: &text,
    };
    let words = to_raw_value(&words).unwrap_or_default();
    let error = match serde_json::from_str::<Body<'_>>(&text) {
        Ok(Body { error }) if error.get() != "null" => error,
        // Some tell it flat, and some are no JSON at all.
        Ok(_) | Err(_) => serde_json::from_str::<&RawValue>(&text).unwrap_or(&words),
    };
    let headers = headers
        .iter()
        .filter(|(name, _)| **name != header::CONTENT_LENGTH && **name != header::CONTENT_TYPE)
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let failure = Failure {
        kind: "error",
        status: status.as_u16(),
        error,
        headers,
        stream_id: lane,
    };
    serde_json::to_string(&failure).unwrap_or_default()
}
