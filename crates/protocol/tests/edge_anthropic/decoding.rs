//! Replies from this provider.

use protocol::{
    Protocol,
    canonical::{
        Delta, ErrorKind, Event, Events, Fault, Finish, FinishReason, Opaque, OpaqueKind, Part,
        PartKind, Usage,
    },
    upstream_codec,
};
use serde_json::{Value, json};

use super::trial::*;

fn start() -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "model": "claude", "content": [],
        "usage": {"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 0, "output_tokens": 1}}})
}

fn begin(index: u64, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn end(index: u64) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

fn last(reason: &str) -> Vec<Value> {
    vec![
        json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null},
            "usage": {"input_tokens": 0, "output_tokens": 20}}),
        json!({"type": "message_stop"}),
    ]
}

fn reply_of(blocks: Vec<Value>, reason: &str) -> Vec<Event> {
    heard(&[vec![start()], blocks, last(reason)].concat())
}

#[test]
fn edge_083_an_empty_start_input_is_not_seeded() {
    let tool = json!({"type": "tool_use", "id": "a", "name": "f", "input": {}});
    let json_delta = |text| json!({"type": "input_json_delta", "partial_json": text});
    let blocks = vec![
        begin(0, tool.clone()),
        delta(0, json_delta("")),
        delta(0, json_delta("{\"x\"")),
        delta(0, json_delta(":1}")),
        end(0),
        begin(
            1,
            json!({"type": "tool_use", "id": "b", "name": "f", "input": {}}),
        ),
        delta(1, json_delta("")),
        end(1),
        begin(
            2,
            json!({"type": "tool_use", "id": "c", "name": "f", "input": {"whole": true}}),
        ),
        end(2),
    ];
    let response = folded(reply_of(blocks, "tool_use"));
    assert_eq!(
        response.answers[0].parts,
        [
            call("a", "f", "{\"x\":1}"),
            call("b", "f", "{}"),
            call("c", "f", "{\"whole\":true}"),
        ]
    );
    assert_eq!(response.answers[0].finish.reason, FinishReason::ToolCalls);
}

#[test]
fn edge_093_signatures_are_no_text() {
    let blocks = vec![
        begin(
            0,
            json!({"type": "thinking", "thinking": "", "signature": ""}),
        ),
        delta(0, json!({"type": "thinking_delta", "thinking": "hm"})),
        delta(0, json!({"type": "signature_delta", "signature": "c2ln"})),
        end(0),
        begin(1, json!({"type": "redacted_thinking", "data": "ZGF0YQ=="})),
        end(1),
        begin(
            2,
            json!({"type": "thinking", "thinking": "", "signature": ""}),
        ),
        delta(
            2,
            json!({"type": "signature_delta", "signature": "bGF0ZQ=="}),
        ),
        end(2),
        begin(3, json!({"type": "text", "text": ""})),
        end(3),
        begin(4, json!({"type": "text", "text": "Hel"})),
        delta(4, json!({"type": "text_delta", "text": "lo"})),
        end(4),
    ];
    let opaque = |kind, value: &str| {
        Some(Opaque {
            owner: Protocol::Anthropic,
            kind,
            value: value.to_owned(),
            id: None,
        })
    };
    let reasoning = |text: &str, opaque| Part::Reasoning {
        text: text.to_owned(),
        opaque,
    };
    assert_eq!(
        folded(reply_of(blocks, "end_turn")).answers[0].parts,
        [
            reasoning("hm", opaque(OpaqueKind::Signature, "c2ln")),
            reasoning("", opaque(OpaqueKind::Content, "ZGF0YQ==")),
            reasoning("", opaque(OpaqueKind::Signature, "bGF0ZQ==")),
            text("Hello"),
        ]
    );
}

#[test]
fn edge_094_edge_095_counts_are_totals_and_zeros_do_not_wipe_them() {
    let response = folded(reply_of(vec![], "end_turn"));
    assert_eq!(
        response.usage,
        Some(Usage {
            input: Some(10),
            cache_read: Some(5),
            cache_write: Some(0),
            output: Some(20),
            reasoning: None,
            estimated: false,
        })
    );
}

