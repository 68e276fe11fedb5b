//! A reply that Anthropic pauses amid tools of its own: gone on with as one where it can be, and told as cut off where
//! it cannot; and its whole replies, which are read by the same hands.

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
    response::Response,
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use store::exchanges::{ExchangeRow, ExchangeState};

use crate::{
    ask::Dialect,
    rig::Rig,
    scripted::{self, Scripted},
    told::{self, Told},
};

/// A provider that is silent for this long has failed, which no test waits for.
const IDLE: &str = "[[providers]]\nid = \"lab\"\ntimeouts = { idle = \"20s\" }\n";

fn said(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// A round as the request wants it.
fn round(asked: &Value, content: &[Value], reason: &str) -> Response {
    let usage = json!({"input_tokens": 10, "output_tokens": 5});
    if asked["stream"] != json!(true) {
        return scripted::json(
            &json!({"type": "message", "id": "msg_1", "role": "assistant",
            "model": "claude", "content": content, "stop_reason": reason, "stop_sequence": null, "usage": usage}),
        );
    }
    scripted::events(&frames(content, reason))
}

fn frames(content: &[Value], reason: &str) -> Vec<Value> {
    let usage = json!({"input_tokens": 10, "output_tokens": 5});
    let mut frames = vec![
        json!({"type": "message_start", "message": {"type": "message", "id": "msg_1", "role": "assistant",
        "model": "claude", "content": [], "usage": usage}}),
    ];
    for (index, block) in content.iter().enumerate() {
        frames.push(json!({"type": "content_block_start", "index": index, "content_block": block}));
        frames.push(json!({"type": "content_block_stop", "index": index}));
    }
    frames.push(
        json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": usage}),
    );
    frames.push(json!({"type": "message_stop"}));
    frames
}

fn fetching() -> [Value; 2] {
    let fetch = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_fetch",
        "input": {"url": "u"}});
    [said("One, "), fetch]
}

/// Whether the request goes on from a pause.
fn goes_on(asked: &Value) -> bool {
    let messages = asked["messages"].as_array();
    messages.is_some_and(|messages| messages.iter().any(|each| each["role"] == "assistant"))
}

/// Frames after which the connection stays open.
fn held(frames: &[Value]) -> Response {
    let text: String = frames
        .iter()
        .map(|frame| format!("data: {frame}\n\n"))
        .collect();
    let first = stream::once(async { Ok::<_, std::io::Error>(Bytes::from(text)) });
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(Body::from_stream(first.chain(stream::pending())))
        .unwrap()
}

fn overloaded() -> Response {
    let mut failure = scripted::json(
        &json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    );
    *failure.status_mut() = StatusCode::from_u16(529).unwrap();
    failure
}

