//! Reasoning that one account of a provider encrypted, and another one refuses.

use axum::response::Response;
use serde_json::{Value, json};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

fn answer(_: &str, body: &Value) -> Response {
    let items = body["input"].as_array().cloned().unwrap_or_default();
    if items.iter().any(|item| item["encrypted_content"] == "A") {
        let mut refusal = scripted::json(&json!({"error": {
            "message": "The encrypted content could not be verified.",
            "type": "invalid_request_error", "param": null, "code": "invalid_encrypted_content"}}));
        *refusal.status_mut() = axum::http::StatusCode::BAD_REQUEST;
        return refusal;
    }
    scripted::json(
        &json!({"id": "resp_1", "object": "response", "created_at": 1,
        "status": "completed", "model": "m", "output": [{"id": "msg_1", "type": "message",
            "status": "completed", "role": "assistant",
            "content": [{"type": "output_text", "text": "Hi.", "annotations": []}]}]}),
    )
}

#[tokio::test]
async fn complaint_20_state_of_another_account_is_left_out_once_it_is_refused() {
    let provider = Scripted::start(answer).await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    let reasoning =
        json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "A"});
    let call = json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"});
    let result = json!({"type": "function_call_output", "call_id": "c", "output": "r"});
    let asked = json!({"role": "user", "content": "x"});
    let body = json!({"model": "lab/m", "store": false, "input": [asked, reasoning, call, result]});
    let answer = rig
        .client
        .post(format!("{}/v1/responses", rig.url))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let losses = answer.headers()["x-patchbay-loss"].to_str().unwrap();
    assert!(losses.contains("reasoning"), "{losses}");
    let seen = provider.asked();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1]["input"], json!([asked, call, result]));
}
