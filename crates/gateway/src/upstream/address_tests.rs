//! How addresses are put together.

use protocol::{Protocol, upstream_codec};

use super::*;

fn of(base_url: &str, path: &str, query: Option<&str>) -> String {
    let codec = upstream_codec(Protocol::OpenAiChat);
    address(base_url, codec, path, query)
}

fn of_ollama(base_url: &str, path: &str) -> String {
    address(base_url, upstream_codec(Protocol::Ollama), path, None)
}

#[test]
fn base_urls_work_with_and_without_the_version() {
    for (base_url, expected) in [
        (
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/v1/chat/completions",
        ),
        (
            "http://127.0.0.1:8080/v1",
            "http://127.0.0.1:8080/v1/chat/completions",
        ),
        (
            "https://openrouter.ai/api/v1",
            "https://openrouter.ai/api/v1/chat/completions",
        ),
        (
            "https://a.example/v1beta/openai",
            "https://a.example/v1beta/openai/chat/completions",
        ),
        (
            "https://a.example/vendor",
            "https://a.example/vendor/v1/chat/completions",
        ),
        (
            "https://v1.example",
            "https://v1.example/v1/chat/completions",
        ),
        (
            "https://a.example/v1/chat/completions",
            "https://a.example/v1/chat/completions",
        ),
    ] {
        assert_eq!(of(base_url, "/chat/completions", None), expected);
    }
}

/// The one for chats is what people paste; others are found beside it.
#[test]
fn a_pasted_endpoint_serves_for_all_of_them() {
    for (base_url, root) in [
        (
            "https://a.example/v1/chat/completions",
            "https://a.example/v1",
        ),
        (
            "https://a.example/v1/chat/completions/",
            "https://a.example/v1",
        ),
        // One that has no version there has none elsewhere.
        (
            "https://a.example/inference/chat/completions",
            "https://a.example/inference",
        ),
    ] {
        for path in [
            "/chat/completions",
            "/completions",
            "/embeddings",
            "/models",
        ] {
            assert_eq!(of(base_url, path, None), format!("{root}{path}"));
        }
    }
    assert_eq!(
        of("https://a.example/v1/embeddings", "/embeddings", None),
        "https://a.example/v1/embeddings"
    );
    assert_eq!(
        of_ollama("http://127.0.0.1:11434/api/chat", "/api/embed"),
        "http://127.0.0.1:11434/api/embed"
    );
}

#[test]
fn paths_without_a_version_stand_below_any_base_url() {
    for base_url in [
        "http://127.0.0.1:11434",
        "http://127.0.0.1:11434/",
        "http://127.0.0.1:11434/v1",
        "http://127.0.0.1:11434/api",
        "http://127.0.0.1:11434/api/v1",
        "http://127.0.0.1:11434/api/chat",
    ] {
        assert_eq!(
            of_ollama(base_url, "/api/chat"),
            "http://127.0.0.1:11434/api/chat",
            "{base_url}"
        );
    }
    assert_eq!(
        of_ollama("https://a.example/vendor", "/api/tags"),
        "https://a.example/vendor/api/tags"
    );
}

#[test]
fn queries_are_joined() {
    assert_eq!(
        of(
            "http://a.example/v1",
            "/models?limit=1000",
            Some("beta=true")
        ),
        "http://a.example/v1/models?limit=1000&beta=true"
    );
    assert_eq!(
        of("http://a.example/v1", "/messages", Some("beta=true")),
        "http://a.example/v1/messages?beta=true"
    );
}
