//! Requests whose head cannot be read are answered in words.

use std::time::Duration;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::rig::Rig;

/// Longer than anybody is heard out.
const PATIENCE: Duration = Duration::from_secs(20);

async fn connect(rig: &Rig) -> TcpStream {
    let address = rig.url.strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// Head and body of what is said until the connection closes.
async fn rest(stream: &mut TcpStream) -> (String, Value) {
    let mut text = String::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut text));
    read.await.unwrap().unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = format!("content-length: {}", body.len());
    assert!(head.contains(&length), "{text}");
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

fn headers(count: usize) -> String {
    (0..count).map(|at| format!("x-{at}: a\r\n")).collect()
}

#[tokio::test]
async fn a_head_that_cannot_be_read_is_answered_in_words() {
    let rig = Rig::with("").await;
    let long = "a".repeat(3 << 20);
    for (request, status, words) in [
        (
            "nonsense\r\n\r\n".to_owned(),
            "400 Bad Request",
            "no HTTP request",
        ),
        (
            "GET / HTTP/7\r\n\r\n".to_owned(),
            "400 Bad Request",
            "no HTTP request",
        ),
        (
            "GET / HTTP/1.1\r\nhost : a\r\n\r\n".to_owned(),
            "400 Bad Request",
            "no HTTP request",
        ),
        (
            format!("GET / HTTP/1.1\r\n{}\r\n", headers(101)),
            "431 Request Header Fields Too Large",
            "at most 100",
        ),
        (
            format!("POST /v1/messages HTTP/1.1\r\nx-long: {long}\r\n\r\n{{}}"),
            "431 Request Header Fields Too Large",
            "400 KB",
        ),
        (
            format!("GET /{} HTTP/1.1\r\n\r\n", &long[..70_000]),
            "414 URI Too Long",
            "too long",
        ),
    ] {
        let mut stream = connect(&rig).await;
        let begin = &request[..request.len().min(40)];
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let (head, body) = rest(&mut stream).await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{begin}: {head}"
        );
        assert!(
            head.contains("content-type: application/json\r\n"),
            "{head}"
        );
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{begin}: {message}");
        assert_eq!(body["error"]["code"], "unreadable_request");
    }
}

#[tokio::test]
async fn a_connection_that_was_good_is_told_what_became_of_it() {
    let rig = Rig::with("").await;
    let mut stream = connect(&rig).await;
    let good = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(good).await.unwrap();
    let mut first = [0; 4096];
    let length = stream.read(&mut first).await.unwrap();
    assert!(first[..length].starts_with(b"HTTP/1.1 200"));
    stream.write_all(b"and now?\r\n\r\n").await.unwrap();
    // It has nothing more to say, and does not go either: it is not waited for long.
    let (head, _) = rest(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
}

#[tokio::test]
async fn our_own_refusals_stay_as_they_are() {
    let rig = Rig::with("").await;
    let mut stream = connect(&rig).await;
    let request = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let (head, body) = rest(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    assert_eq!(body["type"], "error", "{body}");
}
