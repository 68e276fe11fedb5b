//! Replies to clients, exactly as their SDKs and agents expect them.

use protocol::{
    Protocol,
    canonical::{
        ApiError, Delta, ErrorKind, Event, Fault, Finish, FinishReason, Losses, Opaque, OpaqueKind,
        PartKind, Request, Usage,
    },
    client_codec,
};
use serde_json::{Value, json};

use super::trial::*;

fn finish(reason: FinishReason) -> Event {
    Event::Finish(Finish::new(reason, None))
}

fn asked() -> Request {
    Request::default()
}

fn everything() -> Vec<Event> {
    let mut events = vec![start()];
    events.extend(part(0, PartKind::Reasoning, &["Need ", "weather."]));
    events.extend(part(1, PartKind::Text, &["Check", "ing."]));
    events.extend(part(
        2,
        call("call_A", "get_weather"),
        &["{\"city\":", "\"Oslo\"}"],
    ));
    events.extend(part(3, call("call_B", "get_time"), &[]));
    events.push(Event::Usage(Usage {
        input: Some(20),
        cache_read: Some(40),
        output: Some(9),
        ..Usage::default()
    }));
    events.push(finish(FinishReason::ToolCalls));
    events
}

#[test]
fn edge_101_items_follow_one_another_and_count_up() {
    let frames = tell(&asked(), &everything());
    assert_eq!(
        kinds(&frames),
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.reasoning_summary_part.added",
            "response.reasoning_summary_text.delta",
            "response.reasoning_summary_text.delta",
            "response.reasoning_summary_text.done",
            "response.reasoning_summary_part.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    for (number, frame) in frames.iter().enumerate() {
        assert_eq!(frame["sequence_number"], number);
    }
    let done = |frame: &&Value| frame["type"] == "response.output_item.done";
    for (at, item) in frames.iter().filter(done).enumerate() {
        assert_eq!(item["output_index"], at);
    }
}

#[test]
fn edge_102_complaint_22_there_is_one_end_with_everything_in_it() {
    for (reason, kind, detail) in [
        (FinishReason::Stop, "response.completed", Value::Null),
        (
            FinishReason::Length,
            "response.incomplete",
            json!({"reason": "max_output_tokens"}),
        ),
        (
            FinishReason::ContextFull,
            "response.incomplete",
            json!({"reason": "max_output_tokens"}),
        ),
        (
            FinishReason::ContentFilter,
            "response.incomplete",
            json!({"reason": "content_filter"}),
        ),
        (FinishReason::Error, "response.failed", Value::Null),
    ] {
        let mut events = vec![start()];
        events.extend(part(0, PartKind::Text, &["Hello."]));
        events.push(finish(reason));
        // Nothing that comes later is told.
        events.push(finish(FinishReason::Stop));
        let frames = tell(&asked(), &events);
        let ends = [
            "response.completed",
            "response.incomplete",
            "response.failed",
        ];
        let told = kinds(&frames);
        assert_eq!(told.iter().filter(|kind| ends.contains(kind)).count(), 1);
        assert_eq!(told.last(), Some(&kind));
        let last = &frames.last().unwrap()["response"];
        assert_eq!(last["incomplete_details"], detail);
        assert_eq!(last["output"][0]["content"][0]["text"], "Hello.");
        let counted = frames
            .iter()
            .filter(|frame| frame["response"].get("usage").is_some());
        assert_eq!(counted.count(), usize::from(reason != FinishReason::Error));
    }
}

#[test]
fn complaint_22_the_whole_reply_is_what_the_stream_ends_with() {
    let frames = tell(&asked(), &everything());
    assert_eq!(
        frames.last().unwrap()["response"],
        tell_whole(&asked(), &everything())
    );
}

#[test]
fn edge_100_calls_have_two_ids() {
    let reply = tell_whole(&asked(), &everything());
    let call = &reply["output"][2];
    assert_eq!(call["call_id"], "call_A");
    assert_eq!(call["id"], "fc_x1_2");
    assert_eq!(reply["output"][3]["arguments"], "{}");
}

