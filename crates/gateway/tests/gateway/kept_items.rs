//! Clients of OpenAI's Responses that send a call without the reasoning that led to it, in front of a provider
//! that knows its items by name and insists on them.

use axum::response::Response;
use serde_json::{Value, json};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

/// What the model wrote before it wanted a tool.
fn written(encrypted: bool) -> Vec<Value> {
    let mut items = vec![
        json!({"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}),
        json!({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "Looking.", "annotations": []}]}),
        json!({"id": "rs_2", "type": "reasoning", "summary": []}),
        json!({"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_a",
            "name": "weather", "arguments": "{\"city\":\"Rome\"}"}),
    ];
    if encrypted {
        items[0]["encrypted_content"] = "gAAA-1".into();
        items[2]["encrypted_content"] = "gAAA-2".into();
    }
    items
}

/// Calls a tool after some reasoning; with the call in the history it answers, if all that led to it is there.
fn insists(_: &str, body: &Value) -> Response {
    let input = body["input"].as_array().unwrap();
    let names: Vec<&str> = input
        .iter()
        .filter_map(|item| item["id"].as_str())
        .collect();
    let answered = json!([{"id": "msg_2", "type": "message", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": "Sunny.", "annotations": []}]}]);
    if names.is_empty() {
        let encrypted = body["include"][0] == "reasoning.encrypted_content";
        return reply(&written(encrypted), body["stream"] == true);
    }
    if names == ["rs_1", "msg_1", "rs_2", "fc_1"] && input[1]["encrypted_content"] == "gAAA-1" {
        return reply(answered.as_array().unwrap(), false);
    }
    let message = "Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item: 'rs_2'.";
    let mut refusal = scripted::json(&json!({"error": {"message": message,
        "type": "invalid_request_error", "param": "input", "code": null}}));
    *refusal.status_mut() = axum::http::StatusCode::BAD_REQUEST;
    refusal
}

fn reply(output: &[Value], stream: bool) -> Response {
    let whole = json!({"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "error": null,
        "model": "gpt-5", "output": output,
        "usage": {"input_tokens": 5, "output_tokens": 9, "total_tokens": 14}});
    if !stream {
        return scripted::json(&whole);
    }
    let mut events = vec![json!({"type": "response.created", "response":
        {"id": "resp_1", "status": "in_progress", "model": "gpt-5", "output": []}})];
    for (at, item) in output.iter().enumerate() {
        let mut begun = item.clone();
        for field in ["encrypted_content", "content", "arguments"] {
            begun.as_object_mut().unwrap().remove(field);
        }
        events
            .push(json!({"type": "response.output_item.added", "output_index": at, "item": begun}));
        if let Some(text) = item["content"][0]["text"].as_str() {
            events.push(
                json!({"type": "response.output_text.delta", "output_index": at, "content_index": 0,
                "delta": text}),
            );
        }
        events.push(json!({"type": "response.output_item.done", "output_index": at, "item": item}));
    }
    events.push(json!({"type": "response.completed", "response": whole}));
    scripted::events(&events)
}

const INCLUDE: &str = r#""include":["reasoning.encrypted_content"],"#;
const USER: &str = r#"{"role":"user","content":"Weather in Rome?"}"#;
const WORDS: &str = r#"{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"Looking.","annotations":[]}]}"#;
const CALL: &str = r#"{"id":"fc_1","type":"function_call", "x":1.50,"call_id":"call_a","name":"weather","arguments":"{\"city\":\"Rome\"}"}"#;
const OUTPUT: &str = r#"{"type":"function_call_output","call_id":"call_a","output":"sunny"}"#;
const THANKS: &str = r#"{"role":"user","content":"Thanks. And tomorrow?"}"#;
const FIRST: &str = r#"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"gAAA-1"}"#;
const SECOND: &str =
    r#"{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAA-2"}"#;

fn body(model: &str, more: &str, items: &[&str]) -> String {
    format!(
        r#"{{"model":"{model}", "store":false,{more}"input":[ {}]}}"#,
        items.join(",")
    )
}

struct Client {
    provider: Scripted,
    rig: Rig,
}

impl Client {
    async fn start() -> Self {
        let provider = Scripted::start(insists).await;
        let rig = Rig::with(&provider.config("openai_responses")).await;
        Self { provider, rig }
    }

    /// The answer, and what the provider saw and the client was told of changes.
    async fn ask(&self, body: String) -> (String, String, Option<String>) {
        let url = format!("{}/v1/responses", self.rig.url);
        let request = self.rig.client.post(url).body(body);
        let request = request.header("content-type", "application/json");
        let answer = request.send().await.unwrap();
        let losses = answer.headers().get("x-patchbay-loss");
        let losses = losses.map(|losses| losses.to_str().unwrap().to_owned());
        let text = answer.text().await.unwrap();
        let seen = self.provider.asked_raw().pop().unwrap();
        (text, String::from_utf8(seen.to_vec()).unwrap(), losses)
    }
}

#[tokio::test]
async fn complaint_23_a_call_gets_the_reasoning_back_that_its_client_dropped() {
    for stream in [false, true] {
        let client = Client::start().await;
        let bare = [USER, WORDS, CALL, OUTPUT];
        let (refused, seen, _) = client.ask(body("lab/gpt-5", "", &bare)).await;
        assert!(refused.contains("without its required"), "{refused}");
        assert_eq!(seen, body("gpt-5", "", &bare));
        let more = format!(r#""stream":{stream},{INCLUDE}"#);
        let (answer, _, _) = client.ask(body("lab/gpt-5", &more, &[USER])).await;
        assert!(answer.contains("rs_2"), "{answer}");
        let (answer, seen, losses) = client.ask(body("lab/gpt-5", "", &bare)).await;
        assert!(answer.contains("Sunny."), "{answer}");
        let whole = [USER, FIRST, WORDS, SECOND, CALL, OUTPUT];
        assert_eq!(seen, body("gpt-5", "", &whole));
        assert!(losses.unwrap().contains("repaired input[].summary"));
        // The provider insists on it for as long as the call is there.
        let later = [USER, WORDS, CALL, OUTPUT, THANKS];
        let (answer, seen, _) = client.ask(body("lab/gpt-5", "", &later)).await;
        assert!(answer.contains("Sunny."), "{answer}");
        let whole_later = [USER, FIRST, WORDS, SECOND, CALL, OUTPUT, THANKS];
        assert_eq!(seen, body("gpt-5", "", &whole_later));
        // A client that brings it along gets no second one.
        let (answer, seen, losses) = client.ask(body("lab/gpt-5", "", &whole)).await;
        assert!(answer.contains("Sunny.") && losses.is_none(), "{answer}");
        assert_eq!(seen, body("gpt-5", "", &whole));
        let rows = client.rig.rows().await;
        let repaired = |row: &store::exchanges::ExchangeRow| !row.losses.is_empty();
        let repaired: Vec<bool> = rows.iter().map(repaired).collect();
        assert_eq!(repaired, [false, false, true, true, false]);
    }
}

#[tokio::test]
async fn complaint_23_reasoning_of_one_model_is_put_before_no_call_of_another() {
    let client = Client::start().await;
    client.ask(body("lab/gpt-5", INCLUDE, &[USER])).await;
    let bare = [USER, WORDS, CALL, OUTPUT];
    let (_, seen, losses) = client.ask(body("lab/gpt-5-mini", "", &bare)).await;
    assert_eq!((seen, losses), (body("gpt-5-mini", "", &bare), None));
    // A call that only looks like the one that is known.
    let other = CALL.replace("call_a", "call_b");
    let alike = [USER, WORDS, &other, &OUTPUT.replace("call_a", "call_b")];
    let (_, seen, losses) = client.ask(body("lab/gpt-5", "", &alike)).await;
    assert_eq!((seen, losses), (body("gpt-5", "", &alike), None));
    // What stands before the call is with the provider.
    let gone_on = r#""previous_response_id":"resp_0","#;
    let (_, seen, losses) = client.ask(body("lab/gpt-5", gone_on, &bare)).await;
    assert_eq!((seen, losses), (body("gpt-5", gone_on, &bare), None));
}

#[tokio::test]
async fn reasoning_that_was_not_handed_out_cannot_be_sent_back() {
    let client = Client::start().await;
    client.ask(body("lab/gpt-5", "", &[USER])).await;
    let bare = [USER, WORDS, CALL, OUTPUT];
    let (refused, seen, losses) = client.ask(body("lab/gpt-5", "", &bare)).await;
    assert!(refused.contains("without its required"), "{refused}");
    assert_eq!((seen, losses), (body("gpt-5", "", &bare), None));
}
