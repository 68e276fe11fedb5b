//! A reply is the fold of its events, however they come.

use std::collections::HashMap;

use proptest::prelude::*;
use protocol::canonical::{ErrorKind, Event, Grammar, Part, Response, Undo};

use crate::arbitrary;

proptest! {
    #![proptest_config(crate::cases(256))]

    #[test]
    fn folding_undoes_unfolding(response in arbitrary::response()) {
        let events = response.clone().into_events();
        prop_assert_eq!(Grammar::check(&events), Ok(()));
        prop_assert_eq!(Response::from_events(events), Ok(response));
    }

    #[test]
    fn pieces_and_their_order_do_not_matter((response, events) in arbitrary::events()) {
        prop_assert_eq!(Grammar::check(&events), Ok(()));
        prop_assert_eq!(Response::from_events(events), Ok(response));
    }

    #[test]
    fn a_reply_without_its_end_is_no_reply(
        (_, mut events) in arbitrary::events(),
        at in any::<prop::sample::Index>(),
    ) {
        // Of several answers one may have ended before the next began.
        events.retain(|(choice, _)| *choice == 0);
        events.truncate(at.index(events.len()));
        prop_assert!(Grammar::check(&events).is_err());
        let error = Response::from_events(events).unwrap_err();
        prop_assert_eq!(error.kind, ErrorKind::ProviderFault);
    }

    #[test]
    fn the_grammar_notices_what_is_missing(
        (_, events) in arbitrary::events(),
        at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(events.len());
        let removed = events[at].1.clone();
        let is_structure = !matches!(
            removed,
            Event::Loss(_) | Event::Note(_) | Event::PartDelta { .. } | Event::Ping | Event::Usage(_)
        );
        let mut events = events;
        events.remove(at);
        prop_assert_eq!(Grammar::check(&events).is_err(), is_structure, "without {:?}", removed);
    }

    #[test]
    fn a_whole_reply_is_undone_like_its_events(
        (mut response, events) in arbitrary::events(),
        json_tool in any::<bool>(),
        fence in any::<bool>(),
    ) {
        let mut names = response.answers.iter().flat_map(|answer| &answer.parts).filter_map(|part| {
            match part {
                Part::ToolCall { name, .. } => Some(name.clone()),
                _ => None,
            }
        });
        let undo = Undo {
            fence,
            json_tool: names.next().filter(|_| json_tool),
            tool_names: names
                .map(|name| (name.clone(), format!("long.{name}")))
                .collect::<HashMap<_, _>>(),
            spent_ids: None,
        };
        let mut replay = undo.replay();
        let mut undone = Vec::new();
        for event in events {
            let mut batch = vec![event];
            replay.apply(&mut batch);
            undone.append(&mut batch);
        }
        prop_assert_eq!(Grammar::check(&undone), Ok(()));
        undo.apply(&mut response);
        prop_assert_eq!(Response::from_events(undone), Ok(response));
    }
}
