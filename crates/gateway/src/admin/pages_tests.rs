//! A page in a browser: real connections, a cookie, and a server that stops under it.

use std::{net::SocketAddr, time::Duration};

use axum::body::{Body, Bytes};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

use super::{rig::Rig, status::ServerState};
use crate::server;

const ANY_PORT: &str = "version = 1\n[listen]\naddress = \"127.0.0.1:0\"\n";
/// Far less than the grace that a stop gives to streams.
const SOON: Duration = Duration::from_secs(20);

struct Browser {
    client: Client<HttpConnector, Body>,
    address: SocketAddr,
    cookie: String,
}

impl Browser {
    async fn signed_in(rig: &Rig) -> Self {
        let mut browser = Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            address: rig.app.listening_at().unwrap(),
            cookie: String::new(),
        };
        let link = rig.app.sessions.new_link().unwrap();
        let answer = browser.send("GET", &link, None).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        browser
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> http::Response<Incoming> {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("origin", format!("http://{}", self.address))
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &self.cookie);
        let request = match body {
            Some(json) => request
                .header("content-type", "application/json")
                .body(Body::from(json.to_string())),
            None => request.body(Body::empty()),
        };
        self.client.request(request.unwrap()).await.unwrap()
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.send(method, path, body).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }
}

async fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

/// Waits until the server is in a state that `fits`.
async fn until(rig: &Rig, fits: impl FnMut(&ServerState) -> bool) -> ServerState {
    let mut states = rig.app.server.state();
    let reached = tokio::time::timeout(SOON, states.wait_for(fits)).await;
    reached.unwrap().unwrap().clone()
}

#[tokio::test]
async fn a_page_stops_the_server_that_serves_it() {
    let rig = Rig::new(ANY_PORT);
    server::start(&rig.app, None).await;
    let page = Browser::signed_in(&rig).await;
    let live = page.send("GET", "/admin/live", None).await;
    let told = page
        .call("POST", "/admin/server/stop", Some(json!({})))
        .await;
    assert_eq!(told, json!({"state": "stopping"}));
    until(&rig, |state| *state == ServerState::Stopped).await;
    let text = live.into_body().collect().await.unwrap().to_bytes();
    assert!(text.starts_with(b"data: {\"kind\":\"status\""), "{text:?}");
    assert!(TcpStream::connect(page.address).await.is_err());
}

#[tokio::test]
async fn a_page_moves_the_server_that_serves_it() {
    let rig = Rig::new(ANY_PORT);
    server::start(&rig.app, None).await;
    let page = Browser::signed_in(&rig).await;
    let new = free_address().await;
    let body = Some(json!({"address": new.to_string()}));
    let moved = page.send("PUT", "/admin/settings", body).await;
    assert_eq!(moved.status(), StatusCode::OK);
    let running = ServerState::Running {
        address: new.to_string(),
    };
    // The page can go there at once, and is signed in.
    assert_eq!(rig.app.server_state(), running);
    let cookie = moved.headers()["set-cookie"].to_str().unwrap();
    let own = format!("patchbay_session_{}=", new.port());
    assert!(cookie.starts_with(&own), "{cookie}");
    let there = Browser {
        address: new,
        cookie: cookie.split(';').next().unwrap().to_owned(),
        client: page.client.clone(),
    };
    let session = there.call("GET", "/admin/session", None).await;
    assert_eq!(session, json!({"kind": "browser"}));
    let closed = async {
        while TcpStream::connect(page.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, closed).await.unwrap();
    server::stop(&rig.app).await;
}

#[tokio::test]
async fn the_window_moves_the_server_and_waits() {
    let rig = Rig::new(ANY_PORT);
    server::start(&rig.app, None).await;
    let new = free_address().await;
    rig.put("/admin/settings", json!({"address": new.to_string()}))
        .await;
    assert_eq!(rig.app.listening_at(), Some(new));
    let newer = free_address().await;
    let body = json!({"address": newer.to_string()});
    let started = rig
        .call("POST", "/admin/server/start", Some(body))
        .await
        .json();
    assert_eq!(
        started,
        json!({"state": "running", "address": newer.to_string()})
    );
    assert_eq!(
        rig.get("/admin/settings").await["address"],
        json!(newer.to_string())
    );
    server::stop(&rig.app).await;
}

#[tokio::test]
async fn a_taken_address_is_kept_and_shown_as_failed() {
    let rig = Rig::new(ANY_PORT);
    server::start(&rig.app, None).await;
    let held = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = held.local_addr().unwrap();
    rig.put("/admin/settings", json!({"address": taken.to_string()}))
        .await;
    let status = rig.get("/admin/status").await;
    assert_eq!(status["server"]["state"], json!("failed"));
    assert_eq!(status["address"], json!(taken.to_string()));
    assert!(rig.config_text().contains(&taken.to_string()));

    let way_out = status["server"]["reason"]["free_address"].clone();
    let started = rig
        .call(
            "POST",
            "/admin/server/start",
            Some(json!({"address": way_out})),
        )
        .await
        .json();
    assert_eq!(started, json!({"state": "running", "address": way_out}));
    server::stop(&rig.app).await;
}

#[tokio::test]
async fn a_page_does_not_move_the_server_to_where_it_cannot_follow() {
    let rig = Rig::new(ANY_PORT);
    server::start(&rig.app, None).await;
    let page = Browser::signed_in(&rig).await;
    let held = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = held.local_addr().unwrap();
    for (method, path) in [("PUT", "/admin/settings"), ("POST", "/admin/server/start")] {
        let body = json!({"address": taken.to_string()});
        let answer = page.send(method, path, Some(body)).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT, "{path}");
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let failure: super::Failure = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(failure.error.field.as_deref(), Some("address"));
        let message = failure.error.message;
        let start = format!("Port {} is in use by another program", taken.port());
        assert!(message.starts_with(&start), "{message}");
        assert!(message.ends_with(" is free."), "{message}");
    }
    assert_eq!(rig.config_text(), ANY_PORT);
    assert_eq!(rig.app.listening_at(), Some(page.address));
    server::stop(&rig.app).await;
}

