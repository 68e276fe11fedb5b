//! What each generation of models takes, and every client gets an answer from all of them.

use serde_json::{Value, json};

use super::trial;
use crate::{
    ask::{self, Ask, Dialect},
    fake::gemini::SIGNATURE,
    rig::Rig,
    told,
};

const GENERATIONS: [&str; 3] = ["gemini-2.0-flash", "gemini-2.5-flash", "gemini-3-pro"];

#[tokio::test]
async fn edge_067_every_generation_gets_what_it_takes_from_every_client() {
    for generation in GENERATIONS {
        for client in Dialect::CLIENTS {
            // Passed through, it is the client that must know the model.
            if (client, generation) == (Dialect::Gemini, "gemini-2.0-flash") {
                continue;
            }
            for (ask, script, text, calls) in [
                (Ask::Image, "image", "1 picture", 0),
                (Ask::ParallelTools, "parallel", "", 2),
                (Ask::Schema, "schema", r#"{"city":"Rome"}"#, 0),
                (Ask::Text, "text", "Hello from far away", 0),
                (Ask::Tools, "tools", "Looking.", 1),
            ] {
                let (_fake, rig) = trial("").await;
                let model = format!("gemini/{generation}-{script}");
                let request = ask::request(&rig.client, &rig.url, client, ask, &model, false);
                let answer = request.send().await.unwrap();
                let status = answer.status();
                let reply = answer.text().await.unwrap();
                assert_eq!(status, 200, "{client:?} {model}: {reply}");
                if calls == 0 {
                    let told = told::whole(client, reply.as_bytes());
                    assert_eq!(told.text, text, "{client:?} {model}");
                }
            }
        }
    }
}

/// What the client sends next: the reply's calls and their results, and nothing else that was in the reply.
fn next(client: Dialect, mut body: Value, reply: &Value) -> Value {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (key, more): (&str, Vec<Value>) = match client {
        Dialect::AmazonQ => unreachable!("no client speaks it"),
        Dialect::Anthropic => {
            let mut calls = list(&reply["content"]);
            calls.retain(|block| block["type"] == "tool_use");
            let result = |call: &Value| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "x"});
            let results: Vec<Value> = calls.iter().map(result).collect();
            let turn = |role: &str, content: Vec<Value>| json!({"role": role, "content": content});
            (
                "messages",
                vec![turn("assistant", calls), turn("user", results)],
            )
        }
        Dialect::Gemini => {
            let content = reply["candidates"][0]["content"].clone();
            let result = |part: &Value| {
                let call = &part["functionCall"];
                json!({"functionResponse": {"name": call["name"], "response": {"output": "x"}}})
            };
            let results: Vec<Value> = list(&content["parts"]).iter().map(result).collect();
            (
                "contents",
                vec![content, json!({"role": "user", "parts": results})],
            )
        }
        Dialect::Ollama => {
            let message = reply["message"].clone();
            let result = |call: &Value| json!({"role": "tool", "tool_name": call["function"]["name"], "content": "x"});
            let results: Vec<Value> = list(&message["tool_calls"]).iter().map(result).collect();
            ("messages", [vec![message], results].concat())
        }
        Dialect::OpenAi => {
            let calls = list(&reply["choices"][0]["message"]["tool_calls"]);
            let result =
                |call: &Value| json!({"role": "tool", "tool_call_id": call["id"], "content": "x"});
            let results: Vec<Value> = calls.iter().map(result).collect();
            let message = json!({"role": "assistant", "content": null, "tool_calls": calls});
            ("messages", [vec![message], results].concat())
        }
        Dialect::Responses => {
            let mut calls = list(&reply["output"]);
            calls.retain(|item| item["type"] == "function_call");
            let result = |call: &Value| json!({"type": "function_call_output", "call_id": call["call_id"], "output": "x"});
            let results: Vec<Value> = calls.iter().map(result).collect();
            ("input", [calls, results].concat())
        }
    };
    body[key].as_array_mut().unwrap().extend(more);
    body
}

async fn send(rig: &Rig, client: Dialect, model: &str, body: &Value) -> Value {
    let path = client.path(model, false);
    let request = rig.client.post(format!("{}{path}", rig.url)).json(body);
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let reply: Value = answer.json().await.unwrap();
    assert_eq!(status, 200, "{client:?}: {reply}");
    reply
}

#[tokio::test]
async fn complaint_18_the_signature_of_a_call_comes_back_whoever_the_client_is() {
    use base64::{Engine as _, prelude::BASE64_STANDARD};

    for client in Dialect::CLIENTS {
        let (fake, rig) = trial("").await;
        let model = "gemini/gemini-3-pro-parallel";
        let body = ask::body(client, Ask::ParallelTools, model, false);
        let reply = send(&rig, client, model, &body).await;
        send(&rig, client, model, &next(client, body, &reply)).await;
        let (_, sent, _) = fake.seen.requests().pop().unwrap();
        let parts = &sent["contents"][1]["parts"];
        let wanted = BASE64_STANDARD.encode(SIGNATURE);
        assert_eq!(parts[0]["thoughtSignature"], wanted, "{client:?}: {sent}");
        assert_eq!(parts[1].get("thoughtSignature"), None, "{client:?}");
        assert_eq!(parts[1]["functionCall"]["name"], "time", "{client:?}");
    }
}
