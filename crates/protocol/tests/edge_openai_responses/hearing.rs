//! What providers of this protocol say that keep its books in ways of their own.

use protocol::{
    canonical::{Event, Events, FinishReason, Part, Response},
    upstream_codec,
};
use serde_json::{Value, json};

use super::trial::*;

fn delta(kind: &str, id: &str, at: Option<u64>, place: u64, delta: &str) -> Value {
    let mut event =
        json!({"type": format!("response.{kind}.delta"), "item_id": id, "delta": delta});
    let index = match kind {
        "reasoning_summary_text" => "summary_index",
        _ => "content_index",
    };
    event[index] = place.into();
    if let Some(at) = at {
        event["output_index"] = at.into();
    }
    event
}

fn text(id: &str, at: Option<u64>, text: &str) -> Value {
    delta("output_text", id, at, 0, text)
}

fn item(step: &str, at: Option<u64>, item: &Value) -> Value {
    let mut event = json!({"type": format!("response.output_item.{step}"), "item": item});
    if let Some(at) = at {
        event["output_index"] = at.into();
    }
    event
}

fn message(id: &str, text: &str) -> Value {
    json!({"type": "message", "id": id, "role": "assistant", "content": [{"type": "output_text", "text": text}]})
}

fn thought(id: &str, text: &str) -> Value {
    json!({"type": "reasoning", "id": id, "summary": [{"type": "summary_text", "text": text}]})
}

fn call_of(id: &str, name: &str, arguments: &str) -> Value {
    json!({"type": "function_call", "id": id, "call_id": id, "name": name, "arguments": arguments})
}

fn completed(output: &[Value]) -> Value {
    json!({"type": "response.completed", "response": {"id": "r", "model": "m", "status": "completed", "output": output}})
}

fn parts(frames: &[Value]) -> Vec<Part> {
    let response = Response::from_events(hear(RESPONSES, frames)).unwrap();
    response.answers.into_iter().next().unwrap().parts
}

fn said(text: &str) -> Part {
    Part::Text(text.to_owned())
}

fn thinks(text: &str) -> Part {
    Part::Reasoning {
        text: text.to_owned(),
        opaque: None,
    }
}

fn calls(id: &str, name: &str, arguments: &str) -> Part {
    Part::ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    }
}

fn losses(events: &Events) -> Vec<&str> {
    let losses = events.iter().filter_map(|(_, event)| match event {
        Event::Loss(loss) => Some(loss.field.as_str()),
        _ => None,
    });
    losses.collect()
}

