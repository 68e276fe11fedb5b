//! What a tap makes of a provider's events.

use serde_json::json;

use super::*;
use crate::canonical::{Event, Grammar, Part, Response};

fn tap() -> Tap {
    Tap::new(&ExchangeId("0192".to_owned()))
}

/// All that is heard of each reply.
fn heard(events: &[serde_json::Value]) -> Vec<Events> {
    let mut tap = tap();
    let mut replies: Vec<Events> = Vec::new();
    for event in events {
        if let Some(heard) = tap.hear(&event.to_string()) {
            let number = usize::try_from(heard.reply).unwrap();
            if replies.len() <= number {
                replies.resize(number + 1, Events::new());
            }
            replies[number].extend(heard.events);
        }
    }
    for reply in &replies {
        assert_eq!(Grammar::check(reply), Ok(()), "{reply:?}");
    }
    replies
}

#[test]
fn two_replies_at_once_are_told_apart() {
    let text = |id: &str, delta: &str| json!({"type": "response.output_text.delta", "response_id": id, "output_index": 0, "content_index": 0, "delta": delta});
    let replies = heard(&[
        json!({"type": "session.created", "session": {"model": "m"}}),
        json!({"type": "response.created", "response": {"id": "a"}}),
        text("a", "One"),
        json!({"type": "response.created", "response": {"id": "b"}}),
        text("b", "Another"),
        text("a", " more"),
        text("c", "Nobody asked."),
        json!({"type": "response.done", "response": {"id": "b", "status": "incomplete", "status_details": {"type": "incomplete", "reason": "max_output_tokens"}}}),
        json!({"type": "response.done", "response": {"id": "a", "status": "completed", "usage": {"input_tokens": 10, "output_tokens": 4, "input_token_details": {"cached_tokens": 3}}}}),
    ]);
    let replies = replies.into_iter().map(Response::from_events);
    let replies: Vec<Response> = replies.collect::<Result<_, _>>().unwrap();
    let told = replies.iter().map(|reply| {
        let answer = &reply.answers[0];
        let [Part::Text(text)] = &*answer.parts else {
            panic!("{answer:?}");
        };
        (&*reply.id, &*reply.model, &**text, answer.finish.reason)
    });
    let told: Vec<_> = told.collect();
    assert_eq!(
        told,
        [
            ("a", "m", "One more", FinishReason::Stop),
            ("b", "m", "Another", FinishReason::Length),
        ]
    );
    let usage = replies[0].usage.unwrap();
    assert_eq!(
        (usage.input, usage.cache_read, usage.output),
        (Some(7), Some(3), Some(4))
    );
}

#[test]
fn what_was_not_streamed_is_read_from_the_end() {
    let done = json!({"type": "response.done", "response": {"id": "a", "status": "completed", "output": [
        {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "Hello."}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{\"a\":1}"},
    ]}});
    let whole = heard(std::slice::from_ref(&done));
    let streamed = heard(&[
        json!({"type": "response.created", "response": {"id": "a"}}),
        json!({"type": "response.output_audio.delta", "response_id": "a", "delta": "AAAA"}),
        json!({"type": "response.output_audio.delta", "response_id": "a", "delta": "AAAA"}),
        json!({"type": "response.audio_transcript.delta", "response_id": "a", "delta": "Hello."}),
        json!({"type": "response.output_item.added", "response_id": "a", "output_index": 1, "item": {"type": "function_call", "call_id": "c", "name": "f"}}),
        json!({"type": "response.function_call_arguments.delta", "response_id": "a", "output_index": 1, "delta": "{\"a\""}),
        done,
    ]);
    let losses = streamed[0]
        .iter()
        .filter(|(_, event)| matches!(event, Event::Loss(_)));
    assert_eq!(losses.count(), 1);
    let answer = |events: &Events| {
        let reply = Response::from_events(events.clone()).unwrap();
        reply.answers.into_iter().next().unwrap()
    };
    let said = answer(&whole[0]);
    assert_eq!(said, answer(&streamed[0]));
    assert_eq!(said.finish.reason, FinishReason::ToolCalls);
    let call = Part::ToolCall {
        id: "c".to_owned(),
        name: "f".to_owned(),
        arguments: "{\"a\":1}".to_owned(),
    };
    assert_eq!(said.parts, [Part::Text("Hello.".to_owned()), call]);
}

#[test]
fn a_reply_that_failed_says_why() {
    let replies = heard(&[
        json!({"type": "response.created", "response": {"id": "a"}}),
        json!({"type": "response.done", "response": {"id": "a", "status": "failed", "status_details": {"type": "failed",
            "error": {"type": "insufficient_quota", "code": "insufficient_quota", "message": "No more."}}}}),
    ]);
    let error = Response::from_events(replies[0].clone()).unwrap_err();
    assert_eq!(error.message, "No more.");
    assert_eq!(error.code.as_deref(), Some("insufficient_quota"));
}

#[test]
fn replies_without_an_end_are_not_kept_for_ever() {
    let mut tap = tap();
    for id in 0..1000 {
        let event = json!({"type": "response.created", "response": {"id": id.to_string()}});
        assert!(tap.hear(&event.to_string()).is_some());
    }
    assert_eq!(tap.open.len(), MAX_OPEN);
}
