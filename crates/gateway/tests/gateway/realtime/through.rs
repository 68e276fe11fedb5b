//! To a provider that has such conversations: every message goes on as it is.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{
        Request, State,
        ws::{CloseFrame, Message, WebSocketUpgrade},
    },
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use futures_util::SinkExt as _;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use store::exchanges::ExchangeState;
use tokio_tungstenite::tungstenite::Message as Sent;

use super::{Socket, answer, ask, text_of};
use crate::{fake::KEY, rig::Rig, socket::PATIENCE};

/// Greets in an odd layout, repeats what it hears, and closes when it is told to.
struct Far {
    url: String,
    heard: Arc<Heard>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Heard {
    handshakes: Mutex<Vec<(Uri, HeaderMap)>>,
    texts: Mutex<Vec<String>>,
}

const GREETING: &str = "{ \"type\" : \"session.created\",\"session\":{\"id\":\"sess_far\"} }";
const DONE: &str = r#"{"type":"response.done","response":{"id":"resp_far","usage":{"total_tokens":12,"input_tokens":8,"output_tokens":4,"input_token_details":{"cached_tokens":3}}}}"#;
const FAILED: &str = r#"{"type":"response.done","response":{"id":"resp_far","status":"failed","status_details":{"type":"failed","error":{"type":"server_error","code":"server_error","message":"It broke."}}}}"#;

impl Far {
    async fn start() -> Self {
        let heard = Arc::new(Heard::default());
        let router = Router::new()
            .route("/v1/realtime", get(converse))
            .with_state(Arc::clone(&heard));
        let mut far = Self::with(router).await;
        far.heard = heard;
        far
    }

    async fn with(router: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            heard: Arc::default(),
            task,
        }
    }