#[test]
fn pieces_that_are_counted_over_all_items_come_once() {
    let raw = |id: &str, text: &str| json!({"type": "reasoning", "id": id, "summary": [], "content": [{"type": "reasoning_text", "text": text}]});
    let mut answer = message("m", "The answer");
    answer["content"][0]["annotations"] = json!([{"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 3}]);
    let frames = [
        delta("reasoning_text", "a", Some(0), 0, "One."),
        item("done", Some(0), &raw("a", "One.")),
        delta("reasoning_text", "b", Some(1), 1, "Two."),
        item("done", Some(1), &raw("b", "Two.")),
        delta("output_text", "m", Some(2), 2, "The "),
        delta("output_text", "m", Some(2), 2, "answer"),
        json!({"type": "response.output_text.annotation.added", "item_id": "m", "output_index": 2, "content_index": 2,
            "annotation": answer["content"][0]["annotations"][0]}),
        json!({"type": "response.output_text.done", "item_id": "m", "output_index": 2, "content_index": 2, "text": "The answer"}),
        item("done", Some(2), &answer),
        completed(&[raw("a", "One."), raw("b", "Two."), answer.clone()]),
    ];
    assert_eq!(
        parts(&frames),
        [thinks("One."), thinks("Two."), said("The answer")]
    );
    let events = hear(RESPONSES, &frames);
    let notes = events
        .iter()
        .filter(|(_, event)| matches!(event, Event::Note(_)));
    assert_eq!(notes.count(), 1);
}

#[test]
fn an_empty_piece_that_is_listed_shifts_nothing() {
    let mut whole = message("m", "");
    whole["content"] = json!([{"type": "output_text", "text": ""}, {"type": "refusal", "refusal": "No."},
        {"type": "output_text", "text": "Yes."}, {"type": "output_text", "text": "Indeed."}]);
    let frames = [
        delta("refusal", "m", Some(0), 1, "No."),
        delta("output_text", "m", Some(0), 2, "Ye"),
        item("done", Some(0), &whole),
        completed(&[whole.clone()]),
    ];
    let refused = Part::Refusal("No.".to_owned());
    assert_eq!(parts(&frames), [refused, said("Yes.Indeed.")]);
}

/// Reasoning, words and a call, all at one place or at none, as LiteLLM streams the two former.
fn at_one_place(at: Option<u64>, output: &[Value]) -> Vec<Value> {
    vec![
        item(
            "added",
            at,
            &json!({"type": "reasoning", "id": "r", "summary": []}),
        ),
        delta("reasoning_summary_text", "r", at, 0, "Hm."),
        item("done", at, &thought("r", "Hm.")),
        text("m", at, "The "),
        text("m", at, "answer"),
        item("added", at, &call_of("c", "f", "")),
        json!({"type": "response.function_call_arguments.delta", "item_id": "c", "output_index": at, "delta": "{\"a\""}),
        item("added", at, &call_of("d", "g", "")),
        json!({"type": "response.function_call_arguments.delta", "item_id": "c", "output_index": at, "delta": ":1}"}),
        item("done", at, &call_of("c", "f", "{\"a\":1}")),
        item("done", at, &call_of("d", "g", "{}")),
        json!({"type": "response.output_text.done", "item_id": "m", "output_index": at, "content_index": 0, "text": "The answer"}),
        item("done", at, &message("m", "The answer")),
        completed(output),
    ]
}

#[test]
fn items_at_one_place_are_told_apart() {
    let (thought, answer) = (thought("r", "Hm."), message("m", "The answer"));
    let (one, two) = (call_of("c", "f", "{\"a\":1}"), call_of("d", "g", "{}"));
    let renamed = |item: &Value| {
        let mut item = item.clone();
        item["id"] = format!("{}_2", item["id"].as_str().unwrap()).into();
        item
    };
    let all = [thought.clone(), answer.clone(), one.clone(), two.clone()];
    let outputs: [&[Value]; 5] = [
        &[],
        &all,
        &[one, two, answer.clone(), thought],
        &[answer],
        // Under other names they are known by their order.
        &all.each_ref().map(renamed),
    ];
    let heard = [
        thinks("Hm."),
        said("The answer"),
        calls("c", "f", "{\"a\":1}"),
        calls("d", "g", "{}"),
    ];
    for at in [Some(0), None] {
        for output in outputs {
            assert_eq!(parts(&at_one_place(at, output)), heard, "{at:?} {output:?}");
        }
    }
}

#[test]
fn what_is_streamed_comes_as_it_is_streamed() {
    let frames = at_one_place(Some(0), &[]);
    let events = hear(RESPONSES, frames.get(..4).unwrap());
    let is_text = |event: &Event| matches!(event, Event::PartDelta { delta, .. } if format!("{delta:?}").contains("The "));
    assert!(events.iter().any(|(_, event)| is_text(event)), "{events:?}");
}

#[test]
fn a_place_that_another_item_took_is_not_its_own() {
    let frames = [
        delta("reasoning_summary_text", "r", Some(0), 0, "Hm."),
        item("done", Some(0), &thought("r", "Hm.")),
        text("m", Some(0), "Look."),
        item("added", Some(1), &call_of("c", "f", "")),
        json!({"type": "response.function_call_arguments.delta", "item_id": "c", "output_index": 1, "delta": "{}"}),
        item("done", Some(1), &call_of("c", "f", "{}")),
        item("done", Some(0), &message("m", "Look.")),
        completed(&[
            thought("r2", "Hm."),
            message("m2", "Look."),
            call_of("c2", "f", "{}"),
        ]),
    ];
    assert_eq!(
        parts(&frames),
        [thinks("Hm."), said("Look."), calls("c", "f", "{}")]
    );
}

#[test]
fn an_item_that_is_listed_elsewhere_comes_once() {
    let frames = [
        text("m", Some(1), "The answer"),
        item("done", Some(1), &message("m", "The answer")),
        completed(&[message("m", "The answer")]),
    ];
    assert_eq!(parts(&frames), [said("The answer")]);
}

#[test]
fn names_that_change_with_each_event_name_nothing() {
    let frames = [
        item("added", Some(0), &message("1", "")),
        text("2", Some(0), "The "),
        text("3", Some(0), "answer"),
        json!({"type": "response.output_text.done", "item_id": "4", "output_index": 0, "content_index": 0, "text": "The answer"}),
        item("done", Some(0), &message("5", "The answer")),
        json!({"type": "response.output_text.done", "item_id": "6", "output_index": 0, "content_index": 0, "text": "The answer"}),
        item("added", Some(1), &call_of("7", "f", "")),
        json!({"type": "response.function_call_arguments.delta", "item_id": "8", "output_index": 1, "delta": "{}"}),
        item("done", Some(1), &call_of("7", "f", "{}")),
        completed(&[message("9", "The answer"), call_of("7", "f", "{}")]),
    ];
    assert_eq!(parts(&frames), [said("The answer"), calls("7", "f", "{}")]);
    // One name for all is none either.
    let frames = [
        text("x", Some(0), "The "),
        item(
            "added",
            Some(1),
            &json!({"type": "function_call", "id": "x", "call_id": "c", "name": "f"}),
        ),
        text("x", Some(0), "answer"),
        item("done", Some(0), &message("x", "The answer")),
        item(
            "done",
            Some(1),
            &json!({"type": "function_call", "id": "x", "call_id": "c", "name": "f", "arguments": "{}"}),
        ),
        completed(&[]),
    ];
    assert_eq!(
        parts(&frames),
        [said("The "), calls("c", "f", "{}"), said("answer")]
    );
}

#[test]
fn how_a_reply_ended_is_said_by_its_event_where_the_reply_does_not() {
    let ends = |kind: &str, reply: Value| {
        let frame = json!({"type": format!("response.{kind}"), "response": reply});
        hear(RESPONSES, &[frame]).pop().unwrap().1
    };
    let error = json!({"code": "server_error", "message": "GPU fell over"});
    let Event::Error(failure) = ends("failed", json!({"id": "r", "error": error})) else {
        panic!("a failure is one");
    };
    assert_eq!(failure.message, "GPU fell over");
    let Event::Error(_) = ends("cancelled", json!({"id": "r", "output": []})) else {
        panic!("it is not finished");
    };
    let reason = json!({"reason": "max_output_tokens"});
    let Event::Finish(finish) = ends(
        "incomplete",
        json!({"id": "r", "incomplete_details": reason, "output": []}),
    ) else {
        panic!("it is over");
    };
    assert_eq!(finish.reason, FinishReason::Length);
    let Event::Finish(finish) = ends("completed", json!({"id": "r", "output": []})) else {
        panic!("it is over");
    };
    assert_eq!(finish.reason, FinishReason::Stop);

    let whole = json!({"id": "r", "output": [], "error": error}).to_string();
    let failure = upstream_codec(RESPONSES).decode_response(whole.as_bytes(), &exchange());
    assert_eq!(failure.unwrap_err().message, "GPU fell over");
}

#[test]
fn a_thought_and_its_summary_are_not_one_text() {
    let mut both = thought("r", "In short.");
    both["content"] = json!([{"type": "reasoning_text", "text": "At length."}]);
    let whole = completed(std::slice::from_ref(&both));
    for first in [
        vec![],
        vec![delta("reasoning_text", "r", Some(0), 0, "At ")],
        vec![
            delta("reasoning_text", "r", Some(0), 0, "At length."),
            delta("reasoning_summary_text", "r", Some(0), 0, "In short."),
        ],
    ] {
        let frames = [first, vec![item("done", Some(0), &both), whole.clone()]].concat();
        assert_eq!(parts(&frames), [thinks("At length.")]);
        assert!(losses(&hear(RESPONSES, &frames)).is_empty());
    }
    // What was streamed cannot be taken back.
    let frames = [
        delta("reasoning_summary_text", "r", Some(0), 0, "In short."),
        item("done", Some(0), &both),
        whole,
    ];
    assert_eq!(parts(&frames), [thinks("In short.")]);
    assert_eq!(
        losses(&hear(RESPONSES, &frames)),
        ["output.reasoning.content"]
    );
}
