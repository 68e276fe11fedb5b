//! Failures behind a status of success: the client gets them as they came, and the row says what they are.

use serde_json::{Value, json};
use store::exchanges::{ErrorSource, ExchangeState};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

fn request() -> Value {
    json!({"model": "lab/any", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]})
}

#[tokio::test]
async fn a_failure_behind_a_status_of_success_is_a_failed_row() {
    for (protocol, path, failure, words) in [
        (
            "openai_chat",
            "/v1/chat/completions",
            json!({"error": {"message": "Out of credits.", "type": "insufficient_quota"}}),
            "Out of credits.",
        ),
        (
            "anthropic",
            "/v1/messages",
            json!({"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}),
            "Busy.",
        ),
        (
            "openai_chat",
            "/v1/chat/completions",
            json!({"hello": "world"}),
            "The provider",
        ),
    ] {
        let sent = failure.clone();
        let provider = Scripted::start(move |_, _| scripted::json(&sent)).await;
        let rig = Rig::with(&provider.config(protocol)).await;
        let url = format!("{}{path}", rig.url);
        let answer = rig.client.post(url).json(&request()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{failure}");
        assert_eq!(answer.text().await.unwrap(), failure.to_string());
        let (row, bodies) = rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Failed, "{failure}");
        assert_eq!(row.error_source, Some(ErrorSource::Provider), "{failure}");
        let message = row.error_message.unwrap();
        assert!(message.contains(words), "{message}");
        assert!(bodies.upstream_response.is_some(), "{failure}");
    }
}

#[tokio::test]
async fn edge_101_what_ends_a_cut_stream_goes_on_with_its_numbers_and_its_name_and_holds_what_is_over()
 {
    let over = || {
        json!({"vendors": 1.50, "id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
            "content": [{"type": "output_text", "text": "Hm.", "annotations": []}]})
    };
    let provider = Scripted::start(move |_, _| {
        let reply = json!({"id": "resp_1", "object": "response", "status": "in_progress", "model": "m", "output": []});
        let item = json!({"id": "fc_1", "type": "function_call", "call_id": "c", "name": "f", "arguments": ""});
        scripted::events(&[
            json!({"type": "response.created", "sequence_number": 0, "response": reply}),
            json!({"type": "response.output_item.done", "sequence_number": 1, "output_index": 0, "item": over()}),
            json!({"type": "response.output_item.added", "sequence_number": 2, "output_index": 1, "item": item}),
            json!({"type": "response.function_call_arguments.delta", "sequence_number": 3, "item_id": "fc_1", "output_index": 1, "delta": "{\"a\""}),
        ])
    })
    .await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    let url = format!("{}/v1/responses", rig.url);
    let body = json!({"model": "lab/any", "input": "Hello", "stream": true});
    let answer = rig.client.post(url).json(&body).send().await.unwrap();
    let text = answer.text().await.unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let frames: Vec<Value> = data
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(frames.len(), 6, "{text}");
    let (error, failed) = (&frames[4], &frames[5]);
    assert_eq!(
        (&error["type"], &error["sequence_number"]),
        (&json!("error"), &json!(4))
    );
    assert_eq!(failed["type"], "response.failed");
    assert_eq!(failed["sequence_number"], 5);
    assert_eq!(failed["response"]["id"], "resp_1");
    assert_eq!(failed["response"]["output"], json!([over()]));
}

#[tokio::test]
async fn complaint_22_a_failure_in_a_list_is_told_as_clients_read_failures() {
    let provider = Scripted::start(|_, _| {
        let mut failure = scripted::json(&json!([{"error": {"code": 429, "message": "Quota."}}]));
        *failure.status_mut() = axum::http::StatusCode::TOO_MANY_REQUESTS;
        failure
    })
    .await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    let url = format!("{}/v1/chat/completions", rig.url);
    let answer = rig.client.post(url).json(&request()).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let told: Value = answer.json().await.unwrap();
    assert_eq!(told["error"]["message"], "Quota.");
}
