//! Histories that providers would refuse, put in order.

use proptest::prelude::*;
use protocol::canonical::{Message, Part, Request, Role};
use serde_json::Value;

use super::trial::*;

fn call(id: &str) -> Part {
    Part::ToolCall {
        id: id.to_owned(),
        name: "f".to_owned(),
        arguments: "{}".to_owned(),
    }
}

fn result(id: &str, text: &str) -> Part {
    Part::ToolResult {
        id: id.to_owned(),
        parts: vec![Part::Text(text.to_owned())],
        is_error: false,
    }
}

fn message(role: Role, parts: Vec<Part>) -> Message {
    Message::new(role, parts)
}

fn text(role: Role, words: &str) -> Message {
    message(role, vec![Part::Text(words.to_owned())])
}

/// What is sent, one message a line: role, call ids or result id, text.
fn shown(messages: Vec<Message>) -> (Vec<String>, Vec<String>) {
    let request = Request {
        messages,
        ..Request::default()
    };
    let (body, losses) = sent(&request);
    let line = |message: &Value| {
        let calls: Vec<&str> = message["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|call| call["id"].as_str())
            .collect();
        let mut words = vec![message["role"].as_str().unwrap_or_default()];
        words.extend(calls);
        words.extend(message["tool_call_id"].as_str());
        words.extend(message["content"].as_str());
        words.join(" ")
    };
    (
        body["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(line)
            .collect(),
        losses,
    )
}

#[test]
fn edge_004_each_call_has_one_result_directly_after_it() {
    let (lines, losses) = shown(vec![
        text(Role::User, "go"),
        message(Role::Assistant, vec![call("a"), call("b"), call("c")]),
        text(Role::User, "wait"),
        message(
            Role::Tool,
            vec![result("b", "2"), result("a", "1"), result("a", "again")],
        ),
        message(Role::Tool, vec![result("z", "stray")]),
        text(Role::Assistant, "done"),
    ]);
    assert_eq!(
        lines,
        [
            "user go",
            "assistant a b c",
            "tool a 1",
            "tool b 2",
            "tool c No result was given for this call.",
            "user wait",
            "user Result of a tool call that is not in this conversation:\n\nstray",
            "assistant done",
        ]
    );
    assert!(
        losses.iter().all(|field| field == "messages") && losses.len() == 4,
        "{losses:?}"
    );
}

#[test]
fn edge_053_ids_that_come_back_in_later_turns_stay_apart() {
    let turn = |answer: &str| {
        [
            text(Role::User, "go"),
            message(Role::Assistant, vec![call("a")]),
            message(Role::Tool, vec![result("a", answer)]),
        ]
    };
    let (lines, losses) = shown([turn("1"), turn("2")].concat());
    assert_eq!(
        (lines[2].as_str(), lines[5].as_str()),
        ("tool a 1", "tool a 2")
    );
    assert!(losses.is_empty());
    let late = vec![
        text(Role::User, "go"),
        message(Role::Assistant, vec![call("a")]),
        text(Role::User, "on"),
        message(Role::Assistant, vec![call("a")]),
        message(Role::Tool, vec![result("a", "2")]),
    ];
    let (lines, _) = shown(late);
    assert_eq!(lines[2], "tool a No result was given for this call.");
    assert_eq!(lines[5], "tool a 2");
}

#[test]
fn one_id_for_two_calls_becomes_two() {
    let (lines, losses) = shown(vec![
        message(Role::Assistant, vec![call("a"), call("a")]),
        message(Role::Tool, vec![result("a", "1"), result("a", "2")]),
    ]);
    assert_eq!(lines, ["assistant a a_1", "tool a 1", "tool a_1 2"]);
    assert_eq!(losses, ["messages"]);
}

#[test]
fn edge_005_complaint_10_ids_of_any_form_are_spelled_alike() {
    for id in ["functions.read:0", "call|fc", "", &"x".repeat(90), "é"] {
        let (lines, losses) = shown(vec![
            message(Role::Assistant, vec![call(id)]),
            message(Role::Tool, vec![result(id, "1")]),
        ]);
        let called = lines[0].strip_prefix("assistant ").unwrap();
        assert_eq!(lines[1], format!("tool {called} 1"));
        assert!(
            called.len() <= 64 && called.starts_with("call_"),
            "{called}"
        );
        assert_eq!(losses, ["messages[].tool_call_id"]);
    }
}

#[test]
fn edge_007_empty_messages_are_left_out() {
    let (lines, losses) = shown(vec![
        text(Role::User, "go"),
        text(Role::Assistant, ""),
        message(Role::User, vec![]),
        text(Role::User, "on"),
    ]);
    assert_eq!(lines, ["user go", "user on"]);
    assert_eq!(losses, ["messages"]);
}

fn any_part() -> impl Strategy<Value = Part> {
    prop_oneof![
        "[ab]?".prop_map(Part::Text),
        "[a-d]".prop_map(|id| call(&id)),
        "[a-e]".prop_map(|id| result(&id, "r")),
    ]
}

fn any_message() -> impl Strategy<Value = Message> {
    let role = prop_oneof![
        Just(Role::Assistant),
        Just(Role::System),
        Just(Role::Tool),
        Just(Role::User),
    ];
    (role, prop::collection::vec(any_part(), 0..4))
        .prop_map(|(role, parts)| Message::new(role, parts))
}

proptest! {
    /// The rule that providers enforce: the calls of a message are answered directly after it, each once, in
    /// their order; and no result stands anywhere else.
    #[test]
    fn complaint_09_any_history_is_sent_in_order(more in prop::collection::vec(any_message(), 0..8)) {
        let messages = [vec![text(Role::User, "go")], more].concat();
        let request = Request { messages, ..Request::default() };
        let (body, _) = sent(&request);
        let mut open: Vec<String> = Vec::new();
        for message in body["messages"].as_array().into_iter().flatten() {
            if message["role"] == "tool" {
                prop_assert!(!open.is_empty(), "a stray result in {body}");
                let first = open.remove(0);
                prop_assert_eq!(message["tool_call_id"].as_str(), Some(first.as_str()));
                continue;
            }
            prop_assert!(open.is_empty(), "an open call in {body}");
            let ids = message["tool_calls"].as_array().into_iter().flatten();
            open.extend(ids.filter_map(|call| call["id"].as_str()).map(str::to_owned));
            let says = message["content"].as_str().is_some_and(|text| !text.is_empty());
            prop_assert!(says || !open.is_empty(), "an empty message in {body}");
        }
        prop_assert!(open.is_empty(), "an open call at the end of {body}");
    }

    /// Order is not changed where there is nothing to repair.
    #[test]
    fn a_history_in_order_stays(turns in prop::collection::vec("[a-c]{1,3}", 1..4)) {
        let mut messages = Vec::new();
        for turn in &turns {
            let ids: std::collections::BTreeSet<String> = turn.chars().map(String::from).collect();
            messages.push(text(Role::User, "go"));
            messages.push(message(Role::Assistant, ids.iter().map(|id| call(id)).collect()));
            messages.push(message(Role::Tool, ids.iter().map(|id| result(id, "r")).collect()));
        }
        let (_, losses) = shown(messages);
        prop_assert!(losses.is_empty(), "{losses:?}");
    }
}
