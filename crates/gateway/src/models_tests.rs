//! Lists of models, from a provider that takes its time.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{Router, routing::get};
use tokio::{net::TcpListener, sync::Notify};

use super::*;
use crate::admin::rig::Rig;

#[derive(Default)]
struct Slow {
    asked: AtomicUsize,
    arrived: Notify,
    may_answer: Notify,
}

#[tokio::test]
async fn who_asks_at_once_waits_for_one_answer() {
    let slow = Arc::new(Slow::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let provider = Arc::clone(&slow);
    let list = async move || {
        provider.asked.fetch_add(1, Ordering::Relaxed);
        provider.arrived.notify_one();
        provider.may_answer.notified().await;
        r#"{"object":"list","data":[{"id":"m"}]}"#
    };
    let router = Router::new().route("/v1/models", get(list));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let rig = Rig::new(&format!(
        "version = 1\n[[providers]]\nid = \"lab\"\nprotocol = \"openai_chat\"\nbase_url = \"{base_url}\"\n"
    ));
    let answer = async {
        slow.arrived.notified().await;
        slow.may_answer.notify_one();
    };
    let ask = || addressable(&rig.app, 0);
    let (one, two, three, ()) = tokio::join!(ask(), ask(), ask(), answer);
    for models in [one, two, three] {
        let ids: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
        assert_eq!(ids, ["lab/m", "echo/echo"]);
    }
    assert_eq!(slow.asked.load(Ordering::Relaxed), 1);
}
