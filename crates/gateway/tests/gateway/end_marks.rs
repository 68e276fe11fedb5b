//! Providers that have said why a reply ends and then say nothing more: neither the end mark nor that the stream is
//! over. Nobody waits long for them, and nobody who has not said why is cut short.

use std::time::Duration;

use gateway::Pace;
use serde_json::{Value, json};
use store::exchanges::{ExchangeRow, ExchangeState};

use crate::{
    ask::Dialect,
    rig::{PACE, Rig},
    scripted::{self, Scripted},
    told::{self, Told},
};

const SOON: Pace = Pace {
    end_mark: Duration::from_millis(20),
    ..PACE
};

/// What a provider of the protocol says, up to why it ends if it says that.
fn frames(protocol: &str, says_why: bool) -> Vec<Value> {
    let mut frames = if protocol == "gemini" {
        let text = json!({"parts": [{"text": "Hello."}], "role": "model"});
        vec![
            json!({"candidates": [{"content": text, "index": 0}]}),
            json!({"candidates": [{"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": "STOP", "index": 0}],
                "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}}),
        ]
    } else {
        let chunk = |delta: Value, finish: Value| {
            json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
        };
        vec![
            chunk(
                json!({"role": "assistant", "content": "Hello."}),
                Value::Null,
            ),
            chunk(json!({}), json!("stop")),
        ]
    };
    if !says_why {
        frames.pop();
    }
    frames
}

/// What an Anthropic client hears of it, and the row.
async fn heard(protocol: &'static str, says_why: bool, idle: &str) -> (Told, ExchangeRow) {
    let provider = Scripted::start(move |_, _| scripted::held(&frames(protocol, says_why))).await;
    let config = provider.config(protocol);
    let named = "[[providers]]\nid = \"lab\"\n";
    let config = config.replace(
        named,
        &format!("{named}timeouts = {{ idle = \"{idle}\" }}\n"),
    );
    let rig = Rig::with_pace(&config, SOON).await;
    let body = json!({"model": "lab/m", "stream": true, "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi."}]});
    let request = rig.client.post(format!("{}/v1/messages", rig.url));
    let answer = request.json(&body).send().await.unwrap();
    let text = answer.bytes().await.unwrap();
    let (row, _) = rig.only_row().await;
    (told::stream(Dialect::Anthropic, &text), row)
}

#[tokio::test]
async fn a_reply_that_said_why_it_ends_is_not_waited_for() {
    for protocol in ["openai_chat", "gemini"] {
        let (told, row) = heard(protocol, true, "20s").await;
        assert_eq!(told.text, "Hello.", "{protocol}");
        assert_eq!(told.finish.as_deref(), Some("stop"), "{protocol}");
        assert_eq!(row.state, ExchangeState::Done, "{protocol}");
        assert_eq!(row.finish_reason.as_deref(), Some("stop"), "{protocol}");
        // It was not the limit for silence that ended it.
        assert!(row.duration_ms.unwrap() < 20_000, "{protocol}");
    }
}

#[tokio::test]
async fn a_reply_that_has_more_to_say_is_waited_for() {
    for protocol in ["openai_chat", "gemini"] {
        let (told, row) = heard(protocol, false, "300ms").await;
        assert_eq!(told.text, "Hello.", "{protocol}");
        assert_eq!(told.finish, None, "{protocol}");
        assert_eq!(row.state, ExchangeState::Failed, "{protocol}");
        let said = row.error_message.unwrap();
        assert!(said.contains("stopped sending"), "{protocol}: {said}");
    }
}
