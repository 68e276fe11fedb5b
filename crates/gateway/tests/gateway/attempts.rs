//! What a row tells where several targets were asked: all of it is of the one that the client's answer is from.

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};
use store::exchanges::{Bodies, Body, ExchangeRow, LossRow};

use crate::{
    ask::{self, Ask, Dialect},
    rig::Rig,
    scripted::{self, Scripted},
};

/// An alias `model` of these providers, each with a protocol and an address, in this order.
async fn rig(providers: &[(&str, &str, &str)], more: &str) -> Rig {
    let mut config = String::new();
    for (id, protocol, url) in providers {
        config += &format!(
            "[[providers]]\nid = \"{id}\"\nprotocol = \"{protocol}\"\nbase_url = \"{url}\"\nretries = 0\n"
        );
    }
    let targets: Vec<String> = providers
        .iter()
        .map(|(id, ..)| format!("\"{id}/m\""))
        .collect();
    let targets = targets.join(", ");
    config += &format!("[[aliases]]\nname = \"model\"\ntargets = [{targets}]\n");
    Rig::with(&format!("{config}[log]\nbodies = \"all\"\n{more}")).await
}

fn says(status: u16, from: &str, body: &Value) -> Response {
    let mut answer = scripted::json(body);
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    let headers = answer.headers_mut();
    headers.insert("x-from", from.parse().unwrap());
    answer
}

async fn busy() -> Scripted {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}});
    Scripted::start(move |_, _| says(503, "busy", &error)).await
}

async fn strict() -> Scripted {
    let error = json!({"error": {"type": "invalid_request_error", "message": "Who?"}});
    Scripted::start(move |_, _| says(401, "strict", &error)).await
}

/// Takes all that a client of its protocol writes.
async fn good() -> Scripted {
    let message = json!({"role": "assistant", "content": "Hi."});
    let reply = json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]});
    Scripted::start(move |_, _| says(200, "good", &reply)).await
}

async fn ask(rig: &Rig, dialect: Dialect, fields: Value) -> reqwest::Response {
    let mut body = ask::body(dialect, Ask::Text, "model", false);
    let fields = fields.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    let path = dialect.path("model", false);
    let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
    request.send().await.unwrap()
}

/// What the provider said, and who said it, as the row has it.
fn heard(bodies: &Bodies) -> (String, bool, &str) {
    let text = |body: &Option<Body>| {
        let bytes = body.as_ref().map(|body| body.bytes.to_vec());
        String::from_utf8(bytes.unwrap_or_default()).unwrap()
    };
    let headers = text(&bodies.upstream_response_headers);
    let from = ["busy", "strict", "good"];
    let from = from.into_iter().find(|name| headers.contains(name));
    let asked: Value = serde_json::from_str(&text(&bodies.upstream_request)).unwrap();
    // Only one of the protocols insists on it.
    let has_limit = asked["max_tokens"].is_u64();
    (
        text(&bodies.upstream_response),
        has_limit,
        from.unwrap_or_default(),
    )
}

fn losses(row: &ExchangeRow) -> Vec<&str> {
    let fields = row.losses.iter().map(|loss: &LossRow| loss.field.as_str());
    fields.collect()
}

#[tokio::test]
async fn a_failure_has_the_row_of_the_target_that_it_is_from() {
    let (busy, strict) = (busy().await, strict().await);
    // An outage counts more than a refused key: decision 0148.
    let rig = rig(
        &[
            ("busy", "anthropic", &busy.url),
            ("strict", "openai_chat", &strict.url),
        ],
        "",
    )
    .await;
    assert_eq!(
        ask(&rig, Dialect::OpenAi, json!({"seed": 7}))
            .await
            .status(),
        503
    );
    let (row, bodies) = rig.only_row().await;
    let told = (row.provider.as_deref(), row.upstream_status);
    assert_eq!(told, (Some("busy"), Some(503)));
    assert_eq!(losses(&row), ["seed"]);
    let (said, has_limit, from) = heard(&bodies);
    assert!(said.contains("Busy."), "{said}");
    assert_eq!((has_limit, from), (true, "busy"));
    let headers = bodies.upstream_request_headers.unwrap().bytes;
    let headers = String::from_utf8(headers.to_vec()).unwrap();
    assert!(headers.contains("anthropic-version"), "{headers}");
}

