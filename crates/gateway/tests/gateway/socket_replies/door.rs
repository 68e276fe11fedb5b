//! Who comes in, who stays outside, and how the server's end is told.

use serde_json::{Value, json};

use super::{PATH, create, reply};
use crate::{
    fake::Fake,
    rig::{self, Rig},
    socket::Socket,
};

const LOCKED: &str = "[[access_keys]]\nname = \"ide\"\nkey = { env = \"ACCESS_KEY\" }\n";

async fn refused(rig: &Rig, headers: &[(&'static str, &str)]) -> (u16, Value) {
    match Socket::try_open(rig, PATH, headers).await {
        Ok(_) => panic!("{headers:?} was let in"),
        Err(answer) => {
            let body: Value = serde_json::from_slice(answer.body()).unwrap();
            (answer.status().as_u16(), body["error"]["code"].clone())
        }
    }
}

#[tokio::test]
async fn edge_147_other_pages_stay_outside() {
    let rig = Rig::with("").await;
    let strange = refused(&rig, &[("origin", "https://evil.example")]).await;
    assert_eq!(strange, (403, json!("origin_not_allowed")));
    let own = rig.url.clone();
    let opened = Socket::try_open(&rig, PATH, &[("origin", &own)]).await;
    assert!(opened.is_ok());
}

#[tokio::test]
async fn a_key_is_wanted_where_keys_are() {
    let rig = Rig::with(LOCKED).await;
    for headers in [&[][..], &[("authorization", "Bearer canary-wrong")]] {
        let answer = refused(&rig, headers).await;
        assert_eq!(answer, (401, json!("invalid_api_key")));
    }
    let right = ("authorization", "Bearer an-access-key");
    let (mut socket, _) = Socket::try_open(&rig, PATH, &[right]).await.unwrap();
    socket.say(create("echo/echo", "Hello")).await;
    let (_, end) = reply(&mut socket).await;
    assert_eq!(end["type"], "response.completed");
}

/// Browsers leave a socket whose server takes nothing of what they offered.
#[tokio::test]
async fn a_key_may_be_offered_as_a_subprotocol_and_is_in_no_row() {
    let rig = Rig::with(&format!("{LOCKED}[log]\nbodies = \"all\"\n")).await;
    let offered = "realtime, openai-insecure-api-key.an-access-key";
    let headers = [
        ("sec-websocket-protocol", offered),
        ("sec-fetch-dest", "websocket"),
    ];
    let (mut socket, answer) = Socket::try_open(&rig, PATH, &headers).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "realtime");
    socket.say(create("echo/echo", "Hello")).await;
    let (_, end) = reply(&mut socket).await;
    assert_eq!(end["type"], "response.completed", "{end}");
    socket.close().await;
    let (_, bodies) = rig.only_row().await;
    let kept = bodies.request_headers.unwrap();
    let kept = String::from_utf8_lossy(&kept.bytes);
    assert!(kept.contains("sec-websocket-protocol"), "{kept}");
    assert!(!kept.contains("an-access-key"), "{kept}");
    // It is of the handshake.
    assert!(!kept.contains("sec-fetch"), "{kept}");
}

#[tokio::test]
async fn a_key_that_is_taken_back_opens_nothing_more() {
    let other = "[[access_keys]]\nname = \"other\"\nkey = { env = \"WRONG_KEY\" }\n";
    let rig = Rig::with(&format!("{LOCKED}{other}")).await;
    let right = ("authorization", "Bearer an-access-key");
    let (mut socket, _) = Socket::try_open(&rig, PATH, &[right]).await.unwrap();
    socket.say(create("echo/echo", "Hello")).await;
    let (_, end) = reply(&mut socket).await;
    assert_eq!(end["type"], "response.completed", "{end}");
    let edited = rig.config.edit(|edit| {
        edit.remove_access_key("ide");
    });
    edited.await.unwrap();
    for generate in [true, false] {
        let mut asked = create("echo/echo", "Hello");
        asked["generate"] = json!(generate);
        asked["stream_id"] = json!("a");
        socket.say(asked).await;
        let (_, end) = reply(&mut socket).await;
        assert_eq!(
            (&end["status"], &end["error"]["code"], &end["stream_id"]),
            (&json!(401), &json!("invalid_api_key"), &json!("a")),
            "{end}"
        );
    }
    socket.close().await;
    assert_eq!(rig.rows().await.len(), 3);
}

#[tokio::test]
async fn who_is_refused_a_socket_in_a_browser_is_a_row_too() {
    let rig = Rig::with(LOCKED).await;
    let answer = refused(&rig, &[("sec-fetch-dest", "websocket")]).await;
    assert_eq!(answer, (401, json!("invalid_api_key")));
    assert_eq!(rig.rows().await.len(), 1);
}

#[tokio::test]
async fn the_opt_in_to_sockets_ends_here() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    for (beta, rest) in [
        ("responses_websockets=2026-02-06", None),
        (
            "responses_websockets=2026-02-06, other=v1",
            Some("other=v1"),
        ),
    ] {
        let opened = Socket::try_open(&rig, PATH, &[("openai-beta", beta)]).await;
        let (mut socket, _) = opened.unwrap();
        socket.say(create("openai_responses/text", "Hello")).await;
        reply(&mut socket).await;
        let (headers, ..) = fake.seen.requests().pop().unwrap();
        let sent = headers.get("openai-beta");
        assert_eq!(sent.map(|value| value.to_str().unwrap()), rest);
    }
}

#[tokio::test]
async fn what_is_no_handshake_is_told_so() {
    let rig = Rig::with("").await;
    let get = || rig.client.get(format!("{}{PATH}", rig.url));
    assert_eq!(get().send().await.unwrap().status(), 405);
    // Clients take this as the word to post.
    let half = get().header("upgrade", "websocket").send().await.unwrap();
    assert_eq!(half.status(), 426);
    let body: Value = half.json().await.unwrap();
    assert_eq!(body["error"]["code"], "websocket_required");
}

#[tokio::test]
async fn a_stop_says_goodbye_to_sockets() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut idle = Socket::open(&rig, PATH).await;
    let mut busy = Socket::open(&rig, PATH).await;
    busy.say(create("openai_chat/endless-text", "Hello")).await;
    busy.hear_until("response.output_text.delta").await;
    fake.seen.arrived.notified().await;
    let mut waiting = Socket::open(&rig, PATH).await;
    waiting
        .say(create("openai_chat/silent-text", "Hello"))
        .await;
    fake.seen.arrived.notified().await;
    rig.gateway.stop().await;
    assert_eq!(u16::from(idle.farewell().await.unwrap().code), 1001);
    for socket in [&mut busy, &mut waiting] {
        let (_, end) = reply(socket).await;
        assert_eq!(end["type"], "response.failed", "{end}");
        assert_eq!(u16::from(socket.farewell().await.unwrap().code), 1001);
    }
}
