//! What the books look like at the end of all sorts of provider habits.

use proptest::prelude::{
    Just, Strategy, any as any_of, prop, prop_assert_eq, prop_oneof, proptest,
};

use super::*;
use crate::canonical::OpaqueKind;

/// One line an event.
fn shown(events: &Events) -> Vec<String> {
    events
        .iter()
        .map(|(_, event)| match event {
            Event::Error(error) => format!("error {}", error.message),
            Event::Finish(finish) => format!("finish {}", finish.reason.word()),
            Event::Loss(loss) => format!("loss {}", loss.field),
            Event::Note(note) => format!("{note:?}"),
            Event::PartDelta { index, delta } => match delta {
                Delta::Arguments(text) | Delta::Text(text) => format!("{index} {text}"),
                Delta::Opaque(opaque) => format!("{index} opaque {}", opaque.value),
            },
            Event::PartEnd { index } => format!("{index} end"),
            Event::PartStart { index, part } => match part {
                PartKind::ToolCall { id, name } => format!("{index} call {id} {name}"),
                PartKind::Image(_) => format!("{index} image"),
                PartKind::Reasoning => format!("{index} reasoning"),
                PartKind::Refusal => format!("{index} refusal"),
                PartKind::Text => format!("{index} text"),
            },
            Event::Ping => "ping".to_owned(),
            Event::Start { id, .. } => format!("start {id}"),
            Event::Usage(_) => "usage".to_owned(),
        })
        .collect()
}

fn parts() -> Parts {
    Parts::new(0, &ExchangeId("x".to_owned()))
}

type Piece<'a> = (Option<u64>, &'a str, &'a str, &'a str);

