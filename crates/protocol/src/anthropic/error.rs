//! Failures, in and out.

use serde::Serialize;
use serde_json::Value;

use crate::{
    ErrorReply, ExchangeId, FailedAnswer,
    canonical::{ApiError, ErrorKind, Fault, room},
    json,
    quoting::quoted,
    retry::retry_after,
};

#[derive(Serialize)]
pub(super) struct ErrorOut<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    error: DetailOut<'a>,
    request_id: Option<&'a str>,
}

#[derive(Serialize)]
struct DetailOut<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    message: std::borrow::Cow<'a, str>,
}

impl<'a> ErrorOut<'a> {
    pub(super) fn new(error: &'a ApiError, exchange: Option<&'a ExchangeId>) -> Self {
        Self {
            kind: "error",
            error: DetailOut {
                kind: word_and_status(error).0,
                message: message(error),
            },
            request_id: exchange.map(|exchange| exchange.0.as_str()),
        }
    }
}

pub(super) fn encode(error: &ApiError, exchange: Option<&ExchangeId>) -> ErrorReply {
    ErrorReply {
        status: word_and_status(error).1,
        body: json::write(&ErrorOut::new(error, exchange)),
    }
}

fn word_and_status(error: &ApiError) -> (&'static str, u16) {
    let stated = error.status.unwrap_or(0);
    match error.kind {
        // Whoever's key was refused, the same request will be refused again: a 5xx would only be retried.
        ErrorKind::Authentication => ("authentication_error", 401),
        ErrorKind::ContextTooLong => ("invalid_request_error", 400),
        ErrorKind::GatewayFault => ("api_error", 500),
        ErrorKind::InvalidRequest if stated == 409 => ("conflict_error", 409),
        // A provider's own status says more, where it is of the same family.
        ErrorKind::InvalidRequest if (400..500).contains(&stated) => {
            ("invalid_request_error", stated)
        }
        ErrorKind::InvalidRequest => ("invalid_request_error", 400),
        ErrorKind::MethodNotAllowed => ("invalid_request_error", 405),
        ErrorKind::NotFound => ("not_found_error", 404),
        ErrorKind::Overloaded => ("overloaded_error", 529),
        ErrorKind::Permission => ("permission_error", 403),
        ErrorKind::ProviderFault if (500..528).contains(&stated) => ("api_error", stated),
        ErrorKind::ProviderFault | ErrorKind::Unreachable => ("api_error", 502),
        ErrorKind::RateLimited if stated == 402 => ("billing_error", 402),
        ErrorKind::RateLimited => ("rate_limit_error", 429),
        // Of a request that did not come whole.
        ErrorKind::Timeout if error.fault == Fault::Client && stated == 408 => {
            ("timeout_error", 408)
        }
        ErrorKind::Timeout => ("timeout_error", 504),
        ErrorKind::TooLarge => ("request_too_large", 413),
    }
}

const TOO_LONG: &str = "prompt is too long";

/// Clients of this protocol shorten their history when they read this very wording.
fn message(error: &ApiError) -> std::borrow::Cow<'_, str> {
    if error.kind != ErrorKind::ContextTooLong || error.message.contains(TOO_LONG) {
        return error.message.as_str().into();
    }
    match tokens_over_limit(&error.message) {
        Some((tokens, limit)) => format!("{TOO_LONG}: {tokens} tokens > {limit} maximum").into(),
        None => format!("{TOO_LONG}: {}", error.message).into(),
    }
}

/// Reads `(actual, limit)` out of another vendor's sentence: the limit follows the word "maximum" or "limit",
/// the largest number is what was sent. Where the length of the reply is told beside the prompt's, that is none of it.
fn tokens_over_limit(message: &str) -> Option<(u64, u64)> {
    if let Some((prompt, window)) = room::prompt_and_window(message) {
        return (prompt > window).then_some((prompt, window));
    }
    let after = ["maximum", "limit"]
        .iter()
        .find_map(|word| message.split_once(word))?
        .1;
    let limit = numbers(after).next()?;
    let tokens = numbers(message).max()?;
    (tokens > limit).then_some((tokens, limit))
}

