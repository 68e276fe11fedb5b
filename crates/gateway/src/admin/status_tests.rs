//! Start, stop and move, by the window and by a page.

use serde_json::json;

use crate::{
    admin::rig::{CONFIG, Rig},
    server,
};

#[tokio::test]
async fn the_status_tells_what_runs() {
    let rig = Rig::new(CONFIG);
    let status = rig.get("/admin/status").await;
    assert_eq!(status["server"], json!({"state": "stopped"}));
    assert_eq!(status["address"], json!("127.0.0.1:7229"));
    assert_eq!(status["config"]["problem"], json!(null));
}

#[tokio::test]
async fn start_and_stop_open_and_close_the_port() {
    let rig = Rig::new("version = 1\n[listen]\naddress = \"127.0.0.1:0\"\n");
    let started = rig
        .call("POST", "/admin/server/start", Some(json!({})))
        .await
        .json();
    assert_eq!(started["state"], json!("running"));
    let stopped = rig.call("POST", "/admin/server/stop", None).await.json();
    assert_eq!(stopped, json!({"state": "stopped"}));
    server::stop(&rig.app).await;
}

#[tokio::test]
async fn a_bad_address_is_refused() {
    let rig = Rig::new(CONFIG);
    let refusal = rig
        .refusal(
            "POST",
            "/admin/server/start",
            Some(json!({"address": "0.0.0.0:80"})),
        )
        .await;
    assert_eq!(
        refusal,
        "400 invalid address | Patchbay serves this computer only: write 127.0.0.1 or [::1] and a port."
    );
    assert_eq!(rig.config_text(), CONFIG);
}