#[tokio::test]
async fn a_link_from_the_terminal_signs_in_once_while_the_server_runs() {
    let rig = Rig::new(ANY_PORT);
    let folder = rig.app.sign_in_folder.clone();
    assert!(folder.leave_link().await.is_err());
    server::start(&rig.app, None).await;
    let page = Browser::signed_in(&rig).await;
    let link = folder.leave_link().await.unwrap();
    let path = link.strip_prefix(&format!("http://{}", page.address));
    for expected in [StatusCode::SEE_OTHER, StatusCode::FORBIDDEN] {
        let answer = page.send("GET", path.unwrap(), None).await;
        assert_eq!(answer.status(), expected);
    }
    server::stop(&rig.app).await;
    assert!(folder.leave_link().await.is_err());
}

#[tokio::test]
async fn the_port_shows_the_ui_and_guards_the_rest() {
    let rig = Rig::new(ANY_PORT);
    server::start(&rig.app, None).await;
    let page = Browser::signed_in(&rig).await;
    let front = page.send("GET", "/", None).await;
    assert_eq!(front.headers()["cache-control"], "no-store");
    assert!(
        front.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'self'")
    );
    let stranger = Browser {
        cookie: String::new(),
        ..page
    };
    for (method, path) in [
        ("GET", "/admin/settings"),
        ("DELETE", "/admin/exchanges"),
        ("GET", "/admin/"),
    ] {
        let answer = stranger.send(method, path, None).await;
        let expected = if path == "/admin/" {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::UNAUTHORIZED
        };
        assert_eq!(answer.status(), expected, "{method} {path}");
        let body: Bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let failure: super::Failure = serde_json::from_slice(&body).unwrap();
        assert!(!failure.error.message.is_empty());
    }
    server::stop(&rig.app).await;
}

#[tokio::test]
async fn a_signed_in_page_needs_no_access_key_and_others_do() {
    let rig = Rig::new(ANY_PORT);
    let made = rig
        .call("POST", "/admin/access-keys", Some(json!({"name": "ide"})))
        .await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    server::start(&rig.app, None).await;
    let page = Browser::signed_in(&rig).await;
    let question = || {
        let messages = json!([{"role": "user", "content": "Hello"}]);
        Some(json!({"model": "echo/echo", "messages": messages}))
    };
    let path = "/v1/chat/completions";
    assert_eq!(
        page.send("POST", path, question()).await.status(),
        StatusCode::OK
    );
    let stranger = Browser {
        cookie: "patchbay_session_1=x".to_owned(),
        ..page
    };
    assert_eq!(
        stranger.send("POST", path, question()).await.status(),
        StatusCode::UNAUTHORIZED
    );
    server::stop(&rig.app).await;
}

#[tokio::test]
async fn what_the_gate_refuses_has_the_form_of_all_failures() {
    let rig = Rig::new(ANY_PORT);
    let router = server::router(&rig.app);
    for (header, value) in [
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let request = Request::post("/admin/server/stop").header(header, value);
        let request = request.body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{header}");
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let failure: super::Failure = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(
            (failure.error.code.as_str(), failure.error.field),
            ("forbidden", None)
        );
    }
}
