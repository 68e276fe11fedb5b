//! Failures of providers, as they tell them; and ours, as clients read them.

use std::time::Duration;

use http::{HeaderMap, HeaderName};
use protocol::{
    FailedAnswer,
    canonical::{ApiError, ErrorKind, Fault},
    client_codec, upstream_codec,
};
use serde_json::{Value, json};

use super::trial::*;

fn failed(status: u16, headers: &[(&'static str, &str)], body: &str) -> ApiError {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect();
    upstream_codec(CHAT).decode_error(FailedAnswer {
        status,
        headers: &headers,
        body: body.as_bytes(),
    })
}

fn said(status: u16, error: Value) -> ApiError {
    failed(status, &[], &json!({ "error": error }).to_string())
}

#[test]
fn every_kind_is_known() {
    for (status, kind, code, expected) in [
        (
            400,
            "invalid_request_error",
            json!("invalid_request_error"),
            ErrorKind::InvalidRequest,
        ),
        (
            400,
            "invalid_request_error",
            json!("context_length_exceeded"),
            ErrorKind::ContextTooLong,
        ),
        (
            401,
            "invalid_request_error",
            json!("invalid_api_key"),
            ErrorKind::Authentication,
        ),
        (402, "", Value::Null, ErrorKind::RateLimited),
        (403, "permission_error", Value::Null, ErrorKind::Permission),
        (
            404,
            "invalid_request_error",
            json!("model_not_found"),
            ErrorKind::NotFound,
        ),
        (413, "", Value::Null, ErrorKind::TooLarge),
        (422, "", Value::Null, ErrorKind::InvalidRequest),
        (
            429,
            "insufficient_quota",
            json!("insufficient_quota"),
            ErrorKind::RateLimited,
        ),
        (
            429,
            "tokens",
            json!("rate_limit_exceeded"),
            ErrorKind::RateLimited,
        ),
        (500, "server_error", Value::Null, ErrorKind::ProviderFault),
        (
            503,
            "service_unavailable_error",
            Value::Null,
            ErrorKind::Overloaded,
        ),
        (504, "", Value::Null, ErrorKind::Timeout),
        (529, "", Value::Null, ErrorKind::Overloaded),
    ] {
        let error = said(
            status,
            json!({"message": "Because.", "type": kind, "param": "p", "code": code}),
        );
        assert_eq!(error.kind, expected, "{status} {kind} {code}");
        assert_eq!(error.message, "Because.");
        assert_eq!((error.status, error.fault), (Some(status), Fault::Provider));
        assert_eq!(error.param.as_deref(), Some("p"));
    }
}

#[test]
fn a_full_context_is_known_by_its_words() {
    for words in [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "the request exceeds the available context size, try increasing it",
        "Prompt is too long",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "Range of input length should be [1, 129024]",
        "prompt token count of 70000 exceeds the limit of 64000",
        "The input (345516 tokens) is longer than the model's context length (262144 tokens).",
        "The total number of tokens exceeds the model limit",
        "Invalid request: Your request exceeded model token limit: 262144",
        "Prompt exceeds max length",
        "'max_tokens' is too large: 32000. This model's maximum context length is 40960 tokens and your request has 40900 input tokens.",
    ] {
        assert_eq!(
            said(400, json!({ "message": words })).kind,
            ErrorKind::ContextTooLong,
            "{words}"
        );
    }
    for words in [
        "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 40960 tokens and your request has 12000 input tokens (32000 > 40960 - 12000).",
        "max_tokens exceeds the maximum number of tokens allowed",
        "The maximum tokens you requested exceeds the model limit of 8192. Try again with a maximum tokens value that is lower than 8192.",
        "Requested 32000 max_tokens exceeds the model limit of 8192",
        "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again",
    ] {
        let other = said(400, json!({ "message": words }));
        assert_eq!(other.kind, ErrorKind::InvalidRequest, "{words}");
    }
    let other = said(500, json!({"message": "context window service is down"}));
    assert_eq!(other.kind, ErrorKind::ProviderFault);
}

#[test]
fn bodies_of_every_shape_become_sentences() {
    for (body, expected) in [
        ("", "The provider answered 502 without a reason."),
        ("{}", "The provider answered 502 without a reason."),
        (r#"{"error":"Model is loading."}"#, "Model is loading."),
        (r#"{"message":"Nope."}"#, "Nope."),
        (r#"{"detail":[{"loc":["body"]}]}"#, r#"[{"loc":["body"]}]"#),
        (r#"[{"error":{"message":"In a list."}}]"#, "In a list."),
        (
            r#"{"object":"error","message":"Flat.","code":50000}"#,
            "Flat.",
        ),
        (
            "upstream connect error",
            "The provider answered 502: \"upstream connect error\"",
        ),
        (
            "<html><head><title>502 Bad Gateway</title></head></html>",
            "The provider answered 502 with a web page (\"502 Bad Gateway\") instead of JSON. Check its address, or wait if it is down.",
        ),
    ] {
        assert_eq!(failed(502, &[], body).message, expected);
    }
    assert_eq!(
        failed(
            413,
            &[],
            "<html><title>413 Request Entity Too Large</title></html>"
        )
        .message,
        "The provider answered 413 with a web page (\"413 Request Entity Too Large\") instead of JSON. The request is larger than its web server takes."
    );
    let long = said(400, json!({ "message": "é".repeat(2000) })).message;
    assert_eq!(long.chars().count(), 500);
    let key = said(
        401,
        json!({"message": "Incorrect API key provided: sk-abc***xyz. See the site."}),
    );
    assert_eq!(
        key.message,
        "Incorrect API key provided: [key] See the site."
    );
}

#[test]
fn edge_138_complaint_30_waiting_times_are_understood() {
    let wait = |headers: &[(&'static str, &str)]| failed(429, headers, "").retry_after;
    assert_eq!(wait(&[("retry-after", "2")]), Some(Duration::from_secs(2)));
    assert_eq!(
        wait(&[("retry-after-ms", "250")]),
        Some(Duration::from_millis(250))
    );
    assert_eq!(
        wait(&[
            ("x-ratelimit-remaining-requests", "10"),
            ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ]),
        Some(Duration::from_secs(360))
    );
    assert_eq!(wait(&[]), None);
    let words = said(
        429,
        json!({"message": "Limit 3. Please try again in 1m2.5s. See the site."}),
    );
    assert_eq!(words.retry_after, Some(Duration::from_millis(62_500)));
    let words = said(429, json!({"message": "Please try again in a while."}));
    assert_eq!(words.retry_after, None);
    for (span, seconds) in [
        ("5 minutes.", Some(300)),
        ("1 minute, or use another model", Some(60)),
        ("2 hours", Some(7200)),
        ("9 seconds.", Some(9)),
        ("9", Some(9)),
        ("9 moons", None),
    ] {
        let message = format!("Please try again in {span}");
        let words = said(429, json!({"message": message}));
        assert_eq!(
            words.retry_after,
            seconds.map(Duration::from_secs),
            "{span}"
        );
    }
    let reset = [("x-ratelimit-reset-requests", "1s")];
    assert_eq!(failed(400, &reset, "").retry_after, None);
}

#[test]
fn edge_137_failures_in_the_clients_own_shape() {
    let shown = |error: &ApiError| {
        let reply = client_codec(CHAT).encode_error(error, None);
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        (reply.status, body["error"].clone())
    };
    for (kind, status, word, code) in [
        (
            ErrorKind::Authentication,
            401,
            "invalid_request_error",
            json!("invalid_api_key"),
        ),
        (
            ErrorKind::ContextTooLong,
            400,
            "invalid_request_error",
            json!("context_length_exceeded"),
        ),
        (
            ErrorKind::GatewayFault,
            500,
            "server_error",
            json!("server_error"),
        ),
        (
            ErrorKind::InvalidRequest,
            400,
            "invalid_request_error",
            json!("invalid_request_error"),
        ),
        (
            ErrorKind::MethodNotAllowed,
            405,
            "invalid_request_error",
            json!("method_not_allowed"),
        ),
        (
            ErrorKind::NotFound,
            404,
            "invalid_request_error",
            json!("model_not_found"),
        ),
        (
            ErrorKind::Overloaded,
            503,
            "server_error",
            json!("overloaded"),
        ),
        (
            ErrorKind::Permission,
            403,
            "permission_error",
            json!("permission_error"),
        ),
        (
            ErrorKind::ProviderFault,
            502,
            "server_error",
            json!("server_error"),
        ),
        (
            ErrorKind::RateLimited,
            429,
            "rate_limit_error",
            json!("rate_limit_exceeded"),
        ),
        (ErrorKind::Timeout, 504, "server_error", json!("timeout")),
        (
            ErrorKind::TooLarge,
            413,
            "invalid_request_error",
            json!("request_too_large"),
        ),
        (
            ErrorKind::Unreachable,
            502,
            "server_error",
            json!("upstream_unreachable"),
        ),
    ] {
        let (seen, error) = shown(&ApiError::new(kind, Fault::Client, "Because."));
        assert_eq!(seen, status, "{kind:?}");
        assert_eq!(
            error,
            json!({"message": "Because.", "type": word, "param": null, "code": code})
        );
    }
    let (status, error) = shown(&said(
        429,
        json!({"message": "Pay.", "type": "insufficient_quota", "code": "insufficient_quota"}),
    ));
    assert_eq!(
        (status, &error["type"], &error["code"]),
        (
            429,
            &json!("insufficient_quota"),
            &json!("insufficient_quota")
        )
    );
    let (status, error) = shown(&said(401, json!({"message": "Bad key."})));
    assert_eq!(
        (status, &error["code"]),
        (401, &json!("upstream_auth_error"))
    );
    let (status, _) = shown(&said(529, json!({"message": "Busy."})));
    assert_eq!(status, 503);
    let (status, _) = shown(&said(422, json!({"message": "Odd."})));
    assert_eq!(status, 422);
}

#[test]
fn lists_of_models_in_every_shape() {
    let list = |body: &str| upstream_codec(CHAT).decode_models(body.as_bytes());
    let models = list(r#"{"object":"list","data":[{"id":"a","name":"A","created":1.5,"owned_by":"o","context_length":9},{"object":"model"}],"models":[]}"#).unwrap();
    assert_eq!(models.len(), 1);
    assert_eq!(
        (
            models[0].id.as_str(),
            models[0].created,
            models[0].max_input_tokens
        ),
        ("a", Some(1), Some(9))
    );
    let odd = list(r#"[{"id":"a","created":"2025-01-01T00:00:00Z","context_length":"9","max_completion_tokens":-1}]"#).unwrap();
    assert_eq!(
        (
            odd[0].created,
            odd[0].max_input_tokens,
            odd[0].max_output_tokens
        ),
        (None, Some(9), None)
    );
    assert_eq!(list(r#"[{"id":"a"}]"#).unwrap().len(), 1);
    assert_eq!(list(r#"{"models":[{"name":"a"}]}"#).unwrap()[0].id, "a");
    assert_eq!(list("{}").unwrap_err().kind, ErrorKind::ProviderFault);
    assert_eq!(list("<html>").unwrap_err().kind, ErrorKind::ProviderFault);
}
