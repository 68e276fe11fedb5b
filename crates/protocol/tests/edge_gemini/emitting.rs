//! What clients are told.

use bytes::BytesMut;
use protocol::{
    Place, Protocol,
    canonical::{
        ApiError, Delta, ErrorKind, Event, Events, Fault, Finish, FinishReason, LossKind, Losses,
        Opaque, OpaqueKind, PartKind, Request, Response, Usage,
    },
    client_codec, upstream_codec,
};
use serde_json::{Value, json};

use crate::trial::{GEMINI, exchange, reply, told, written};

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

fn call(id: &str) -> PartKind {
    PartKind::ToolCall {
        id: id.to_owned(),
        name: id.to_owned(),
    }
}

fn arguments(index: usize, text: &str) -> Event {
    Event::PartDelta {
        index,
        delta: Delta::Arguments(text.to_owned()),
    }
}

fn finish(reason: FinishReason) -> Event {
    Event::Finish(Finish::new(reason, None))
}

fn parts(chunks: &[Value]) -> Vec<Value> {
    let all = chunks
        .iter()
        .flat_map(|chunk| chunk["candidates"][0]["content"]["parts"].as_array());
    all.flatten().cloned().collect()
}

#[test]
fn edge_057_a_call_comes_whole_on_one_line_and_its_arguments_are_an_object() {
    let mut events = vec![
        start(),
        Event::PartStart {
            index: 0,
            part: call("a"),
        },
    ];
    events.extend([arguments(0, "{\"n\":\n"), arguments(0, "1.0}")]);
    events.push(Event::PartEnd { index: 0 });
    events.extend(part(1, call("b"), Delta::Arguments(String::new())));
    events.push(finish(FinishReason::ToolCalls));
    let chunks = told(&events);
    assert_eq!(
        parts(&chunks)[..2],
        [
            json!({"functionCall": {"id": "a", "name": "a", "args": {"n": 1.0}}}),
            json!({"functionCall": {"id": "b", "name": "b", "args": {}}})
        ]
    );
    assert!(
        written(Some("alt=sse"), &events).contains("1.0"),
        "numbers stay as they are"
    );
}

#[test]
fn edge_058_a_stop_for_calls_is_a_stop() {
    for (reason, word) in [
        (FinishReason::Stop, "STOP"),
        (FinishReason::ToolCalls, "STOP"),
        (FinishReason::Other, "STOP"),
        (FinishReason::Length, "MAX_TOKENS"),
        (FinishReason::ContextFull, "MAX_TOKENS"),
        (FinishReason::ContentFilter, "SAFETY"),
    ] {
        let chunks = told(&[start(), finish(reason)]);
        assert_eq!(chunks[0]["candidates"][0]["finishReason"], word);
    }
}

#[test]
fn edge_061_every_chunk_has_content_with_parts() {
    let mut events = vec![start()];
    events.extend(part(0, PartKind::Text, Delta::Text("a".to_owned())));
    events.push(finish(FinishReason::Stop));
    for chunk in told(&events) {
        let content = &chunk["candidates"][0]["content"];
        assert_eq!(content["role"], "model");
        assert!(!content["parts"].as_array().unwrap().is_empty(), "{chunk}");
    }
}

#[test]
fn edge_063_counts_and_the_reason_stand_on_the_last_chunk_alone() {
    let mut events = vec![start()];
    events.push(Event::Usage(Usage {
        input: Some(40),
        cache_read: Some(60),
        output: Some(12),
        reasoning: Some(7),
        ..Usage::default()
    }));
    events.extend(part(0, PartKind::Text, Delta::Text("a".to_owned())));
    events.push(finish(FinishReason::Stop));
    let chunks = told(&events);
    let counts = json!({"promptTokenCount": 100, "cachedContentTokenCount": 60, "candidatesTokenCount": 5,
        "thoughtsTokenCount": 7, "totalTokenCount": 112});
    let counted: Vec<&Value> = chunks.iter().map(|chunk| &chunk["usageMetadata"]).collect();
    assert_eq!(counted, [&Value::Null, &counts]);
    let reasons = chunks
        .iter()
        .map(|chunk| &chunk["candidates"][0]["finishReason"]);
    assert_eq!(reasons.collect::<Vec<_>>(), [&Value::Null, &json!("STOP")]);
}

