//! Clients that cannot carry a provider's state, in front of a provider that insists on it.

mod signed_calls;

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

#[tokio::test]
async fn complaint_18_a_client_without_ids_of_calls_goes_on_after_its_tool_call() {
    let provider = Scripted::start(thinks).await;
    let rig = Rig::with(&provider.config("anthropic")).await;
    let url = format!("{}/api/chat", rig.url);
    let tools = json!([{"type": "function", "function": {"name": "weather", "description": "Tells it.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]);
    let ask = |messages: &Value| {
        let body = json!({"model": MODEL, "stream": false, "think": "low", "messages": messages, "tools": tools});
        rig.client.post(&url).json(&body).send()
    };
    let question = json!({"role": "user", "content": "Weather in Rome?"});
    let answer = ask(&json!([question])).await.unwrap();
    let mut turn = answer.json::<Value>().await.unwrap()["message"].take();
    assert_eq!(turn["tool_calls"][0]["function"]["name"], "weather");
    turn.as_object_mut().unwrap().remove("thinking");
    let result = json!({"role": "tool", "tool_name": "weather", "content": "sunny"});
    let answer = ask(&json!([question, turn, result])).await.unwrap();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["message"]["content"], "Sunny.", "{body}");
}

#[tokio::test]
async fn a_thought_that_a_client_keeps_in_the_pieces_of_its_stream_is_one() {
    let provider = Scripted::start(thinks).await;
    let rig = Rig::with(&provider.config("anthropic")).await;
    let path = "v1beta/models/lab%2Fclaude-sonnet-4-5";
    let ask = async |rig: &Rig, method: &str, contents: &[Value]| {
        let body = json!({"contents": contents, "generationConfig": {"thinkingConfig": {"thinkingBudget": 2000, "includeThoughts": true}},
            "tools": [{"functionDeclarations": [{"name": "weather", "parameters": {"type": "object"}}]}]});
        let url = format!("{}/{path}:{method}", rig.url);
        let answer = rig.client.post(url).json(&body).send().await.unwrap();
        answer.text().await.unwrap()
    };
    let question = json!({"role": "user", "parts": [{"text": "Weather in Rome?"}]});
    let stream = ask(
        &rig,
        "streamGenerateContent?alt=sse",
        std::slice::from_ref(&question),
    )
    .await;
    let pieces: Vec<Value> = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter_map(|data| {
            let mut data: Value = serde_json::from_str(data).unwrap();
            let content = data["candidates"][0]["content"].take();
            content["parts"].is_array().then_some(content)
        })
        .collect();
    assert!(pieces.len() > 3, "{stream}");
    let parts: Vec<Value> = pieces
        .iter()
        .flat_map(|piece| piece["parts"].as_array().unwrap().clone())
        .collect();
    let result = json!({"role": "user", "parts": [{"functionResponse": {"name": "weather", "response": {"output": "sunny"}}}]});
    let in_one = vec![json!({"role": "model", "parts": parts})];
    // Behind another gateway as well, which has kept nothing.
    let other = Rig::with(&provider.config("anthropic")).await;
    for turn in [in_one, pieces] {
        for rig in [&rig, &other] {
            let contents = [vec![question.clone()], turn.clone(), vec![result.clone()]].concat();
            let answer = ask(rig, "generateContent", &contents).await;
            assert!(answer.contains("Sunny."), "{answer}");
            let seen = provider.asked().pop().unwrap();
            let content = seen["messages"][1]["content"].as_array().unwrap();
            let kinds: Vec<&Value> = content.iter().map(|block| &block["type"]).collect();
            assert_eq!(kinds, ["thinking", "tool_use"], "{seen}");
        }
    }
}

/// One conversation of a client that speaks its provider's own protocol.
struct Direct {
    protocol: &'static str,
    /// Below the address of the gateway.
    path: &'static str,
    /// Insists on what it gave out; answers in [`Direct::said`] then.
    provider: fn(&str, &Value) -> Response,
    question: &'static str,
    /// The history with all that came, and without what this client drops; `{}` is how the request begins.
    whole: &'static str,
    bare: &'static str,
    /// What the provider must see of the latter.
    mended: &'static str,
    said: &'static str,
}

async fn goes_on(direct: &Direct) {
    let provider = Scripted::start(direct.provider).await;
    let rig = Rig::with(&provider.config(direct.protocol)).await;
    let url = format!("{}{}", rig.url, direct.path);
    let ask = async |body: &'static str| {
        let request = rig.client.post(&url).body(body);
        let request = request.header("content-type", "application/json");
        let answer = request.send().await.unwrap();
        let losses = answer.headers().contains_key("x-patchbay-loss");
        (answer.text().await.unwrap(), losses)
    };
    // Before anything is kept, nothing is put in.
    let (refused, _) = ask(direct.bare).await;
    assert!(refused.contains("missing"), "{refused}");
    let (_, losses) = ask(direct.question).await;
    assert!(!losses);
    let (answer, losses) = ask(direct.whole).await;
    assert!(answer.contains(direct.said) && !losses, "{answer}");
    let renamed = |body: &str| body.replace("\"lab/", "\"");
    let seen = provider.asked_raw();
    assert_eq!(seen.last().unwrap(), renamed(direct.whole).as_bytes());
    let (answer, losses) = ask(direct.bare).await;
    assert!(answer.contains(direct.said) && losses, "{answer}");
    let seen = provider.asked_raw();
    assert_eq!(seen.last().unwrap(), renamed(direct.mended).as_bytes());
}

fn refusal(what: &str) -> Response {
    let mut refusal = scripted::json(&json!({"error": {"message": what, "code": 400}}));
    *refusal.status_mut() = axum::http::StatusCode::BAD_REQUEST;
    refusal
}

#[tokio::test]
async fn complaint_16_thinking_is_put_into_the_very_bytes_of_a_client_of_the_same_protocol() {
    goes_on(&Direct {
        protocol: "anthropic",
        path: "/v1/messages",
        provider: |_, body| {
            let turn = &body["messages"][1];
            match turn["content"][0]["type"].as_str() {
                None => thinks("", &json!({"messages": []})),
                Some("thinking") => scripted::json(&reply(&json!([{"type": "text", "text": "Sunny."}]), "end_turn")),
                Some(_) => refusal("thinking is missing"),
            }
        },
        question: r#"{"model":"lab/claude-sonnet-4-5", "max_tokens":5000,"thinking":{"type":"enabled","budget_tokens":2000},"messages":[{"role":"user","content":"Weather?"}]}"#,
        whole: r#"{"model":"lab/claude-sonnet-4-5", "max_tokens":5000,"thinking":{"type":"enabled","budget_tokens":2000},"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":[{"type":"thinking","thinking":"Rome, then.","signature":"sig-1"},{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Rome"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"sunny"}]}]}"#,
        bare: r#"{"model":"lab/claude-sonnet-4-5", "max_tokens":5000,"thinking":{"type":"enabled","budget_tokens":2000},"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":[ {"type":"tool_use", "x":1.50,"id":"toolu_1","name":"weather","input":{"city":"Rome"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"sunny"}]}]}"#,
        mended: r#"{"model":"lab/claude-sonnet-4-5", "max_tokens":5000,"thinking":{"type":"enabled","budget_tokens":2000},"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":[ {"type":"thinking","thinking":"Rome, then.","signature":"sig-1"},{"type":"tool_use", "x":1.50,"id":"toolu_1","name":"weather","input":{"city":"Rome"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"sunny"}]}]}"#,
        said: "Sunny.",
    })
    .await;
}

#[tokio::test]
async fn complaint_18_a_thought_signature_is_put_into_the_very_bytes_of_a_client_of_the_same_protocol()
 {
    goes_on(&Direct {
        protocol: "gemini",
        path: "/v1beta/models/lab%2Fgemini-3-pro-preview:generateContent",
        provider: |_, body| {
            let part = &body["contents"][1]["parts"][0];
            let said = |part: Value| scripted::json(&json!({"candidates": [
                {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}]}));
            if part.is_null() {
                said(json!({"functionCall": {"name": "weather", "args": {"city": "Rome"}}, "thoughtSignature": "c2ln"}))
            } else if part["thoughtSignature"] == "c2ln" {
                said(json!({"text": "Sunny."}))
            } else {
                refusal("a thought_signature is missing")
            }
        },
        question: r#"{"contents":[{"role":"user","parts":[{"text":"Weather?"}]}]}"#,
        whole: r#"{"contents":[{"role":"user","parts":[{"text":"Weather?"}]},{"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Rome"}},"thoughtSignature":"c2ln"}]},{"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"result":"sunny"}}}]}]}"#,
        bare: r#"{"contents":[{"role":"user","parts":[{"text":"Weather?"}]},{"role":"model","parts":[{"functionCall": {"name":"weather","args":{"city":"Rome"}}}]},{"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"result":"sunny"}}}]}]}"#,
        mended: r#"{"contents":[{"role":"user","parts":[{"text":"Weather?"}]},{"role":"model","parts":[{"thoughtSignature":"c2ln","functionCall": {"name":"weather","args":{"city":"Rome"}}}]},{"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"result":"sunny"}}}]}]}"#,
        said: "Sunny.",
    })
    .await;
}

#[tokio::test]
async fn complaint_19_reasoning_that_must_come_back_is_put_into_the_very_bytes_of_a_client() {
    goes_on(&Direct {
        protocol: "openai_chat",
        path: "/v1/chat/completions",
        provider: |_, body| {
            let turn = &body["messages"][1];
            let said = |message: Value, reason: &str| scripted::json(&json!({"id": "chatcmpl-1", "object": "chat.completion",
                "created": 1, "model": "deepseek-reasoner", "choices": [{"index": 0, "message": message, "finish_reason": reason}]}));
            if turn.is_null() {
                said(json!({"role": "assistant", "content": null, "reasoning_content": "Rome, then.", "tool_calls": [
                    {"id": "call_a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]}), "tool_calls")
            } else if turn["reasoning_content"] == "Rome, then." {
                said(json!({"role": "assistant", "content": "Sunny."}), "stop")
            } else {
                refusal("reasoning_content is missing")
            }
        },
        question: r#"{"model":"lab/deepseek-reasoner","messages":[{"role":"user","content":"Weather?"}]}"#,
        whole: r#"{"model":"lab/deepseek-reasoner","messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"reasoning_content":"Rome, then.","tool_calls":[{"id":"call_a","type":"function","function":{"name":"weather","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_a","content":"sunny"}]}"#,
        bare: r#"{"model":"lab/deepseek-reasoner","messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"reasoning_content": null,"tool_calls":[{"id":"call_a","type":"function","function":{"name":"weather","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_a","content":"sunny"}]}"#,
        mended: r#"{"model":"lab/deepseek-reasoner","messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"reasoning_content": "Rome, then.","tool_calls":[{"id":"call_a","type":"function","function":{"name":"weather","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_a","content":"sunny"}]}"#,
        said: "Sunny.",
    })
    .await;
}
