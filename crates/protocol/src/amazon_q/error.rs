//! The service's failures: answers, and exceptions in the middle of a stream.

use serde_json::Value;

use crate::{
    FailedAnswer,
    canonical::{ApiError, ErrorKind, Fault},
    quoting::{self, quoted},
    retry,
};

/// The header that names a failure; it counts more than the body.
const TYPE_HEADER: &str = "x-amzn-errortype";

/// An answer with a failure status.
pub(super) fn decode(answer: FailedAnswer<'_>) -> ApiError {
    let status = answer.status;
    let name = retry::text(answer.headers, TYPE_HEADER);
    let mut error = match serde_json::from_slice::<Value>(answer.body) {
        Ok(body @ Value::Object(_)) => Failure::of_json(name, &body).explain(Some(status)),
        Ok(_) | Err(_) => {
            let failure = Failure {
                name: name.map(short).unwrap_or_default(),
                ..Failure::default()
            };
            let mut error = failure.explain(Some(status));
            error.message = quoting::no_json(&String::from_utf8_lossy(answer.body), status);
            error
        }
    };
    error.retry_after = retry::retry_after(answer.headers);
    error
}

/// A failure without a status: behind one of success.
pub(super) fn of_body(body: &[u8]) -> ApiError {
    let body = serde_json::from_slice(body).unwrap_or_default();
    Failure::of_json(None, &body).explain(None)
}

/// A frame that reports a failure, by the name of its exception.
pub(super) fn of_frame(name: &str, message: &str, payload: &[u8]) -> ApiError {
    let body: Value = serde_json::from_slice(payload).unwrap_or_default();
    let mut failure = Failure::of_json((!name.is_empty()).then_some(name), &body);
    if failure.message.is_empty() {
        failure.message = message;
    }
    failure.explain(None)
}

/// What a failure says of itself; empty where it says nothing.
#[derive(Default)]
struct Failure<'a> {
    name: &'a str,
    reason: &'a str,
    message: &'a str,
}

impl<'a> Failure<'a> {
    fn of_json(name: Option<&'a str>, body: &'a Value) -> Self {
        let word = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| body.get(name)?.as_str())
                .unwrap_or_default()
        };
        Self {
            name: short(name.unwrap_or_else(|| word(&["__type", "code"]))),
            reason: word(&["reason"]),
            message: word(&["message", "Message", "errorMessage"]).trim(),
        }
    }

    fn explain(&self, status: Option<u16>) -> ApiError {
        let (kind, code) = self.classify(status);
        let message = match (self.message, status) {
            ("", Some(status)) => format!("The provider answered {status} without a reason."),
            ("", None) => "The provider reported a failure without a reason.".to_owned(),
            (said, _) => quoted(said),
        };
        let mut error = ApiError::new(kind, Fault::Provider, message);
        // Its status is a poor one at times: an unknown model is a 400, a token that ended a 403.
        error.status = status.filter(|status| ErrorKind::of_status(*status) == kind);
        let own = [self.reason, self.name];
        error.code = code
            .or_else(|| own.into_iter().find(|word| !word.is_empty()))
            .map(str::to_owned);
        error
    }

    fn classify(&self, status: Option<u16>) -> (ErrorKind, Option<&'static str>) {
        match self.reason {
            "CONTENT_LENGTH_EXCEEDS_THRESHOLD" => return TOO_LONG,
            "INVALID_MODEL_ID" => return (ErrorKind::NotFound, Some("model_not_found")),
            "INSUFFICIENT_MODEL_CAPACITY" | "MODEL_TEMPORARILY_UNAVAILABLE" => {
                return (ErrorKind::Overloaded, None);
            }
            "CONVERSATION_LIMIT_EXCEEDED"
            | "DAILY_REQUEST_COUNT"
            | "MONTHLY_REQUEST_COUNT"
            | "OVERAGE_REQUEST_LIMIT_EXCEEDED" => return NO_QUOTA,
            "FEATURE_NOT_SUPPORTED" | "TEMPORARILY_SUSPENDED" => {
                return (ErrorKind::Permission, None);
            }
            _ => {}
        }
        let message = self.message.to_ascii_lowercase();
        if message.contains("unexpectedly high load") {
            return (ErrorKind::Overloaded, None);
        }
        let is_plain = status.is_none_or(|status| matches!(status, 400 | 413));
        if is_plain && message.contains("input is too long") {
            return TOO_LONG;
        }
        if self.refuses_token(&message) {
            return (ErrorKind::Authentication, None);
        }
        let known: [(&str, ErrorKind); 9] = [
            ("AccessDenied", ErrorKind::Permission),
            ("ContentLengthExceeded", ErrorKind::ContextTooLong),
            ("Conflict", ErrorKind::InvalidRequest),
            ("InternalServer", ErrorKind::ProviderFault),
            ("ResourceNotFound", ErrorKind::NotFound),
            ("ServiceUnavailable", ErrorKind::Overloaded),
            ("Throttling", ErrorKind::RateLimited),
            ("TooManyRequests", ErrorKind::RateLimited),
            ("Validation", ErrorKind::InvalidRequest),
        ];
        // The same failures end in `Error` and in `Exception`.
        if let Some((_, kind)) = known.iter().find(|(name, _)| self.name.starts_with(name)) {
            return (*kind, None);
        }
        if self.name.starts_with("ServiceQuotaExceeded") || status == Some(402) {
            return NO_QUOTA;
        }
        let kind = status.map_or(ErrorKind::ProviderFault, ErrorKind::of_status);
        (kind, None)
    }

    /// A token that ended or never was one: a fresh one may be taken.
    fn refuses_token(&self, message: &str) -> bool {
        [
            "ExpiredToken",
            "InvalidToken",
            "UnrecognizedClient",
            "Unauthorized",
        ]
        .iter()
        .any(|name| self.name.starts_with(name))
            || message.contains("token")
                && ["bearer", "security", "access"]
                    .iter()
                    .any(|word| message.contains(word))
                && ["invalid", "expired"]
                    .iter()
                    .any(|word| message.contains(word))
    }
}

const TOO_LONG: (ErrorKind, Option<&str>) =
    (ErrorKind::ContextTooLong, Some("context_length_exceeded"));
const NO_QUOTA: (ErrorKind, Option<&str>) = (ErrorKind::RateLimited, Some("insufficient_quota"));

/// The bare name in `namespace#Name:address`.
fn short(name: &str) -> &str {
    let name = name.rsplit('#').next().unwrap_or(name);
    name.split(':').next().unwrap_or(name)
}
