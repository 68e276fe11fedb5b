//! The service's failures.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use protocol::{FailedAnswer, canonical::ErrorKind};

use crate::trial::{codec, heard, lines};

fn failure(
    status: u16,
    headers: &[(&'static str, &'static str)],
    body: &str,
) -> (ErrorKind, Option<String>, u16) {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect();
    let error = codec().decode_error(FailedAnswer {
        status,
        headers: &headers,
        body: body.as_bytes(),
    });
    let status = error.http_status();
    (error.kind, error.code, status)
}

#[test]
fn edge_130_a_quota_is_not_a_busy_moment() {
    let (kind, code, status) = failure(
        402,
        &[],
        r#"{"__type":"ServiceQuotaExceededException","reason":"MONTHLY_REQUEST_COUNT"}"#,
    );
    assert_eq!(
        (kind, code.as_deref(), status),
        (ErrorKind::RateLimited, Some("insufficient_quota"), 402)
    );
    let (kind, code, _) = failure(
        429,
        &[],
        r#"{"__type":"ThrottlingException","reason":"MONTHLY_REQUEST_COUNT"}"#,
    );
    assert_eq!(
        (kind, code.as_deref()),
        (ErrorKind::RateLimited, Some("insufficient_quota"))
    );
    let (kind, code, _) = failure(429, &[], r#"{"__type":"ThrottlingException"}"#);
    assert_eq!(
        (kind, code.as_deref()),
        (ErrorKind::RateLimited, Some("ThrottlingException"))
    );
    let (kind, ..) = failure(
        429,
        &[],
        r#"{"__type":"ThrottlingException","reason":"INSUFFICIENT_MODEL_CAPACITY"}"#,
    );
    assert_eq!(kind, ErrorKind::Overloaded);
}

#[test]
fn the_header_names_a_failure_before_the_body_does() {
    let headers = [
        ("x-amzn-errortype", "AccessDeniedException:http://internal/"),
        ("retry-after", "3"),
    ];
    let (kind, code, status) = failure(400, &headers, r#"{"__type":"x#ValidationException"}"#);
    assert_eq!(
        (kind, code.as_deref(), status),
        (ErrorKind::Permission, Some("AccessDeniedException"), 403)
    );
    let headers: HeaderMap = [(http::header::RETRY_AFTER, HeaderValue::from_static("3"))]
        .into_iter()
        .collect();
    let error = codec().decode_error(FailedAnswer {
        status: 429,
        headers: &headers,
        body: b"",
    });
    assert_eq!(error.retry_after, Some(Duration::from_secs(3)));
}

#[test]
fn a_refused_token_is_not_a_missing_right() {
    let of = |message: &str| {
        failure(
            403,
            &[],
            &format!("{{\"__type\":\"AccessDeniedException\",\"message\":\"{message}\"}}"),
        )
        .0
    };
    assert_eq!(
        of("The bearer token included in the request is invalid."),
        ErrorKind::Authentication
    );
    assert_eq!(
        of("User is not authorized to use this."),
        ErrorKind::Permission
    );
}

#[test]
fn edge_124_exceptions_and_errors_end_the_stream() {
    for (frames, expected) in [
        (
            "exception ThrottlingException {\"message\":\"Slow down.\"}",
            "error RateLimited Slow down.",
        ),
        (
            "error InternalServerError It broke.",
            "error ProviderFault It broke.",
        ),
        (
            "event invalidStateEvent {\"reason\":\"R\",\"message\":\"No.\"}",
            "error ProviderFault No.",
        ),
        (
            "exception ValidationError {\"message\":\"Input is too long.\"}",
            "error ContextTooLong Input is too long.",
        ),
    ] {
        let said = format!(
            "event assistantResponseEvent {{\"content\":\"Hi\"}}\n{frames}\nevent assistantResponseEvent {{\"content\":\"more\"}}"
        );
        assert_eq!(lines(&heard(&said)), ["0 Text", "0 Hi", "0 end", expected]);
    }
}
