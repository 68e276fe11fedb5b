//! Reasoning that one account of a provider encrypted, and another one refuses.

use axum::response::Response;
use serde_json::{Value, json};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

fn refusal() -> Response {
    let mut refusal = scripted::json(&json!({"error": {
        "message": "The encrypted content could not be verified.",
        "type": "invalid_request_error", "param": null, "code": "invalid_encrypted_content"}}));
    *refusal.status_mut() = axum::http::StatusCode::BAD_REQUEST;
    refusal
}

/// Takes its own reasoning back, `own`, and nobody else's.
fn answer(_: &str, body: &Value) -> Response {
    let items = body["input"].as_array().cloned().unwrap_or_default();
    let mut states = items.iter().map(|item| &item["encrypted_content"]);
    if states.any(|state| !state.is_null() && state != "own") {
        return refusal();
    }
    scripted::json(
        &json!({"id": "resp_1", "object": "response", "created_at": 1,
        "status": "completed", "model": "m", "output": [reasoning("own"), call("d")]}),
    )
}

fn reasoning(state: &str) -> Value {
    json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": state})
}

fn call(id: &str) -> Value {
    json!({"type": "function_call", "id": "fc_1", "call_id": id, "name": "f", "arguments": "{}", "status": "completed"})
}

fn result(id: &str) -> Value {
    json!({"type": "function_call_output", "call_id": id, "output": "r"})
}

fn asked() -> Value {
    json!({"role": "user", "content": "x"})
}

/// What the client is told of changes.
async fn ask(rig: &Rig, input: &Value) -> String {
    let body = json!({"model": "lab/m", "store": false, "input": input});
    let url = format!("{}/v1/responses", rig.url);
    let answer = rig.client.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let losses = answer.headers().get("x-patchbay-loss");
    let losses = losses
        .map_or("", |losses| losses.to_str().unwrap())
        .to_owned();
    answer.bytes().await.unwrap();
    losses
}

#[tokio::test]
async fn complaint_20_state_of_another_account_is_left_out_once_it_is_refused() {
    let provider = Scripted::start(answer).await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    let losses = ask(
        &rig,
        &json!([asked(), reasoning("A"), call("c"), result("c")]),
    )
    .await;
    assert!(losses.contains("reasoning"), "{losses}");
    let seen = provider.asked();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1]["input"], json!([asked(), call("c"), result("c")]));
}

#[tokio::test]
async fn complaint_20_refused_state_is_not_tried_again_and_that_of_the_account_itself_stays() {
    let provider = Scripted::start(answer).await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    let before = [asked(), reasoning("A"), call("c"), result("c")];
    ask(&rig, &json!(before)).await;
    // It goes on from its own reply.
    let reply = [reasoning("own"), call("d"), result("d")];
    let history = [before.as_slice(), &reply].concat();
    let losses = ask(&rig, &json!(history)).await;
    assert!(losses.contains("reasoning"), "{losses}");
    let seen = provider.asked();
    assert_eq!(seen.len(), 3);
    let left = [&[asked(), call("c"), result("c")], &reply[..]].concat();
    assert_eq!(seen[2]["input"], json!(left));
    // What else is refused is nothing of its own.
    let more = [
        history.as_slice(),
        &[reasoning("B"), call("e"), result("e")],
    ]
    .concat();
    ask(&rig, &json!(more)).await;
    let seen = provider.asked();
    assert_eq!(seen.len(), 5);
    let left = [left.as_slice(), &[call("e"), result("e")]].concat();
    assert_eq!(seen[4]["input"], json!(left));
}

#[tokio::test]
async fn a_request_without_state_is_not_sent_again_without_it() {
    let provider = Scripted::start(|_, _| refusal()).await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    for (input, times) in [(json!([asked()]), 1), (json!([reasoning("A"), asked()]), 2)] {
        let before = provider.asked().len();
        let body = json!({"model": "lab/m", "input": input});
        let url = format!("{}/v1/responses", rig.url);
        let answer = rig.client.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 400);
        assert_eq!(provider.asked().len() - before, times, "{input}");
    }
}
