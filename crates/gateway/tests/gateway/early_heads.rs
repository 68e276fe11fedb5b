//! Heads of answers that leave before anybody has answered (decision 0042): the row tells them, not those that might
//! have left instead.

use axum::body::Body;
use futures_util::StreamExt as _;
use http::HeaderMap;
use serde_json::json;
use store::exchanges::{Bodies, ExchangeState};

use crate::{
    ask::{self, Ask, Dialect},
    fake::Fake,
    rig::{self, IMPATIENT, Rig},
    scripted::{self, Scripted},
};

fn shown(bodies: &Bodies) -> HeaderMap {
    let json = bodies.response_headers.as_ref().unwrap();
    let pairs: Vec<(String, String)> = serde_json::from_slice(&json.bytes).unwrap();
    let pairs = pairs.iter().map(|(name, value)| {
        let name: http::HeaderName = name.parse().unwrap();
        (name, value.parse().unwrap())
    });
    pairs.collect()
}

#[tokio::test]
async fn the_row_has_the_head_that_left() {
    // Passed through, translated, and made of an answer that came whole.
    for model in [
        "openai_chat/slow-text",
        "anthropic/slow-text",
        "openai_chat/slow-whole_anyway",
    ] {
        let fake = Fake::start().await;
        let rig = Rig::with_pace(&rig::both(&fake), IMPATIENT).await;
        let body = ask::body(Dialect::OpenAi, Ask::Text, model, true);
        let answer = rig.in_process("/v1/chat/completions", &body).await;
        let (head, rest) = answer.into_parts();
        axum::body::to_bytes(rest, usize::MAX).await.unwrap();
        let (row, bodies) = rig.only_row().await;
        assert_eq!((row.state, row.status), (ExchangeState::Done, Some(200)));
        let shown = shown(&bodies);
        assert!(shown.contains_key("x-patchbay-exchange"), "{model}");
        for (name, value) in &shown {
            assert_eq!(head.headers.get(name), Some(value), "{model}: {name}");
        }
    }
}

#[tokio::test]
async fn who_leaves_behind_an_early_head_was_answered() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    let start = json!({"type": "message", "id": "msg_1", "role": "assistant", "model": "m", "content": [],
        "usage": {"input_tokens": 3, "output_tokens": 1}});
    let start = json!({"type": "message_start", "message": start});
    let slow = Scripted::start(move |_, _| scripted::held(std::slice::from_ref(&start))).await;
    // Nothing came, and nothing of a reply.
    for url in [&silent, &slow.url] {
        let config = slow.config("anthropic").replace(&slow.url, url);
        let rig = Rig::with_pace(&config, IMPATIENT).await;
        let body = ask::body(Dialect::OpenAi, Ask::Text, "lab/m", true);
        let answer = rig.in_process("/v1/chat/completions", &body).await;
        let (head, rest) = answer.into_parts();
        let mut signs = Body::into_data_stream(rest).take(3);
        while let Some(sign) = signs.next().await {
            assert!(!sign.unwrap().is_empty());
        }
        drop(signs);
        let (row, bodies) = rig.only_row().await;
        assert_eq!(
            (row.state, row.status),
            (ExchangeState::ClientLeft, Some(200))
        );
        let exchange = head.headers.get("x-patchbay-exchange");
        assert_eq!(shown(&bodies).get("x-patchbay-exchange"), exchange);
    }
}
