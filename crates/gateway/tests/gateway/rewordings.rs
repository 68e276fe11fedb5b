//! Aliases whose model refuses what a client of the same protocol writes for the model that it has in mind.

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

fn refusal(message: &str) -> Response {
    let error = json!({"type": "invalid_request_error", "message": message});
    let mut refusal = scripted::json(&json!({"type": "error", "error": error}));
    *refusal.status_mut() = StatusCode::BAD_REQUEST;
    refusal
}

/// Thinks in a budget of tokens only, and has no field of its client's.
fn small_model(_: &str, body: &Value) -> Response {
    if body["thinking"]["type"] == "adaptive" {
        return refusal("adaptive thinking is not supported on this model");
    }
    let said = body["messages"][0]["content"].as_array();
    if said.is_some_and(|parts| parts.iter().any(|part| part["text"] == "")) {
        return refusal("messages.0.content.0: text content blocks must be non-empty");
    }
    if !body["nonsense"].is_null() || body["max_tokens"] == 1 {
        return refusal("nonsense: Extra inputs are not permitted");
    }
    scripted::json(
        &json!({"id": "msg_1", "type": "message", "role": "assistant",
        "model": body["model"], "content": [{"type": "text", "text": "Hi."}],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": 3, "output_tokens": 2}}),
    )
}

async fn rig() -> (Scripted, Rig) {
    let provider = Scripted::start(small_model).await;
    let config = format!(
        "{}\n[[aliases]]\nname = \"claude-opus-4-8\"\ntargets = [\"lab/claude-haiku-4-5\"]\n",
        provider.config("anthropic")
    );
    let rig = Rig::with(&config).await;
    (provider, rig)
}

async fn ask(rig: &Rig, model: &str, more: Value) -> (u16, String, String) {
    let mut body = json!({"model": model, "max_tokens": 9000,
        "messages": [{"role": "user", "content": "Hello"}]});
    let fields = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    let url = format!("{}/v1/messages", rig.url);
    let request = rig
        .client
        .post(url)
        .header("anthropic-version", "2023-06-01")
        .header("anthropic-beta", "context-1m-2025-08-07");
    let answer = request.json(&body).send().await.unwrap();
    let status = answer.status().as_u16();
    let losses = answer.headers().get("x-patchbay-loss");
    let losses = losses
        .map_or("", |losses| losses.to_str().unwrap())
        .to_owned();
    (status, losses, answer.text().await.unwrap())
}

fn adaptive() -> Value {
    json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}})
}

#[tokio::test]
async fn edge_018_an_aliased_model_gets_what_it_refused_in_words_of_its_own() {
    let (provider, rig) = rig().await;
    let (status, losses, _) = ask(&rig, "claude-opus-4-8", adaptive()).await;
    assert_eq!(status, 200);
    assert!(losses.contains("emulated model"), "{losses}");
    let asked = provider.asked();
    assert_eq!(asked[0]["thinking"]["type"], "adaptive");
    assert_eq!(asked[1]["thinking"]["type"], "enabled");
    assert_eq!(asked.len(), 2);
    // It is known from now on.
    assert_eq!(ask(&rig, "claude-opus-4-8", adaptive()).await.0, 200);
    assert_eq!(provider.asked().len(), 3);
    let attempts: Vec<usize> = rig
        .rows()
        .await
        .iter()
        .map(|row| row.attempts.len())
        .collect();
    assert_eq!(attempts, [2, 1]);
}

#[tokio::test]
async fn what_is_wrong_with_one_request_changes_no_other() {
    let (provider, rig) = rig().await;
    let odd = json!({"messages": [{"role": "user",
        "content": [{"type": "text", "text": ""}, {"type": "text", "text": "Hello"}]}]});
    let (status, losses, _) = ask(&rig, "claude-opus-4-8", odd).await;
    assert_eq!(status, 200);
    assert!(losses.contains("emulated model"), "{losses}");
    // The words are ours; what the client may do with this provider is as it was.
    let headers = provider.headers();
    assert_eq!(headers.len(), 2);
    assert_eq!(headers[1]["anthropic-beta"], "context-1m-2025-08-07");
    for more in [
        json!({"top_p": 0.5}),
        json!({"thinking": {"type": "disabled"}}),
    ] {
        let (status, losses, _) = ask(&rig, "claude-opus-4-8", more).await;
        assert_eq!((status, losses.as_str()), (200, ""));
    }
    assert_eq!(provider.asked().len(), 4);
    // Nor does what the model refuses, where it is not asked for.
    assert_eq!(ask(&rig, "claude-opus-4-8", adaptive()).await.0, 200);
    let (_, losses, _) = ask(&rig, "claude-opus-4-8", json!({"top_p": 0.5})).await;
    assert_eq!(losses, "");
}