#[tokio::test]
async fn a_target_that_was_never_asked_takes_nothing_out_of_the_row() {
    let (strict, busy) = (strict().await, busy().await);
    let rig = rig(
        &[
            ("strict", "openai_chat", &strict.url),
            ("keyless", "anthropic", &busy.url),
        ],
        "[[accounts]]\nid = \"unset\"\nprovider = \"keyless\"\nkey = { env = \"UNSET\" }\n",
    )
    .await;
    assert_eq!(ask(&rig, Dialect::OpenAi, json!({})).await.status(), 401);
    assert!(busy.asked().is_empty());
    let (row, bodies) = rig.only_row().await;
    assert_eq!(row.provider.as_deref(), Some("strict"));
    let (said, has_limit, from) = heard(&bodies);
    assert!(said.contains("Who?"), "{said}");
    assert_eq!((has_limit, from), (false, "strict"));
}

#[tokio::test]
async fn a_target_that_gave_no_answer_has_none_of_another() {
    let strict = strict().await;
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let down = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let rig = rig(
        &[
            ("strict", "openai_chat", &strict.url),
            ("down", "anthropic", &down),
        ],
        "",
    )
    .await;
    assert_eq!(ask(&rig, Dialect::OpenAi, json!({})).await.status(), 502);
    let (row, bodies) = rig.only_row().await;
    assert_eq!(row.provider.as_deref(), Some("down"));
    assert_eq!(
        (row.upstream_status, row.timing.upstream_headers),
        (None, None)
    );
    assert!(row.timing.prepared.is_some());
    assert_eq!(heard(&bodies), (String::new(), true, ""));
}

#[tokio::test]
async fn what_another_target_could_not_be_told_is_no_loss() {
    let (busy, good) = (busy().await, good().await);
    let rig = rig(
        &[
            ("busy", "anthropic", &busy.url),
            ("good", "openai_chat", &good.url),
        ],
        "",
    )
    .await;
    let answer = ask(&rig, Dialect::OpenAi, json!({"seed": 7})).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers().get("x-patchbay-loss"), None);
    assert_eq!(good.asked()[0]["seed"], 7);
    let (row, _) = rig.only_row().await;
    assert_eq!(row.attempts.len(), 2);
    assert_eq!(row.losses, []);
}

/// What is lost when a request is read is lost to each target that does not get it as it is.
#[tokio::test]
async fn what_no_target_can_be_told_is_a_loss_with_each() {
    let (busy, good) = (busy().await, good().await);
    let rig = rig(
        &[
            ("busy", "openai_responses", &busy.url),
            ("good", "openai_chat", &good.url),
        ],
        "",
    )
    .await;
    let fields = json!({"metadata": {"team": "red"}});
    let answer = ask(&rig, Dialect::Anthropic, fields).await;
    assert_eq!(answer.status(), 200);
    let told = answer.headers()["x-patchbay-loss"].to_str().unwrap();
    assert!(told.contains("dropped metadata.team"), "{told}");
    let (row, _) = rig.only_row().await;
    assert_eq!(row.attempts.len(), 2);
    assert!(losses(&row).contains(&"metadata.team"), "{row:?}");
}

#[tokio::test]
async fn the_row_has_what_its_client_got_whoever_was_to_pass_it_through() {
    let broken = Scripted::start(|_, _| {
        let error = json!({"type": "overloaded_error", "message": "Busy."});
        scripted::events(&[json!({"type": "error", "error": error})])
    })
    .await;
    let good = Scripted::start(|_, _| {
        let chunk = |delta: Value, finish: Value| {
            json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
        };
        scripted::events(&[
            chunk(json!({"role": "assistant", "content": "Hi."}), Value::Null),
            chunk(json!({}), json!("stop")),
        ])
    })
    .await;
    let rig = rig(
        &[
            ("broken", "anthropic", &broken.url),
            ("good", "openai_chat", &good.url),
        ],
        "",
    )
    .await;
    let answer = ask(&rig, Dialect::Anthropic, json!({"stream": true})).await;
    let got = answer.bytes().await.unwrap();
    let (row, bodies) = rig.only_row().await;
    assert_eq!(row.provider.as_deref(), Some("good"));
    assert_eq!(bodies.client_response.unwrap().bytes, got);
}
