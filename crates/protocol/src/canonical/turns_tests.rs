//! The order that a repaired conversation keeps, for any conversation.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::canonical::{Opaque, OpaqueKind};

fn part() -> impl Strategy<Value = Part> {
    let id = prop_oneof![
        Just("a"),
        Just("b"),
        Just("c"),
        Just("functions.x:0"),
        Just("")
    ];
    let words = prop_oneof![Just(""), Just(" \n"), Just("word"), Just("end ")];
    let opaque = prop_oneof![
        Just(None),
        Just(Some(("", Protocol::Anthropic))),
        Just(Some(("sig", Protocol::Anthropic))),
        Just(Some(("sig", Protocol::OpenAiChat))),
    ];
    prop_oneof![
        words.clone().prop_map(|words| Part::Text(words.to_owned())),
        (id.clone(), prop_oneof![Just("f"), Just("g")]).prop_map(|(id, name)| Part::ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: String::new(),
        }),
        (id, words).prop_map(|(id, words)| Part::ToolResult {
            id: id.to_owned(),
            parts: vec![Part::Text(words.to_owned())],
            is_error: false,
        }),
        opaque.prop_map(|opaque| Part::Reasoning {
            text: "thought".to_owned(),
            opaque: opaque.map(|(value, owner)| Opaque {
                owner,
                kind: OpaqueKind::Signature,
                value: value.to_owned(),
                id: None,
            }),
        }),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    let role = prop_oneof![
        Just(Role::Assistant),
        Just(Role::System),
        Just(Role::Tool),
        Just(Role::User),
    ];
    (role, prop::collection::vec(part(), 0..4)).prop_map(|(role, parts)| Message::new(role, parts))
}

fn calls<'t>(turn: &'t Turn<'_>) -> Vec<&'t str> {
    let call = |piece: &'t Piece<'_>| match piece {
        Piece::Call { id, .. } => Some(id.as_str()),
        Piece::Plain(_) | Piece::Result { .. } => None,
    };
    turn.pieces.iter().filter_map(call).collect()
}

fn results<'t>(turn: &'t Turn<'_>) -> Vec<&'t str> {
    let result = |piece: &'t Piece<'_>| match piece {
        Piece::Result { id, .. } => Some(id.as_str()),
        Piece::Call { .. } | Piece::Plain(_) => None,
    };
    turn.pieces.iter().map_while(result).collect()
}

proptest! {
    #[test]
    fn any_conversation_becomes_a_legal_one(messages in prop::collection::vec(message(), 0..12)) {
        let mut losses = Losses::default();
        let turns = repair(&messages, TakesBack::reasoning_of(Protocol::Anthropic), &mut losses);
        let mut ids = HashSet::new();
        for (index, turn) in turns.iter().enumerate() {
            let side = if index % 2 == 0 { Side::User } else { Side::Assistant };
            prop_assert_eq!(turn.side, side);
            prop_assert!(!turn.pieces.is_empty());
            let owed = match index.checked_sub(1) {
                Some(before) => calls(&turns[before]),
                None => Vec::new(),
            };
            prop_assert_eq!(&results(turn), &owed);
            let all = turn.pieces.iter().filter(|p| matches!(p, Piece::Result { .. })).count();
            prop_assert_eq!(all, owed.len(), "results stand at the head only");
            for id in calls(turn) {
                prop_assert!(ids.insert(id.to_owned()), "{} twice", id);
                prop_assert_eq!(&spelling::call_id(id), id);
            }
            for piece in &turn.pieces {
                if let Piece::Plain(part) = piece
                    && let Part::Text(words) = &**part
                {
                    prop_assert!(!words.trim().is_empty());
                }
            }
        }
        let ends_in_calls = turns.last().is_some_and(|turn| !calls(turn).is_empty());
        prop_assert!(!ends_in_calls);
    }

    #[test]
    fn a_legal_conversation_is_left_alone(
        answers in prop::collection::vec((any::<bool>(), 1_usize..4), 1..6),
    ) {
        let mut messages = Vec::new();
        for (turn, (with_text, count)) in answers.into_iter().enumerate() {
            messages.push(Message::new(Role::User, vec![Part::Text(format!("question {turn}"))]));
            let mut parts = Vec::new();
            let mut results = Vec::new();
            if with_text {
                parts.push(Part::Text("let me see".to_owned()));
            }
            for call in 0..count {
                let id = format!("t{turn}_{call}");
                parts.push(Part::ToolCall {
                    id: id.clone(),
                    name: "f".to_owned(),
                    arguments: "{}".to_owned(),
                });
                let parts = vec![Part::Text("done".to_owned())];
                results.push(Part::ToolResult { id, parts, is_error: false });
            }
            messages.push(Message::new(Role::Assistant, parts));
            messages.push(Message::new(Role::Tool, results));
        }
        let mut losses = Losses::default();
        repair(&messages, TakesBack::reasoning_of(Protocol::Anthropic), &mut losses);
        prop_assert!(losses.is_empty(), "{:?}", losses);
    }
}

