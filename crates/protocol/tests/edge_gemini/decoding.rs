//! What providers answer.

use protocol::canonical::{
    Delta, ErrorKind, Event, Events, FinishReason, Grammar, Opaque, OpaqueKind, Part, PartKind,
    Response, Usage,
};
use protocol::upstream_codec;
use serde_json::{Value, json};

use crate::trial::{GEMINI, answered, exchange, heard};

fn chunk(parts: Value) -> Value {
    json!({"candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}]})
}

fn last(reason: &str) -> Value {
    json!({"candidates": [{"finishReason": reason, "index": 0}]})
}

fn finish(chunks: &[Value]) -> (FinishReason, Option<String>) {
    let reply = Response::from_events(heard(chunks)).unwrap();
    let finish = reply.answers[0].finish.clone();
    (finish.reason, finish.raw)
}

#[test]
fn edge_053_calls_without_ids_get_ones_that_no_other_exchange_has() {
    let call = json!({"functionCall": {"name": "a", "args": {}}});
    let reply = Response::from_events(heard(&[
        chunk(json!([call, call])),
        chunk(json!([call])),
        last("STOP"),
    ]));
    let ids: Vec<String> = reply.unwrap().answers[0]
        .parts
        .iter()
        .map(|part| match part {
            Part::ToolCall { id, .. } => id.clone(),
            other => unreachable!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["call_x_0", "call_x_1", "call_x_2"]);
}

#[test]
fn edge_057_a_call_without_arguments_has_an_empty_object() {
    let reply = answered(json!([{"functionCall": {"name": "a"}}]), "STOP");
    assert!(
        matches!(&reply.answers[0].parts[0], Part::ToolCall { arguments, .. } if arguments == "{}"),
        "{reply:?}"
    );
}

#[test]
fn edge_058_a_stop_with_a_call_in_any_chunk_is_a_stop_for_calls() {
    let call = json!([{"functionCall": {"name": "a", "args": {}}}]);
    let said = |reason| (reason, Some("STOP".to_owned()));
    let together = json!({"candidates": [{"content": {"parts": call}, "finishReason": "STOP"}]});
    assert_eq!(finish(&[together]), said(FinishReason::ToolCalls));
    let apart = [
        chunk(call.clone()),
        chunk(json!([{"text": "Done."}])),
        last("STOP"),
    ];
    assert_eq!(finish(&apart), said(FinishReason::ToolCalls));
    assert_eq!(
        finish(&[chunk(json!([{"text": "a"}])), last("STOP")]),
        said(FinishReason::Stop)
    );
    // A call that was cut by the limit has no whole arguments.
    let (cut, _) = finish(&[chunk(call), last("MAX_TOKENS")]);
    assert_eq!(cut, FinishReason::Length);
}

#[test]
fn edge_059_each_reason_has_its_meaning() {
    for word in [
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_OTHER",
        "IMAGE_RECITATION",
        "MODEL_ARMOR",
    ] {
        let (reason, raw) = finish(&[chunk(json!([{"text": "a"}])), last(word)]);
        assert_eq!(reason, FinishReason::ContentFilter, "{word}");
        assert_eq!(raw.as_deref(), Some(word));
    }
    for word in [
        "MALFORMED_FUNCTION_CALL",
        "MALFORMED_RESPONSE",
        "MISSING_THOUGHT_SIGNATURE",
        "TOO_MANY_TOOL_CALLS",
        "UNEXPECTED_TOOL_CALL",
    ] {
        let events = heard(&[chunk(json!([{"text": "a"}])), last(word)]);
        let error = Response::from_events(events).unwrap_err();
        assert!(error.message.contains(word), "{}", error.message);
        assert_eq!(error.code, Some(word.to_ascii_lowercase()));
    }
    // Some day there will be others.
    let (reason, _) = finish(&[chunk(json!([{"text": "a"}])), last("SOMETHING_NEW")]);
    assert_eq!(reason, FinishReason::Other);
}

#[test]
fn edge_060_a_blocked_prompt_is_a_refusal_that_says_why() {
    let blocked = json!({"promptFeedback": {"blockReason": "BLOCKLIST", "blockReasonMessage": "A word."},
        "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9}});
    for body in [blocked.clone(), {
        let mut body = blocked;
        body["candidates"] = json!([]);
        body
    }] {
        let reply = Response::from_events(heard(&[body])).unwrap();
        let answer = &reply.answers[0];
        let said = "The provider blocked the prompt (BLOCKLIST): A word.";
        assert_eq!(answer.parts, [Part::Refusal(said.to_owned())]);
        assert_eq!(answer.finish.reason, FinishReason::ContentFilter);
        assert_eq!(reply.usage.unwrap().input, Some(9));
    }
}

#[test]
fn edge_061_content_and_parts_may_be_missing() {
    for candidate in [
        json!({"finishReason": "MAX_TOKENS"}),
        json!({"finishReason": "MAX_TOKENS", "content": null}),
        json!({"finishReason": "MAX_TOKENS", "content": {"role": "model"}}),
        json!({"finishReason": "MAX_TOKENS", "content": {"role": "model", "parts": null}}),
        json!({"finishReason": "MAX_TOKENS", "content": {"role": "model", "parts": [{}]}}),
    ] {
        let body = json!({"candidates": [candidate]}).to_string();
        let codec = upstream_codec(GEMINI);
        let reply = codec.decode_response(body.as_bytes(), &exchange()).unwrap();
        assert_eq!(reply.answers[0].parts, [], "{body}");
        assert_eq!(reply.answers[0].finish.reason, FinishReason::Length);
    }
}

#[test]
fn edge_062_parts_of_one_chunk_are_each_what_they_are() {
    let reply = Response::from_events(heard(&[
        chunk(json!([
            {"text": "Hm.", "thought": true},
            {"text": "Well."},
            {"functionCall": {"id": "1", "name": "a", "args": {"n": 1.0}}}])),
        last("STOP"),
    ]));
    assert_eq!(
        reply.unwrap().answers[0].parts,
        [
            Part::Reasoning {
                text: "Hm.".to_owned(),
                opaque: None
            },
            Part::Text("Well.".to_owned()),
            Part::ToolCall {
                id: "1".to_owned(),
                name: "a".to_owned(),
                arguments: r#"{"n":1.0}"#.to_owned()
            }
        ]
    );
}

#[test]
fn edge_063_the_last_counts_count_and_are_told_once() {
    let counted = |more: Value| {
        let mut chunk = chunk(json!([{"text": "a"}]));
        chunk["usageMetadata"] = more;
        chunk
    };
    let mut end = last("STOP");
    end["usageMetadata"] = json!({"promptTokenCount": 100, "cachedContentTokenCount": 60,
        "toolUsePromptTokenCount": 20, "candidatesTokenCount": 5, "thoughtsTokenCount": 7, "totalTokenCount": 132});
    let events = heard(&[
        counted(json!({"promptTokenCount": 100, "totalTokenCount": 100})),
        counted(
            json!({"promptTokenCount": 100, "candidatesTokenCount": 2, "totalTokenCount": 102}),
        ),
        end,
    ]);
    let told: Vec<&Usage> = events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Usage(usage) => Some(usage),
            _ => None,
        })
        .collect();
    let expected = Usage {
        input: Some(60),
        cache_read: Some(60),
        output: Some(12),
        reasoning: Some(7),
        ..Usage::default()
    };
    assert_eq!(told, [&expected]);
}

#[test]
fn edge_063_a_count_may_be_text_and_what_is_none_is_unknown() {
    let mut reply = chunk(json!([{"text": "a"}]));
    reply["usageMetadata"] =
        json!({"promptTokenCount": "1", "candidatesTokenCount": {}, "totalTokenCount": 3});
    let events = heard(&[reply, last("STOP")]);
    let told = events.iter().find_map(|(_, event)| match event {
        Event::Usage(usage) => Some(*usage),
        _ => None,
    });
    assert_eq!(told.and_then(|usage| usage.input), Some(1));
    let reply = Response::from_events(events).unwrap();
    assert_eq!(reply.answers[0].parts, [Part::Text("a".to_owned())]);
    for (body, tokens) in [
        (r#"{"totalTokens": "7"}"#, Some(7)),
        (r#"{"totalTokens": 7}"#, Some(7)),
        ("{}", None),
    ] {
        let counted = upstream_codec(GEMINI).decode_token_count(body.as_bytes());
        assert_eq!(counted, tokens, "{body}");
    }
}

#[test]
fn edge_064_only_a_reason_before_the_close_is_a_clean_end() {
    let ends = |chunks: &[Value]| matches!(heard(chunks).last(), Some((_, Event::Finish(_))));
    let text = chunk(json!([{"text": "a"}]));
    assert!(ends(&[text.clone(), last("STOP")]));
    assert!(!ends(&[text]));
    assert!(!ends(&[chunk(
        json!([{"functionCall": {"name": "a", "args": {}}}])
    )]));
    assert!(!ends(&[]));
    // Servers that speak this protocol may write another's end mark.
    let mut events = protocol::canonical::Events::new();
    let mut decoder = upstream_codec(GEMINI).event_decoder(&exchange());
    let stream = format!("data: {}\r\n\r\ndata: [DONE]\r\n\r\n", last("STOP"));
    decoder.push(stream.as_bytes(), &mut events);
    decoder.finish(&mut events);
    assert!(matches!(events.last(), Some((_, Event::Finish(_)))));
}

#[test]
fn edge_065_a_signature_comes_right_before_the_part_it_stands_on() {
    let state = |value: &str| Part::Reasoning {
        text: String::new(),
        opaque: Some(Opaque {
            owner: GEMINI,
            kind: OpaqueKind::Content,
            value: value.to_owned(),
            id: None,
        }),
    };
    let reply = answered(
        json!([
            {"text": "So.", "thoughtSignature": "QQ=="},
            {"functionCall": {"id": "1", "name": "a"}, "thoughtSignature": "Qg=="},
            {"text": "", "thoughtSignature": "Qw=="}]),
        "STOP",
    );
    let parts = &reply.answers[0].parts;
    assert_eq!(parts[0], state("QQ=="));
    assert_eq!(parts[1], Part::Text("So.".to_owned()));
    assert_eq!(parts[2], state("Qg=="));
    assert!(matches!(parts[3], Part::ToolCall { .. }));
    assert_eq!(parts[4], state("Qw=="));
}

#[test]
fn edge_066_of_parallel_calls_only_the_first_is_signed() {
    let events = heard(&[
        chunk(json!([{"functionCall": {"id": "1", "name": "a"}, "thoughtSignature": "QQ=="}])),
        chunk(json!([{"functionCall": {"id": "2", "name": "b"}}])),
        last("STOP"),
    ]);
    let order: Vec<String> = events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::PartDelta {
                delta: Delta::Opaque(opaque),
                ..
            } => Some(opaque.value.clone()),
            Event::PartStart {
                part: PartKind::ToolCall { id, .. },
                ..
            } => Some(id.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["QQ==", "1", "2"]);
}

#[test]
fn edge_139_the_wait_is_read_from_the_body() {
    let body = json!({"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED", "details": [
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12.5s"}]}})
    .to_string();
    let error = upstream_codec(GEMINI).decode_error(protocol::FailedAnswer {
        status: 429,
        headers: &http::HeaderMap::new(),
        body: body.as_bytes(),
    });
    assert_eq!(
        error.retry_after,
        Some(std::time::Duration::from_millis(12_500))
    );
}

#[test]
fn edge_089_a_bare_failure_amid_a_stream_is_understood() {
    let failure =
        json!({"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}});
    let pretty = serde_json::to_string_pretty(&failure).unwrap();
    let list = serde_json::to_string_pretty(&json!([failure])).unwrap();
    let said = chunk(json!([{"text": "Hi"}]));
    for bare in [
        failure.to_string(),
        pretty.clone(),
        pretty.replace('\n', "\r\n"),
        list,
    ] {
        for end in ["", "\n", "\r\n\r\n", "\n\ndata: {}\n\n"] {
            let text = format!("data: {said}\r\n\r\n{bare}{end}");
            for size in [1, 7, text.len()] {
                let mut decoder = upstream_codec(GEMINI).event_decoder(&exchange());
                let mut events = Events::new();
                for piece in text.as_bytes().chunks(size) {
                    decoder.push(piece, &mut events);
                }
                decoder.finish(&mut events);
                assert_eq!(Grammar::check(&events), Ok(()), "{events:?}");
                let Some((0, Event::Error(error))) = events.last() else {
                    unreachable!("{events:?}");
                };
                assert_eq!(error.message, "Overloaded.", "{text:?}");
                assert_eq!(error.kind, ErrorKind::Overloaded);
            }
        }
    }
}