#[test]
fn edge_064_there_is_no_end_mark_and_no_name_of_an_event() {
    let mut events = vec![start(), Event::Ping];
    events.extend(part(0, PartKind::Text, Delta::Text("a".to_owned())));
    events.push(Event::Ping);
    events.push(finish(FinishReason::Stop));
    let text = written(Some("alt=sse"), &events);
    for line in text.lines() {
        assert!(line.is_empty() || line.starts_with("data: {"), "{line}");
    }
    assert!(text.ends_with("}\n\n"), "{text}");
    let form = client_codec(GEMINI).stream_form(&reply(Some("alt=sse")));
    assert_eq!(
        (&form.keep_alive[..], form.is_sse()),
        (&b"\r\n\r\n"[..], true)
    );
}

#[test]
fn edge_065_state_is_base64_as_a_whole_whoever_it_is_of() {
    let state = |owner, value: &str| {
        Delta::Opaque(Opaque {
            owner,
            kind: OpaqueKind::Content,
            value: value.to_owned(),
            id: None,
        })
    };
    let mut events = vec![start()];
    events.extend(part(0, PartKind::Reasoning, state(GEMINI, "QQ==")));
    events.extend(part(1, PartKind::Text, Delta::Text("a".to_owned())));
    let foreign = state(protocol::Protocol::Anthropic, "not base64!");
    events.extend(part(2, PartKind::Reasoning, foreign));
    events.extend(part(3, call("b"), Delta::Arguments("{}".to_owned())));
    events.extend(part(4, PartKind::Reasoning, state(GEMINI, "Qw==")));
    events.push(finish(FinishReason::ToolCalls));
    let parts = parts(&told(&events));
    assert_eq!(parts[0], json!({"text": "a", "thoughtSignature": "QQ=="}));
    let signature = parts[1]["thoughtSignature"].as_str().unwrap();
    let plain = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, signature).unwrap();
    assert!(plain.ends_with(b"not base64!"), "{signature}");
    assert_eq!(parts[1]["functionCall"]["name"], "b");
    assert_eq!(parts[2], json!({"text": "", "thoughtSignature": "Qw=="}));
}

#[test]
fn complaint_05_interleaved_calls_come_out_in_order_and_whole() {
    let chunks = told(&[
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
        finish(FinishReason::ToolCalls),
    ]);
    let calls: Vec<Value> = parts(&chunks)
        .iter()
        .filter_map(|part| Some(part.get("functionCall")?["args"].clone()))
        .collect();
    assert_eq!(calls, [json!({"a": 1}), json!({"b": 2})]);
}

#[test]
fn edge_074_without_the_word_for_events_a_stream_is_one_array() {
    let mut events = vec![start(), Event::Ping];
    events.extend(part(0, PartKind::Text, Delta::Text("a".to_owned())));
    events.push(Event::Ping);
    let mut failed = events.clone();
    events.push(finish(FinishReason::Stop));
    for query in [None, Some("key=k"), Some("alt=json")] {
        let text = written(query, &events);
        let chunks: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(chunks.len(), 2, "{text}");
        let form = client_codec(GEMINI).stream_form(&reply(query));
        assert_eq!(
            (form.content_type, form.is_array()),
            ("application/json", true)
        );
    }
    let broken = ApiError::new(ErrorKind::ProviderFault, Fault::Provider, "Broken.");
    failed.push(Event::Error(broken.clone()));
    let chunks: Vec<Value> = serde_json::from_str(&written(None, &failed)).unwrap();
    assert_eq!(chunks[1]["error"]["message"], "Broken.");

    // Somebody else's beginning is gone on with, not begun anew.
    let request = Request::default();
    let mut encoder = client_codec(GEMINI).event_encoder(&request, &reply(None));
    encoder.follows(&Place::default());
    let mut out = BytesMut::new();
    encoder.push(0, &Event::Error(broken), &mut out, &mut Losses::default());
    let text = format!("[{{}}{}", std::str::from_utf8(&out).unwrap());
    let chunks: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(chunks[1]["error"]["code"], 502);
}