#[test]
fn edge_096_every_reason_keeps_its_word() {
    for (raw, reason) in [
        ("end_turn", FinishReason::Stop),
        ("max_tokens", FinishReason::Length),
        ("model_context_window_exceeded", FinishReason::ContextFull),
        ("pause_turn", FinishReason::Pause),
        ("refusal", FinishReason::ContentFilter),
        ("something_new", FinishReason::Other),
        ("tool_use", FinishReason::Stop),
    ] {
        let finish = Event::Finish(Finish::new(reason, Some(raw)));
        assert_eq!(reply_of(vec![], raw).last(), Some(&finish), "{raw}");
    }
    let frames = [
        start(),
        json!({"type": "message_delta", "delta": {"stop_reason": "stop_sequence", "stop_sequence": "END"}, "usage": {"output_tokens": 3}}),
        json!({"type": "message_stop"}),
    ];
    let Some(Event::Finish(finish)) = heard(&frames).pop() else {
        panic!("no finish");
    };
    assert_eq!(finish.stop_sequence.as_deref(), Some("END"));
}

#[test]
fn edge_087_complaint_06_calls_count_more_than_the_word() {
    let tool = json!({"type": "tool_use", "id": "a", "name": "f", "input": {}});
    let blocks = vec![begin(0, tool), end(0)];
    let finish = |events: Vec<Event>| match events.last() {
        Some(Event::Finish(finish)) => finish.reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        finish(reply_of(blocks.clone(), "end_turn")),
        FinishReason::ToolCalls
    );
    assert_eq!(finish(reply_of(blocks, "max_tokens")), FinishReason::Length);
}

#[test]
fn complaint_08_a_stream_without_its_end_is_a_failure() {
    let events = heard(&[
        start(),
        begin(0, json!({"type": "text", "text": ""})),
        delta(0, json!({"type": "text_delta", "text": "Hel"})),
    ]);
    let Some(Event::Error(error)) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(error.kind, ErrorKind::ProviderFault);
    assert_eq!(
        error.message,
        "The provider closed the stream before its end."
    );
    assert!(matches!(
        events[events.len() - 2],
        Event::PartEnd { index: 0 }
    ));
    assert!(matches!(heard(&[])[..], [Event::Error(_)]));
}

#[test]
fn edge_089_an_error_ends_the_stream() {
    let events = heard(&[
        start(),
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        json!({"type": "message_stop"}),
    ]);
    let Some(Event::Error(error)) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(
        (error.kind, error.fault),
        (ErrorKind::Overloaded, Fault::Provider)
    );
    assert_eq!(error.message, "Overloaded");
}

#[test]
fn what_is_not_known_is_read_over_or_reported() {
    let events = reply_of(
        vec![
            json!({"type": "shiny_new_event", "delta": 3, "index": "x"}),
            begin(
                0,
                json!({"type": "server_tool_use", "id": "s", "name": "code_execution", "input": {}}),
            ),
            delta(0, json!({"type": "input_json_delta", "partial_json": "{}"})),
            end(0),
            begin(1, json!({"type": "text", "text": ""})),
            delta(1, json!({"type": "citations_delta", "citation": {}})),
            delta(1, json!({"type": "text_delta", "text": "x"})),
            end(1),
        ],
        "end_turn",
    );
    let response = folded(events);
    assert_eq!(response.answers[0].parts, [text("x")]);
    let lost: Vec<&str> = response
        .losses
        .iter()
        .map(|loss| loss.field.as_str())
        .collect();
    assert_eq!(lost, ["content.server_tool_use", "content.citations"]);
}

#[test]
fn frames_go_by_their_type_and_only_then_by_their_name() {
    let named = "event: message_start\ndata: {\"message\":{\"id\":\"msg_1\",\"model\":\"c\"}}\n\n\
                 event: content_block_delta\ndata: {\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n\
                 data: {\"type\":\"message_stop\"}\n\ndata: [DONE]\n\n";
    let events = heard_text(named);
    assert_eq!(folded(events).answers[0].parts, [text("a")]);
    let broken = heard_text("data: this is no event\n\n");
    assert!(matches!(broken[..], [Event::Error(_)]));
}

#[test]
fn a_ping_before_the_start_hides_nothing() {
    let events = heard(&[vec![json!({"type": "ping"}), start()], last("end_turn")].concat());
    let expected = Event::Start {
        id: "msg_1".to_owned(),
        model: "claude".to_owned(),
    };
    assert_eq!(events[0], expected);
}

#[test]
fn arguments_are_handed_on_at_once() {
    let tool = json!({"type": "tool_use", "id": "a", "name": "f", "input": {}});
    let events = heard(&[
        start(),
        begin(0, tool),
        delta(
            0,
            json!({"type": "input_json_delta", "partial_json": "{\"x"}),
        ),
    ]);
    assert_eq!(
        events[2..4],
        [
            Event::PartStart {
                index: 0,
                part: PartKind::ToolCall {
                    id: "a".to_owned(),
                    name: "f".to_owned(),
                },
            },
            Event::PartDelta {
                index: 0,
                delta: Delta::Arguments("{\"x".to_owned()),
            },
        ]
    );
}

