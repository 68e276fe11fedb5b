//! What clients are told.

use std::time::Duration;

use bytes::BytesMut;
use protocol::{
    Abilities, ExchangeId, ModelInfo, Operation, ReplyContext,
    canonical::{
        ApiError, Delta, ErrorKind, Event, Fault, Finish, FinishReason, Losses, PartKind, Request,
        Response, Usage,
    },
    client_codec,
};
use serde_json::{Value, json};

use crate::trial::{OLLAMA, reply, told};

fn start() -> Event {
    Event::Start {
        id: "r".to_owned(),
        model: "m".to_owned(),
    }
}

fn part(index: usize, part: PartKind, delta: Delta) -> Vec<Event> {
    vec![
        Event::PartStart { index, part },
        Event::PartDelta { index, delta },
        Event::PartEnd { index },
    ]
}

fn events() -> Vec<Event> {
    let call = PartKind::ToolCall {
        id: "call_1".to_owned(),
        name: "get_weather".to_owned(),
    };
    let mut events = vec![start()];
    events.extend(part(0, PartKind::Reasoning, Delta::Text("Hm.".to_owned())));
    events.extend(part(1, PartKind::Text, Delta::Text("Looking.".to_owned())));
    events.extend(part(
        2,
        call,
        Delta::Arguments("{\"city\":\n\"Oslo\"}".to_owned()),
    ));
    events.push(Event::Usage(Usage {
        input: Some(11),
        output: Some(7),
        ..Usage::default()
    }));
    events.push(Event::Finish(Finish::new(FinishReason::ToolCalls, None)));
    events
}

#[test]
fn edge_114_a_call_is_whole_has_no_id_and_its_arguments_are_an_object() {
    let (lines, _) = told(Operation::Chat, &events());
    let line = |message: Value| json!({"model": "the-alias", "created_at": "2026-01-01T10:00:00Z", "message": message, "done": false});
    let last = json!({"model": "the-alias", "created_at": "2026-01-01T10:00:00Z",
        "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
        "total_duration": 2, "load_duration": 0,
        "prompt_eval_count": 11, "prompt_eval_duration": 1, "eval_count": 7, "eval_duration": 1});
    assert_eq!(
        lines,
        [
            line(json!({"role": "assistant", "content": "", "thinking": "Hm."})),
            line(json!({"role": "assistant", "content": "Looking."})),
            line(json!({"role": "assistant", "content": "", "tool_calls": [
                {"function": {"name": "get_weather", "arguments": {"city": "Oslo"}}}]})),
            last,
        ]
    );
}

#[test]
fn complaint_05_interleaved_calls_come_out_in_order_and_whole() {
    let call = |id: &str| PartKind::ToolCall {
        id: id.to_owned(),
        name: id.to_owned(),
    };
    let arguments = |index, text: &str| Event::PartDelta {
        index,
        delta: Delta::Arguments(text.to_owned()),
    };
    let (lines, _) = told(
        Operation::Chat,
        &[
            start(),
            Event::PartStart {
                index: 0,
                part: call("a"),
            },
            Event::PartStart {
                index: 1,
                part: call("b"),
            },
            arguments(1, "{\"b\""),
            arguments(0, "{\"a\":"),
            arguments(1, ":2}"),
            Event::PartEnd { index: 1 },
            arguments(0, "1}"),
            Event::PartEnd { index: 0 },
            Event::Finish(Finish::new(FinishReason::ToolCalls, None)),
        ],
    );
    let calls: Vec<&Value> = lines[..2]
        .iter()
        .map(|line| &line["message"]["tool_calls"][0]["function"])
        .collect();
    assert_eq!(
        calls,
        [
            &json!({"name": "a", "arguments": {"a": 1}}),
            &json!({"name": "b", "arguments": {"b": 2}})
        ]
    );
}

