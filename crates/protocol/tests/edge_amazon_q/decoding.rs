//! The service's stream.

use protocol::canonical::{ErrorKind, Event, Events, Response, Usage};

use crate::trial::{codec, exchange, heard, lines};

#[test]
fn edge_125_parallel_calls_and_text_behind_them_are_parts_of_their_own() {
    let events = heard(
        r#"event assistantResponseEvent {"content":"Let me see."}
event toolUseEvent {"toolUseId":"a","name":"look"}
event toolUseEvent {"toolUseId":"a","name":"look","input":"{\"x\""}
event toolUseEvent {"toolUseId":"a","name":"look","input":":1}"}
event toolUseEvent {"toolUseId":"a","name":"look","stop":true}
event toolUseEvent {"toolUseId":"b","name":"look","stop":true}
event assistantResponseEvent {"content":"Wait."}"#,
    );
    assert_eq!(
        lines(&events),
        [
            "0 Text",
            "0 Let me see.",
            "0 end",
            "1 call a look",
            "1 {\"x\"",
            "1 :1}",
            "1 end",
            "2 call b look",
            "2 {}",
            "2 end",
            "3 Text",
            "3 Wait.",
            "3 end",
            "finish tool_calls",
        ]
    );
}

#[test]
fn edge_126_the_reason_is_what_was_seen() {
    let last = |frames: &str| lines(&heard(frames)).pop().unwrap();
    let text = "event assistantResponseEvent {\"content\":\"Hi\"}\n";
    assert_eq!(last(text), "finish stop");
    let full = format!("{text}event contextUsageEvent {{\"contextUsagePercentage\":100}}");
    assert_eq!(last(&full), "finish context_full");
    let nearly = format!("{text}event contextUsageEvent {{\"contextUsagePercentage\":99.9}}");
    assert_eq!(last(&nearly), "finish stop");
    let long = format!("{text}exception ContentLengthExceededException {{\"message\":\"m\"}}");
    assert_eq!(last(&long), "finish length");
    let refused = "exception ContentLengthExceededException {\"message\":\"m\"}";
    assert_eq!(last(refused), "error ContextTooLong m");
}

#[test]
fn complaint_08_an_end_between_frames_is_one_only_when_something_came() {
    let last = |frames: &str| lines(&heard(frames)).pop().unwrap();
    for frames in [
        "",
        "event initial-response {}",
        "event messageMetadataEvent {\"utteranceId\":\"u\"}",
    ] {
        assert!(last(frames).starts_with("error ProviderFault"), "{frames}");
    }
    assert_eq!(
        last("event assistantResponseEvent {\"content\":\"\"}"),
        "finish stop"
    );
    let open = "event toolUseEvent {\"toolUseId\":\"a\",\"name\":\"look\"}";
    assert!(last(open).starts_with("error ProviderFault"));
    let whole = "event toolUseEvent {\"toolUseId\":\"a\",\"name\":\"look\",\"input\":\"{}\"}";
    assert_eq!(last(whole), "finish tool_calls");
}

#[test]
fn complaint_08_a_broken_connection_is_no_end() {
    let mut events = Events::new();
    let mut decoder = codec().event_decoder(&exchange());
    let frame = crate::event_stream::event("assistantResponseEvent", "{\"content\":\"Hi\"}");
    decoder.push(&frame, &mut events);
    decoder.break_off(&mut events);
    assert!(
        matches!(events.last(), Some((_, Event::Error(error))) if error.kind == ErrorKind::ProviderFault)
    );
    decoder.finish(&mut events);
    assert_eq!(lines(&events).len(), 4, "{events:?}");
}

#[test]
fn edge_124_nothing_is_read_behind_a_broken_frame() {
    let events = heard(
        "event assistantResponseEvent {\"content\":\"one\"}\nevent assistantResponseEvent {\"content\":\"two\"}\nflip\nevent assistantResponseEvent {\"content\":\"three\"}",
    );
    assert_eq!(
        lines(&events),
        [
            "0 Text",
            "0 one",
            "0 end",
            "error ProviderFault The provider sent a frame that is broken."
        ]
    );
}

