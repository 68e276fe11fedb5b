//! Who comes in, who stays outside, and how the server's end is told.

use std::time::Duration;

use futures_util::SinkExt as _;
use http::Response;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio_tungstenite::tungstenite::Message;

use super::{PATIENCE, Socket, answer, ask};
use crate::{
    fake::Fake,
    rig::{self, Rig},
};

const ECHO: &str = "/v1/realtime?model=echo/echo";
const LOCKED: &str =
    "[[access_keys]]\nname = \"ide\"\nkey = { env = \"ACCESS_KEY\" }\n[log]\nbodies = \"all\"\n";

fn refusal(answer: &Response<Vec<u8>>) -> (u16, Value) {
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    (answer.status().as_u16(), body["error"].clone())
}

async fn refused(rig: &Rig, path: &str, headers: &[(&'static str, &str)]) -> (u16, Value) {
    match Socket::try_open(rig, path, headers).await {
        Ok(_) => panic!("{path} {headers:?} was let in"),
        Err(answer) => refusal(&answer),
    }
}

#[tokio::test]
async fn edge_147_other_pages_stay_outside() {
    let rig = Rig::with("").await;
    let (status, error) = refused(&rig, ECHO, &[("origin", "https://evil.example")]).await;
    assert_eq!(
        (status, &error["code"]),
        (403, &json!("origin_not_allowed"))
    );
    let (status, _) = refused(&rig, ECHO, &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(status, 403);
    let own = rig.url.clone();
    let opened = Socket::try_open(&rig, ECHO, &[("origin", &own)]).await;
    assert!(opened.is_ok());
}

#[tokio::test]
async fn edge_147_a_key_comes_by_header_subprotocol_or_query() {
    let rig = Rig::with(LOCKED).await;
    let by_query = format!("{ECHO}&key=an-access-key");
    for (path, header) in [
        (ECHO, Some(("authorization", "Bearer an-access-key"))),
        (
            ECHO,
            Some((
                "sec-websocket-protocol",
                "realtime, openai-insecure-api-key.an-access-key",
            )),
        ),
        (by_query.as_str(), None),
        ("/v1/realtime?api_key=an-access-key", None),
    ] {
        let headers: Vec<_> = header.into_iter().collect();
        let (mut socket, answer) = Socket::try_open(&rig, path, &headers).await.unwrap();
        let chosen = answer.headers().get("sec-websocket-protocol");
        let offers = headers
            .iter()
            .any(|(name, _)| *name == "sec-websocket-protocol");
        assert_eq!(
            chosen.map(|chosen| chosen.to_str().unwrap()),
            offers.then_some("realtime")
        );
        socket.hear().await;
        socket.close().await;
    }
    for (path, header) in [
        (ECHO, None),
        (ECHO, Some(("authorization", "Bearer canary-wrong"))),
        (
            ECHO,
            Some((
                "sec-websocket-protocol",
                "realtime, openai-insecure-api-key.canary-wrong",
            )),
        ),
        ("/v1/realtime?model=m&key=canary-wrong", None),
    ] {
        let headers: Vec<_> = header.into_iter().collect();
        let (status, error) = refused(&rig, path, &headers).await;
        assert_eq!((status, &error["code"]), (401, &json!("invalid_api_key")));
    }
}

#[tokio::test]
async fn keys_are_in_no_row() {
    let rig = Rig::with(LOCKED).await;
    let path = format!("{ECHO}&key=an-access-key");
    let header = (
        "sec-websocket-protocol",
        "realtime, openai-insecure-api-key.an-access-key",
    );
    let (mut socket, _) = Socket::try_open(&rig, &path, &[header]).await.unwrap();
    socket.hear().await;
    socket.say(ask("Hello")).await;
    socket.say(answer()).await;
    socket.hear_until("response.done").await;
    socket.close().await;
    let (row, bodies) = rig.only_row().await;
    let kept = format!("{row:?} {bodies:?}");
    let headers = bodies.request_headers.unwrap();
    let headers = String::from_utf8_lossy(&headers.bytes);
    assert!(headers.contains("sec-websocket-protocol"), "{headers}");
    assert!(
        !kept.contains("an-access-key") && !headers.contains("an-access-key"),
        "{kept} {headers}"
    );
}

#[tokio::test]
async fn a_refused_key_is_in_no_row_either() {
    let rig = Rig::with(LOCKED).await;
    let header = (
        "sec-websocket-protocol",
        "realtime, openai-insecure-api-key.canary-wrong",
    );
    refused(&rig, "/v1/realtime?model=m&token=canary-wrong", &[header]).await;
    let (row, bodies) = rig.only_row().await;
    assert_eq!(row.client_protocol.as_deref(), Some("openai_realtime"));
    let headers = bodies.request_headers.unwrap();
    let kept = format!("{row:?} {}", String::from_utf8_lossy(&headers.bytes));
    assert!(!kept.contains("canary"), "{kept}");
}

#[tokio::test]
async fn a_key_that_is_taken_back_opens_nothing_more() {
    let other = "[[access_keys]]\nname = \"other\"\nkey = { env = \"WRONG_KEY\" }\n";
    let rig = Rig::with(&format!("{other}{LOCKED}")).await;
    let header = (
        "sec-websocket-protocol",
        "realtime, openai-insecure-api-key.an-access-key",
    );
    let (mut socket, _) = Socket::try_open(&rig, ECHO, &[header]).await.unwrap();
    socket.hear().await;
    socket.say(ask("Hello")).await;
    socket.say(answer()).await;
    socket.hear_until("response.done").await;
    let edited = rig.config.edit(|edit| {
        edit.remove_access_key("ide");
    });
    edited.await.unwrap();
    socket.say(answer()).await;
    let events = socket.hear_until("error").await;
    assert_eq!(events.last().unwrap()["error"]["code"], "invalid_api_key");
    socket.close().await;
    assert_eq!(rig.rows().await.len(), 2);
}

#[tokio::test]
async fn an_unknown_model_is_a_404_before_the_socket_opens() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let (status, error) = refused(&rig, "/v1/realtime?model=nobody", &[]).await;
    assert_eq!((status, &error["code"]), (404, &json!("model_not_found")));
    // Named later, it is the reply that fails.
    let mut socket = Socket::open(&rig, "/v1/realtime").await;
    socket.hear().await;
    socket
        .say(json!({"type": "session.update", "session": {"model": "nobody"}}))
        .await;
    socket
        .say(json!({"type": "message", "message": "Hello"}))
        .await;
    let events = socket.hear_until("error").await;
    assert_eq!(events.last().unwrap()["error"]["code"], "model_not_found");
}

#[tokio::test]
async fn the_row_of_a_refused_socket_names_its_model() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    refused(&rig, "/v1/realtime?model=nobody", &[]).await;
    let (row, _) = rig.only_row().await;
    assert_eq!(row.requested_model.as_deref(), Some("nobody"));
}

#[tokio::test]
async fn a_plain_request_is_told_what_this_is() {
    let rig = Rig::with("").await;
    let answer = rig
        .client
        .get(format!("{}{ECHO}", rig.url))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 426);
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(body["error"]["code"], "websocket_required");
    let answer = rig
        .client
        .post(format!("{}{ECHO}", rig.url))
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 405);
}