/// Path and body of a question that lets the provider search the web.
fn question(client: Dialect, stream: bool) -> (&'static str, Value) {
    let model = "lab/claude-sonnet-4-5";
    let words = json!([{"role": "user", "content": "Hi."}]);
    match client {
        Dialect::OpenAi => (
            "/v1/chat/completions",
            json!({"model": model, "messages": words, "stream": stream, "web_search_options": {}}),
        ),
        Dialect::Responses => (
            "/v1/responses",
            json!({"model": model, "input": "Hi.", "stream": stream, "tools": [{"type": "web_search"}]}),
        ),
        _ => (
            "/v1/messages",
            json!({"model": model, "messages": words, "stream": stream, "max_tokens": 99,
                "tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
        ),
    }
}

struct Heard {
    status: u16,
    text: String,
    row: ExchangeRow,
    rounds: usize,
}

impl Heard {
    fn told(&self, client: Dialect, stream: bool) -> Told {
        if stream {
            told::stream(client, self.text.as_bytes())
        } else {
            told::whole(client, self.text.as_bytes())
        }
    }
}

async fn hear(
    script: impl Fn(&Value) -> Response + Send + Sync + 'static,
    client: Dialect,
    stream: bool,
) -> Heard {
    let provider = Scripted::start(move |_, asked| script(asked)).await;
    let config = provider.config("anthropic");
    let config = config.replace("[[providers]]\nid = \"lab\"\n", IDLE);
    let rig = Rig::with(&config).await;
    let (path, body) = question(client, stream);
    let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let (row, _) = rig.only_row().await;
    Heard {
        status,
        text,
        row,
        rounds: provider.asked().len(),
    }
}

/// It ends where the provider paused, never as if it were whole.
#[tokio::test]
async fn a_reply_that_does_not_go_on_is_told_as_cut_off() {
    let failing = |asked: &Value| {
        if goes_on(asked) {
            overloaded()
        } else {
            round(asked, &fetching(), "pause_turn")
        }
    };
    let endless = |asked: &Value| round(asked, &fetching(), "pause_turn");
    for (client, cut) in [
        (Dialect::OpenAi, "length"),
        (Dialect::Responses, "max_output_tokens"),
    ] {
        for stream in [false, true] {
            let what = format!("{client:?} {stream}");
            let heard = hear(failing, client, stream).await;
            let told = heard.told(client, stream);
            assert_eq!(told.text, "One, ", "{what}");
            assert_eq!(told.finish.as_deref(), Some(cut), "{what}");
            let [first, second] = heard.row.attempts.as_slice() else {
                panic!("{what}: {:?}", heard.row.attempts);
            };
            assert_eq!((first.status, second.status), (Some(200), Some(529)));
            let why = second.error.as_deref().unwrap();
            assert!(why.contains("Overloaded"), "{why}");
            assert!(
                heard
                    .row
                    .losses
                    .iter()
                    .any(|loss| loss.field == "stop_reason")
            );
            assert_eq!(heard.row.state, ExchangeState::Done, "{what}");

            let heard = hear(endless, client, stream).await;
            assert_eq!(heard.rounds, 17, "{what}");
            let told = heard.told(client, stream);
            assert_eq!(told.finish.as_deref(), Some(cut), "{what}");
            assert_eq!(heard.row.attempts.len(), 1, "{what}");
        }
    }
}

#[tokio::test]
async fn a_reply_goes_on_though_its_provider_keeps_the_connection_open() {
    let script = |asked: &Value| {
        if goes_on(asked) {
            held(&frames(&[said("two.")], "end_turn"))
        } else {
            held(&frames(&fetching(), "pause_turn"))
        }
    };
    for client in [Dialect::OpenAi, Dialect::Responses] {
        let heard = hear(script, client, true).await;
        let told = heard.told(client, true);
        assert_eq!(told.text, "One, two.", "{client:?}");
        assert_eq!(told.finish.as_deref(), Some("stop"));
        assert_eq!(heard.row.state, ExchangeState::Done);
    }
}

/// Its SDKs hang up at the end mark.
#[tokio::test]
async fn who_gets_a_pause_as_it_came_has_all_of_it() {
    let script = |_: &str, _: &Value| held(&frames(&fetching(), "pause_turn"));
    let provider = Scripted::start(script).await;
    let rig = Rig::with(&provider.config("anthropic")).await;
    let (path, body) = question(Dialect::Anthropic, true);
    let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
    let mut answer = request.send().await.unwrap();
    let mut text = String::new();
    while !text.contains("message_stop") {
        let chunk = answer.chunk().await.unwrap().unwrap();
        text.push_str(str::from_utf8(&chunk).unwrap());
    }
    drop(answer);
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Done);
    assert_eq!(row.finish_reason.as_deref(), Some("pause"));
    assert!(row.losses.is_empty());
}

#[tokio::test]
async fn a_whole_reply_may_begin_with_a_byte_order_mark() {
    let script = |asked: &Value| {
        let text = if goes_on(asked) { "two." } else { "One, " };
        let reason = if goes_on(asked) {
            "end_turn"
        } else {
            "pause_turn"
        };
        let reply = json!({"type": "message", "content": [said(text)], "stop_reason": reason});
        Response::builder()
            .header("content-type", "application/json")
            .body(format!("\u{feff} {reply}").into())
            .unwrap()
    };
    for stream in [false, true] {
        let heard = hear(script, Dialect::OpenAi, stream).await;
        assert_eq!(heard.status, 200, "{}", heard.text);
        assert_eq!(heard.told(Dialect::OpenAi, stream).text, "One, two.");
    }
}

#[tokio::test]
async fn a_whole_reply_that_is_cut_off_is_no_stream() {
    let script = |_: &Value| {
        Response::builder()
            .header("content-type", "application/json")
            .body(r#"{"type":"message","content":[{"ty"#.into())
            .unwrap()
    };
    for stream in [false, true] {
        let heard = hear(script, Dialect::OpenAi, stream).await;
        assert_eq!(heard.status, 502);
        let why = heard.row.error_message.unwrap();
        assert!(why.contains("it ends too early at line 1"), "{why}");
    }
}
