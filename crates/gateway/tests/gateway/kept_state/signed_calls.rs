//! Gemini as its vendor lets it be spoken to in OpenAI's chat: each turn's first call has its signature, and is
//! refused without it.

use axum::response::Response;
use serde_json::{Value, json};

use super::{Direct, goes_on, refusal};
use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

const MODEL: &str = "lab/gemini-3-pro-preview";

fn signed(_: &str, body: &Value) -> Response {
    let said = |message: Value, reason: &str| {
        let field = if body["stream"] == true {
            "delta"
        } else {
            "message"
        };
        let reply = json!({"id": "r1", "object": "chat.completion", "created": 1, "model": "gemini-3-pro-preview",
            "choices": [{"index": 0, field: message, "finish_reason": reason}]});
        if body["stream"] == true {
            return scripted::events(&[reply]);
        }
        scripted::json(&reply)
    };
    let messages = body["messages"].as_array().unwrap();
    let Some(turn) = messages.iter().find(|turn| turn["role"] == "assistant") else {
        // It leaves the index out.
        let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Rome\"}"}});
        let mut first = call("call_a");
        first["extra_content"] = json!({"google": {"thought_signature": "c2ln"}});
        let message =
            json!({"role": "assistant", "content": null, "tool_calls": [first, call("call_b")]});
        return said(message, "tool_calls");
    };
    let signature = &turn["tool_calls"][0]["extra_content"]["google"]["thought_signature"];
    if signature != "c2ln" || turn["tool_calls"][1].get("extra_content").is_some() {
        return refusal("Function call is missing a thought_signature in functionCall parts.");
    }
    said(json!({"role": "assistant", "content": "Sunny."}), "stop")
}

#[tokio::test]
async fn complaint_18_a_signature_is_put_on_its_call_in_the_very_bytes_of_a_chat_client() {
    for stream in ["", r#""stream":true,"#] {
        let text = |body: &str| -> &'static str { body.replace("{}", stream).leak() };
        goes_on(&Direct {
            protocol: "openai_chat",
            path: "/v1/chat/completions",
            provider: signed,
            question: text(r#"{"model":"lab/gemini-3-pro-preview",{}"messages":[{"role":"user","content":"Weather?"}]}"#),
            whole: text(r#"{"model":"lab/gemini-3-pro-preview",{}"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_a","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"},"extra_content":{"google":{"thought_signature":"c2ln"}}},{"id":"call_b","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}]},{"role":"tool","tool_call_id":"call_a","content":"sunny"},{"role":"tool","tool_call_id":"call_b","content":"sunny"}]}"#),
            bare: text(r#"{"model":"lab/gemini-3-pro-preview",{}"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[ {"id":"call_a","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}},{"id":"call_b","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}]},{"role":"tool","tool_call_id":"call_a","content":"sunny"},{"role":"tool","tool_call_id":"call_b","content":"sunny"}]}"#),
            mended: text(r#"{"model":"lab/gemini-3-pro-preview",{}"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[ {"extra_content":{"google":{"thought_signature":"c2ln"}},"id":"call_a","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}},{"id":"call_b","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}]},{"role":"tool","tool_call_id":"call_a","content":"sunny"},{"role":"tool","tool_call_id":"call_b","content":"sunny"}]}"#),
            said: "Sunny.",
        })
        .await;
    }
}

async fn ask(rig: &Rig, path: &str, body: &Value) -> Value {
    let request = rig.client.post(format!("{}{path}", rig.url));
    let answer = request.json(body).send().await.unwrap();
    answer.json().await.unwrap()
}

#[tokio::test]
async fn complaint_18_the_signature_that_a_client_of_another_protocol_drops_is_put_back() {
    let provider = Scripted::start(signed).await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    let asked = |messages: &Value| {
        json!({"model": MODEL, "max_tokens": 100, "messages": messages, "tools": [
            {"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}]})
    };
    let question = json!({"role": "user", "content": "Weather?"});
    let turn = ask(&rig, "/v1/messages", &asked(&json!([question]))).await;
    let calls = turn["content"].as_array().unwrap().clone();
    assert_eq!(calls.len(), 2, "{turn}");
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "sunny"});
    let history = json!([question, {"role": "assistant", "content": calls},
        {"role": "user", "content": [result("call_a"), result("call_b")]}]);
    let answer = ask(&rig, "/v1/messages", &asked(&history)).await;
    assert_eq!(answer["content"][0]["text"], "Sunny.", "{answer}");
}

/// Behind another gateway, which has kept nothing.
#[tokio::test]
async fn complaint_18_clients_of_other_protocols_carry_the_signature_of_a_call() {
    let provider = Scripted::start(signed).await;
    let rig = async || Rig::with(&provider.config("openai_chat")).await;
    let path = "/v1beta/models/lab%2Fgemini-3-pro-preview:generateContent";
    let question = json!({"role": "user", "parts": [{"text": "Weather?"}]});
    let turn = ask(&rig().await, path, &json!({"contents": [question]})).await;
    let content = &turn["candidates"][0]["content"];
    let result = json!({"functionResponse": {"name": "weather", "response": {"output": "sunny"}}});
    let history =
        json!({"contents": [question, content, {"role": "user", "parts": [result, result]}]});
    let answer = ask(&rig().await, path, &history).await;
    let said = &answer["candidates"][0]["content"]["parts"][0]["text"];
    assert_eq!(said, "Sunny.", "{answer}");

    let path = "/v1/responses";
    let question = json!({"role": "user", "content": "Weather?"});
    let asked = |input: &Value| json!({"model": MODEL, "store": false, "input": input, "include": ["reasoning.encrypted_content"]});
    let turn = ask(&rig().await, path, &asked(&json!([question]))).await;
    let mut history = vec![question.clone()];
    history.extend(turn["output"].as_array().unwrap().iter().cloned());
    for id in ["call_a", "call_b"] {
        history.push(json!({"type": "function_call_output", "call_id": id, "output": "sunny"}));
    }
    let answer = ask(&rig().await, path, &asked(&json!(history))).await;
    let said = answer.pointer("/output/0/content/0/text");
    assert_eq!(said, Some(&json!("Sunny.")), "{answer}");
}