#[test]
fn complaint_33_real_counts_are_the_providers() {
    let events = heard(
        r#"event metadataEvent {"tokenUsage":{"uncachedInputTokens":412,"outputTokens":38,"totalTokens":1450,"cacheReadInputTokens":900,"cacheWriteInputTokens":100}}
event assistantResponseEvent {"content":"Hi","modelId":"claude"}"#,
    );
    let response = Response::from_events(events).unwrap();
    assert_eq!(response.model, "claude");
    let expected = Usage {
        input: Some(412),
        cache_read: Some(900),
        cache_write: Some(100),
        output: Some(38),
        ..Usage::default()
    };
    assert_eq!(response.usage, Some(expected));
    let odd = r#"{"tokenUsage":{"uncachedInputTokens":"4","outputTokens":"?"}}"#;
    let odd = heard(&format!(
        "event assistantResponseEvent {{\"content\":\"Hi\"}}\nevent metadataEvent {odd}"
    ));
    let expected = Usage {
        input: Some(4),
        ..Usage::default()
    };
    assert_eq!(Response::from_events(odd).unwrap().usage, Some(expected));
    let silent = heard("event assistantResponseEvent {\"content\":\"Hi\"}");
    assert_eq!(Response::from_events(silent).unwrap().usage, None);
}

#[test]
fn edge_093_reasoning_keeps_its_proof() {
    let events = heard(
        r#"event reasoningContentEvent {"text":"Hm"}
event reasoningContentEvent {"signature":"c2ln"}
event assistantResponseEvent {"content":"Yes"}"#,
    );
    assert_eq!(
        lines(&events),
        [
            "0 Reasoning",
            "0 Hm",
            "0 Signature c2ln",
            "0 end",
            "1 Text",
            "1 Yes",
            "1 end",
            "finish stop"
        ]
    );
}

/// The parts of the answer, its text being cut in two at each place.
fn assert_parts(text: &str, expected: &str) {
    for at in 1..text.len() {
        let (head, tail) = text.split_at(at);
        let frame = |text: &str| {
            let payload = serde_json::json!({ "content": text });
            format!("event assistantResponseEvent {payload}\n")
        };
        let response = Response::from_events(heard(&(frame(head) + &frame(tail)))).unwrap();
        let parts = format!("{:?}", response.answers[0].parts);
        assert_eq!(parts, expected, "cut at {at}");
    }
}

#[test]
fn edge_086_thinking_tags_at_the_head_are_reasoning_in_any_split() {
    assert_parts(
        "<thinking>\nIs 1 < 2?</thinking>\n\nYes: `<thinking>`.",
        "[Reasoning { text: \"Is 1 < 2?\", opaque: None }, Text(\"Yes: `<thinking>`.\")]",
    );
}

#[test]
fn edge_086_a_quoted_tag_does_not_end_the_thought() {
    assert_parts(
        "<thinking>`</thinking>` or '</thinking>'</thinking>\n\nYes",
        "[Reasoning { text: \"`</thinking>` or '</thinking>'\", opaque: None }, Text(\"Yes\")]",
    );
}

#[test]
fn edge_086_a_block_on_a_line_of_its_own_is_reasoning_too() {
    assert_parts(
        "<thinking>a</thinking>\nb <thinking>\n<thinking>c</thinking>\n\nd",
        "[Reasoning { text: \"a\", opaque: None }, Text(\"b <thinking>\\n\"), \
         Reasoning { text: \"c\", opaque: None }, Text(\"d\")]",
    );
    let events = heard(
        r#"event assistantResponseEvent {"content":"So."}
event toolUseEvent {"toolUseId":"a","name":"look","stop":true}
event assistantResponseEvent {"content":"<thinking>Hm</thinking>"}"#,
    );
    assert!(lines(&events).contains(&"2 Reasoning".to_owned()));
}