/// Slot, id, name, arguments of each fragment; then the provider's word for the end.
fn calls(pieces: &[Piece<'_>], reason: FinishReason) -> Vec<String> {
    let mut parts = parts();
    let mut out = Events::new();
    for (slot, id, name, arguments) in pieces {
        parts.call(
            CallFragment {
                slot: *slot,
                id: Some(id),
                name: Some(name),
                arguments,
            },
            &mut out,
        );
    }
    parts.finish(Finish::new(reason, None), &mut out);
    shown(&out)
}

#[test]
fn a_change_of_kind_closes_and_opens() {
    let mut parts = parts();
    let mut out = Events::new();
    parts.start("r1", "m", &mut out);
    parts.start("r2", "m", &mut out);
    parts.text("", &mut out);
    parts.reasoning("hm", &mut out);
    parts.text("a", &mut out);
    parts.text("b", &mut out);
    parts.finish(Finish::new(FinishReason::ToolCalls, None), &mut out);
    parts.text("late", &mut out);
    parts.error(ApiError::invalid_request("late"), &mut out);
    assert_eq!(
        shown(&out),
        [
            "start r1",
            "0 reasoning",
            "0 hm",
            "0 end",
            "1 text",
            "1 a",
            "1 b",
            "1 end",
            "finish stop",
        ]
    );
}

#[test]
fn edge_080_a_new_id_on_an_old_slot_is_a_new_call() {
    let seen = calls(
        &[
            (Some(0), "a", "f", ""),
            (Some(0), "", "", "{\"k\":"),
            (Some(0), "", "", "1}"),
            (Some(0), "b", "g", "{\"k\":2}"),
            (None, "c", "h", "{}"),
        ],
        FinishReason::ToolCalls,
    );
    assert_eq!(
        seen,
        [
            "start x",
            "0 call a f",
            "0 {\"k\":",
            "0 1}",
            "0 end",
            "1 call b g",
            "1 {\"k\":2}",
            "1 end",
            "2 call c h",
            "2 {}",
            "2 end",
            "finish tool_calls",
        ]
    );
}

#[test]
fn edge_081_names_are_buffered_until_known() {
    let seen = calls(
        &[
            (Some(0), "a", "", "{\"k\""),
            (Some(0), "a", "get_", ""),
            (Some(1), "b", "get_", ""),
            (Some(1), "b", "weather", ""),
            (Some(1), "", "get_weather", "{}"),
        ],
        FinishReason::ToolCalls,
    );
    assert_eq!(
        seen,
        [
            "start x",
            "0 call a get_",
            "0 {\"k\"",
            "1 call b get_weather",
            "0 end",
            "1 {}",
            "1 end",
            "finish tool_calls",
        ]
    );
}

#[test]
fn edge_082_a_repeated_copy_of_the_arguments_is_dropped() {
    let seen = calls(
        &[
            (Some(0), "a", "f", "{\"k\":"),
            (Some(0), "", "", "1}"),
            (Some(0), "", "", "{\"k\":1}"),
            (Some(0), "a", "f", "{\"k\": 1}"),
            (Some(0), "", "", " trailing"),
        ],
        FinishReason::ToolCalls,
    );
    assert_eq!(
        seen,
        [
            "start x",
            "0 call a f",
            "0 {\"k\":",
            "0 1}",
            "loss tool_calls.arguments",
            "0 end",
            "finish tool_calls",
        ]
    );
}

#[test]
fn edge_083_a_placeholder_is_replaced_by_the_real_arguments() {
    let seen = calls(
        &[
            (Some(0), "a", "f", "{}"),
            (Some(0), "", "", "{\"k\":"),
            (Some(0), "", "", "1}"),
        ],
        FinishReason::ToolCalls,
    );
    assert_eq!(
        seen,
        [
            "start x",
            "0 call a f",
            "0 {\"k\":",
            "0 1}",
            "0 end",
            "finish tool_calls",
        ]
    );
}

#[test]
fn interleaved_calls_stay_open_until_they_are_complete() {
    let seen = calls(
        &[
            (Some(0), "a", "f", "{\"k\":"),
            (Some(1), "b", "g", "{\"k\":"),
            (Some(0), "", "", "1}"),
            (Some(1), "", "", "2}"),
        ],
        FinishReason::Length,
    );
    assert_eq!(
        seen,
        [
            "start x",
            "0 call a f",
            "0 {\"k\":",
            "1 call b g",
            "1 {\"k\":",
            "0 1}",
            "1 2}",
            "0 end",
            "1 end",
            "finish length",
        ]
    );
}

#[test]
fn ids_are_made_up_where_they_are_missing_or_used_twice() {
    let seen = calls(
        &[
            (Some(0), "a", "f", "{}"),
            (Some(1), "a", "f", "{}"),
            (None, "", "g", "{}"),
        ],
        FinishReason::Stop,
    );
    assert_eq!(
        seen,
        [
            "start x",
            "0 call a f",
            "0 {}",
            "0 end",
            "1 call call_x_1 f",
            "1 {}",
            "1 end",
            "2 call call_x_2 g",
            "2 {}",
            "2 end",
            "finish tool_calls",
        ]
    );
}

#[test]
fn another_id_in_every_fragment_is_still_one_call() {
    let seen = calls(
        &[
            (Some(0), "r1", "f", ""),
            (Some(0), "r2", "", "{\"k\":"),
            (Some(0), "r3", "", "1}"),
        ],
        FinishReason::ToolCalls,
    );
    assert_eq!(seen[1], "0 call r1 f");
    assert_eq!(seen.len(), 6, "{seen:?}");
}

#[test]
fn text_after_a_complete_call_finds_it_closed() {
    let mut parts = parts();
    let mut out = Events::new();
    parts.text("a", &mut out);
    let fragment = CallFragment {
        id: Some("i"),
        name: Some("f"),
        arguments: "{\"k\":1}",
        ..CallFragment::default()
    };
    parts.call(fragment, &mut out);
    parts.text("b", &mut out);
    parts.call(fragment, &mut out);
    parts.error(ApiError::invalid_request("cut"), &mut out);
    assert_eq!(
        shown(&out),
        [
            "start x",
            "0 text",
            "0 a",
            "0 end",
            "1 call i f",
            "1 {\"k\":1}",
            "1 end",
            "2 text",
            "2 b",
            "2 end",
            "error cut",
        ]
    );
}

#[test]
fn a_call_without_a_name_is_reported() {
    assert_eq!(
        calls(&[(Some(0), "a", "", "{}")], FinishReason::ToolCalls),
        ["start x", "loss tool_calls.name", "finish stop"]
    );
}

#[test]
fn provider_state_finds_a_part() {
    let opaque = |value: &str| Opaque {
        owner: crate::Protocol::OpenAiChat,
        kind: OpaqueKind::Signature,
        value: value.to_owned(),
        id: None,
    };
    let mut parts = parts();
    let mut out = Events::new();
    parts.reasoning("hm", &mut out);
    parts.opaque(opaque("1"), &mut out);
    parts.opaque(opaque("2"), &mut out);
    parts.refusal("no", &mut out);
    parts.finish(Finish::new(FinishReason::Stop, None), &mut out);
    assert_eq!(
        shown(&out),
        [
            "start x",
            "0 reasoning",
            "0 hm",
            "0 opaque 1",
            "0 end",
            "1 reasoning",
            "1 opaque 2",
            "1 end",
            "2 refusal",
            "2 no",
            "2 end",
            "finish content_filter",
        ]
    );
}

#[test]
fn an_id_that_a_call_before_learns_late_is_not_given_out_twice() {
    let seen = calls(
        &[
            (Some(0), "", "", ""),
            (Some(1), "b", "f", "{}"),
            (Some(0), "b", "f", "{}"),
        ],
        FinishReason::ToolCalls,
    );
    let begun: Vec<_> = seen
        .iter()
        .filter(|event| event.contains(" call "))
        .collect();
    assert_eq!(begun, ["0 call b f", "1 call call_x_0 f"]);
}

/// Any piece of a reply, sensible or not.
#[derive(Clone, Debug)]
enum Any {
    Call(Option<u64>, &'static str, &'static str, &'static str),
    Opaque,
    Reasoning,
    Text(&'static str),
}

fn any() -> impl Strategy<Value = Any> {
    let slot = prop::option::of(0..2_u64);
    let id = prop::sample::select(vec!["", "a", "b"]);
    let name = prop::sample::select(vec!["", "f", "fg", "g"]);
    let arguments =
        prop::sample::select(vec!["", "{", "}", "{}", "\"k\":1", "{\"k\":1}", " ", "x"]);
    prop_oneof![
        6 => (slot, id, name, arguments).prop_map(|(slot, id, name, arguments)| {
            Any::Call(slot, id, name, arguments)
        }),
        1 => Just(Any::Opaque),
        1 => Just(Any::Reasoning),
        2 => prop::sample::select(vec!["", "t"]).prop_map(Any::Text),
    ]
}

proptest! {
    #[test]
    fn any_pieces_keep_the_grammar(pieces in prop::collection::vec(any(), 0..24), fails in any_of::<bool>()) {
        let mut parts = parts();
        let mut out = Events::new();
        for piece in pieces {
            match piece {
                Any::Call(slot, id, name, arguments) => {
                    let fragment = CallFragment { slot, id: Some(id), name: Some(name), arguments };
                    parts.call(fragment, &mut out);
                }
                Any::Opaque => parts.opaque(
                    Opaque {
                        owner: crate::Protocol::OpenAiChat,
                        kind: OpaqueKind::Content,
                        value: "o".to_owned(),
                        id: None,
                    },
                    &mut out,
                ),
                Any::Reasoning => parts.reasoning("r", &mut out),
                Any::Text(text) => parts.text(text, &mut out),
            }
        }
        if fails {
            parts.error(ApiError::invalid_request("cut"), &mut out);
        } else {
            parts.finish(Finish::new(FinishReason::Stop, None), &mut out);
        }
        prop_assert_eq!(crate::canonical::Grammar::check(&out), Ok(()));
        let ids: Vec<&String> = out
            .iter()
            .filter_map(|(_, event)| match event {
                Event::PartStart { part: PartKind::ToolCall { id, .. }, .. } => Some(id),
                _ => None,
            })
            .collect();
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        prop_assert_eq!(distinct.len(), ids.len(), "ids are told apart");
        let called = out.last().is_some_and(|(_, event)| {
            matches!(event, Event::Finish(finish) if finish.reason == FinishReason::ToolCalls)
        });
        prop_assert_eq!(called, !fails && !ids.is_empty());
    }
}

#[test]
fn an_image_is_a_part_between_others() {
    let image = || Media {
        source: crate::canonical::MediaSource::Base64("AA==".into()),
        media_type: None,
        name: None,
        detail: None,
    };
    let mut parts = parts();
    let mut out = Events::new();
    parts.text("a", &mut out);
    parts.image(image(), &mut out);
    parts.text("b", &mut out);
    parts.finish(Finish::new(FinishReason::Stop, None), &mut out);
    parts.image(image(), &mut out);
    assert_eq!(
        shown(&out),
        [
            "start x",
            "0 text",
            "0 a",
            "0 end",
            "1 image",
            "1 end",
            "2 text",
            "2 b",
            "2 end",
            "finish stop"
        ]
    );
    assert_eq!(crate::canonical::Grammar::check(&out), Ok(()));
    let delta = Delta::Text("b".to_owned());
    out.insert(5, (0, Event::PartDelta { index: 1, delta }));
    assert!(crate::canonical::Grammar::check(&out).is_err());
}
