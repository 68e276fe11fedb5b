//! Servers of all kinds on free ports, and ports with nothing behind them.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

/// A server that answers one path; its port.
async fn serve(path: &'static str, answer: Value) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().route(path, get(move || async move { Json(answer) }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

/// A port that accepts and never answers.
async fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A port that nobody listens on.
async fn closed() -> u16 {
    silent().await.1
}

#[tokio::test]
async fn finds_what_answers_and_leaves_out_the_rest() {
    let models = json!({"object": "list", "data": [{"id": "llama3.2", "owned_by": "library"}, {"id": "qwen3"}]});
    let ollama = serve("/v1/models", models).await;
    let empty = serve("/v1/models", json!({"object": "list", "data": null})).await;
    let old = serve("/api/version", json!({"version": "0.1.14"})).await;
    let moved = serve(
        "/v1/models",
        json!({"object": "list", "data": [{"id": "m", "owned_by": "vllm"}]}),
    )
    .await;
    let stranger = serve("/v1/models", json!({"models": "we sell cars"})).await;
    let closed = closed().await;

    let probe = |preset, port| Probe { preset, port };
    let probes = [
        probe("ollama", ollama),
        probe("lm-studio", empty),
        probe("ollama", old),
        probe("llama-cpp", moved),
        probe("vllm", stranger),
        probe("vllm", closed),
    ];
    let found = find(&probes, Duration::from_secs(20)).await;

    let expect = |preset, port, models: &[&str]| Found {
        preset,
        port,
        models: models.iter().map(|&model| model.to_owned()).collect(),
    };
    assert_eq!(
        found,
        [
            expect("ollama", ollama, &["llama3.2", "qwen3"]),
            expect("lm-studio", empty, &[]),
            expect("ollama", old, &[]),
            expect("vllm", moved, &["m"]),
        ]
    );
}

#[tokio::test]
async fn whoever_never_answers_is_left_out() {
    let (_held, port) = silent().await;
    let preset = "vllm";
    let found = find(&[Probe { preset, port }], Duration::from_millis(50)).await;
    assert_eq!(found, []);
}

#[test]
fn knows_a_configured_server_by_its_port() {
    assert!(leads_to("http://localhost:11434/v1", 11434));
    assert!(leads_to("http://[::1]:11434", 11434));
    assert!(!leads_to("http://127.0.0.1:11435/v1", 11434));
    assert!(!leads_to("https://example.com:11434/v1", 11434));
    assert!(!leads_to("", 11434));
}