fn numbers(text: &str) -> impl Iterator<Item = u64> {
    text.split(|character: char| !character.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .filter(|number| *number >= 256)
}

pub(super) fn decode(answer: FailedAnswer<'_>) -> ApiError {
    let body: Option<Value> = serde_json::from_slice(answer.body).ok();
    let mut error = match &body {
        Some(body) => from_body(body, Some(answer.status)),
        None => ApiError::new(
            kind("", answer.status),
            Fault::Provider,
            format!("The provider answered with status {}.", answer.status),
        ),
    };
    error.status = Some(answer.status);
    error.retry_after = retry_after(answer.headers);
    error
}

/// The failure in an error body or in an `error` event; `status` is `None` inside a stream.
pub(super) fn from_body(body: &Value, status: Option<u16>) -> ApiError {
    let detail = body.get("error").unwrap_or(body);
    let word = detail.get("type").and_then(Value::as_str).unwrap_or("");
    let text = detail
        .get("message")
        .and_then(Value::as_str)
        .or_else(|| detail.as_str())
        .filter(|text| !text.trim().is_empty());
    let mut kind = kind(word, status.unwrap_or(500));
    if kind == ErrorKind::InvalidRequest && text.is_some_and(is_too_long) {
        kind = ErrorKind::ContextTooLong;
    }
    let message = match (text, status) {
        (Some(text), _) => quoted(text),
        (None, Some(status)) => format!("The provider answered with status {status}."),
        (None, None) => "The provider reported an error without saying which.".to_owned(),
    };
    let mut error = ApiError::new(kind, Fault::Provider, message);
    error.code = detail
        .pointer("/details/error_code")
        .and_then(Value::as_str)
        .or_else(|| {
            (word == "billing_error" || status == Some(402)).then_some("insufficient_quota")
        })
        .map(str::to_owned);
    error
}

fn is_too_long(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains(TOO_LONG) || message.contains("exceed context limit")
}

/// By the vendor's word, else by the status.
fn kind(word: &str, status: u16) -> ErrorKind {
    match word {
        "authentication_error" => ErrorKind::Authentication,
        "conflict_error" | "invalid_request_error" => {
            // Statuses in the 400s that have no word of their own come as `invalid_request_error`.
            match status {
                405 => ErrorKind::MethodNotAllowed,
                413 => ErrorKind::TooLarge,
                _ => ErrorKind::InvalidRequest,
            }
        }
        "not_found_error" => ErrorKind::NotFound,
        "overloaded_error" => ErrorKind::Overloaded,
        "permission_error" => ErrorKind::Permission,
        "billing_error" | "rate_limit_error" => ErrorKind::RateLimited,
        "request_too_large" => ErrorKind::TooLarge,
        "timeout_error" => ErrorKind::Timeout,
        _ => ErrorKind::of_status(status),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use super::*;

    fn failed(status: u16, body: &str) -> ApiError {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", http::HeaderValue::from_static("12"));
        decode(FailedAnswer {
            status,
            headers: &headers,
            body: body.as_bytes(),
        })
    }

    #[test]
    fn kinds_follow_the_vendors_word_then_the_status() {
        for (status, word, kind) in [
            (400, "invalid_request_error", ErrorKind::InvalidRequest),
            (401, "authentication_error", ErrorKind::Authentication),
            (402, "billing_error", ErrorKind::RateLimited),
            (403, "permission_error", ErrorKind::Permission),
            (404, "not_found_error", ErrorKind::NotFound),
            (413, "request_too_large", ErrorKind::TooLarge),
            (429, "rate_limit_error", ErrorKind::RateLimited),
            (500, "api_error", ErrorKind::ProviderFault),
            (504, "timeout_error", ErrorKind::Timeout),
            (529, "overloaded_error", ErrorKind::Overloaded),
            (503, "", ErrorKind::Overloaded),
        ] {
            let body = format!(r#"{{"type":"error","error":{{"type":"{word}","message":"m"}}}}"#);
            let error = failed(status, &body);
            assert_eq!(
                (error.kind, error.message.as_str()),
                (kind, "m"),
                "{status} {word}"
            );
            assert_eq!(error.status, Some(status));
        }
    }

    #[test]
    fn edge_138_complaint_30_retry_after_is_kept() {
        assert_eq!(failed(429, "{}").retry_after, Some(Duration::from_secs(12)));
    }

    #[test]
    fn a_body_that_is_no_json_is_never_repeated() {
        let error = failed(502, "<html>secret</html>");
        assert_eq!(error.message, "The provider answered with status 502.");
        assert_eq!(error.kind, ErrorKind::ProviderFault);
    }

    #[test]
    fn edge_137_overloaded_is_529_with_the_exchange_as_request_id() {
        let error = ApiError::new(ErrorKind::Overloaded, Fault::Provider, "Busy.");
        let reply = encode(&error, Some(&ExchangeId("x1".to_owned())));
        assert_eq!(reply.status, 529);
        assert_eq!(
            reply.body,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Busy."},"request_id":"x1"}"#
        );
    }

    #[test]
    fn edge_137_a_context_that_is_too_long_says_it_in_the_words_that_clients_look_for() {
        for (theirs, ours) in [
            (
                "This model's maximum context length is 8192 tokens. However, your messages resulted in 10034 tokens.",
                "prompt is too long: 10034 tokens > 8192 maximum",
            ),
            ("Too much.", "prompt is too long: Too much."),
            (
                "input length and `max_tokens` exceed context limit: 199500 + 32000 > 200000, decrease input length",
                "prompt is too long: input length and `max_tokens` exceed context limit: 199500 + 32000 > 200000, decrease input length",
            ),
            (
                "This model's maximum context length is 8192 tokens. However, you requested 40000 tokens (8000 in the messages, 32000 in the completion).",
                "prompt is too long: This model's maximum context length is 8192 tokens. However, you requested 40000 tokens (8000 in the messages, 32000 in the completion).",
            ),
            (
                "prompt is too long: 5 tokens > 4 maximum",
                "prompt is too long: 5 tokens > 4 maximum",
            ),
        ] {
            let error = ApiError::new(ErrorKind::ContextTooLong, Fault::Provider, theirs);
            assert_eq!(message(&error), ours);
            assert_eq!(encode(&error, None).status, 400);
        }
        let read = failed(
            400,
            r#"{"error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#,
        );
        assert_eq!(read.kind, ErrorKind::ContextTooLong);
    }
}