#[test]
fn edge_113_a_line_ends_each_frame_and_keeps_a_stream_alive() {
    for operation in [Operation::Chat, Operation::Complete] {
        let form = client_codec(OLLAMA).stream_form(&reply(operation));
        assert_eq!(form.content_type, "application/x-ndjson");
        assert_eq!(form.frame_end, b"\n");
        let line = std::str::from_utf8(&form.keep_alive).unwrap();
        let said: Value = serde_json::from_str(line).unwrap();
        assert_eq!(said["done"], false);
        assert_eq!(said["model"], "the-alias");
        assert_eq!(said["created_at"], "2026-01-01T10:00:00Z");
        let text = match operation {
            Operation::Complete => &said["response"],
            _ => &said["message"]["content"],
        };
        assert_eq!(text, "");
    }
    let (lines, _) = told(Operation::Chat, &[start(), Event::Ping]);
    assert_eq!(lines[0]["message"]["content"], "");
}

#[test]
fn edge_122_a_failure_ends_a_stream_as_a_line() {
    let error = ApiError::new(ErrorKind::Overloaded, Fault::Provider, "Busy.");
    let mut events = vec![start()];
    events.extend(part(0, PartKind::Text, Delta::Text("Half".to_owned())));
    events.push(Event::Error(error.clone()));
    let (lines, _) = told(Operation::Chat, &events);
    assert_eq!(lines.last(), Some(&json!({"error": "Busy."})));
    let answer = client_codec(OLLAMA).encode_error(&error, Some(&ExchangeId("x".to_owned())));
    assert_eq!(answer.status, 503);
    assert_eq!(&answer.body[..], br#"{"error":"Busy."}"#);
}

#[test]
fn edge_094_counts_are_numbers_though_nobody_counted() {
    let mut events = vec![start()];
    events.extend(part(
        0,
        PartKind::Text,
        Delta::Text("Hello there.".to_owned()),
    ));
    events.push(Event::Finish(Finish::new(FinishReason::ContextFull, None)));
    let (lines, losses) = told(Operation::Chat, &events);
    let last = lines.last().unwrap();
    assert_eq!(
        (
            &last["prompt_eval_count"],
            &last["eval_count"],
            &last["done_reason"]
        ),
        (&json!(7), &json!(3), &json!("length"))
    );
    assert_eq!(losses, ["usage"]);
}

#[test]
fn what_a_filter_stopped_is_no_clean_stop() {
    let mut events = vec![start()];
    events.extend(part(0, PartKind::Refusal, Delta::Text("No.".to_owned())));
    let finish = Finish::new(FinishReason::ContentFilter, Some("SAFETY"));
    events.push(Event::Usage(Usage {
        input: Some(11),
        output: Some(7),
        ..Usage::default()
    }));
    events.push(Event::Finish(finish));
    let (lines, losses) = told(Operation::Chat, &events);
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["done_reason"], &last["eval_count"]),
        (&json!("content_filter"), &json!(7))
    );
    assert_eq!(losses, ["done_reason"]);
}

#[test]
fn complaint_43_a_text_is_told_in_its_own_fields() {
    let (lines, _) = told(Operation::Complete, &events());
    assert!(lines.iter().all(|line| line.get("message").is_none()));
    assert_eq!(lines[0]["thinking"], "Hm.");
    assert_eq!(
        (&lines[0]["response"], &lines[1]["response"]),
        (&json!(""), &json!("Looking."))
    );
    let response = Response::from_events(events().into_iter().map(|event| (0, event)).collect());
    let body = client_codec(OLLAMA).encode_response(
        &response.unwrap(),
        &Request::default(),
        &reply(Operation::Complete),
        &mut Losses::default(),
    );
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (&body["response"], &body["done"]),
        (&json!("Looking."), &json!(true))
    );
}