#[test]
fn edge_107_free_text_comes_back_as_it_was_meant() {
    let (request, _) = read(
        &json!({"model": "m", "input": "Go.", "tools": [{"type": "custom", "name": "apply_patch"}]}),
    );
    let mut events = vec![start()];
    events.extend(part(
        0,
        call("call_A", "apply_patch"),
        &["{\"input\":\"*** a", " \\\"b\\\"\\n\"}"],
    ));
    events.push(finish(FinishReason::ToolCalls));
    let frames = tell(&request, &events);
    let of = |kind: &str| frames.iter().find(|frame| frame["type"] == kind).unwrap();
    let text = "*** a \"b\"\n";
    assert_eq!(of("response.custom_tool_call_input.delta")["delta"], text);
    assert_eq!(of("response.custom_tool_call_input.done")["input"], text);
    let item = &of("response.output_item.done")["item"];
    assert_eq!(
        (&item["type"], &item["input"]),
        (&json!("custom_tool_call"), &json!(text))
    );
}

#[test]
fn a_tool_of_a_group_comes_back_with_its_group() {
    let (request, _) = read(
        &json!({"model": "m", "input": "Go.", "tools": [{"type": "namespace", "name": "mcp__files",
        "description": "Files.", "tools": [{"type": "function", "name": "read", "parameters": null, "strict": false}]}]}),
    );
    let (sent, _) = send_to(Protocol::OpenAiChat, &request);
    assert_eq!(sent["tools"][0]["function"]["name"], "mcp__files__read");
    let mut events = vec![start()];
    events.extend(part(0, call("c", "mcp__files__read"), &["{}"]));
    events.push(finish(FinishReason::ToolCalls));
    let item = &tell_whole(&request, &events)["output"][0];
    assert_eq!(
        (&item["namespace"], &item["name"]),
        (&json!("mcp__files"), &json!("read"))
    );
}

#[test]
fn edge_108_state_of_others_travels_marked() {
    let opaque = |owner, kind, value: &str| {
        let opaque = Opaque {
            owner,
            kind,
            value: value.to_owned(),
            id: None,
        };
        let mut events = vec![start()];
        let mut reasoning = part(0, PartKind::Reasoning, &["Hm."]);
        let delta = Delta::Opaque(opaque);
        reasoning.insert(2, Event::PartDelta { index: 0, delta });
        events.extend(reasoning);
        events.push(finish(FinishReason::Stop));
        tell_whole(&asked(), &events)["output"][0]["encrypted_content"].clone()
    };
    assert_eq!(opaque(RESPONSES, OpaqueKind::Content, "gAAA"), "gAAA");
    assert_eq!(
        opaque(Protocol::Anthropic, OpaqueKind::Signature, "EqQB"),
        "patchbay.anthropic.signature.EqQB"
    );
}

#[test]
fn complaint_08_a_call_that_is_cut_is_not_to_be_made() {
    let mut events = vec![start()];
    events.extend(part(0, PartKind::Text, &["Writing."]));
    events.extend(part(1, call("call_A", "write"), &["{\"path\":\"a\"}"]));
    let cut = ApiError::new(ErrorKind::ProviderFault, Fault::Provider, "Cut.");
    events.push(Event::Error(cut));
    let frames = tell(&asked(), &events);
    let done: Vec<&Value> = frames
        .iter()
        .filter(|frame| frame["type"] == "response.output_item.done")
        .map(|frame| &frame["item"]["type"])
        .collect();
    assert_eq!(done, ["message"], "agents act on what is done");
    let last = frames.last().unwrap();
    assert_eq!(last["type"], "response.failed");
    assert_eq!(
        last["response"]["error"],
        json!({"code": "server_error", "message": "Cut."})
    );
}

#[test]
fn a_failure_before_anything_was_said_is_raised_and_read() {
    let mut limit = ApiError::new(ErrorKind::RateLimited, Fault::Provider, "Slow down.");
    limit.retry_after = Some(std::time::Duration::from_secs(7));
    let frames = tell(&asked(), &[Event::Error(limit)]);
    assert_eq!(kinds(&frames), ["error", "response.failed"]);
    // The vendor's SDKs raise the nested one, its agent reads the pause from the sentence of the other.
    assert_eq!(frames[0]["error"]["code"], "rate_limit_exceeded");
    let error = &frames[1]["response"]["error"];
    assert_eq!(error["message"], "Slow down. Please try again in 7s.");
    assert_eq!(error["code"], "rate_limit_exceeded");
}

#[test]
fn edge_137_failures_are_in_the_vendors_shape() {
    let error = ApiError::new(ErrorKind::ContextTooLong, Fault::Provider, "Too long.");
    let answer = client_codec(RESPONSES).encode_error(&error, None);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(body["error"]["code"], "context_length_exceeded");
    for key in ["message", "type", "param", "code"] {
        assert!(body["error"].get(key).is_some(), "{key}");
    }
}

