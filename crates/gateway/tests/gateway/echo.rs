//! The offline model through the real server, in every protocol.

use serde_json::json;
use store::exchanges::ExchangeState;

use crate::{
    ask::{self, Ask, Dialect},
    rig::Rig,
    told::{self, Told},
};

async fn told(dialect: Dialect, ask: Ask, stream: bool) -> Told {
    let rig = Rig::with("").await;
    let request = ask::request(&rig.client, &rig.url, dialect, ask, "echo/echo", stream);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let bytes = answer.bytes().await.unwrap();
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Done);
    assert!(row.usage_estimated);
    assert_eq!(row.provider.as_deref(), Some("echo"));
    if stream {
        told::stream(dialect, &bytes)
    } else {
        told::whole(dialect, &bytes)
    }
}

#[tokio::test]
async fn it_answers_everything_that_a_client_is_wired_up_with() {
    for dialect in Dialect::CLIENTS {
        for stream in [false, true] {
            let text = told(dialect, Ask::Text, stream).await;
            assert_eq!(
                text.text,
                "This is the offline echo of Patchbay. You said: Hello"
            );
            assert_eq!(text.model, "echo/echo");
            let image = told(dialect, Ask::Image, stream).await;
            assert!(
                image.text.contains("image/png, 70 bytes, 1×1 pixels"),
                "{}",
                image.text
            );
            let schema = told(dialect, Ask::Schema, stream).await;
            assert_eq!(schema.text, r#"{"city":"echo"}"#);
        }
    }
}

#[tokio::test]
async fn it_calls_a_tool_that_it_must_call() {
    for dialect in Dialect::CLIENTS {
        let rig = Rig::with("").await;
        let mut body = ask::body(dialect, Ask::ParallelTools, "echo/echo", true);
        let (field, choice) = match dialect {
            Dialect::Anthropic => ("tool_choice", json!({"type": "tool", "name": "time"})),
            Dialect::Gemini => (
                "toolConfig",
                json!({"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["time"]}}),
            ),
            Dialect::OpenAi => (
                "tool_choice",
                json!({"type": "function", "function": {"name": "time"}}),
            ),
            Dialect::Responses => ("tool_choice", json!({"type": "function", "name": "time"})),
            // Nobody can force a call there.
            Dialect::AmazonQ | Dialect::Ollama => continue,
        };
        body[field] = choice;
        let path = dialect.path("echo/echo", true);
        let request = rig.client.post(format!("{}{path}", rig.url));
        let answer = request.json(&body).send().await.unwrap();
        let told = told::stream(dialect, &answer.bytes().await.unwrap());
        assert_eq!(told.calls, [("time".to_owned(), json!({"city": "echo"}))]);
        assert_eq!(told.finish.as_deref(), Some("tool_calls"));
    }
}

#[tokio::test]
async fn what_it_cannot_do_is_told() {
    let rig = Rig::with("").await;
    for stream in [false, true] {
        let mut body = ask::body(Dialect::OpenAi, Ask::Text, "echo/echo", stream);
        body["logprobs"] = json!(true);
        let request = rig.client.post(format!("{}/v1/chat/completions", rig.url));
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["x-patchbay-loss"], "dropped logprobs");
        body["n"] = json!(9);
        let request = rig.client.post(format!("{}/v1/chat/completions", rig.url));
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 400);
        let answer: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["param"], "n");
    }
}
