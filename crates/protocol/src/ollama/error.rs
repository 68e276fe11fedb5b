//! Failures: a provider's, as it told them; ours, as clients of this protocol read them.

use serde_json::Value;

use super::wire::Failure;
use crate::{
    ErrorReply, FailedAnswer,
    canonical::{ApiError, ErrorKind, Fault},
    json,
    quoting::{self, quoted},
    retry,
};

/// An answer with a failure status.
pub(super) fn decode(answer: FailedAnswer<'_>) -> ApiError {
    let status = answer.status;
    let mut error = match serde_json::from_slice::<Value>(answer.body) {
        Ok(body) => of_json(&body, Some(status)),
        Err(_) => {
            let body = String::from_utf8_lossy(answer.body);
            let message = quoting::no_json(&body, status);
            ApiError::new(classify(Some(status), &body), Fault::Provider, message)
        }
    };
    error.status = Some(status);
    error.retry_after = retry::retry_after(answer.headers);
    error
}

/// A failure's text; proxies in between wrap it in an object.
pub(super) fn of_json(body: &Value, status: Option<u16>) -> ApiError {
    let detail = body.get("error").filter(|error| !error.is_null());
    let detail = detail.unwrap_or(body);
    let said = match detail {
        Value::String(text) => Some(text.as_str()),
        _ => ["message", "detail"]
            .into_iter()
            .find_map(|name| detail.get(name)?.as_str()),
    };
    let message = match (said.filter(|said| !said.trim().is_empty()), status) {
        (Some(said), _) => quoted(said),
        (None, Some(status)) => format!("The provider answered {status} without a reason."),
        (None, None) => "The provider reported a failure without a reason.".to_owned(),
    };
    let kind = classify(status, said.unwrap_or_default());
    ApiError::new(kind, Fault::Provider, message)
}

fn classify(status: Option<u16>, said: &str) -> ErrorKind {
    const TOO_LONG: [&str; 4] = [
        "context length",
        "context window",
        "context size",
        "prompt is too long",
    ];
    let said = said.to_ascii_lowercase();
    let is_client_fault = status.is_none_or(|status| matches!(status, 400 | 413 | 422 | 500));
    if is_client_fault && TOO_LONG.iter().any(|words| said.contains(words)) {
        return ErrorKind::ContextTooLong;
    }
    match status {
        Some(status) => ErrorKind::of_status(status),
        None if said.contains("not found") => ErrorKind::NotFound,
        None => ErrorKind::ProviderFault,
    }
}

pub(super) fn encode(error: &ApiError) -> ErrorReply {
    ErrorReply {
        status: status(error),
        body: json::write(&body(error)),
    }
}

/// The failure as clients read it, in a body or in a stream.
pub(super) fn body(error: &ApiError) -> Failure<'_> {
    Failure {
        error: &error.message,
    }
}

/// A provider's own status says more, where it is of the same family.
fn status(error: &ApiError) -> u16 {
    let stated = error.status.unwrap_or(0);
    match error.kind {
        ErrorKind::GatewayFault | ErrorKind::ProviderFault if (500..528).contains(&stated) => {
            stated
        }
        ErrorKind::InvalidRequest if (400..500).contains(&stated) => stated,
        ErrorKind::Timeout if error.fault == Fault::Client && stated == 408 => stated,
        ErrorKind::Authentication
        | ErrorKind::ContextTooLong
        | ErrorKind::GatewayFault
        | ErrorKind::InvalidRequest
        | ErrorKind::MethodNotAllowed
        | ErrorKind::NotFound
        | ErrorKind::Overloaded
        | ErrorKind::Permission
        | ErrorKind::ProviderFault
        | ErrorKind::RateLimited
        | ErrorKind::Timeout
        | ErrorKind::TooLarge
        | ErrorKind::Unreachable => error.kind.status(),
    }
}
