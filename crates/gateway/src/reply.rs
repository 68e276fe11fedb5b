//! Answers in the client's own shape, and the headers that are ours.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use protocol::{
    ExchangeId, Protocol,
    canonical::{ApiError, ErrorKind, Fault, Losses},
    client_codec,
};

use crate::codings;

/// The exchange's id, to find its row in the log.
pub(crate) const EXCHANGE: HeaderName = HeaderName::from_static("x-patchbay-exchange");
/// What the translation could not carry, in short.
pub(crate) const LOSS: HeaderName = HeaderName::from_static("x-patchbay-loss");
/// Tells the official SDKs whether to try again by themselves.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// A header is for a glance: the log row has them all.
const LOSSES_SHOWN: usize = 8;
/// Bytes of a field's name in the header that lists losses: clients end at long lines.
const FIELD_SHOWN: usize = 100;

/// Who stops Patchbay most often starts it again.
const AFTER_A_STOP: Duration = Duration::from_secs(5);

/// An answer in one piece.
pub(crate) type Plain = Response<Bytes>;

/// A failure in the shape of `protocol`, for whoever asked at `address`.
pub(crate) fn failure(
    protocol: Protocol,
    address: &Uri,
    error: &ApiError,
    exchange: Option<&ExchangeId>,
) -> Plain {
    let codec = client_codec(protocol);
    let reply = codec.encode_error(error, exchange);
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, codec.failure_at(address, reply.body));
    let headers = response.headers_mut();
    tell_wait(headers, error);
    // A wrong set-up does not heal by itself: without this the SDKs repeat some statuses.
    if error.kind == ErrorKind::Authentication || error.fault == Fault::Client {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    if error.code.as_deref() == Some(codings::NOT_TAKEN) {
        headers.insert(header::ACCEPT_ENCODING, codings::TAKEN);
    }
    mark(headers, exchange);
    response
}

/// The server ends before the answer does; `when` is the rest of the sentence.
pub(crate) fn stopped(when: &str) -> ApiError {
    let message = format!("Patchbay was stopped {when}.");
    let mut error = ApiError::new(ErrorKind::Overloaded, Fault::Gateway, message);
    error.retry_after = Some(AFTER_A_STOP);
    error
}

/// How long to wait after a failure, unless the provider said so in a header of its own.
pub(crate) fn tell_wait(headers: &mut HeaderMap, error: &ApiError) {
    if let Some(wait) = error.retry_after
        && !headers.contains_key(header::RETRY_AFTER)
    {
        let seconds = wait.as_secs_f64().ceil() as u64;
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: Bytes) -> Plain {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// Names the exchange in an answer's headers.
pub(crate) fn mark(headers: &mut HeaderMap, exchange: Option<&ExchangeId>) {
    if let Some(value) = exchange.and_then(|id| HeaderValue::from_str(&id.0).ok()) {
        headers.insert(EXCHANGE, value);
    }
}

/// Lists losses in an answer's headers: `dropped top_k, clamped temperature`.
pub(crate) fn mark_losses(headers: &mut HeaderMap, losses: &Losses) {
    if losses.is_empty() {
        return;
    }
    let mut words: Vec<String> = losses
        .iter()
        .take(LOSSES_SHOWN)
        .map(|loss| format!("{} {}", loss.kind.word(), in_header(&loss.field)))
        .collect();
    if losses.len() > LOSSES_SHOWN {
        words.push(format!("{} more", losses.len() - LOSSES_SHOWN));
    }
    if let Ok(value) = HeaderValue::try_from(words.join(", ")) {
        headers.insert(LOSS, value);
    }
}

/// A field's name is the client's word, of any letters and any length; the row has it whole.
fn in_header(field: &str) -> String {
    let (shown, rest) = field.split_at(field.floor_char_boundary(FIELD_SHOWN));
    let more = if rest.is_empty() { "" } else { "..." };
    format!("{}{more}", utf8_percent_encode(shown, CONTROLS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_losses_header_is_short_and_of_letters_that_headers_hold() {
        let mut losses = Losses::default();
        losses.dropped("日本", "");
        losses.dropped("line\nbreak", "");
        losses.dropped("x".repeat(100_000), "");
        let mut headers = HeaderMap::new();
        mark_losses(&mut headers, &losses);
        let shown = headers[LOSS].to_str().unwrap();
        let long = "x".repeat(FIELD_SHOWN);
        assert_eq!(
            shown,
            format!("dropped %E6%97%A5%E6%9C%AC, dropped line%0Abreak, dropped {long}...")
        );
    }
}