#[tokio::test]
async fn who_names_the_model_itself_gets_its_failure() {
    let (provider, rig) = rig().await;
    let (status, losses, told) = ask(&rig, "lab/claude-haiku-4-5", adaptive()).await;
    assert_eq!((status, losses.as_str()), (400, ""));
    assert!(
        told.contains("adaptive thinking is not supported"),
        "{told}"
    );
    assert_eq!(provider.asked().len(), 1);
}

#[tokio::test]
async fn where_other_words_are_no_better_the_first_failure_is_told() {
    let (provider, rig) = rig().await;
    let mut wish = adaptive();
    wish["max_tokens"] = json!(1);
    let (status, _, told) = ask(&rig, "claude-opus-4-8", wish).await;
    assert_eq!(status, 400);
    assert!(
        told.contains("adaptive thinking is not supported"),
        "{told}"
    );
    assert_eq!(provider.asked().len(), 2);
    // Nothing was learned of it.
    assert_eq!(ask(&rig, "claude-opus-4-8", json!({})).await.1, "");
}

#[tokio::test]
async fn the_row_of_the_first_failure_has_the_words_that_were_refused_first() {
    let (_provider, rig) = rig().await;
    let mut wish = adaptive();
    wish["max_tokens"] = json!(1);
    assert_eq!(ask(&rig, "claude-opus-4-8", wish).await.0, 400);
    let (row, bodies) = rig.only_row().await;
    assert_eq!(row.attempts.len(), 2);
    assert_eq!(row.losses, []);
    let asked: Value = serde_json::from_slice(&bodies.upstream_request.unwrap().bytes).unwrap();
    assert_eq!(asked["thinking"]["type"], "adaptive");
    let said = bodies.upstream_response.unwrap().bytes;
    let said = String::from_utf8(said.to_vec()).unwrap();
    assert!(said.contains("adaptive thinking"), "{said}");
}

/// Speaks the protocol, and knows what is of all vendors in it.
fn other_vendor(_: &str, body: &Value) -> Response {
    let messages = body["messages"].as_array().unwrap();
    if let Some(at) = messages.iter().position(|said| said["role"] == "system") {
        return refusal(&format!(
            "messages[{at}].role: unknown variant `system`, expected `user` or `assistant`"
        ));
    }
    let tools = body["tools"].as_array().cloned().unwrap_or_default();
    if let Some(kind) = tools.iter().find_map(|tool| tool["type"].as_str())
        && kind != "web_search_20250305"
    {
        return refusal(&format!("tools[0]: unknown variant `{kind}`"));
    }
    small_model("", &json!({}))
}

#[tokio::test]
async fn a_model_of_another_vendor_gets_what_it_knows_of_its_protocol() {
    let provider = Scripted::start(other_vendor).await;
    let rig = Rig::with(&provider.config("anthropic")).await;
    let late = json!({"messages": [{"role": "user", "content": "Hello"},
        {"role": "system", "content": "Agents: none."}]});
    let (status, losses, told) = ask(&rig, "lab/deepseek-chat", late).await;
    assert_eq!(status, 200, "{told}");
    assert!(losses.contains("emulated model"), "{losses}");
    let asked = provider.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[1]["messages"].to_string().contains("Agents: none."));
    let tools = json!({"tools": [
        {"type": "advisor_20260301", "name": "advisor", "model": "claude-opus-4-8"},
        {"type": "web_search_20250305", "name": "web_search"},
        {"name": "f", "input_schema": {"type": "object"}}]});
    let (status, losses, told) = ask(&rig, "lab/deepseek-chat", tools).await;
    assert_eq!(status, 200, "{told}");
    assert!(losses.contains("dropped tools"), "{losses}");
    let sent = provider.asked().pop().unwrap()["tools"].clone();
    let names = sent
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str());
    assert_eq!(names.collect::<Vec<_>>(), [Some("web_search"), Some("f")]);
}