#[test]
fn a_whole_reply_is_the_fold_of_its_stream() {
    let body = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
            {"type": "text", "text": "Hello", "citations": null},
            {"type": "tool_use", "id": "a", "name": "f", "input": {"x":1}},
        ],
        "stop_reason": "tool_use", "stop_sequence": null,
        "usage": {"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 0, "output_tokens": 20},
    });
    let blocks = vec![
        begin(
            0,
            json!({"type": "thinking", "thinking": "", "signature": ""}),
        ),
        delta(0, json!({"type": "thinking_delta", "thinking": "hm"})),
        delta(0, json!({"type": "signature_delta", "signature": "c2ln"})),
        end(0),
        begin(1, json!({"type": "text", "text": ""})),
        delta(1, json!({"type": "text_delta", "text": "Hello"})),
        end(1),
        begin(
            2,
            json!({"type": "tool_use", "id": "a", "name": "f", "input": {}}),
        ),
        delta(
            2,
            json!({"type": "input_json_delta", "partial_json": "{\"x\":1}"}),
        ),
        end(2),
    ];
    let whole = upstream_codec(Protocol::Anthropic)
        .decode_response(body.to_string().as_bytes(), &exchange())
        .unwrap();
    assert_eq!(whole, folded(reply_of(blocks, "tool_use")));
}

#[test]
fn a_reply_that_is_none_is_the_providers_fault() {
    let codec = upstream_codec(Protocol::Anthropic);
    for body in ["", "[]", "{}", "<html>", r#"{"content": "text"}"#] {
        let error = codec
            .decode_response(body.as_bytes(), &exchange())
            .unwrap_err();
        assert_eq!(
            (error.kind, error.fault),
            (ErrorKind::ProviderFault, Fault::Provider)
        );
    }
    let error = br#"{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}"#;
    let error = codec.decode_response(error, &exchange()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Overloaded);
}

#[test]
fn edge_062_a_reply_that_said_why_it_ended_is_whole_unless_it_was_cut() {
    let text = json!({"type": "text", "text": "whole"});
    let frames = [vec![start(), begin(0, text), end(0)], last("end_turn")].concat();
    let frames = &frames[..frames.len() - 1];
    let events = heard(frames);
    assert!(
        matches!(events.last(), Some(Event::Finish(_))),
        "{events:?}"
    );

    let mut decoder = upstream_codec(Protocol::Anthropic).event_decoder(&exchange());
    let mut events = Events::new();
    for frame in frames {
        decoder.push(format!("data: {frame}\n\n").as_bytes(), &mut events);
    }
    decoder.break_off(&mut events);
    assert!(matches!(events.last(), Some((_, Event::Error(_)))));
}

#[test]
fn edge_117_a_paused_reply_is_gone_on_with_from_what_it_said() {
    let search = json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}});
    let found = json!({"type": "web_search_tool_result", "tool_use_id": "s", "content": []});
    let query = json!({"type": "input_json_delta", "partial_json": "{\"query\":\"q\"}"});
    let first = [
        vec![start()],
        vec![begin(0, search), delta(0, query), end(0)],
        vec![begin(1, found.clone()), end(1)],
        last("pause_turn"),
    ]
    .concat();
    let said = json!([{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}}, found]);
    let stream = |frames: &[Value]| -> String {
        frames
            .iter()
            .map(|frame| format!("data: {frame}\n\n"))
            .collect()
    };
    let whole = json!({"type": "message", "id": "m", "content": [{"type": "text", "text": "Here."}],
        "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 2}});
    let codec = upstream_codec(Protocol::Anthropic);
    let mut decoder = codec.event_decoder(&exchange());
    decoder.may_go_on();
    let mut events = Events::new();
    decoder.push(stream(&first).as_bytes(), &mut events);
    let mark = decoder.paused().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&mark).unwrap(), said);

    let asked = bytes::Bytes::from_static(br#"{ "messages":[{"role":"user","content":"?"}]}"#);
    let again: Value = serde_json::from_slice(&codec.resumed(&asked, &mark).unwrap()).unwrap();
    assert_eq!(
        again["messages"][1],
        json!({"role": "assistant", "content": said})
    );

    decoder.go_on();
    decoder.push(whole.to_string().as_bytes(), &mut events);
    assert!(decoder.paused().is_none());
    decoder.finish(&mut events);
    let reply = protocol::canonical::Response::from_events(events).unwrap();
    assert_eq!(reply.answers[0].parts, [text("Here.")]);
    assert_eq!(reply.usage.unwrap().output, Some(22));
    // Who does not go on is told of the pause.
    let events = heard(&first);
    assert!(
        matches!(events.last(), Some(Event::Finish(finish)) if finish.reason == FinishReason::Pause)
    );
}