    fn config(&self, key: &str) -> String {
        format!(
            "[[providers]]\nid = \"far\"\nprotocol = \"openai_chat\"\nbase_url = \"{}/v1\"\nretries = 0\n[[accounts]]\nid = \"a\"\nprovider = \"far\"\nkey = {{ env = \"{key}\" }}\n[log]\nbodies = \"all\"\n",
            self.url
        )
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(
    State(heard): State<Arc<Heard>>,
    upgrade: WebSocketUpgrade,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    heard
        .handshakes
        .lock()
        .unwrap()
        .push((request.uri().clone(), headers.clone()));
    if headers
        .get("authorization")
        .is_none_or(|key| key != &format!("Bearer {KEY}"))
    {
        let body = json!({"error": {"message": "Incorrect API key provided.", "type": "invalid_request_error", "param": null, "code": "invalid_api_key"}});
        return (StatusCode::UNAUTHORIZED, body.to_string()).into_response();
    }
    upgrade
        .protocols(["realtime"])
        .on_upgrade(async move |mut socket| {
            socket.send(Message::Text(GREETING.into())).await.unwrap();
            while let Some(Ok(message)) = socket.recv().await {
                match message {
                    Message::Text(text) if text.as_str() == "leave" => {
                        let frame = CloseFrame {
                            code: 4000,
                            reason: "beta_api_shape_disabled".into(),
                        };
                        let _ = socket.send(Message::Close(Some(frame))).await;
                        return;
                    }
                    Message::Text(text) if text.starts_with("goodbye ") => {
                        let reason = text.as_str().into();
                        let _ = socket
                            .send(Message::Close(Some(CloseFrame { code: 4001, reason })))
                            .await;
                        return;
                    }
                    Message::Text(text) if text.as_str() == "vanish" => return,
                    Message::Text(text) => {
                        heard.texts.lock().unwrap().push(text.to_string());
                        let answer = if text.contains("response.create") {
                            DONE.into()
                        } else if text == "fail" {
                            FAILED.into()
                        } else {
                            text
                        };
                        socket.send(Message::Text(answer)).await.unwrap();
                    }
                    Message::Binary(bytes) => socket.send(Message::Binary(bytes)).await.unwrap(),
                    _ => {}
                }
            }
        })
}

#[tokio::test]
async fn messages_go_on_as_they_are_and_are_one_row() {
    let far = Far::start().await;
    let config = format!(
        "{}\n[[aliases]]\nname = \"voice\"\ntargets = [\"far/gpt-realtime-2\"]\n",
        far.config("FAKE_KEY")
    );
    let rig = Rig::with(&config).await;
    let path = "/v1/realtime?model=voice&key=canary-client&dialect=ga&safety=on";
    let headers = [
        (
            "sec-websocket-protocol",
            "realtime, openai-insecure-api-key.canary-client",
        ),
        ("openai-beta", "realtime=v1"),
        ("authorization", "Bearer canary-client"),
    ];
    let (mut socket, answer) = Socket::try_open(&rig, path, &headers).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "realtime");
    assert_eq!(socket.next().await.unwrap(), Sent::text(GREETING));
    for text in [
        "{\"a\" :  1.0}",
        "no json",
        "{\"big\":12345678901234567890123}",
    ] {
        socket.0.send(Sent::text(text)).await.unwrap();
        assert_eq!(socket.next().await.unwrap(), Sent::text(text));
    }
    socket
        .0
        .send(Sent::binary(vec![0, 159, 146]))
        .await
        .unwrap();
    assert_eq!(
        socket.next().await.unwrap(),
        Sent::binary(vec![0, 159, 146])
    );
    for _ in 0..2 {
        socket
            .0
            .send(Sent::text("{\"type\":\"response.create\"}"))
            .await
            .unwrap();
        assert_eq!(socket.next().await.unwrap(), Sent::text(DONE));
    }
    socket.close().await;
    {
        let handshakes = far.heard.handshakes.lock().unwrap();
        let (uri, headers) = &handshakes[0];
        assert_eq!(uri.query(), Some("model=gpt-realtime-2&safety=on"));
        assert_eq!(headers["openai-beta"], "realtime=v1");
        assert_eq!(headers["sec-websocket-protocol"], "realtime");
        assert!(!format!("{uri} {headers:?}").contains("canary-client"));
    }
    let (row, bodies) = rig.only_row().await;
    assert_eq!(
        (row.state, row.upstream_status),
        (ExchangeState::Done, Some(101))
    );
    assert_eq!(row.status, Some(101));
    assert_eq!(row.upstream_model.as_deref(), Some("gpt-realtime-2"));
    assert_eq!((row.input_tokens, row.output_tokens), (Some(10), Some(8)));
    assert_eq!(row.finish_reason.as_deref(), Some("stop"));
    let kept = bodies.client_response.unwrap();
    assert!(String::from_utf8_lossy(&kept.bytes).starts_with(GREETING));
    assert!(!format!("{row:?}").contains("canary-client"));
}

#[tokio::test]
async fn a_refusal_of_the_provider_comes_before_the_socket() {
    let far = Far::start().await;
    let rig = Rig::with(&far.config("WRONG_KEY")).await;
    let answer = Socket::try_open(&rig, "/v1/realtime?model=far/gpt-realtime", &[]).await;
    let Err(answer) = answer else {
        panic!("it was let in");
    };
    assert_eq!(answer.status(), 401);
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(body.contains("upstream_auth_error"), "{body}");
    let (row, bodies) = rig.only_row().await;
    assert_eq!(bodies.client_response.unwrap().bytes, body);
    assert_eq!(
        (row.state, row.upstream_status),
        (ExchangeState::Failed, Some(401))
    );
    assert_eq!(row.status, Some(401));
}

#[tokio::test]
async fn a_provider_without_the_path_is_asked_in_chats() {
    for (status, body) in [
        (404, r#"{"detail":"Not Found"}"#),
        (
            404,
            r#"{"error":{"message":"Invalid URL (GET /v1/realtime)","type":"invalid_request_error","param":null,"code":null}}"#,
        ),
        (405, ""),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let router = Router::new()
            .route("/v1/realtime", get(async move || (status, body)))
            .route("/v1/chat/completions", post(chat));
        let far = Far::with(router).await;
        let rig = Rig::with(&far.config("FAKE_KEY")).await;
        let mut socket = Socket::for_model(&rig, "far/gpt-realtime").await;
        socket.say(ask("Hello")).await;
        socket.say(answer()).await;
        let events = socket.hear_until("response.done").await;
        let text = text_of(&events, "response.output_text.delta", "delta");
        assert_eq!(text, "By chat.");
        socket.close().await;
        let rows = rig.rows().await;
        // The handshake, with what the provider said to it, and the turn.
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.state, row.status, row.upstream_status))
            .collect();
        assert_eq!(
            told,
            [
                (ExchangeState::Done, Some(101), Some(status.as_u16())),
                (ExchangeState::Done, Some(200), Some(200)),
            ]
        );
        assert!(rows[0].attempts[0].error.is_some());
    }
}

