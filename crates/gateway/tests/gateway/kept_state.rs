//! Clients that cannot carry a provider's state, in front of a provider that insists on it.

use axum::response::Response;
use serde_json::{Value, json};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

const MODEL: &str = "lab/claude-sonnet-4-5";

/// Calls a tool after some signed thinking; with a result in the history it answers, and refuses a history
/// whose call is not led by that very thinking.
fn thinks(_: &str, body: &Value) -> Response {
    let messages = body["messages"].as_array().unwrap();
    if let Some(turn) = messages.iter().find(|turn| turn["role"] == "assistant") {
        let thinking = &turn["content"][0];
        let genuine = *thinking
            == json!({"type": "thinking", "thinking": "Rome, then.", "signature": "sig-1"});
        if body["thinking"]["type"] == "enabled" && !genuine {
            let refusal = json!({"type": "error", "error": {"type": "invalid_request_error",
                "message": "Expected `thinking`, but found something else"}});
            let mut refusal = scripted::json(&refusal);
            *refusal.status_mut() = axum::http::StatusCode::BAD_REQUEST;
            return refusal;
        }
        return scripted::json(&reply(
            &json!([{"type": "text", "text": "Sunny."}]),
            "end_turn",
        ));
    }
    let input = json!({"city": "Rome"});
    if body["stream"] == true {
        let block = |index: u32, block: Value, deltas: &[Value]| {
            let mut events = vec![
                json!({"type": "content_block_start", "index": index, "content_block": block}),
            ];
            events.extend(deltas.iter().map(
                |delta| json!({"type": "content_block_delta", "index": index, "delta": delta}),
            ));
            events.push(json!({"type": "content_block_stop", "index": index}));
            events
        };
        let mut events = vec![
            json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant",
            "model": "claude", "content": [], "stop_reason": null, "usage": {"input_tokens": 5, "output_tokens": 1}}}),
        ];
        events.extend(block(
            0,
            json!({"type": "thinking", "thinking": "", "signature": ""}),
            &[
                json!({"type": "thinking_delta", "thinking": "Rome, "}),
                json!({"type": "thinking_delta", "thinking": "then."}),
                json!({"type": "signature_delta", "signature": "sig-1"}),
            ],
        ));
        events.extend(block(
            1,
            json!({"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}),
            &[json!({"type": "input_json_delta", "partial_json": input.to_string()})],
        ));
        events.push(json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}}));
        events.push(json!({"type": "message_stop"}));
        return scripted::events(&events);
    }
    let content = json!([
        {"type": "thinking", "thinking": "Rome, then.", "signature": "sig-1"},
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": input}]);
    scripted::json(&reply(&content, "tool_use"))
}

fn reply(content: &Value, reason: &str) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": content,
        "stop_reason": reason, "stop_sequence": null, "usage": {"input_tokens": 5, "output_tokens": 9}})
}

fn asked(messages: &Value, stream: bool) -> Value {
    json!({"model": MODEL, "stream": stream, "messages": messages, "reasoning_effort": "low", "tools": [
        {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]})
}

#[tokio::test]
async fn complaint_16_a_chat_client_that_drops_signed_thinking_goes_on_after_its_tool_call() {
    for stream in [false, true] {
        let provider = Scripted::start(thinks).await;
        let rig = Rig::with(&provider.config("anthropic")).await;
        let url = format!("{}/v1/chat/completions", rig.url);
        let ask = |body: Value| rig.client.post(&url).json(&body).send();
        let question = json!([{"role": "user", "content": "Weather in Rome?"}]);
        let answer = ask(asked(&question, stream)).await.unwrap();
        assert_eq!(answer.status(), 200);
        let text = answer.text().await.unwrap();
        assert!(text.contains("toolu_1"), "{text}");
        // Nothing but what every client of this protocol keeps.
        let history = json!([
            question[0],
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "toolu_1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Rome\"}"}}]},
            {"role": "tool", "tool_call_id": "toolu_1", "content": "sunny"}]);
        let answer = ask(asked(&history, false)).await.unwrap();
        let losses = answer.headers().get("x-patchbay-loss").cloned();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["choices"][0]["message"]["content"], "Sunny.", "{body}");
        let losses = losses.unwrap();
        assert!(
            losses
                .to_str()
                .unwrap()
                .contains("repaired messages[].reasoning")
        );
        let last = provider.asked().pop().unwrap();
        assert_eq!(last["thinking"]["type"], "enabled", "{last}");
        assert_eq!(last["messages"][1]["content"][1]["id"], "toolu_1");
    }
}
