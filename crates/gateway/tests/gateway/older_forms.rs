//! What clients leave out, and forms that vendors no longer document: they work at every provider.

use serde_json::{Value, json};
use store::exchanges::ExchangeState;

use crate::{
    fake::Fake,
    rig::{self, Rig},
};

const PROVIDERS: [&str; 2] = ["openai_chat", "anthropic"];

async fn answered(config: &str, body: &Value) -> (Value, Vec<Value>) {
    let fake = Fake::start().await;
    let rig = Rig::with(&format!("{config}\n{}", rig::both(&fake))).await;
    let url = format!("{}/v1/chat/completions", rig.url);
    let answer = rig.client.post(url).json(body).send().await.unwrap();
    let status = answer.status();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(status, 200, "{answer}");
    assert_eq!(rig.only_row().await.0.state, ExchangeState::Done);
    let seen = fake.seen.requests();
    (answer, seen.into_iter().map(|(_, body, _)| body).collect())
}

#[tokio::test]
async fn a_chat_without_a_model_takes_the_default_one() {
    for provider in PROVIDERS {
        for more in [json!({}), json!({"model": null}), json!({"model": ""})] {
            let mut body = json!({"messages": [{"role": "user", "content": "Hello"}]});
            body.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            let config = format!("default_model = \"{provider}/text\"");
            let (answer, seen) = answered(&config, &body).await;
            let message = &answer["choices"][0]["message"];
            assert_eq!(
                message["content"], "Hello from far away",
                "{provider} {more}"
            );
            assert_eq!(seen[0]["model"], "text");
        }
    }
}

#[tokio::test]
async fn edge_024_functions_are_called_and_answered_in_their_own_form() {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let body = json!({"model": "anthropic/tools",
        "functions": [{"name": "weather", "parameters": schema}], "function_call": "auto",
        "messages": [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": null,
                "function_call": {"name": "weather", "arguments": "{\"city\":\"Oslo\"}"}},
            {"role": "function", "name": "weather", "content": "-3 C"},
            {"role": "user", "content": "And in Rome?"}]});
    let (answer, seen) = answered("", &body).await;
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "function_call");
    let called = &choice["message"]["function_call"];
    assert_eq!(called["name"], "weather");
    let arguments: Value = serde_json::from_str(called["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({"city": "Rome"}));
    assert_eq!(choice["message"].get("tool_calls"), None);
    assert_eq!(seen[0]["tools"][0]["name"], "weather");
}

#[tokio::test]
async fn edge_030_a_schema_without_its_wrapper_works_everywhere() {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}},
        "required": ["city"], "additionalProperties": false});
    for provider in PROVIDERS {
        let body = json!({"model": format!("{provider}/schema"),
            "messages": [{"role": "user", "content": "Where?"}],
            "response_format": {"type": "json_schema", "json_schema": schema}});
        let (answer, seen) = answered("", &body).await;
        let content = &answer["choices"][0]["message"]["content"];
        assert_eq!(content, r#"{"city":"Rome"}"#, "{provider}");
        if provider == "openai_chat" {
            let sent = &seen[0]["response_format"]["json_schema"];
            assert_eq!(sent["schema"], schema);
            assert!(sent["name"].is_string(), "{sent}");
        }
    }
}

#[tokio::test]
async fn complaint_41_items_instead_of_messages_work_everywhere() {
    for provider in PROVIDERS {
        for more in [json!({}), json!({"messages": []})] {
            let mut body = json!({"model": format!("{provider}/text"), "input": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "input_text", "text": "Hello"}]}]});
            body.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            let (answer, seen) = answered("", &body).await;
            let message = &answer["choices"][0]["message"];
            assert_eq!(message["content"], "Hello from far away", "{provider}");
            assert_eq!(seen[0].get("input"), None, "{provider}");
            let messages = seen[0]["messages"].to_string();
            assert!(messages.contains("Hello"), "{provider}: {messages}");
        }
    }
}
