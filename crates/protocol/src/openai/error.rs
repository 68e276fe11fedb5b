//! Failures: a provider's, as it told them; ours, as this vendor's clients read them.

use std::time::Duration;

use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;

use crate::{
    ErrorReply, FailedAnswer,
    canonical::{ApiError, ErrorKind, Fault, room},
    json,
    quoting::{self, quoted},
    retry,
};

/// A failure as clients read it.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody<'a> {
    error: ErrorDetail<'a>,
}

#[derive(Debug, Serialize)]
struct ErrorDetail<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

/// An answer with a failure status.
pub(crate) fn decode(answer: FailedAnswer<'_>) -> ApiError {
    let status = answer.status;
    let mut error = match serde_json::from_slice::<Value>(answer.body) {
        Ok(body) => of_json(&body, Some(status)),
        Err(_) => of_text(&String::from_utf8_lossy(answer.body), status),
    };
    error.status = Some(status);
    error.retry_after = retry::retry_after(answer.headers);
    if error.retry_after.is_none() && error.kind == ErrorKind::RateLimited {
        error.retry_after = said_wait(&error.message).or_else(|| until_reset(answer.headers));
    }
    error
}

/// What one vendor's outcomes would be as statuses, and the words for them, where there are any. All others are its
/// own faults: <https://platform.minimax.io/docs/api-reference/errorcode>.
const OUTCOMES: [(&str, u16, Option<&str>); 13] = [
    ("1001", 504, None),
    ("1002", 429, None),
    ("1004", 401, None),
    ("1008", 402, Some(NO_CREDIT)),
    ("1026", 400, Some("content_filter")),
    ("1027", 400, Some("content_filter")),
    ("1039", 429, None),
    ("1041", 429, None),
    ("1042", 400, None),
    ("2013", 400, None),
    ("2045", 429, None),
    ("2049", 401, None),
    ("2056", 429, None),
];

/// Where it says how it went.
const OUTCOME: &str = "base_resp";
const NO_CREDIT: &str = "insufficient_quota";

