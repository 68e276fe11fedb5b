//! The live stream, read as a page reads it.

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt as _;
use http::Request;
use serde_json::{Value, json};

use super::*;
use crate::{
    access::InProcess,
    admin::rig::{CONFIG, Rig},
    server,
};

struct Page(BodyDataStream);

impl Page {
    async fn of_window(rig: &Rig) -> Self {
        let request = Request::get("/admin/live")
            .extension(InProcess)
            .body(Body::empty())
            .unwrap();
        Self::of(rig, request).await
    }

    async fn of_browser(rig: &Rig) -> Self {
        let link = rig.app.sessions.new_link().unwrap();
        let answer = rig
            .send(Request::get(link).body(Body::empty()).unwrap())
            .await;
        let cookie = answer.headers["set-cookie"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let request = Request::get("/admin/live")
            .header("cookie", cookie)
            .body(Body::empty())
            .unwrap();
        Self::of(rig, request).await
    }

    async fn of(rig: &Rig, request: Request<Body>) -> Self {
        let response = rig.open(request).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(response.into_body().into_data_stream())
    }

    /// The text of the next frame.
    async fn frame(&mut self) -> Option<String> {
        let bytes = self.0.next().await?.unwrap();
        Some(String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn event(&mut self) -> Value {
        let frame = self.frame().await.unwrap();
        serde_json::from_str(frame.strip_prefix("data: ").unwrap()).unwrap()
    }
}

#[tokio::test]
async fn begins_with_the_status_and_goes_on_with_what_happens() {
    let rig = Rig::new(CONFIG);
    let mut page = Page::of_window(&rig).await;
    rig.app.announce(LiveEvent::ExchangesDeleted);
    let first = page.event().await;
    assert_eq!(
        first,
        json!({"kind": "status", "status": rig.get("/admin/status").await})
    );
    assert_eq!(page.event().await, json!({"kind": "exchanges_deleted"}));
}

#[tokio::test]
async fn a_new_key_is_told_though_the_file_stays() {
    let rig = Rig::new(CONFIG);
    let mut page = Page::of_window(&rig).await;
    page.event().await;
    rig.put(
        "/admin/accounts/openai-main/key",
        json!({"key": "sk-0123456789abcdef"}),
    )
    .await;
    assert_eq!(page.event().await, json!({"kind": "config_changed"}));
    assert_eq!(page.event().await["kind"], json!("status"));
}

#[tokio::test]
async fn who_is_too_slow_is_told_to_fetch_again() {
    let rig = Rig::new(CONFIG);
    let mut page = Page::of_window(&rig).await;
    page.event().await;
    for _ in 0..5000 {
        rig.app.announce(LiveEvent::ExchangesDeleted);
    }
    assert_eq!(page.event().await, json!({"kind": "missed"}));
    assert_eq!(page.event().await, json!({"kind": "exchanges_deleted"}));
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_every_fifteen_seconds() {
    let rig = Rig::new(CONFIG);
    let mut page = Page::of_window(&rig).await;
    page.event().await;
    let before = tokio::time::Instant::now();
    assert_eq!(page.frame().await.as_deref(), Some(":\n\n"));
    assert_eq!(before.elapsed().as_secs(), 15);
}

#[tokio::test]
async fn a_page_does_not_hold_up_the_server_that_stops() {
    let rig = Rig::new("version = 1\n[listen]\naddress = \"127.0.0.1:0\"\n");
    server::start(&rig.app, None).await;
    let (mut page, mut window) = (Page::of_browser(&rig).await, Page::of_window(&rig).await);
    page.event().await;
    window.event().await;
    server::stop(&rig.app).await;
    rig.app.announce_status();
    assert_eq!(page.event().await["kind"], json!("status"));
    assert_eq!(page.frame().await, None);
    assert_eq!(window.event().await["kind"], json!("status"));
    rig.app.announce(LiveEvent::ExchangesDeleted);
    assert_eq!(window.event().await, json!({"kind": "exchanges_deleted"}));
}