#[tokio::test]
async fn a_provider_that_does_not_know_the_model_is_believed() {
    let body = r#"{"error":{"message":"The model does not exist.","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#;
    let router = Router::new().route(
        "/v1/realtime",
        get(async move || (StatusCode::NOT_FOUND, body)),
    );
    let far = Far::with(router).await;
    let rig = Rig::with(&far.config("FAKE_KEY")).await;
    let refusal = Socket::try_open(&rig, "/v1/realtime?model=far/gpt-realtime", &[]).await;
    assert_eq!(refusal.err().unwrap().status(), 404);
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Failed);
}

/// One answer as a stream.
async fn chat() -> Response {
    let chunk = |delta: Value, finish: Value| {
        let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-realtime",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
        format!("data: {chunk}\n\n")
    };
    let begin = chunk(
        json!({"role": "assistant", "content": "By chat."}),
        Value::Null,
    );
    let end = chunk(json!({}), json!("stop"));
    let body = format!("{begin}{end}data: [DONE]\n\n");
    ([("content-type", "text/event-stream")], body).into_response()
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_no_500() {
    let far = Far::start().await;
    let config = far.config("FAKE_KEY");
    drop(far);
    let rig = Rig::with(&config).await;
    let answer = Socket::try_open(&rig, "/v1/realtime?model=far/gpt-realtime", &[]).await;
    assert_eq!(answer.err().unwrap().status(), 502);
}

#[tokio::test]
async fn the_providers_goodbye_is_the_clients() {
    let far = Far::start().await;
    let rig = Rig::with(&far.config("FAKE_KEY")).await;
    let mut socket = Socket::open(&rig, "/v1/realtime?model=far/gpt-realtime").await;
    socket.0.send(Sent::text("leave")).await.unwrap();
    let farewell = socket.farewell().await.unwrap();
    assert_eq!(
        (u16::from(farewell.code), farewell.reason.as_str()),
        (4000, "beta_api_shape_disabled")
    );
    let mut socket = Socket::open(&rig, "/v1/realtime?model=far/gpt-realtime").await;
    socket.0.send(Sent::text("vanish")).await.unwrap();
    assert_eq!(u16::from(socket.farewell().await.unwrap().code), 1011);
    let rows = rig.rows().await;
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [ExchangeState::Done, ExchangeState::Failed]);
}

/// By an address that is not known for this computer's own.
fn elsewhere(far: &Far) -> String {
    far.config("FAKE_KEY").replace("127.0.0.1", "0.0.0.0")
}

