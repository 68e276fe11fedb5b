//! JSON in words and stop sequences, of providers that know neither a switch nor the sequences.

use axum::response::Response;
use serde_json::{Value, json};
use store::exchanges::ExchangeState;

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

/// Says what the last message of the user says.
fn says(_: &str, body: &Value) -> Response {
    let said = body["messages"].as_array().unwrap().last().unwrap();
    let said = said["content"].as_str().unwrap().to_owned();
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 2});
    if body["stream"] != true {
        return scripted::json(
            &json!({"id": "c", "object": "chat.completion", "model": "m", "usage": usage,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}]}),
        );
    }
    let chunk = |delta: Value, finish: Value| json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    let letters: Vec<char> = said.chars().collect();
    let mut chunks: Vec<Value> = letters
        .chunks(3)
        .map(|piece| {
            chunk(
                json!({"content": piece.iter().collect::<String>()}),
                Value::Null,
            )
        })
        .collect();
    chunks.push(chunk(json!({}), json!("stop")));
    chunks.push(json!({"id": "c", "choices": [], "usage": usage}));
    scripted::events(&chunks)
}

async fn ask(rig: &Rig, model: &str, said: &str, more: Value, stream: bool) -> (u16, String) {
    let mut body = json!({"model": format!("lab/{model}"), "max_tokens": 100, "stream": stream,
        "messages": [{"role": "user", "content": said}]});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    let url = format!("{}/v1/messages", rig.url);
    let answer = rig.client.post(url).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn json_that_can_only_be_asked_for_in_words_is_checked_before_it_is_told() {
    let format = json!({"output_config": {"format": {"type": "json_schema", "schema":
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": false}}}});
    for stream in [false, true] {
        for (said, why) in [
            ("```json\n{\"city\":\"Rome\"}\n```", None),
            ("Rome, I think.", Some("it is not JSON (line 1, column 1)")),
            (
                "{\"city\":5}",
                Some("`/city` breaks the schema's rule `type`"),
            ),
        ] {
            let provider = Scripted::start(says).await;
            let rig = Rig::with(&provider.config("openai_chat")).await;
            let (status, text) = ask(&rig, "deepseek-reasoner", said, format.clone(), stream).await;
            let name = format!("{said} stream={stream}: {text}");
            match why {
                None => {
                    assert_eq!(status, 200, "{name}");
                    assert!(text.contains(r#"{\"city\":\"Rome\"}"#), "{name}");
                    assert!(!text.contains("```"), "{name}");
                }
                Some(why) => {
                    // Before anything was said: a status, and another target could have taken over.
                    assert_eq!(status, 502, "{name}");
                    assert!(text.contains(why), "{name}");
                }
            }
            let (row, _) = rig.only_row().await;
            let failed = row.state == ExchangeState::Failed;
            assert_eq!(failed, why.is_some(), "{name}");
            assert_eq!(
                (row.input_tokens, row.output_tokens),
                (Some(5), Some(2)),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn edge_111_sequences_beyond_those_that_the_provider_takes_cut_the_reply_here() {
    for stream in [false, true] {
        let provider = Scripted::start(says).await;
        let rig = Rig::with(&provider.config("openai_chat")).await;
        let more = json!({"stop_sequences": ["A", "B", "C", "D", "STOP"]});
        let (status, text) = ask(&rig, "m", "one two STOP three", more, stream).await;
        assert_eq!(status, 200, "{text}");
        let sent = &provider.asked()[0];
        assert_eq!(sent["stop"], json!(["A", "B", "C", "D"]));
        assert!(
            !text.contains("three") && !text.contains("STOP three"),
            "{text}"
        );
        assert!(text.contains("\"stop_reason\":\"stop_sequence\""), "{text}");
        assert!(text.contains("\"stop_sequence\":\"STOP\""), "{text}");
        let (row, _) = rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Done);
        assert_eq!(row.finish_reason.as_deref(), Some("stop"));
        assert!(row.losses.iter().any(|loss| loss.field == "stop_sequences"));
    }
}

#[tokio::test]
async fn edge_025_blank_sequences_cut_the_reply_here_where_the_provider_refuses_them() {
    let said = "line1\nline2\nline3";
    let claude = move |_: &str, _: &Value| {
        scripted::json(
            &json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5",
            "content": [{"type": "text", "text": said}], "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": 5, "output_tokens": 6}}),
        )
    };
    for (path, stop, sent) in [
        ("chat/completions", json!("\n"), Value::Null),
        ("chat/completions", json!(["\n", "line3"]), json!(["line3"])),
        ("completions", json!(["\n"]), Value::Null),
    ] {
        let provider = Scripted::start(claude).await;
        let rig = Rig::with(&provider.config("anthropic")).await;
        let mut body = json!({"model": "lab/claude-haiku-4-5", "max_tokens": 100, "stop": stop});
        if path == "completions" {
            body["prompt"] = json!("line0");
        } else {
            body["messages"] = json!([{"role": "user", "content": "Count."}]);
        }
        let url = format!("{}/v1/{path}", rig.url);
        let answer = rig.client.post(url).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let choice = &answer["choices"][0];
        let text = if path == "completions" {
            &choice["text"]
        } else {
            &choice["message"]["content"]
        };
        assert_eq!(text, "line1", "{answer}");
        assert_eq!(choice["finish_reason"], "stop");
        assert_eq!(provider.asked()[0]["stop_sequences"], sent);
        let (row, _) = rig.only_row().await;
        let told = row.losses.iter().find(|loss| loss.field == "stop").unwrap();
        assert_eq!(told.kind, "emulated");
        // The provider counted all that it wrote.
        assert_eq!(answer["usage"]["completion_tokens"], 6, "{answer}");
        assert_eq!((row.output_tokens, row.usage_estimated), (Some(6), false));
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_here_tells_how_much_of_it_was_told() {
    let claude = |_: &str, _: &Value| {
        let delta = |text: String| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
        scripted::events(&[
            json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5",
                "content": [], "stop_reason": null, "usage": {"input_tokens": 2000, "output_tokens": 1}}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            delta("word".repeat(900)),
            delta("\n\nmore".to_owned()),
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1000}}),
            json!({"type": "message_stop"}),
        ])
    };
    let provider = Scripted::start(claude).await;
    let rig = Rig::with(&provider.config("anthropic")).await;
    let body = json!({"model": "lab/claude-haiku-4-5", "max_tokens": 4000, "stop": ["\n\n"], "stream": true,
        "stream_options": {"include_usage": true}, "prompt": "def f("});
    let url = format!("{}/v1/completions", rig.url);
    let answer = rig.client.post(url).json(&body).send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(text.contains(r#""prompt_tokens":2000"#), "{text}");
    assert!(text.contains(r#""completion_tokens":900"#), "{text}");
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Done);
    assert_eq!((row.output_tokens, row.usage_estimated), (Some(900), true));
    let told = row
        .losses
        .iter()
        .find(|loss| loss.field == "usage")
        .unwrap();
    assert_eq!(told.kind, "estimated");
}
