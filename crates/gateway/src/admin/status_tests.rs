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

#[tokio::test]
async fn an_access_key_without_its_variable_is_told_while_it_is_so() {
    let key = "[[access_keys]]\nname = \"ide\"\nkey = { env = \"PATCHBAY_KEY\" }\n";
    let set = "[[access_keys]]\nname = \"ci\"\nkey = { env = \"CI_KEY\" }\n";
    let rig = Rig::new(&format!("version = 1\n{key}{set}"));
    assert_eq!(
        rig.get("/admin/status").await["notices"],
        json!([
            "The access key `ide` comes from the variable PATCHBAY_KEY, which is not set: no client can use it."
        ])
    );
    let removed = rig.app.config.edit(|edit| {
        edit.remove_access_key("ide");
    });
    removed.await.unwrap();
    assert_eq!(rig.get("/admin/status").await["notices"], json!([]));
}