#[test]
fn edge_120_a_model_is_told_as_editors_read_it() {
    let model = ModelInfo {
        id: "openai/gpt-4o".to_owned(),
        display_name: Some("GPT-4o".to_owned()),
        max_input_tokens: Some(128_000),
        abilities: Some(Abilities {
            embeds: false,
            images: true,
            infills: false,
            thinking: false,
            tools: true,
        }),
        ..ModelInfo::default()
    };
    let codec = client_codec(OLLAMA);
    let one: Value = serde_json::from_slice(&codec.encode_model(&model)).unwrap();
    let family = one["model_info"]["general.architecture"].as_str().unwrap();
    assert_eq!(
        one["model_info"][format!("{family}.context_length")],
        128_000
    );
    assert_eq!(one["model_info"]["general.basename"], "GPT-4o");
    assert_eq!(
        one["capabilities"],
        json!(["completion", "tools", "vision"])
    );
    assert_eq!(
        one["parameters"]
            .as_str()
            .unwrap()
            .split_whitespace()
            .count(),
        2
    );
    let list: Value = serde_json::from_slice(&codec.encode_models(&[model])).unwrap();
    assert_eq!(list["models"][0]["name"], "openai/gpt-4o");
    assert_eq!(list["models"][0]["details"]["format"], "gguf");
    let unknown: Value =
        serde_json::from_slice(&codec.encode_model(&ModelInfo::default())).unwrap();
    assert!(unknown["model_info"].is_object());
    assert_eq!(unknown["parameters"], "");
}

#[test]
fn edge_118_durations_are_told_in_nanoseconds_and_are_never_nothing() {
    let of_stream = ReplyContext {
        elapsed: Duration::from_millis(300),
        ..reply(Operation::Chat)
    };
    let mut encoder = client_codec(OLLAMA).event_encoder(&Request::default(), &of_stream);
    let mut out = BytesMut::new();
    for event in events() {
        encoder.at(Duration::from_millis(1300));
        encoder.push(0, &event, &mut out, &mut Losses::default());
    }
    let text = std::str::from_utf8(&out).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let durations = |line: &Value| {
        ["total", "load", "prompt_eval", "eval"]
            .map(|name| line[format!("{name}_duration")].as_u64().unwrap())
    };
    assert_eq!(
        durations(&last),
        [1_300_000_000, 0, 300_000_000, 1_000_000_000]
    );

    let events = events().into_iter().map(|event| (0, event)).collect();
    let whole = Response::from_events(events).unwrap();
    let encode = |elapsed| {
        let reply = ReplyContext {
            elapsed,
            ..reply(Operation::Chat)
        };
        let request = Request::default();
        let bytes =
            client_codec(OLLAMA).encode_response(&whole, &request, &reply, &mut Losses::default());
        durations(&serde_json::from_slice(&bytes).unwrap())
    };
    assert_eq!(encode(Duration::ZERO), [2, 0, 1, 1]);
    assert_eq!(encode(Duration::from_nanos(99)), [100, 0, 1, 99]);
}

#[test]
fn edge_008_a_call_that_was_cut_is_not_told() {
    let begun = |index: usize, name: &str| Event::PartStart {
        index,
        part: PartKind::ToolCall {
            id: name.to_owned(),
            name: name.to_owned(),
        },
    };
    let arguments = |index: usize, text: &str| Event::PartDelta {
        index,
        delta: Delta::Arguments(text.to_owned()),
    };
    let failed = Event::Error(ApiError::new(
        ErrorKind::ProviderFault,
        Fault::Provider,
        "Broken.",
    ));
    for (said, count) in [
        (vec![begun(0, "a"), Event::PartEnd { index: 0 }], 0),
        (
            vec![
                begun(0, "a"),
                arguments(0, "{\"a\""),
                begun(1, "b"),
                Event::PartEnd { index: 0 },
                Event::PartEnd { index: 1 },
            ],
            0,
        ),
        (
            vec![
                begun(0, "a"),
                arguments(0, "{}"),
                Event::PartEnd { index: 0 },
                begun(1, "b"),
                Event::PartEnd { index: 1 },
            ],
            1,
        ),
    ] {
        let (lines, _) = told(
            Operation::Chat,
            &[vec![start()], said, vec![failed.clone()]].concat(),
        );
        let calls = |line: &&Value| line["message"]["tool_calls"].is_array();
        assert_eq!(lines.iter().filter(calls).count(), count, "{lines:?}");
        assert_eq!(lines.last(), Some(&json!({"error": "Broken."})));
    }
}