#[test]
fn what_is_no_content_is_not_sent_back() {
    let said = json!({"type": "text", "text": "Here."});
    let odd_lists = json!({"type": "text", "text": "", "citations": 3});
    for odd in [json!("x"), json!(5), json!([1]), json!(null), odd_lists] {
        let block = [
            begin(0, odd),
            delta(0, json!({"type": "text_delta", "text": "a"})),
            delta(0, json!({"type": "input_json_delta", "partial_json": "{}"})),
            delta(0, json!({"type": "citations_delta", "citation": {}})),
            delta(0, json!("y")),
            end(0),
            begin(1, said.clone()),
            end(1),
        ];
        let stream = [vec![start()], block.to_vec(), last("pause_turn")].concat();
        let mut decoder = upstream_codec(Protocol::Anthropic).event_decoder(&exchange());
        decoder.may_go_on();
        let mut events = Events::new();
        for frame in stream {
            decoder.push(format!("data: {frame}\n\n").as_bytes(), &mut events);
        }
        let mark: Value = serde_json::from_str(decoder.paused().unwrap()).unwrap();
        assert_eq!(mark.as_array().unwrap().last(), Some(&said));
        decoder.finish(&mut events);
        assert!(matches!(events.last(), Some((_, Event::Finish(_)))));
    }
}

/// What ends there is told at its end mark, and nothing is kept of it.
#[test]
fn a_pause_ends_a_reply_that_nobody_goes_on_with_or_that_is_too_long() {
    for (may_go_on, length, is_lost) in [(false, 1, false), (true, (16 << 20) + 1, true)] {
        let block = begin(0, json!({"type": "text", "text": "a".repeat(length)}));
        let stream = [vec![start(), block, end(0)], last("pause_turn")].concat();
        let mut decoder = upstream_codec(Protocol::Anthropic).event_decoder(&exchange());
        if may_go_on {
            decoder.may_go_on();
        }
        let mut events = Events::new();
        for frame in stream {
            decoder.push(format!("data: {frame}\n\n").as_bytes(), &mut events);
        }
        assert!(decoder.paused().is_none());
        assert!(
            matches!(events.last(), Some((_, Event::Finish(finish))) if finish.reason == FinishReason::Pause)
        );
        let losses = events
            .iter()
            .filter(|(_, event)| matches!(event, Event::Loss(_)));
        assert_eq!(losses.count(), usize::from(is_lost));
    }
}

#[test]
fn a_reply_pauses_only_amid_tools_of_its_provider() {
    let codec = upstream_codec(Protocol::Anthropic);
    for (tools, pauses) in [
        (r#""tools":[{"name":"f","input_schema":{}}]"#, false),
        (
            r#""tools":[{"type":"custom","name":"f"},{"type":"web_search_20250305"}]"#,
            true,
        ),
        (r#""tools":[{"type":"custom","name":"f"}]"#, false),
        (r#""messages":[]"#, false),
    ] {
        assert_eq!(
            codec.pauses(format!("{{{tools}}}").as_bytes()),
            pauses,
            "{tools}"
        );
    }
}

#[test]
fn a_count_that_is_none_costs_no_answer() {
    let message = json!({"type": "message_start", "message": {"id": "msg_1", "model": "claude", "content": [],
        "usage": {"input_tokens": "10", "cache_read_input_tokens": -1, "output_tokens": 1.0}}});
    let events = heard(&[vec![message], last("end_turn")].concat());
    let Event::Start { id, model } = &events[0] else {
        panic!("{events:?}");
    };
    assert_eq!((id.as_str(), model.as_str()), ("msg_1", "claude"));
    let whole = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
        "content": [{"type": "text", "text": "Hi."}], "stop_reason": "end_turn",
        "usage": {"input_tokens": {}, "output_tokens": "7"}});
    let codec = upstream_codec(Protocol::Anthropic);
    let reply = codec.decode_response(whole.to_string().as_bytes(), &exchange());
    let usage = reply.unwrap().usage.unwrap();
    assert_eq!((usage.input, usage.output), (None, Some(7)));
}
