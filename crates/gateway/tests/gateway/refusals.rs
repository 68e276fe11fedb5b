//! What is refused at the door, or stops half-way: the answer, and its row.

use std::time::Duration;

use gateway::Pace;
use serde_json::{Value, json};
use store::exchanges::{ErrorSource, ExchangeRow, ExchangeState};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::rig::{PACE, Rig};

const CHAT: &str = "/v1/chat/completions";
const KEYED: &str = "[[access_keys]]\nname = \"ide\"\nkey = { env = \"ACCESS_KEY\" }\n";

/// Waits for nobody.
const HASTY: Pace = Pace {
    request: Duration::from_millis(300),
    ..PACE
};

/// What a row tells of a refusal.
fn told(row: &ExchangeRow) -> (Option<u16>, &str, &str, &str) {
    assert_eq!(row.state, ExchangeState::Failed);
    assert_eq!(row.error_source, Some(ErrorSource::Client));
    assert_eq!(row.provider, None);
    (
        row.status,
        row.client_protocol.as_deref().unwrap_or_default(),
        row.error_kind.as_deref().unwrap_or_default(),
        &*row.path,
    )
}

/// Writes these bytes, and reads until the server closes the connection.
async fn raw(rig: &Rig, request: &str) -> String {
    let address = rig.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn each_refusal_is_a_row_with_the_sentence_that_the_client_got() {
    let rig = Rig::with(KEYED).await;
    let key = ("x-api-key", "an-access-key");
    let json = ("content-type", "application/json");
    let mut sentences = Vec::new();
    for (method, path, headers) in [
        ("POST", CHAT, vec![("x-api-key", "canary"), json]),
        ("POST", "/v1/engines?key=canary", vec![key, json]),
        ("GET", "/v1/messages", vec![key]),
        ("POST", CHAT, vec![key, ("content-type", "text/plain")]),
        ("POST", CHAT, vec![("origin", "https://evil.example"), json]),
        ("POST", CHAT, vec![("host", "evil.example"), json]),
        ("GET", "/v1/models/none/such", vec![key]),
        ("GET", "/api/blobs", vec![key]),
    ] {
        let method = method.parse().unwrap();
        let mut request = rig.client.request(method, format!("{}{path}", rig.url));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.body("{}").send().await.unwrap();
        let id = answer.headers()["x-patchbay-exchange"].to_str().unwrap();
        let id = id.to_owned();
        let body: Value = answer.json().await.unwrap();
        let message = body["error"]["message"].as_str();
        let message = message
            .or_else(|| body["error"].as_str())
            .unwrap()
            .to_owned();
        sentences.push((id, message));
    }
    let rows = rig.rows().await;
    let kept: Vec<(String, String)> = rows
        .iter()
        .map(|row| (row.id.to_string(), row.error_message.clone().unwrap()))
        .collect();
    assert_eq!(kept, sentences);
    assert_eq!(
        rows.iter().map(told).collect::<Vec<_>>(),
        [
            (Some(401), "openai_chat", "authentication", CHAT),
            (Some(404), "anthropic", "not_found", "/v1/engines?key=…"),
            (Some(405), "anthropic", "method_not_allowed", "/v1/messages"),
            (Some(415), "openai_chat", "invalid_request", CHAT),
            (Some(403), "openai_chat", "permission", CHAT),
            (Some(403), "openai_chat", "permission", CHAT),
            (
                Some(404),
                "openai_chat",
                "not_found",
                "/v1/models/none/such"
            ),
            (Some(404), "ollama", "not_found", "/api/blobs"),
        ]
    );
    assert!(!format!("{rows:?}").contains("canary"));
}

#[tokio::test]
async fn what_a_browser_looks_up_for_itself_is_no_row() {
    let rig = Rig::with("").await;
    for (path, destination, expected) in [
        ("/favicon.ico", "image", 404),
        ("/v1/nothing", "document", 404),
    ] {
        let request = rig.client.get(format!("{}{path}", rig.url));
        let answer = request.header("sec-fetch-dest", destination).send();
        assert_eq!(answer.await.unwrap().status(), expected, "{path}");
    }
    assert_eq!(rig.rows().await, []);
}

#[tokio::test]
async fn a_flood_of_pages_hides_no_program() {
    let rig = Rig::with(KEYED).await;
    for _ in 0..80 {
        let request = rig.client.post(format!("{}{CHAT}", rig.url));
        let answer = request.header("origin", "https://evil.example").send();
        assert_eq!(answer.await.unwrap().status(), 403);
    }
    let request = rig.client.post(format!("{}{CHAT}", rig.url));
    assert_eq!(request.json(&json!({})).send().await.unwrap().status(), 401);
    let rows = rig.rows().await;
    let of = |status| rows.iter().filter(move |row| row.status == Some(status));
    assert_eq!((of(403).count(), of(401).count()), (50, 1));
}

#[tokio::test]
async fn a_body_that_stops_half_way_is_told_and_is_a_row() {
    let rig = Rig::with_pace("", HASTY).await;
    for (path, dialect) in [("/v1/messages", "anthropic"), (CHAT, "openai_chat")] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{{\"model\":"
        );
        let answer = raw(&rig, &request).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{dialect}: {answer}");
        assert!(
            answer.contains("nothing more came for 0.3 seconds"),
            "{answer}"
        );
    }
    let rows = rig.rows().await;
    assert_eq!(
        rows.iter().map(told).collect::<Vec<_>>(),
        [
            (Some(408), "anthropic", "timeout", "/v1/messages"),
            (Some(408), "openai_chat", "timeout", CHAT),
        ]
    );
}

#[tokio::test]
async fn half_a_head_is_not_waited_for() {
    let rig = Rig::with_pace("", HASTY).await;
    for head in ["", "POST /v1/mess", "GET /health HTTP/1.1\r\nhost: loc"] {
        assert_eq!(raw(&rig, head).await, "", "{head}");
    }
    // Nor is the next request of a connection that was of use before.
    let answer = raw(
        &rig,
        "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\nGET /hea",
    );
    assert_eq!(answer.await.matches("HTTP/1.1").count(), 1);
    assert_eq!(rig.rows().await, []);
}

#[tokio::test]
async fn a_body_that_is_too_large_or_breaks_off_is_a_row() {
    let rig = Rig::with("").await;
    let announced = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 104857601\r\n\r\n";
    assert!(raw(&rig, announced).await.starts_with("HTTP/1.1 413 "));
    let address = rig.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let begun = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    stream.write_all(begun.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    let rows = rig.rows().await;
    let ends: Vec<_> = rows
        .iter()
        .map(|row| (row.state, row.error_kind.as_deref()))
        .collect();
    assert_eq!(
        ends,
        [
            (ExchangeState::Failed, Some("too_large")),
            (ExchangeState::Failed, Some("invalid_request")),
        ]
    );
}

#[tokio::test]
async fn who_is_refused_is_heard_out_and_may_ask_again() {
    let rig = Rig::with(KEYED).await;
    let address = rig.url.trim_start_matches("http://");
    let body = "x".repeat(1 << 20);
    for (path, key, status) in [
        (CHAT, "wrong", "401"),
        ("/v1/engines", "an-access-key", "404"),
        ("/v1/models", "an-access-key", "405"),
        ("/v1/models/a:tune", "an-access-key", "404"),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let again = "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(again.as_bytes()).await.unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).await.unwrap();
        assert!(
            answers.starts_with(&format!("HTTP/1.1 {status}")),
            "{answers}"
        );
        assert!(answers.contains("\"status\":\"ok\""), "{answers}");
    }
}