fn said(role: Role, text: &str) -> Message {
    Message::new(role, vec![Part::Text(text.to_owned())])
}

fn called(ids: &[&str]) -> Message {
    let call = |id: &&str| Part::ToolCall {
        id: (*id).to_owned(),
        name: format!("f_{id}"),
        arguments: "{}".to_owned(),
    };
    Message::new(Role::Assistant, ids.iter().map(call).collect())
}

fn answered(id: &str, text: &str) -> Message {
    let part = Part::ToolResult {
        id: id.to_owned(),
        parts: vec![Part::Text(text.to_owned())],
        is_error: false,
    };
    Message::new(Role::Tool, vec![part])
}

/// The conversation in short: `user: ?a(text) word | assistant: word !a`.
fn repaired(messages: &[Message]) -> (String, usize) {
    let mut losses = Losses::default();
    let turns = repair(
        messages,
        TakesBack::reasoning_of(Protocol::Anthropic),
        &mut losses,
    );
    let turns: Vec<String> = turns
        .iter()
        .map(|turn| {
            let side = match turn.side {
                Side::Assistant => "assistant",
                Side::User => "user",
            };
            let pieces: Vec<String> = turn
                .pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Call { id, .. } => format!("!{id}"),
                    Piece::Plain(part) => match &**part {
                        Part::Text(text) => text.clone(),
                        other => format!("{other:?}"),
                    },
                    Piece::Result {
                        id,
                        parts,
                        is_error,
                    } => match &parts[..] {
                        [Part::Text(text)] if !is_error => format!("?{id}({text})"),
                        _ => format!("?{id}-"),
                    },
                })
                .collect();
            format!("{side}: {}", pieces.join(" "))
        })
        .collect();
    (turns.join(" | "), losses.len())
}

#[test]
fn edge_001_neighbours_of_one_role_merge_with_all_their_parts() {
    let conversation = [
        said(Role::User, "one"),
        said(Role::User, "two"),
        called(&["a", "b"]),
        answered("a", "1"),
        answered("b", "2"),
        said(Role::User, "three"),
    ];
    assert_eq!(
        repaired(&conversation),
        (
            "user: one two | assistant: !a !b | user: ?a(1) ?b(2) three".to_owned(),
            0
        )
    );
}

#[test]
fn edge_002_the_first_message_is_the_users() {
    let (turns, losses) = repaired(&[said(Role::Assistant, "hello"), said(Role::User, "hi")]);
    assert!(turns.starts_with("user: (") && turns.ends_with("| assistant: hello | user: hi"));
    assert_eq!(losses, 1);
}

#[test]
fn edge_003_results_lead_the_users_turn() {
    let conversation = [
        said(Role::User, "go"),
        called(&["a"]),
        said(Role::User, "wait"),
        answered("a", "1"),
    ];
    assert_eq!(
        repaired(&conversation).0,
        "user: go | assistant: !a | user: ?a(1) wait"
    );
}

#[test]
fn edge_004_each_call_has_one_result() {
    let go = said(Role::User, "go");
    let missing = [go.clone(), called(&["a", "b"]), answered("b", "2")];
    assert_eq!(
        repaired(&missing),
        (
            "user: go | assistant: !a !b | user: ?a- ?b(2)".to_owned(),
            1
        )
    );
    let twice = [
        go.clone(),
        called(&["a"]),
        answered("a", "1"),
        answered("a", "2"),
    ];
    assert_eq!(
        repaired(&twice),
        ("user: go | assistant: !a | user: ?a(1)".to_owned(), 1)
    );
    let stray = [go.clone(), answered("z", "9")];
    assert_eq!(
        repaired(&stray),
        (
            "user: go The result of a tool call that is not shown: 9".to_owned(),
            1
        )
    );
    let late = [
        go.clone(),
        called(&["a"]),
        said(Role::User, "and"),
        said(Role::Assistant, "soon"),
        answered("a", "1"),
    ];
    assert_eq!(
        repaired(&late),
        (
            "user: go | assistant: !a | user: ?a(1) and | assistant: soon".to_owned(),
            0
        )
    );
    let repeated = [go, called(&["a"]), called(&["a"]), answered("a", "1")];
    assert_eq!(
        repaired(&repeated),
        ("user: go | assistant: !a | user: ?a(1)".to_owned(), 1)
    );
}

