//! Providers that number the calls of each reply anew, in front of clients that know a call by its id.

use serde_json::{Value, json};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

/// Every reply calls `list`, and every call is the first.
fn numbers(_: &str, body: &Value) -> axum::response::Response {
    let call = json!({"index": 0, "id": "list:0", "type": "function",
        "function": {"name": "list", "arguments": "{}"}});
    let choice = |key: &str, finish: Option<&str>| {
        let said = json!({"role": "assistant", "content": null, "tool_calls": [call]});
        json!({"index": 0, key: said, "finish_reason": finish})
    };
    if body["stream"] == true {
        let chunks = [
            json!({"id": "c", "choices": [choice("delta", None)]}),
            json!({"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
        ];
        return scripted::events(&chunks);
    }
    scripted::json(
        &json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [choice("message", Some("tool_calls"))]}),
    )
}

#[tokio::test]
async fn no_two_calls_of_a_conversation_have_one_id() {
    let provider = Scripted::start(numbers).await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    for stream in [false, true] {
        let mut messages = vec![json!({"role": "user", "content": "Look."})];
        let mut ids = Vec::new();
        for _ in 0..3 {
            let body = json!({"model": "lab/m", "max_tokens": 99, "stream": stream, "messages": messages,
                "tools": [{"name": "list", "input_schema": {"type": "object"}}]});
            let url = format!("{}/v1/messages", rig.url);
            let answer = rig.client.post(url).json(&body).send().await.unwrap();
            let told = answer.text().await.unwrap();
            let id = told
                .split("\"id\":\"")
                .find(|rest| rest.starts_with("call_"));
            let id = id.unwrap().split('"').next().unwrap().to_owned();
            messages.push(json!({"role": "assistant", "content":
                [{"type": "tool_use", "id": id, "name": "list", "input": {}}]}));
            messages.push(json!({"role": "user", "content":
                [{"type": "tool_result", "tool_use_id": id, "content": "nothing"}]}));
            assert!(!ids.contains(&id), "{ids:?}");
            ids.push(id);
        }
        // The provider gets each result with the id that its call has.
        let asked = provider.asked().pop().unwrap();
        let sent = asked["messages"].as_array().unwrap();
        let results = sent.iter().filter_map(|said| said["tool_call_id"].as_str());
        assert_eq!(results.collect::<Vec<_>>(), ids[..2]);
    }
}