/// A failure inside a body or a stream that began well.
pub(crate) fn of_json(body: &Value, status: Option<u16>) -> ApiError {
    // Some wrap the failure in a list.
    let body = body.get(0).unwrap_or(body);
    // One vendor tells its own beside an answer that holds none.
    let detail = ["error", OUTCOME]
        .into_iter()
        .find_map(|name| body.get(name).filter(|error| !error.is_null()));
    let detail = detail.unwrap_or(body);
    let word = |name: &str| detail.get(name).and_then(Value::as_str);
    let kind_word = word("type").unwrap_or_default();
    let code = detail.get("code").or_else(|| detail.get("status_code"));
    let code = code.and_then(|code| match code {
        Value::String(code) => Some(code.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let outcome = code.as_deref().and_then(|code| {
        let told = body.get(OUTCOME).is_some();
        OUTCOMES.iter().find(|(known, ..)| told && *known == code)
    });
    // Some state a status as the code, also in a stream that began with 200.
    let stated = code.as_deref().and_then(|code| code.parse::<u16>().ok());
    let stated = stated.filter(|code| (400..600).contains(code));
    let meant = outcome.map(|(_, status, _)| *status);
    let said = match detail {
        Value::String(text) => Some(text.clone()),
        _ => ["message", "detail", "error", "msg", "status_msg"]
            .into_iter()
            .find_map(|name| match detail.get(name)? {
                Value::String(text) => Some(text.clone()),
                Value::Null => None,
                other => Some(other.to_string()),
            }),
    };
    let said = said.filter(|said| !said.trim().is_empty());
    let kind = classify(
        meant.or(status).or(stated),
        kind_word,
        code.as_deref().unwrap_or_default(),
        said.as_deref().unwrap_or_default(),
    );
    let message = match (said, status.or(stated)) {
        (Some(said), _) => quoted(&said),
        (None, Some(status)) => format!("The provider answered {status} without a reason."),
        (None, None) => "The provider reported a failure without a reason.".to_owned(),
    };
    let mut error = ApiError::new(kind, Fault::Provider, message);
    error.status = status.or(stated).or(meant);
    let code = match outcome {
        Some((_, _, Some(word))) => Some((*word).to_owned()),
        Some(_) | None => code.filter(|_| stated.is_none()),
    };
    error.code = code.or_else(|| (kind_word == NO_CREDIT).then(|| kind_word.to_owned()));
    if status == Some(402) {
        error.code.get_or_insert_with(|| NO_CREDIT.to_owned());
    }
    error.param = word("param").map(str::to_owned);
    error
}

/// A body that is no JSON: a proxy's page, plain words, or nothing.
fn of_text(body: &str, status: u16) -> ApiError {
    ApiError::new(
        classify(Some(status), "", "", body),
        Fault::Provider,
        quoting::no_json(body, status),
    )
}

fn classify(status: Option<u16>, kind: &str, code: &str, message: &str) -> ErrorKind {
    const TOO_LONG: [&str; 22] = [
        "context length exceeded",
        "context size",
        "context window",
        "exceed context limit",
        "exceed the context length",
        "exceeded model token limit",
        "exceeds the context length",
        "exceeds the maximum number of tokens",
        "exceeds the model limit",
        "input is too long",
        "input length exceeds",
        "maximum context length",
        "maximum input length",
        "maximum prompt length",
        "model's context length",
        "prompt exceeds",
        "prompt is too long",
        "prompt token count",
        "range of input length",
        "reduce the length of the messages",
        "than the context length",
        "too many input tokens",
    ];
    let is_client_fault = status.is_none_or(|status| matches!(status, 400 | 413 | 422));
    let says_too_long = || {
        let told = message.to_ascii_lowercase();
        TOO_LONG.iter().any(|words| told.contains(words)) && !room::is_of_reply(message)
    };
    match (code, kind) {
        ("context_length_exceeded", _) | (_, "exceed_context_size_error") => {
            return ErrorKind::ContextTooLong;
        }
        ("insufficient_quota" | "rate_limit_exceeded" | "billing_hard_limit_reached", _)
        | (_, "insufficient_quota" | "rate_limit_error" | "rate_limit_exceeded") => {
            return ErrorKind::RateLimited;
        }
        ("model_not_found", _) | (_, "not_found_error") => return ErrorKind::NotFound,
        ("invalid_api_key", _) | (_, "authentication_error") => {
            return ErrorKind::Authentication;
        }
        ("overloaded" | "server_overloaded", _)
        | (_, "overloaded_error" | "service_unavailable_error") => return ErrorKind::Overloaded,
        _ if is_client_fault && says_too_long() => return ErrorKind::ContextTooLong,
        _ => {}
    }
    match (status, kind) {
        (Some(status), _) => ErrorKind::of_status(status),
        (None, "invalid_request_error") => ErrorKind::InvalidRequest,
        (None, "permission_error") => ErrorKind::Permission,
        (None, kind) if kind.contains("timeout") => ErrorKind::Timeout,
        (None, _) => ErrorKind::ProviderFault,
    }
}

/// The span in words like "Please try again in 1.5s." or "in 5 minutes."
fn said_wait(message: &str) -> Option<Duration> {
    let (_, after) = message.split_once("try again in ")?;
    let mut words = after
        .split_whitespace()
        .map(|word| word.trim_end_matches(['.', ',']));
    let said = words.next()?;
    let span = retry::span(said)?;
    if said.parse::<f64>().is_err() {
        return Some(span);
    }
    match words.next() {
        None | Some("" | "s" | "second" | "seconds") => Some(span),
        Some("minute" | "minutes") => span.checked_mul(60),
        Some("hour" | "hours") => span.checked_mul(3600),
        Some(_) => None,
    }
}

/// When the limit that was hit is lifted.
fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    let limits = ["requests", "tokens"].map(|what| {
        let text = |part: &str| retry::text(headers, &format!("x-ratelimit-{part}-{what}"));
        (
            text("remaining") == Some("0"),
            text("reset").and_then(retry::span),
        )
    });
    let hit = limits.iter().filter(|(hit, _)| *hit);
    let hit = hit.filter_map(|(_, wait)| *wait).max();
    hit.or_else(|| limits.iter().filter_map(|(_, wait)| *wait).min())
}

pub(crate) fn encode(error: &ApiError) -> ErrorReply {
    ErrorReply {
        status: shown(error).2,
        body: json::write(&body(error)),
    }
}

/// The failure as clients read it, in a body or in a stream.
pub(crate) fn body(error: &ApiError) -> ErrorBody<'_> {
    let (kind, code, _) = shown(error);
    ErrorBody {
        error: ErrorDetail {
            message: &error.message,
            kind,
            param: error.param.as_deref(),
            code,
        },
    }
}

/// The machine-readable code: the provider's, or a word of the vendor's; where it has none, the type again.
pub(crate) fn code(error: &ApiError) -> Option<&str> {
    shown(error).1
}

/// Type and code in the vendor's words.
pub(crate) fn words(error: &ApiError) -> (&'static str, Option<&str>) {
    let (kind, code, _) = shown(error);
    (kind, code)
}

/// Type, code and status in the vendor's words.
fn shown(error: &ApiError) -> (&'static str, Option<&str>, u16) {
    let is_ours = error.fault == Fault::Client || error.fault == Fault::Gateway;
    let own = error.code.as_deref();
    let or = |default| own.or(Some(default));
    let (kind, code, status) = match error.kind {
        // The client's own key is fine: it is the one for the provider that is not.
        ErrorKind::Authentication if !is_ours => {
            ("authentication_error", Some("upstream_auth_error"), 401)
        }
        ErrorKind::Authentication => ("invalid_request_error", Some("invalid_api_key"), 401),
        ErrorKind::ContextTooLong => (
            "invalid_request_error",
            Some("context_length_exceeded"),
            400,
        ),
        ErrorKind::GatewayFault => ("server_error", or("server_error"), 500),
        ErrorKind::InvalidRequest => ("invalid_request_error", or("invalid_request_error"), 400),
        ErrorKind::MethodNotAllowed => ("invalid_request_error", or("method_not_allowed"), 405),
        ErrorKind::NotFound => ("invalid_request_error", or("model_not_found"), 404),
        ErrorKind::Overloaded => ("server_error", Some("overloaded"), 503),
        ErrorKind::Permission => ("permission_error", or("permission_error"), 403),
        ErrorKind::ProviderFault => ("server_error", or("server_error"), 502),
        ErrorKind::RateLimited if own == Some("insufficient_quota") => {
            ("insufficient_quota", own, 429)
        }
        ErrorKind::RateLimited => ("rate_limit_error", Some("rate_limit_exceeded"), 429),
        // Of a request that did not come whole.
        ErrorKind::Timeout if error.fault == Fault::Client && error.status == Some(408) => {
            ("invalid_request_error", Some("request_timeout"), 408)
        }
        ErrorKind::Timeout => ("server_error", Some("timeout"), 504),
        ErrorKind::TooLarge => ("invalid_request_error", or("request_too_large"), 413),
        ErrorKind::Unreachable => ("server_error", or("upstream_unreachable"), 502),
    };
    // A provider's own status says more, where it is of the same family.
    let stated = error
        .status
        .filter(|stated| match error.kind {
            ErrorKind::GatewayFault | ErrorKind::ProviderFault => (500..528).contains(stated),
            ErrorKind::InvalidRequest => (400..500).contains(stated),
            ErrorKind::Authentication
            | ErrorKind::ContextTooLong
            | ErrorKind::MethodNotAllowed
            | ErrorKind::NotFound
            | ErrorKind::Overloaded
            | ErrorKind::Permission
            | ErrorKind::RateLimited
            | ErrorKind::Timeout
            | ErrorKind::TooLarge
            | ErrorKind::Unreachable => false,
        })
        .unwrap_or(status);
    (kind, code, stated)
}
