//! The port: opened, taken, closed.

use std::time::Duration;

use gateway::admin::status::{PortHolder, ServerState};
use serde_json::json;
use store::exchanges::{ErrorSource, ExchangeState};

use crate::{
    ask::{self, Ask, Dialect},
    fake::Fake,
    rig::{self, Rig},
    told,
};

#[tokio::test]
async fn a_taken_port_is_never_left_silently() {
    let first = Rig::with("").await;
    let address = first.url.trim_start_matches("http://").parse().unwrap();
    let second = Rig::with("").await;
    second.gateway.stop().await;
    let ServerState::Failed { reason } = second.gateway.start(Some(address)).await else {
        panic!("it runs on a taken port");
    };
    let patchbay = PortHolder::Patchbay {
        version: "0.0.0-test".to_owned(),
    };
    assert_eq!(reason.holder, Some(patchbay));
    assert!(
        reason.message.contains("another Patchbay (0.0.0-test)"),
        "{}",
        reason.message
    );
    let free = reason.free_address.unwrap().parse().unwrap();
    let state = second.gateway.start(Some(free)).await;
    assert_eq!(
        state,
        ServerState::Running {
            address: free.to_string()
        }
    );
}

#[tokio::test]
async fn a_stranger_on_the_port_is_named_as_far_as_it_shows() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rig = Rig::with("").await;
    rig.gateway.stop().await;
    let address = silent.local_addr().unwrap();
    let ServerState::Failed { reason } = rig.gateway.start(Some(address)).await else {
        panic!("it runs on a taken port");
    };
    let Some(PortHolder::Stranger { process }) = reason.holder else {
        panic!("{:?}", reason.holder);
    };
    if cfg!(target_os = "linux") {
        // This very test.
        assert!(process.is_some_and(|name| name.starts_with("gateway")));
    }
}

#[tokio::test]
async fn a_stop_closes_the_port_and_ends_streams_in_their_protocols_error() {
    for dialect in Dialect::CLIENTS {
        let fake = Fake::start().await;
        let rig = Rig::with(&rig::both(&fake)).await;
        let model = format!("{}/endless-text", Dialect::Anthropic.word());
        let request = ask::request(&rig.client, &rig.url, dialect, Ask::Text, &model, true);
        let mut answer = request.send().await.unwrap();
        let mut bytes = answer.chunk().await.unwrap().unwrap().to_vec();
        assert_eq!(rig.gateway.stop().await, ServerState::Stopped);
        let address = rig.url.trim_start_matches("http://");
        assert!(
            std::net::TcpListener::bind(address).is_ok(),
            "the port is still taken"
        );
        let rest = async {
            while let Ok(Some(chunk)) = answer.chunk().await {
                bytes.extend_from_slice(&chunk);
            }
        };
        tokio::time::timeout(Duration::from_secs(20), rest)
            .await
            .unwrap();
        let told = told::stream(dialect, &bytes);
        let (_, message) = told.error.unwrap();
        assert!(message.contains("was stopped"), "{message}");
        let (row, _) = rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Failed);
    }
}

#[tokio::test]
async fn edge_138_a_stop_answers_whoever_still_waits_and_says_when_to_come_again() {
    for dialect in Dialect::CLIENTS {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = silent.local_addr().unwrap();
        let rig = Rig::with(&format!(
            "[[providers]]\nid = \"silent\"\nprotocol = \"anthropic\"\nbase_url = \"http://{address}\"\n"
        ))
        .await;
        let request = ask::request(&rig.client, &rig.url, dialect, Ask::Text, "silent/m", false);
        let waiting = tokio::spawn(request.send());
        let (_taken, _) = silent.accept().await.unwrap();
        assert_eq!(rig.gateway.stop().await, ServerState::Stopped);
        let answer = waiting.await.unwrap().unwrap();
        let status = answer.status().as_u16();
        assert!([503, 529].contains(&status), "{dialect:?}: {status}");
        assert_eq!(answer.headers()["retry-after"], "5", "{dialect:?}");
        let text = answer.text().await.unwrap();
        assert!(text.contains("Patchbay was stopped"), "{text}");
        let (row, _) = rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Failed);
        assert_eq!(row.error_source, Some(ErrorSource::Patchbay));
    }
}

#[tokio::test]
async fn the_router_works_in_process_while_the_port_is_closed() {
    let rig = Rig::with("[[access_keys]]\nname = \"ide\"\nkey = { env = \"ACCESS_KEY\" }\n").await;
    rig.gateway.stop().await;
    let body = json!({"model": "echo/echo", "messages": [{"role": "user", "content": "Hello"}]});
    let answer = rig.in_process("/v1/chat/completions", &body).await;
    assert_eq!(answer.status(), 200);
    axum::body::to_bytes(answer.into_body(), usize::MAX)
        .await
        .unwrap();
    let (row, _) = rig.only_row().await;
    assert_eq!(row.client.as_deref(), Some("Playground"));
}

#[tokio::test]
async fn states_can_be_watched() {
    let rig = Rig::with("").await;
    let mut state = rig.gateway.state();
    assert!(matches!(
        &*state.borrow_and_update(),
        ServerState::Running { .. }
    ));
    rig.gateway.stop().await;
    state.changed().await.unwrap();
    assert_eq!(*state.borrow_and_update(), ServerState::Stopped);
    assert_eq!(rig.gateway.status().running_since, None);
}
