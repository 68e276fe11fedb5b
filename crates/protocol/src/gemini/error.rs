//! Failures as `google.rpc.Status`: a provider's, as it told them; ours, as clients of this protocol read them.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    ErrorReply, FailedAnswer,
    canonical::{ApiError, ErrorKind, Fault},
    json,
    quoting::{self, quoted},
    retry,
};

const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

#[derive(Serialize)]
pub(super) struct ErrorBody<'a> {
    error: Status<'a>,
}

#[derive(Serialize)]
struct Status<'a> {
    code: u16,
    message: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Value>,
}

/// An answer with a failure status.
pub(super) fn decode(answer: FailedAnswer<'_>) -> ApiError {
    let status = answer.status;
    let mut error = match serde_json::from_slice::<Value>(answer.body) {
        Ok(body) => of_json(&body, Some(status)),
        Err(_) => ApiError::new(
            ErrorKind::of_status(status),
            Fault::Provider,
            quoting::no_json(&String::from_utf8_lossy(answer.body), status),
        ),
    };
    error.status = Some(status);
    error.retry_after = retry::retry_after(answer.headers).or(error.retry_after);
    error
}

/// A failure inside a body or a stream that began well.
pub(super) fn of_json(body: &Value, status: Option<u16>) -> ApiError {
    // A stream that is an array has it in the array.
    let body = body.get(0).unwrap_or(body);
    let detail = body.get("error").filter(|error| !error.is_null());
    let detail = detail.unwrap_or(body);
    let stated = detail.get("code").and_then(Value::as_u64);
    let stated = stated.and_then(|code| u16::try_from(code).ok());
    let stated = stated.filter(|code| (400..600).contains(code));
    let code = status.or(stated);
    let text = |value: &Value| {
        let text = value.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let said = text(&detail["message"]).or_else(|| text(detail));
    let reason = details(detail, ERROR_INFO).find_map(|info| text(&info["reason"]));
    let word = detail["status"].as_str().unwrap_or_default();
    let kind = classify(word, code, reason.as_deref(), said.as_deref());
    let message = match (said, code) {
        (Some(said), _) => quoted(&said),
        (None, Some(code)) => format!("The provider answered {code} without a reason."),
        (None, None) => "The provider reported a failure without a reason.".to_owned(),
    };
    let mut error = ApiError::new(kind, Fault::Provider, message);
    error.status = code;
    error.code = if code == Some(402) {
        Some("insufficient_quota".to_owned())
    } else {
        reason
    };
    error.param =
        details(detail, BAD_REQUEST).find_map(|info| text(&info["fieldViolations"][0]["field"]));
    error.retry_after =
        details(detail, RETRY_INFO).find_map(|info| retry::span(info["retryDelay"].as_str()?));
    error
}

fn details<'a>(detail: &'a Value, kind: &'static str) -> impl Iterator<Item = &'a Value> {
    let all = detail["details"].as_array().into_iter().flatten();
    all.filter(move |info| info["@type"] == kind)
}

fn classify(word: &str, code: Option<u16>, reason: Option<&str>, said: Option<&str>) -> ErrorKind {
    let said = said.unwrap_or_default().to_ascii_lowercase();
    match (word, reason) {
        (_, Some("API_KEY_INVALID")) => ErrorKind::Authentication,
        ("INVALID_ARGUMENT", _) if said.contains("api key") => ErrorKind::Authentication,
        ("INVALID_ARGUMENT" | "OUT_OF_RANGE", _) if is_too_long(&said) => ErrorKind::ContextTooLong,
        // The country, or an account without billing.
        ("FAILED_PRECONDITION" | "PERMISSION_DENIED", _) => ErrorKind::Permission,
        ("UNAUTHENTICATED", _) => ErrorKind::Authentication,
        ("NOT_FOUND", _) => ErrorKind::NotFound,
        ("RESOURCE_EXHAUSTED", _) => ErrorKind::RateLimited,
        ("UNAVAILABLE", _) => ErrorKind::Overloaded,
        ("DEADLINE_EXCEEDED", _) => ErrorKind::Timeout,
        ("INTERNAL" | "UNKNOWN", _) => ErrorKind::ProviderFault,
        ("INVALID_ARGUMENT" | "OUT_OF_RANGE", _) if code.is_none_or(|code| code == 400) => {
            ErrorKind::InvalidRequest
        }
        _ => ErrorKind::of_status(code.unwrap_or(500)),
    }
}

fn is_too_long(said: &str) -> bool {
    said.contains("input token count") || said.contains("maximum number of tokens")
}

pub(super) fn encode(error: &ApiError) -> ErrorReply {
    let body = body(error);
    ErrorReply {
        status: body.error.code,
        body: json::write(&body),
    }
}

/// The failure as clients read it, in a body or in a stream.
pub(super) fn body(error: &ApiError) -> ErrorBody<'_> {
    let (code, status) = shown(error);
    let mut details = Vec::new();
    if let Some(reason) = &error.code {
        details.push(json!({"@type": ERROR_INFO, "reason": reason, "domain": "patchbay"}));
    }
    if let Some(field) = &error.param {
        let violation = json!({"field": field, "description": error.message});
        details.push(json!({"@type": BAD_REQUEST, "fieldViolations": [violation]}));
    }
    if let Some(wait) = error.retry_after {
        details.push(json!({"@type": RETRY_INFO, "retryDelay": span(wait)}));
    }
    ErrorBody {
        error: Status {
            code,
            message: &error.message,
            status,
            details,
        },
    }
}