#[test]
fn edge_137_failures_have_code_status_and_details() {
    let mut error = ApiError::new(ErrorKind::RateLimited, Fault::Provider, "Slow down.");
    error.retry_after = Some(std::time::Duration::from_secs(7));
    let answer = client_codec(GEMINI).encode_error(&error, None);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (answer.status, body),
        (
            429,
            json!({"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED", "details": [
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]}})
        )
    );
}

#[test]
fn what_the_provider_did_not_count_is_estimated() {
    let mut events = vec![start()];
    let text = "four words are here".to_owned();
    events.extend(part(0, PartKind::Text, Delta::Text(text)));
    events.push(finish(FinishReason::Stop));
    let chunks = told(&events);
    let streamed = &chunks.last().unwrap()["usageMetadata"];
    let counts = [
        "promptTokenCount",
        "candidatesTokenCount",
        "totalTokenCount",
    ];
    let [prompt, output, total] = counts.map(|count| streamed[count].as_u64().unwrap());
    assert!(output > 0);
    assert_eq!(prompt + output, total);

    let response = Response::from_events(events.into_iter().map(|event| (0, event)).collect());
    let mut losses = Losses::default();
    let codec = client_codec(GEMINI);
    let request = Request::default();
    let whole = codec.encode_response(&response.unwrap(), &request, &reply(None), &mut losses);
    let whole: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!(whole["usageMetadata"], *streamed);
    let estimated = losses
        .iter()
        .filter(|loss| loss.kind == LossKind::Estimated);
    assert_eq!(estimated.count(), 1);
}

/// The calls that clients of a reply are told of, which is cut where these chat chunks end.
fn calls_of_a_cut(fragments: Value) -> Vec<Value> {
    let chunk = json!({"id": "r", "model": "m", "choices": [{"index": 0, "delta": {"tool_calls": fragments}}]});
    let mut decoder = upstream_codec(Protocol::OpenAiChat).event_decoder(&exchange());
    let mut events = Events::new();
    decoder.push(format!("data: {chunk}\n\n").as_bytes(), &mut events);
    decoder.finish(&mut events);
    let events: Vec<Event> = events.into_iter().map(|(_, event)| event).collect();
    let chunks = told(&events);
    assert!(chunks.last().unwrap().get("error").is_some(), "{chunks:?}");
    parts(&chunks)
}

#[test]
fn edge_008_a_call_that_was_cut_is_not_told() {
    let fragment = |index: u64, arguments: &str| json!({"index": index, "id": format!("c{index}"), "function": {"name": "f", "arguments": arguments}});
    assert_eq!(calls_of_a_cut(json!([fragment(0, "")])), [json!(null); 0]);
    assert_eq!(
        calls_of_a_cut(json!([fragment(0, "{\"a\"")])),
        [json!(null); 0]
    );
    let both = json!([fragment(0, "{\"a\""), fragment(1, "{\"b\"")]);
    assert_eq!(calls_of_a_cut(both), [json!(null); 0]);
    let complete = json!([fragment(0, "{\"a\":1}"), fragment(1, "{\"b\"")]);
    assert_eq!(
        calls_of_a_cut(complete),
        [json!({"functionCall": {"id": "c0", "name": "f", "args": {"a": 1}}})]
    );
}