#[test]
fn edge_141_the_model_is_called_as_it_was_asked_for() {
    let frames = tell(&asked(), &everything());
    let named: Vec<&Value> = frames
        .iter()
        .filter_map(|frame| frame.get("response"))
        .map(|response| &response["model"])
        .collect();
    assert_eq!(named, ["alias", "alias", "alias"]);
}

#[test]
fn edge_094_counts_are_numbers_and_cached_ones_inside() {
    let reply = tell_whole(&asked(), &everything());
    assert_eq!(
        reply["usage"],
        json!({"input_tokens": 60, "input_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 0},
            "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 69})
    );
    let mut events = vec![start()];
    events.extend(part(0, PartKind::Text, &["Hello there."]));
    events.push(finish(FinishReason::Stop));
    let usage = tell_whole(&asked(), &events)["usage"].clone();
    assert_eq!(usage["input_tokens"], 7);
    assert!(usage["output_tokens"].as_u64().unwrap() > 0);
}

#[test]
fn edge_102_what_the_limit_cut_is_incomplete() {
    let tools = json!([{"type": "custom", "name": "patch"}]);
    let (free, _) = read(&json!({"model": "m", "input": "Hi", "tools": tools}));
    let text = part(0, PartKind::Text, &["Hello."]);
    for (cut, kind) in [
        (part(1, PartKind::Text, &["Bye"]), "message"),
        (part(1, call("c", "f"), &["{\"a\""]), "function_call"),
        (
            part(1, call("c", "patch"), &["{\"input\":\"*"]),
            "custom_tool_call",
        ),
    ] {
        for (reason, status) in [
            (FinishReason::Length, "incomplete"),
            (FinishReason::ContentFilter, "incomplete"),
            (FinishReason::Stop, "completed"),
        ] {
            let usage = Event::Usage(Usage::default());
            let ending = vec![usage, finish(reason)];
            let events = [vec![start()], text.clone(), cut.clone(), ending].concat();
            let frames = tell(&free, &events);
            let items: Vec<&Value> = frames
                .iter()
                .filter(|frame| frame["type"] == "response.output_item.done")
                .map(|frame| &frame["item"])
                .collect();
            assert_eq!(items[0]["status"], "completed");
            assert_eq!(items[1]["type"], kind);
            assert_eq!(items[1]["status"], status, "{kind} {reason:?}");
            let whole = tell_whole(&free, &events);
            for reply in [&frames.last().unwrap()["response"], &whole] {
                assert_eq!(reply["status"], status);
                assert_eq!(&reply["output"][0], items[0]);
                assert_eq!(&reply["output"][1], items[1]);
            }
        }
    }
    let refused = part(0, PartKind::Refusal, &["No."]);
    let events = [
        vec![start()],
        refused,
        vec![finish(FinishReason::ContentFilter)],
    ]
    .concat();
    let last = &tell_whole(&asked(), &events);
    assert_eq!(
        (&last["status"], &last["output"][0]["status"]),
        (&json!("completed"), &json!("completed"))
    );
}

#[test]
fn edge_008_no_item_that_was_cut_is_done() {
    let begun = |index: usize| Event::PartStart {
        index,
        part: call("c", "f"),
    };
    let ended = |index: usize| Event::PartEnd { index };
    let failed = Event::Error(ApiError::new(
        ErrorKind::ProviderFault,
        Fault::Provider,
        "Broken.",
    ));
    let events = [start(), begun(0), begun(1), ended(0), ended(1), failed];
    let frames = tell(&asked(), &events);
    assert!(
        !kinds(&frames).contains(&"response.output_item.done"),
        "{frames:?}"
    );
}

#[test]
fn a_sign_of_life_is_an_event_with_a_number() {
    let mut encoder = client_codec(RESPONSES).event_encoder(&asked(), &reply());
    assert!(encoder.keep_alive().is_none());
    let mut out = bytes::BytesMut::new();
    encoder.push(0, &start(), &mut out, &mut Losses::default());
    out.extend_from_slice(&encoder.keep_alive().unwrap());
    encoder.push(
        0,
        &finish(FinishReason::Stop),
        &mut out,
        &mut Losses::default(),
    );
    let frames = frames(&out);
    let last = json!({"type": "keepalive", "sequence_number": 2});
    assert_eq!(frames[2], last);
    assert_eq!(frames[3]["sequence_number"], 3);
    assert!(encoder.keep_alive().is_none());
}
