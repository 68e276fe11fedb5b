//! Replies of providers, in all the forms that they are known to take.

use protocol::{
    FailedAnswer,
    canonical::{Delta, ErrorKind, Event, FinishReason, Part, Response, Usage},
};
use serde_json::{Value, json};

use super::trial::*;

fn usage_of(events: &[(u32, Event)]) -> Vec<Usage> {
    events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Usage(usage) => Some(*usage),
            _ => None,
        })
        .collect()
}

#[test]
fn edge_077_complaint_36_chunks_without_choices() {
    let events = heard(&[
        json!({"id": "", "model": "", "choices": [], "prompt_filter_results": []}),
        json!({"id": "r", "model": "m", "choices": null, "usage": null}),
        delta(json!({"role": "assistant", "content": ""})),
        delta(json!({"content": "Hi"})),
        finish("stop"),
        json!({"id": "r", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}),
    ]);
    assert!(matches!(&events[0].1, Event::Start { id, model } if id == "r" && model == "m"));
    assert_eq!(lines(&events), ["0 text", "0 Hi", "0 end", "finish stop"]);
    assert_eq!(usage_of(&events)[0].input, Some(9));
}

#[test]
fn edge_078_usage_in_any_place_counts_once_and_last() {
    let usage = |tokens: u64| json!({"prompt_tokens": 10, "completion_tokens": tokens, "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1}, "completion_tokens_details": null});
    let mut first = delta(json!({"content": "a"}));
    first["usage"] = usage(1);
    let mut last = finish("stop");
    last["usage"] = usage(2);
    let events = heard(&[first, last]);
    let expected = Usage {
        input: Some(5),
        cache_read: Some(4),
        cache_write: Some(1),
        output: Some(2),
        ..Usage::default()
    };
    assert_eq!(usage_of(&events), [expected]);
    assert!(matches!(events.last(), Some((0, Event::Finish(_)))));
}

#[test]
fn cache_hits_of_other_servers_count() {
    let mut last = finish("stop");
    last["usage"] = json!({"prompt_tokens": 10.0, "completion_tokens": 1, "prompt_cache_hit_tokens": 8, "queue_time": 0.1});
    let usage = usage_of(&heard(&[last]))[0];
    assert_eq!((usage.input, usage.cache_read), (Some(2), Some(8)));
}

#[test]
fn counts_that_nobody_asked_for_count() {
    let mut last = finish("stop");
    last["x_groq"] = json!({"id": "req_1", "usage": {"prompt_tokens": 7, "completion_tokens": 3}});
    let usage = usage_of(&heard(&[delta(json!({"content": "a"})), last]))[0];
    assert_eq!((usage.input, usage.output), (Some(7), Some(3)));
}

#[test]
fn complaint_15_counts_are_read_wherever_and_however_they_are_written() {
    for (counts, cached, written) in [
        (json!({"cached_tokens": 80}), Some(80), None),
        (
            json!({"prompt_tokens_details": {"cached_tokens": "80", "cache_creation_tokens": 10}}),
            Some(80),
            Some(10),
        ),
        (
            json!({"prompt_tokens": "100", "completion_tokens": 5.0}),
            None,
            None,
        ),
        (
            json!({"total_tokens": {"all": 105}, "completion_tokens": "5"}),
            None,
            None,
        ),
    ] {
        let mut usage = json!({"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105});
        usage
            .as_object_mut()
            .unwrap()
            .extend(counts.as_object().unwrap().clone());
        for in_choice in [false, true] {
            let mut last = finish("stop");
            let place = if in_choice {
                &mut last["choices"][0]
            } else {
                &mut last
            };
            place["usage"] = usage.clone();
            let expected = Usage {
                input: Some(100 - cached.unwrap_or(0) - written.unwrap_or(0)),
                cache_read: cached,
                cache_write: written,
                output: Some(5),
                ..Usage::default()
            };
            assert_eq!(usage_of(&heard(&[last])), [expected], "{counts}");
        }
    }
}

#[test]
fn complaint_22_failures_in_good_answers_keep_their_reasons() {
    for body in [
        r#"{"id":"","choices":null,"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}"#,
        r#"[{"error":{"code":429,"message":"insufficient balance","status":"RESOURCE_EXHAUSTED"}}]"#,
        r#"{"detail":"insufficient balance"}"#,
        r#"{"code":500,"msg":"insufficient balance","success":false}"#,
        r#"{"status":"error","message":"insufficient balance","detail":null}"#,
    ] {
        assert_eq!(
            lines(&heard_text(body)),
            ["error insufficient balance"],
            "{body}"
        );
        let answer = protocol::upstream_codec(CHAT).decode_response(body.as_bytes(), &exchange());
        assert_eq!(answer.unwrap_err().message, "insufficient balance");
    }
    let well = r#"{"id":"r","choices":[{"index":0,"message":{"content":"Hi."},"finish_reason":"stop"}],"base_resp":{"status_code":0,"status_msg":""}}"#;
    assert_eq!(
        lines(&heard_text(well)),
        ["0 text", "0 Hi.", "0 end", "finish stop"]
    );
}

#[test]
fn complaint_22_outcomes_inside_good_answers_are_of_their_kinds() {
    for (outcome, kind, status, code) in [
        (1000, ErrorKind::ProviderFault, 502, "1000"),
        (1001, ErrorKind::Timeout, 504, "timeout"),
        (1002, ErrorKind::RateLimited, 429, "rate_limit_exceeded"),
        (1004, ErrorKind::Authentication, 401, "upstream_auth_error"),
        (1008, ErrorKind::RateLimited, 429, "insufficient_quota"),
        (1013, ErrorKind::ProviderFault, 502, "1013"),
        (1026, ErrorKind::InvalidRequest, 400, "content_filter"),
        (1027, ErrorKind::InvalidRequest, 400, "content_filter"),
        (1039, ErrorKind::RateLimited, 429, "rate_limit_exceeded"),
        (2013, ErrorKind::InvalidRequest, 400, "2013"),
        (2049, ErrorKind::Authentication, 401, "upstream_auth_error"),
    ] {
        let body = json!({"id": "", "choices": null,
            "base_resp": {"status_code": outcome, "status_msg": "no luck"}});
        let answer = protocol::upstream_codec(CHAT)
            .decode_response(body.to_string().as_bytes(), &exchange());
        let error = answer.unwrap_err();
        let shown = protocol::client_codec(CHAT).encode_error(&error, None);
        let told: Value = serde_json::from_slice(&shown.body).unwrap();
        assert_eq!(
            (error.kind, shown.status, &told["error"]["code"]),
            (kind, status, &json!(code)),
            "{outcome}"
        );
        assert_eq!(error.message, "no luck");
    }
    // A status of its own is told, of the kind that the outcome is.
    let failed = FailedAnswer {
        status: 500,
        headers: &http::HeaderMap::new(),
        body: br#"{"base_resp":{"status_code":1004,"status_msg":"login fail"}}"#,
    };
    let error = protocol::upstream_codec(CHAT).decode_error(failed);
    assert_eq!(
        (error.kind, error.status),
        (ErrorKind::Authentication, Some(500))
    );
    // The number of another vendor's failure means nothing of that.
    let other = br#"{"error":{"code":1002,"message":"no luck"}}"#;
    let answer = protocol::upstream_codec(CHAT).decode_response(other, &exchange());
    assert_eq!(answer.unwrap_err().kind, ErrorKind::ProviderFault);
}

#[test]
fn edge_079_a_finish_chunk_with_content_and_several_calls() {
    let events = heard(&[
        json!({"id": "r", "model": "m", "choices": [{"index": 0, "delta": {
        "content": "Both.",
        "tool_calls": [
            {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{\"k\":1}"}},
            {"index": 1, "id": "b", "function": {"name": "g", "arguments": "{\"k\":2}"}},
        ],
    }, "finish_reason": "tool_calls"}]}),
    ]);
    assert_eq!(
        lines(&events),
        [
            "0 text",
            "0 Both.",
            "0 end",
            "1 call a f",
            "1 {\"k\":1}",
            "1 end",
            "2 call b g",
            "2 {\"k\":2}",
            "2 end",
            "finish tool_calls",
        ]
    );
}

#[test]
fn edge_080_slots_missing_or_all_zero() {
    for index in [json!(null), json!(0)] {
        let events = heard(&[
            calls(
                json!([{"index": index, "id": "a", "function": {"name": "f", "arguments": "{}"}}]),
            ),
            calls(
                json!([{"index": index, "id": "b", "function": {"name": "f", "arguments": "{\"k\":2}"}}]),
            ),
            finish("tool_calls"),
        ]);
        assert_eq!(
            lines(&events),
            [
                "0 call a f",
                "0 {}",
                "0 end",
                "1 call b f",
                "1 {\"k\":2}",
                "1 end",
                "finish tool_calls",
            ]
        );
    }
}

#[test]
fn edge_081_an_id_repeated_and_a_name_in_pieces() {
    let events = heard(&[
        calls(json!([{"index": 0, "id": "a", "type": "function", "function": {"name": "get_"}}])),
        calls(json!([{"index": 0, "id": "a", "function": {"name": "weather", "arguments": ""}}])),
        calls(json!([{"index": 0, "id": "", "function": {"arguments": "{\"k\""}}])),
        calls(
            json!([{"index": 0, "id": "a", "function": {"name": "get_weather", "arguments": ":1}"}}]),
        ),
        finish("tool_calls"),
    ]);
    assert_eq!(
        lines(&events),
        [
            "0 call a get_weather",
            "0 {\"k\"",
            "0 :1}",
            "0 end",
            "finish tool_calls"
        ]
    );
}

#[test]
fn edge_082_complaint_15_arguments_as_object_null_or_empty() {
    let call = |arguments| {
        calls(json!([{"index": 0, "id": "a", "function": {"name": "f", "arguments": arguments}}]))
    };
    for (arguments, expected) in [
        (
            json!({"k": 9_007_199_254_740_993_u64}),
            Some("0 {\"k\":9007199254740993}"),
        ),
        (json!(null), None),
        (json!(""), None),
    ] {
        let seen = lines(&heard(&[call(arguments), finish("tool_calls")]));
        assert_eq!(
            seen.get(1).filter(|_| seen.len() == 4).map(String::as_str),
            expected
        );
    }
    let seen = lines(&heard(&[
        call(json!("{\"k\":")),
        calls(json!([{"index": 0, "function": {"arguments": "1}"}}])),
        call(json!("{\"k\":1}")),
        finish("tool_calls"),
    ]));
    assert_eq!(
        seen,
        [
            "0 call a f",
            "0 {\"k\":",
            "0 1}",
            "0 end",
            "finish tool_calls"
        ]
    );
}

#[test]
fn edge_085_complaint_21_reasoning_in_every_field() {
    for thought in [
        json!({"reasoning_content": "hm"}),
        json!({"reasoning": "hm", "reasoning_content": null}),
        json!({"reasoning_details": [{"type": "reasoning.text", "text": "hm", "index": 0}]}),
        json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}),
        json!({"content": "<think>hm</think>"}),
    ] {
        let seen = lines(&heard(&[
            delta(thought.clone()),
            delta(json!({"content": "\n\nYes"})),
            finish("stop"),
        ]));
        assert_eq!(seen[..3], ["0 reasoning", "0 hm", "0 end"], "{thought}");
        assert_eq!(seen[3], "1 text");
        assert_eq!(seen.len(), 7, "{seen:?}");
    }
    // Both fields at once are one thought.
    let both = delta(
        json!({"reasoning": "hm", "reasoning_content": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]}),
    );
    assert_eq!(lines(&heard(&[both, finish("stop")]))[1], "0 hm");
}

#[test]
fn edge_086_a_quoted_tag_does_not_end_the_thought() {
    let text = "<think>a `</think>` b</think>\n\nYes\n<think>c</think>";
    for at in 1..text.len() {
        let (head, tail) = text.split_at(at);
        let chunks = [head, tail].map(|text| delta(json!({ "content": text })));
        let mut seen = [String::new(), String::new()];
        for (_, event) in heard(&chunks) {
            if let Event::PartDelta {
                index,
                delta: Delta::Text(more),
            } = event
            {
                seen[index].push_str(&more);
            }
        }
        let expected = ["a `</think>` b", "Yes\n<think>c</think>"];
        assert_eq!(seen, expected, "cut at {at}");
    }
}

#[test]
fn edge_086_what_was_held_back_stands_before_a_call() {
    let call = json!({"id": "a", "function": {"name": "f", "arguments": "{}"}});
    for called in [
        json!({"tool_calls": [call]}),
        json!({"function_call": {"name": "f", "arguments": "{}"}}),
    ] {
        for (text, expected) in [
            (
                "<think>a `b</think> Let me look.",
                vec!["reasoning", "text", "call"],
            ),
            ("<think>a</thi", vec!["reasoning", "call"]),
            ("\n\n", vec!["text", "call"]),
            ("<thi", vec!["text", "call"]),
            ("", vec!["call"]),
        ] {
            let mut said = called.clone();
            said["content"] = text.into();
            let split = [delta(json!({ "content": text })), delta(called.clone())];
            for chunks in [&split[..], &[delta(said)]] {
                let mut kinds: Vec<&str> = Vec::new();
                let seen = lines(&heard(chunks));
                for line in &seen {
                    let word = line.split(' ').nth(1).unwrap_or_default();
                    if ["call", "reasoning", "text"].contains(&word) {
                        kinds.push(word);
                    }
                }
                assert_eq!(kinds, expected, "{text:?}: {seen:?}");
            }
        }
    }
    // What a thought goes on with behind a call is the thought's.
    let seen = lines(&heard(&[
        delta(json!({"content": "<think>a", "tool_calls": [call]})),
        delta(json!({"content": "b</think>c"})),
        finish("stop"),
    ]));
    let thought = ["2 reasoning", "2 b", "2 end", "3 text", "3 c", "3 end"];
    assert!(seen.join("\n").contains(&thought.join("\n")), "{seen:?}");
}

#[test]
fn edge_085_signed_details_come_together() {
    let detail = |fields| delta(json!({ "reasoning_details": [fields] }));
    let seen = lines(&heard(&[
        detail(json!({"type": "reasoning.text", "text": "h", "index": 0})),
        detail(json!({"type": "reasoning.text", "text": "m", "index": 0})),
        detail(json!({"type": "reasoning.text", "signature": "s", "index": 0})),
        delta(json!({"content": "Yes"})),
        finish("stop"),
    ]));
    assert_eq!(
        seen[..5],
        [
            "0 reasoning",
            "0 h",
            "0 m",
            r#"0 opaque [{"type":"reasoning.text","text":"hm","index":0,"signature":"s"}]"#,
            "0 end",
        ]
    );
}

#[test]
fn edge_087_complaint_06_the_reason_is_what_was_said() {
    let call =
        calls(json!([{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]));
    let reason = |chunks: &[serde_json::Value]| lines(&heard(chunks)).pop().unwrap();
    assert_eq!(reason(&[call.clone(), finish("stop")]), "finish tool_calls");
    assert_eq!(reason(std::slice::from_ref(&call)), "finish tool_calls");
    assert_eq!(reason(&[call.clone(), finish("length")]), "finish length");
    assert_eq!(
        reason(&[delta(json!({"content": "a"})), finish("tool_calls")]),
        "finish stop"
    );
    assert_eq!(reason(&[finish("content_filter")]), "finish content_filter");
    assert_eq!(reason(&[finish("weird")]), "finish other");
}

#[test]
fn edge_088_older_calls() {
    let seen = lines(&heard(&[
        delta(json!({"function_call": {"name": "f", "arguments": ""}})),
        delta(json!({"function_call": {"arguments": "{\"k\":"}})),
        delta(json!({"function_call": {"arguments": "1}"}})),
        finish("function_call"),
    ]));
    assert_eq!(
        seen,
        [
            "0 call call_x_0 f",
            "0 {\"k\":",
            "0 1}",
            "0 end",
            "finish tool_calls"
        ]
    );
}

#[test]
fn edge_089_failures_inside_a_stream() {
    let error = json!({"message": "too many", "type": "server_error", "code": 429});
    let frames = [
        format!("data: {}\n\n", json!({ "error": error })),
        format!("event: error\ndata: {error}\n\n"),
        format!(
            "data: {}\n\n",
            json!({"choices": [{"index": 0, "delta": {}, "error": error, "finish_reason": "error"}]})
        ),
        "data: {\"object\":\"error\",\"message\":\"too many\",\"code\":429}\n\n".to_owned(),
    ];
    for frame in frames {
        let text = format!(
            "data: {}\n\n{frame}data: [DONE]\n\n",
            delta(json!({"content": "a"}))
        );
        let events = heard_text(&text);
        let Some((0, Event::Error(error))) = events.last() else {
            panic!("{frame}: {events:?}");
        };
        assert_eq!(
            (error.message.as_str(), error.status),
            ("too many", Some(429))
        );
        assert!(error.kind.is_retryable());
    }
}

#[test]
fn complaint_08_cut_and_broken_streams_end_in_an_error() {
    let begun = format!("data: {}\n\n", delta(json!({"content": "a"})));
    for (text, clean) in [
        (begun.clone(), false),
        (String::new(), false),
        (begun.clone() + "data: this is not JSON\n\n", false),
        (begun.clone() + "data: \"text\"\n\n", false),
        ("data: [DONE]\n\n".to_owned(), false),
        (begun.clone() + "data: [DONE]\n\n", true),
        (format!("{begun}data: {}\n\n", finish("stop")), true),
        (format!("{begun}data: {}", finish("stop")), true),
    ] {
        let events = heard_text(&text);
        let finished = matches!(events.last(), Some((0, Event::Finish(_))));
        assert_eq!(finished, clean, "{text}: {events:?}");
    }
}

#[test]
fn complaint_24_json_for_a_stream_and_a_stream_for_json() {
    let message = json!({"id": "r", "model": "m", "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}]});
    assert_eq!(
        lines(&heard_text(&format!("\n{message}"))),
        ["0 text", "0 Hi", "0 end", "finish stop"]
    );
    let stream = format!(
        "data: {}\n\ndata: {}\n\n",
        delta(json!({"content": "Hi"})),
        finish("stop")
    );
    let response = protocol::upstream_codec(CHAT)
        .decode_response(stream.as_bytes(), &exchange())
        .unwrap();
    assert_eq!(response.answers[0].parts, [Part::Text("Hi".to_owned())]);
}

#[test]
fn edge_090_refusals() {
    let seen = lines(&heard(&[
        delta(json!({"refusal": "I "})),
        delta(json!({"refusal": "won't."})),
        finish("stop"),
    ]));
    assert_eq!(
        seen,
        [
            "0 refusal",
            "0 I ",
            "0 won't.",
            "0 end",
            "finish content_filter"
        ]
    );
}

#[test]
fn edge_091_choices_interleave() {
    let say = |index: u32, text: &str, reason: Option<&str>| json!({"id": "r", "model": "m", "choices": [{"index": index, "delta": {"content": text}, "finish_reason": reason}]});
    let seen = lines(&heard(&[
        say(1, "b", None),
        say(0, "a", None),
        say(1, "B", Some("length")),
        say(0, "A", Some("stop")),
    ]));
    assert_eq!(
        seen,
        [
            "#1 0 text",
            "#1 0 b",
            "0 text",
            "0 a",
            "#1 0 B",
            "0 A",
            "0 end",
            "finish stop",
            "#1 0 end",
            "#1 finish length",
        ]
    );
}

#[test]
fn complaint_14_free_text_becomes_arguments() {
    let response = replied(
        json!({"content": null, "tool_calls": [{"id": "a", "type": "custom", "custom": {"name": "patch", "input": "say \"hi\"\n"}}]}),
        "tool_calls",
    );
    let expected = Part::ToolCall {
        id: "a".to_owned(),
        name: "patch".to_owned(),
        arguments: r#"{"input":"say \"hi\"\n"}"#.to_owned(),
    };
    assert_eq!(response.answers[0].parts, std::slice::from_ref(&expected));
    let events = heard(&[
        calls(
            json!([{"index": 0, "id": "a", "type": "custom", "custom": {"name": "patch", "input": ""}}]),
        ),
        calls(json!([{"index": 0, "custom": {"input": "say \"h"}}])),
        calls(json!([{"index": 0, "custom": {"input": "i\"\n"}}])),
        finish("tool_calls"),
    ]);
    let folded = protocol::canonical::Response::from_events(events).unwrap();
    assert_eq!(folded.answers[0].parts, [expected]);
}

#[test]
fn whole_replies_tell_calls_apart_by_their_place() {
    let response = replied(
        json!({"content": "", "tool_calls": [
            {"function": {"name": "f", "arguments": "{}"}},
            {"function": {"name": "f", "arguments": "{}"}},
        ]}),
        "stop",
    );
    assert_eq!(response.answers[0].parts.len(), 2);
    assert_eq!(response.answers[0].finish.reason, FinishReason::ToolCalls);
}

#[test]
fn what_cannot_be_carried_is_reported_once() {
    let mut first = delta(json!({"content": "a", "annotations": [{"type": "url_citation"}]}));
    first["choices"][0]["logprobs"] = json!({"content": [{"token": 1}]});
    let seen = lines(&heard(&[first.clone(), first, finish("stop")]));
    assert_eq!(
        seen.iter().filter(|line| line.starts_with("loss")).count(),
        2
    );
}

#[test]
fn a_matched_stop_is_told() {
    let mut last = finish("stop");
    last["choices"][0]["stop_reason"] = json!("END");
    let events = heard(&[last]);
    let Some((0, Event::Finish(finish))) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(finish.stop_sequence.as_deref(), Some("END"));
    assert_eq!(finish.raw.as_deref(), Some("stop"));
}

#[test]
fn what_a_message_holds_beside_its_words_is_told() {
    let image = |url: &str| json!([{"type": "image_url", "image_url": {"url": url}}]);
    let broken = image("draft.png");
    let message = json!({"role": "assistant", "content": broken, "images": broken});
    let response = replied(message, "stop");
    let told: Vec<&str> = response.losses.iter().map(|loss| &*loss.field).collect();
    assert_eq!(told, ["content", "images"]);
    let image = image("data:image/png;base64,AAAA");
    let message = json!({"role": "assistant", "content": image, "images": image});
    let response = replied(message, "stop");
    assert_eq!(response.losses, []);
    let parts = &response.answers[0].parts;
    assert!(
        matches!(parts.as_slice(), [Part::Image(_), Part::Image(_)]),
        "{parts:?}"
    );
}

#[test]
fn a_thought_among_the_parts_of_the_answer_is_no_answer() {
    let thought = Part::Reasoning {
        text: "hm".to_owned(),
        opaque: None,
    };
    let said = Part::Text("Yes.".to_owned());
    for part in [
        json!({"type": "reasoning", "text": "hm"}),
        json!({"type": "thinking", "text": "hm"}),
        json!({"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}),
    ] {
        let content = json!([part, {"type": "text", "text": "Yes."}]);
        let reply = replied(json!({ "content": content }), "stop");
        assert_eq!(reply.answers[0].parts, [thought.clone(), said.clone()]);
        let events = heard(&[delta(json!({ "content": content })), finish("stop")]);
        let reply = Response::from_events(events).unwrap();
        assert_eq!(reply.answers[0].parts, [thought.clone(), said.clone()]);
    }
}

#[test]
fn reasoning_in_a_form_that_nobody_knows_is_reported() {
    let said = json!({"content": "Yes.", "reasoning": {"text": "hm"}, "reasoning_details": {"signature": "s"}});
    let expected = [
        "loss reasoning_details",
        "loss reasoning",
        "0 text",
        "0 Yes.",
        "0 end",
        "finish stop",
    ];
    let events = heard(&[delta(said), finish("stop")]);
    assert_eq!(lines(&events), expected);
    let said = json!({"content": "Yes.", "reasoning": [], "reasoning_details": null});
    let reply = replied(said, "stop");
    assert_eq!(reply.answers[0].parts, [Part::Text("Yes.".to_owned())]);
    assert_eq!(reply.losses, []);
}

#[test]
fn free_text_that_was_cut_is_not_made_whole() {
    let call = |slot: u64, input: &str| json!({"index": slot, "id": format!("c{slot}"), "custom": {"name": "patch", "input": input}});
    let whole = r#"{"input":"a"}"#;
    for (said, reason, expected) in [
        (json!([call(0, "a")]), "tool_calls", vec![whole]),
        (json!([call(0, "a")]), "length", vec![r#"{"input":"a"#]),
        (
            json!([call(0, "a"), call(1, "b")]),
            "length",
            vec![whole, r#"{"input":"b"#],
        ),
        (
            json!([call(0, "a"), {"index": 1, "id": "f", "function": {"name": "f", "arguments": "{\"b"}}]),
            "length",
            vec![whole, "{\"b"],
        ),
    ] {
        let streamed = heard(&[calls(said.clone()), finish(reason)]);
        let streamed = Response::from_events(streamed).unwrap();
        let at_once = replied(json!({"content": null, "tool_calls": said}), reason);
        for reply in [streamed, at_once] {
            let arguments: Vec<&str> = reply.answers[0]
                .parts
                .iter()
                .map(|part| match part {
                    Part::ToolCall { arguments, .. } => arguments.as_str(),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(arguments, expected, "{said} {reason}");
        }
    }
}