fn span(wait: Duration) -> String {
    format!("{}s", wait.as_secs_f64())
}

/// HTTP status and the vendor's word.
fn shown(error: &ApiError) -> (u16, &'static str) {
    let stated = |family: std::ops::Range<u16>| error.status.filter(|code| family.contains(code));
    match error.kind {
        ErrorKind::Authentication => (401, "UNAUTHENTICATED"),
        ErrorKind::ContextTooLong => (400, "INVALID_ARGUMENT"),
        ErrorKind::GatewayFault => (stated(500..528).unwrap_or(500), "INTERNAL"),
        ErrorKind::InvalidRequest => (stated(400..500).unwrap_or(400), "INVALID_ARGUMENT"),
        ErrorKind::MethodNotAllowed => (405, "UNIMPLEMENTED"),
        ErrorKind::NotFound => (404, "NOT_FOUND"),
        ErrorKind::Overloaded => (503, "UNAVAILABLE"),
        ErrorKind::Permission => (403, "PERMISSION_DENIED"),
        ErrorKind::ProviderFault => match stated(500..528).unwrap_or(502) {
            500 => (500, "INTERNAL"),
            code => (code, "UNAVAILABLE"),
        },
        ErrorKind::RateLimited => (429, "RESOURCE_EXHAUSTED"),
        // Of a request that did not come whole.
        ErrorKind::Timeout if error.fault == Fault::Client && error.status == Some(408) => {
            (408, "DEADLINE_EXCEEDED")
        }
        ErrorKind::Timeout => (504, "DEADLINE_EXCEEDED"),
        ErrorKind::TooLarge => (413, "INVALID_ARGUMENT"),
        ErrorKind::Unreachable => (502, "UNAVAILABLE"),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use serde_json::json;

    use super::*;

    #[test]
    fn edge_139_the_wait_stands_in_the_body() {
        for (span, seconds) in [("12.5s", 12.5), ("3s", 3.0), ("0.25s", 0.25)] {
            let body = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Slow down.",
                "details": [{"@type": "x"}, {"@type": RETRY_INFO, "retryDelay": span}]}});
            let error = decode(FailedAnswer {
                status: 429,
                headers: &HeaderMap::new(),
                body: body.to_string().as_bytes(),
            });
            assert_eq!(error.kind, ErrorKind::RateLimited);
            assert_eq!(error.retry_after, Some(Duration::from_secs_f64(seconds)));
        }
    }
}
