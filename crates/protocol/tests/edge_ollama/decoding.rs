//! What providers answer.

use http::HeaderMap;
use protocol::{
    FailedAnswer, ModelInfo,
    canonical::{ErrorKind, Event, FinishReason, Part, Response, Usage},
    upstream_codec,
};
use serde_json::{Value, json};

use crate::trial::{OLLAMA, exchange, heard};

fn line(message: Value) -> Value {
    json!({"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": false})
}

fn last(reason: &str) -> Value {
    json!({"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": ""},
        "done": true, "done_reason": reason, "total_duration": 883_583_458_u64, "prompt_eval_count": 126,
        "eval_count": 28, "eval_duration": 735_599_000})
}

#[test]
fn edge_114_calls_get_ids_that_no_other_exchange_has() {
    let call = |name: &str| json!({"function": {"name": name, "arguments": {"city": "Oslo"}}});
    let calls =
        line(json!({"role": "assistant", "content": "", "tool_calls": [call("a"), call("a")]}));
    let more = line(json!({"role": "assistant", "content": "", "tool_calls": [call("b")]}));
    let reply = Response::from_events(heard(&[calls, more, last("stop")])).unwrap();
    let ids: Vec<&String> = reply.answers[0]
        .parts
        .iter()
        .map(|part| match part {
            Part::ToolCall { id, arguments, .. } if arguments == r#"{"city":"Oslo"}"# => id,
            other => unreachable!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["call_x_0", "call_x_1", "call_x_2"]);
}

#[test]
fn edge_116_a_stop_with_calls_is_an_end_for_calls() {
    let call = json!({"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "a", "arguments": {}}}]});
    for (lines, expected) in [
        (vec![line(call), last("stop")], FinishReason::ToolCalls),
        (vec![last("stop")], FinishReason::Stop),
        (vec![last("length")], FinishReason::Length),
        (vec![last("content_filter")], FinishReason::ContentFilter),
        (vec![last("load")], FinishReason::Stop),
        (vec![last("something new")], FinishReason::Other),
    ] {
        let Some((_, Event::Finish(finish))) = heard(&lines).pop() else {
            unreachable!("{lines:?}");
        };
        assert_eq!(finish.reason, expected, "{lines:?}");
        assert_eq!(
            finish.raw.as_deref(),
            lines.last().unwrap()["done_reason"].as_str()
        );
    }
}

#[test]
fn edge_118_counts_come_with_the_last_line() {
    let reply = Response::from_events(heard(&[last("stop")])).unwrap();
    let expected = Usage {
        input: Some(126),
        output: Some(28),
        ..Usage::default()
    };
    assert_eq!(reply.usage, Some(expected));
}

#[test]
fn edge_122_failures_are_text_in_bodies_and_in_lines() {
    let half = line(json!({"role": "assistant", "content": "Half"}));
    let failed = json!({"error": "model runner has unexpectedly stopped"});
    let Some((_, Event::Error(error))) = heard(&[half, failed]).pop() else {
        unreachable!("a failure");
    };
    assert_eq!(error.message, "model runner has unexpectedly stopped");
    for (status, body, kind) in [
        (
            404,
            r#"{"error":"model 'x' not found"}"#,
            ErrorKind::NotFound,
        ),
        (
            400,
            r#"{"error":"the input length exceeds the context length"}"#,
            ErrorKind::ContextTooLong,
        ),
        (503, r#"{"error":"server busy"}"#, ErrorKind::Overloaded),
        (500, "oops", ErrorKind::ProviderFault),
    ] {
        let error = upstream_codec(OLLAMA).decode_error(FailedAnswer {
            status,
            headers: &HeaderMap::new(),
            body: body.as_bytes(),
        });
        assert_eq!((error.kind, error.status), (kind, Some(status)), "{body}");
    }
}

#[test]
fn complaint_08_a_stream_without_its_last_line_is_a_failure() {
    let half = line(json!({"role": "assistant", "content": "Half"}));
    assert!(matches!(heard(&[half]).pop(), Some((_, Event::Error(_)))));
    assert!(matches!(heard(&[]).pop(), Some((_, Event::Error(_)))));
}

#[test]
fn complaint_24_a_stream_where_a_whole_reply_was_asked_for() {
    let lines = [
        line(json!({"role": "assistant", "content": "Hel", "thinking": "Hm."})),
        line(json!({"role": "assistant", "content": "lo."})),
        last("stop"),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let reply = upstream_codec(OLLAMA)
        .decode_response(text.as_bytes(), &exchange())
        .unwrap();
    let thought = Part::Reasoning {
        text: "Hm.".to_owned(),
        opaque: None,
    };
    assert_eq!(
        reply.answers[0].parts,
        [thought, Part::Text("Hello.".to_owned())]
    );
}

#[test]
fn edge_120_lists_tell_windows_and_abilities() {
    let list = json!({"models": [
        {"name": "a:8b", "model": "a:8b", "modified_at": "2025-02-19T00:00:00.5-08:00",
            "details": {"family": "a", "context_length": 40_960}, "capabilities": ["completion", "vision"]},
        {"name": "old", "details": {}},
        {"name": "bare", "model": "bare", "modified_at": "", "size": "", "digest": "", "details": {"context_length": "?"}},
    ]});
    let models = upstream_codec(OLLAMA)
        .decode_models(list.to_string().as_bytes())
        .unwrap();
    assert_eq!(models[0].max_input_tokens, Some(40_960));
    let able = models[0].abilities.unwrap();
    assert_eq!(
        (able.images, able.tools, able.thinking),
        (true, false, false)
    );
    let old = ModelInfo {
        id: "old".to_owned(),
        ..ModelInfo::default()
    };
    assert_eq!(models[1], old);
    // Other servers fill in what they do not know with an empty text.
    let bare = ModelInfo {
        id: "bare".to_owned(),
        ..ModelInfo::default()
    };
    assert_eq!(models[2], bare);
}

#[test]
fn edge_120_one_model_is_described_by_its_architecture() {
    let codec = upstream_codec(OLLAMA);
    let (path, body) = codec.model_request("a:8b").unwrap();
    assert_eq!((path, &*body), ("/api/show", &br#"{"model":"a:8b"}"#[..]));
    let told = |shown: serde_json::Value| codec.decode_model(shown.to_string().as_bytes());
    let shown = told(json!({
        "capabilities": ["completion", "tools", "thinking"],
        "model_info": {"general.architecture": "a", "a.context_length": 8192, "b.context_length": 1}
    }))
    .unwrap();
    assert_eq!(shown.max_input_tokens, Some(8192));
    let able = shown.abilities.unwrap();
    assert_eq!(
        (able.tools, able.thinking, able.images, able.embeds),
        (true, true, false, false)
    );
    for silent in [
        json!({}),
        json!({"model_info": null}),
        json!({"model_info": {"a.context_length": 1}}),
    ] {
        assert_eq!(told(silent).unwrap(), ModelInfo::default());
    }
    assert!(codec.decode_model(b"not found").is_err());
}

#[test]
fn pictures_of_a_reply_are_told() {
    let events = heard(&[
        line(json!({"role": "assistant", "content": "See.", "images": ["AAAA"]})),
        last("stop"),
    ]);
    let response = Response::from_events(events).unwrap();
    assert_eq!(response.losses[0].field, "images");
}

#[test]
fn a_count_that_is_text_fails_no_reply() {
    let mut end = last("stop");
    end["prompt_eval_count"] = json!("3");
    end["eval_count"] = json!("?");
    let said = line(json!({"role": "assistant", "content": "Hi."}));
    let reply = Response::from_events(heard(&[said, end])).unwrap();
    let counted = Usage {
        input: Some(3),
        ..Usage::default()
    };
    assert_eq!(reply.usage, Some(counted));
    let vectors = json!({"embeddings": [[1.0]], "prompt_eval_count": "3"});
    let reply = upstream_codec(OLLAMA).decode_embed_reply(vectors.to_string().as_bytes());
    assert_eq!(reply.unwrap().usage, Some(counted));
}

#[test]
fn a_call_without_a_function_does_not_vanish() {
    let call = json!({"id": "x", "name": "f", "arguments": {"a": 1}});
    let said = line(json!({"role": "assistant", "content": "", "tool_calls": [call]}));
    let events = heard(&[said, last("stop")]);
    assert!(
        events.iter().any(
            |(_, event)| matches!(event, Event::Loss(loss) if loss.field == "tool_calls.name")
        ),
        "{events:?}"
    );
}