#[tokio::test]
async fn a_key_that_the_provider_repeats_goes_no_further() {
    let far = Far::start().await;
    let rig = Rig::with(&elsewhere(&far)).await;
    let mut socket = Socket::open(&rig, "/v1/realtime?model=far/gpt-realtime").await;
    assert_eq!(socket.next().await.unwrap(), Sent::text(GREETING));
    for (said, heard) in [
        (format!("{{\"key\":\"{KEY}\"}}"), "{\"key\":\"…\"}"),
        ("{\"a\" :  1.0}".to_owned(), "{\"a\" :  1.0}"),
    ] {
        socket.0.send(Sent::text(said)).await.unwrap();
        assert_eq!(socket.next().await.unwrap(), Sent::text(heard));
    }
    let said = format!("goodbye {KEY}");
    socket.0.send(Sent::text(said)).await.unwrap();
    let farewell = socket.farewell().await.unwrap();
    assert_eq!(farewell.reason.as_str(), "goodbye …");
    let (_, bodies) = rig.only_row().await;
    let kept = bodies.client_response.unwrap();
    let kept = String::from_utf8_lossy(&kept.bytes);
    assert!(!kept.contains(KEY), "{kept}");
}

/// What a server on this computer says of its key is its answer.
#[tokio::test]
async fn a_word_for_a_server_on_this_computer_is_no_secret() {
    let far = Far::start().await;
    let rig = Rig::with(&far.config("FAKE_KEY")).await;
    let mut socket = Socket::open(&rig, "/v1/realtime?model=far/gpt-realtime").await;
    assert_eq!(socket.next().await.unwrap(), Sent::text(GREETING));
    socket.0.send(Sent::text(KEY)).await.unwrap();
    assert_eq!(socket.next().await.unwrap(), Sent::text(KEY));
}

#[tokio::test]
async fn a_key_that_is_taken_back_ends_what_is_handed_through() {
    let keys = [
        ("ide", "ACCESS_KEY"),
        ("other", "WRONG_KEY"),
        ("last", "WRONG_KEY"),
    ];
    let keys = keys.map(|(name, key)| {
        format!("[[access_keys]]\nname = \"{name}\"\nkey = {{ env = \"{key}\" }}\n")
    });
    let far = Far::start().await;
    let rig = Rig::with(&(far.config("FAKE_KEY") + &keys.concat())).await;
    let right = ("authorization", "Bearer an-access-key");
    let path = "/v1/realtime?model=far/gpt-realtime";
    let (mut socket, _) = Socket::try_open(&rig, path, &[right]).await.unwrap();
    assert_eq!(socket.next().await.unwrap(), Sent::text(GREETING));
    // What has nothing to do with it ends nothing.
    for key in ["other", "ide"] {
        socket.0.send(Sent::text("here")).await.unwrap();
        assert_eq!(socket.next().await.unwrap(), Sent::text("here"));
        let edited = rig.config.edit(|edit| {
            edit.remove_access_key(key);
        });
        edited.await.unwrap();
    }
    let farewell = tokio::time::timeout(PATIENCE, socket.farewell()).await;
    let farewell = farewell.unwrap().unwrap();
    assert_eq!(u16::from(farewell.code), 1008);
    assert!(farewell.reason.contains("access key"), "{farewell:?}");
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Failed);
    assert_eq!(row.error_kind.as_deref(), Some("authentication"));
}

#[tokio::test]
async fn a_reply_that_failed_is_in_the_row() {
    let far = Far::start().await;
    let rig = Rig::with(&far.config("FAKE_KEY")).await;
    let mut socket = Socket::open(&rig, "/v1/realtime?model=far/gpt-realtime").await;
    assert_eq!(socket.next().await.unwrap(), Sent::text(GREETING));
    socket.0.send(Sent::text("fail")).await.unwrap();
    assert_eq!(socket.next().await.unwrap(), Sent::text(FAILED));
    socket.close().await;
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Failed);
    assert_eq!(row.error_message.as_deref(), Some("It broke."));
}

#[tokio::test]
async fn a_stop_ends_what_is_handed_through() {
    let far = Far::start().await;
    let rig = Rig::with(&far.config("FAKE_KEY")).await;
    let mut socket = Socket::open(&rig, "/v1/realtime?model=far/gpt-realtime").await;
    assert_eq!(socket.next().await.unwrap(), Sent::text(GREETING));
    rig.gateway.stop().await;
    assert_eq!(u16::from(socket.farewell().await.unwrap().code), 1001);
}