#[test]
fn edge_004_an_id_that_stands_for_two_calls_is_told_apart() {
    let conversation = [
        said(Role::User, "go"),
        called(&["a"]),
        answered("a", "1"),
        called(&["a"]),
        answered("a", "2"),
    ];
    let (turns, losses) = repaired(&conversation);
    let again = spelling::call_id("a#2");
    assert_eq!(
        turns,
        format!("user: go | assistant: !a | user: ?a(1) | assistant: !{again} | user: ?{again}(2)")
    );
    assert_eq!(losses, 1);
}

/// Counting from one again for each would take minutes.
#[test]
fn an_id_that_stands_for_thousands_of_calls_is_told_apart_at_once() {
    let turn = [called(&["c"]), answered("c", "done")];
    let messages = [vec![said(Role::User, "go")], vec![turn; 3_000].concat()].concat();
    let takes = TakesBack::reasoning_of(Protocol::Anthropic);
    let turns = repair(&messages, takes, &mut Losses::default());
    let ids: Vec<_> = turns.iter().flat_map(calls).collect();
    let apart: BTreeSet<_> = ids.iter().collect();
    assert_eq!((ids.len(), apart.len()), (3_000, 3_000));
}

#[test]
fn edge_004_calls_of_one_turn_that_share_an_id_have_their_results_in_order() {
    let call = |name: &str| Part::ToolCall {
        id: "a".to_owned(),
        name: name.to_owned(),
        arguments: "{}".to_owned(),
    };
    let go = said(Role::User, "go");
    let called = Message::new(Role::Assistant, vec![call("read"), call("write")]);
    let again = spelling::call_id("a#2");
    for (answers, results, count) in [
        (vec!["1", "2"], format!("?a(1) ?{again}(2)"), 1),
        (vec!["1"], format!("?a(1) ?{again}-"), 2),
        (vec!["1", "2", "3"], format!("?a(1) ?{again}(2)"), 2),
    ] {
        let mut conversation = vec![go.clone(), called.clone()];
        conversation.extend(answers.into_iter().map(|text| answered("a", text)));
        let expected = format!("user: go | assistant: !a !{again} | user: {results}");
        assert_eq!(repaired(&conversation), (expected, count));
    }
}

#[test]
fn edge_007_blank_text_is_left_out() {
    let conversation = [
        said(Role::User, "go"),
        said(Role::Assistant, "  "),
        said(Role::User, "on"),
    ];
    assert_eq!(repaired(&conversation), ("user: go on".to_owned(), 1));
}

#[test]
fn edge_010_late_instructions_become_part_of_the_users_turn() {
    let conversation = [
        said(Role::User, "go"),
        called(&["a"]),
        said(Role::System, "be brief"),
        answered("a", "1"),
    ];
    assert_eq!(
        repaired(&conversation),
        (
            "user: go | assistant: !a | user: ?a(1) <system-reminder>\nbe brief\n</system-reminder>"
                .to_owned(),
            1
        )
    );
}

#[test]
fn edge_008_the_end_of_a_beginning_is_not_blank() {
    let messages = [said(Role::User, "go"), said(Role::Assistant, "{ \n")];
    let mut losses = Losses::default();
    let mut turns = repair(
        &messages,
        TakesBack::reasoning_of(Protocol::Anthropic),
        &mut losses,
    );
    close(&mut turns, true, &mut losses);
    let last = Piece::Plain(Cow::Owned(Part::Text("{".to_owned())));
    assert_eq!(turns[1].pieces, [last]);
    assert_eq!((turns.len(), losses.len()), (2, 1));
}

#[test]
fn edge_009_a_beginning_that_is_refused_is_asked_for() {
    let messages = [said(Role::User, "go"), said(Role::Assistant, "Once")];
    let mut losses = Losses::default();
    let mut turns = repair(
        &messages,
        TakesBack::reasoning_of(Protocol::Anthropic),
        &mut losses,
    );
    close(&mut turns, false, &mut losses);
    assert_eq!(
        (turns.len(), turns[2].side, losses.len()),
        (3, Side::User, 1)
    );
}

#[test]
fn an_empty_message_and_a_refusal_are_told() {
    let refused = Message::new(Role::Assistant, vec![Part::Refusal("No.".to_owned())]);
    let messages = [
        said(Role::User, "go"),
        Message::new(Role::Assistant, Vec::new()),
        refused,
    ];
    let mut losses = Losses::default();
    repair(
        &messages,
        TakesBack::reasoning_of(Protocol::Anthropic),
        &mut losses,
    );
    let told: Vec<&str> = losses.iter().map(|loss| &*loss.why).collect();
    assert_eq!(
        told,
        [
            "held an empty message; it was left out",
            "held a refusal; it was sent as text"
        ]
    );
}
