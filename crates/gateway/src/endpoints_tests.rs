//! What paths mean, and in whose protocol they are answered.

use super::*;

#[test]
fn edge_146_complaint_44_versions_may_be_missing_doubled_or_prefixed() {
    let chat = Some(Endpoint::Exchange(Protocol::OpenAiChat, Operation::Chat));
    for path in [
        "/v1/chat/completions",
        "/chat/completions",
        "/v1/v1/chat/completions",
        "/api/v1/chat/completions",
        "/api/chat/completions/",
        "//v1/chat/completions",
        "/v1//chat/completions",
    ] {
        assert_eq!(find(path), chat, "{path}");
    }
    for path in [
        "/v2/chat/completions",
        "/v1chat/completions",
        "/v1betamax/models",
        "/v1",
        "/",
    ] {
        assert_eq!(find(path), None, "{path}");
    }
}

#[test]
fn paths_without_a_version_stand_beside_those_with_one() {
    let chat = Some(Endpoint::Exchange(Protocol::Ollama, Operation::Chat));
    for path in [
        "/api/chat",
        "/api/chat/",
        "//api/chat",
        "/v1/api/chat",
        "/api/chat/stream",
    ] {
        assert_eq!(find(path), chat, "{path}");
    }
    assert_eq!(find("/api/tags"), Some(Endpoint::Models));
    assert_eq!(find("/api/show"), Some(Endpoint::Described));
    // Somebody else's, or nobody's.
    assert_eq!(find("/api/models"), Some(Endpoint::Models));
    for path in ["/chat", "/tags", "/api/v1/chat", "/api/pull", "/api"] {
        assert_eq!(find(path), None, "{path}");
    }
    let none = HeaderMap::new();
    for (path, expected) in [
        ("/api/tags", Protocol::Ollama),
        ("/api/version", Protocol::Ollama),
        ("/api/pull", Protocol::Ollama),
        ("/api/models", Protocol::OpenAiChat),
        ("/api/v1/models", Protocol::OpenAiChat),
        ("/api/v1/nothing", Protocol::OpenAiChat),
        ("/api/chat/completions", Protocol::OpenAiChat),
        ("/v1/models", Protocol::OpenAiChat),
    ] {
        let uri = Uri::from_static(path);
        assert_eq!(dialect(&uri, &none), expected, "{path}");
    }
}

#[test]
fn a_browser_at_the_root_wants_the_page() {
    let with = |accept: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, http::HeaderValue::from_static(accept));
        headers
    };
    let probes =
        |path: &str, method: &Method, headers: &HeaderMap| probe(path, method, headers).is_some();
    let page = with("text/html,application/xhtml+xml,*/*;q=0.8");
    assert!(!probes("/", &Method::GET, &page));
    assert!(probes("/", &Method::GET, &with("*/*")));
    assert!(probes("/", &Method::HEAD, &HeaderMap::new()));
    assert!(!probes("/", &Method::POST, &HeaderMap::new()));
    assert!(!probes("/index.html", &Method::GET, &HeaderMap::new()));
}

#[test]
fn model_ids_may_hold_slashes() {
    let echo = Some(Endpoint::Model("echo/echo".into()));
    assert_eq!(find("/v1/models/echo/echo"), echo);
    assert_eq!(find("/api/v1/models/echo%2Fecho"), echo);
    assert_eq!(find("/v1/models/"), Some(Endpoint::Models));
}

#[test]
fn kept_replies_are_known_by_their_ids() {
    assert_eq!(find("/v1/responses/resp_1"), Some(Endpoint::Kept("resp_1")));
    let input = Some(Endpoint::KeptInput("resp_1"));
    assert_eq!(find("/responses/resp_1/input_items"), input);
    let cancel = Some(Endpoint::KeptCancel("resp_1"));
    assert_eq!(find("/v1/responses/resp_1/cancel"), cancel);
    let compact = Endpoint::Exchange(Protocol::OpenAiResponses, Operation::Compact);
    assert_eq!(find("/v1/responses/compact"), Some(compact));
    for path in [
        "/v1/responses/resp_1/cancelled",
        "/v1/responses/resp_1/input_items/1",
        "/v1/responses/resp_..%2fx",
    ] {
        assert_eq!(find(path), None, "{path}");
    }
}

#[test]
fn edge_074_what_is_asked_of_a_model_stands_in_its_path() {
    let of = |operation| Some(Endpoint::Exchange(Protocol::Gemini, operation));
    for (path, expected) in [
        ("/v1beta/models/x:generateContent", of(Operation::Chat)),
        ("/v1beta/echo/echo:generateContent", of(Operation::Chat)),
        (
            "/v1/models/echo/echo:streamGenerateContent",
            of(Operation::Chat),
        ),
        (
            "/v1beta/models/echo%2Fecho%3AcountTokens",
            of(Operation::CountTokens),
        ),
        (
            "/v1alpha/tunedModels/x:generateContent/",
            of(Operation::Chat),
        ),
        (
            "/v1beta/v1beta/models/llama3:8b:generateContent",
            of(Operation::Chat),
        ),
        ("/v1beta/models", Some(Endpoint::Models)),
        (
            "/v1beta/models/llama3:8b",
            Some(Endpoint::Model("llama3:8b".into())),
        ),
        ("/v1beta/files", None),
    ] {
        assert_eq!(find(path), expected, "{path}");
    }
}

#[test]
fn unknown_paths_are_answered_in_the_callers_protocol() {
    let with = |name: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, http::HeaderValue::from_static("x"));
        headers
    };
    let none = HeaderMap::new();
    for (path, headers, expected) in [
        ("/v1/nothing", &none, Protocol::OpenAiChat),
        ("/v1/messages/batches", &none, Protocol::Anthropic),
        ("/v1/responses/compact", &none, Protocol::OpenAiResponses),
        (
            "/v1/models",
            &with("anthropic-version"),
            Protocol::Anthropic,
        ),
        ("/v1/nothing", &with("x-api-key"), Protocol::Anthropic),
        ("/v1/models", &with("x-api-key"), Protocol::OpenAiChat),
        ("/v1/models", &with("x-goog-api-key"), Protocol::Gemini),
        ("/v1beta/models", &none, Protocol::Gemini),
        ("/v1/models?pageSize=9&key=x", &none, Protocol::Gemini),
        ("/v1/models?monkey=x", &none, Protocol::OpenAiChat),
        ("/v1beta/files", &none, Protocol::Gemini),
        (
            "/v1/chat/completions",
            &with("x-api-key"),
            Protocol::OpenAiChat,
        ),
    ] {
        let uri = Uri::from_static(path);
        assert_eq!(dialect(&uri, headers), expected, "{path}");
    }
}