#[tokio::test]
async fn what_is_too_large_or_no_text_is_refused() {
    let rig = Rig::with("").await;
    let mut socket = Socket::for_model(&rig, "echo/echo").await;
    socket.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(socket.hear().await["error"]["code"], "invalid_event");
    let large = "x".repeat(17 << 20);
    // It may be cut off while it is still being sent.
    let _ = socket.0.send(Message::text(large)).await;
    let farewell = tokio::time::timeout(Duration::from_secs(20), async {
        use futures_util::StreamExt as _;
        while let Some(Ok(message)) = socket.0.next().await {
            if let Message::Close(frame) = message {
                return frame.map(|frame| u16::from(frame.code));
            }
        }
        None
    });
    let farewell = farewell.await.unwrap();
    assert!(matches!(farewell, Some(1009) | None), "{farewell:?}");
}

#[tokio::test]
async fn a_stop_says_goodbye_to_sockets() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut idle = Socket::for_model(&rig, "echo/echo").await;
    let mut busy = Socket::for_model(&rig, "openai_chat/endless-text").await;
    busy.say(ask("Hello")).await;
    busy.say(answer()).await;
    busy.hear_until("response.output_text.delta").await;
    let mut waiting = Socket::for_model(&rig, "openai_chat/silent-text").await;
    waiting.say(ask("Hello")).await;
    waiting.say(answer()).await;
    waiting.hear_until("response.created").await;
    rig.gateway.stop().await;
    assert_eq!(u16::from(idle.farewell().await.unwrap().code), 1001);
    let events = busy.hear_until("error").await;
    let done = &events[events.len() - 2];
    assert_eq!(done["response"]["status"], "failed", "{events:#?}");
    assert_eq!(u16::from(busy.farewell().await.unwrap().code), 1001);
    waiting.hear_until("response.done").await;
}

#[tokio::test]
async fn a_silent_client_is_asked_and_then_left() {
    let rig = Rig::with_pace("", rig::IMPATIENT).await;
    let mut socket = Socket::for_model(&rig, "echo/echo").await;
    // Whoever reads no questions answers none.
    let mut bytes = Vec::new();
    let read = socket.0.get_mut().read_to_end(&mut bytes);
    tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
    let goodbye = [b"\x03\xe9", "The client has not answered".as_bytes()].concat();
    let mut windows = bytes.windows(goodbye.len());
    assert!(windows.any(|window| window == goodbye), "{bytes:?}");
}
