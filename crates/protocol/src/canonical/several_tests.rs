//! Streams that interleave, end, and fail, as one reply that keeps the grammar.

use proptest::prelude::*;

use super::*;
use crate::{
    ExchangeId, Protocol,
    canonical::{Delta, ErrorKind, Grammar, PartKind},
    upstream_codec,
};

fn stream(words: &str, output: u64) -> String {
    let delta = |delta: &str, finish: &str| {
        format!(
            "data: {{\"id\":\"r\",\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
        )
    };
    let mut text = String::new();
    for word in words.split_inclusive(' ') {
        text += &delta(&format!("{{\"content\":\"{word}\"}}"), "null");
    }
    text += &delta("{}", "\"stop\"");
    text += &format!(
        "data: {{\"id\":\"r\",\"choices\":[],\"usage\":{{\"prompt_tokens\":5,\"completion_tokens\":{output}}}}}\n\n"
    );
    text + "data: [DONE]\n\n"
}

fn several(count: usize) -> Several {
    let codec = upstream_codec(Protocol::OpenAiChat);
    let exchange = ExchangeId("x".to_owned());
    Several::new((0..count).map(|_| codec.event_decoder(&exchange)).collect())
}

/// Feeds the streams piece by piece, in an order of one's choice.
fn told(streams: &[String], pieces: &[(usize, usize)]) -> Events {
    let mut decoder = several(streams.len());
    let mut out = Events::new();
    let mut read = vec![0; streams.len()];
    let turns = pieces.iter().copied();
    for (at, size) in turns.chain((0..streams.len()).map(|at| (at, usize::MAX))) {
        let at = at % streams.len();
        let rest = &streams[at].as_bytes()[read[at]..];
        let size = size.min(rest.len());
        read[at] += size;
        decoder.push(&Several::chunk(at as u8, &rest[..size]), &mut out);
        if read[at] == streams[at].len() {
            decoder.push(&Several::end(at as u8), &mut out);
        }
    }
    decoder.finish(&mut out);
    out
}

fn checked(events: &Events) -> Events {
    Grammar::check(events).unwrap();
    events.clone()
}

proptest! {
    #[test]
    fn edge_091_replies_that_interleave_are_the_choices_of_one(
        pieces in prop::collection::vec((0usize..3, 0usize..90), 0..40),
    ) {
        let streams = [stream("one two", 2), stream("three", 3), stream("", 4)];
        let events = checked(&told(&streams, &pieces));
        let reply = Response::from_events(events).unwrap();
        let texts: Vec<_> = reply.answers.iter().map(|answer| answer.parts.clone()).collect();
        let text = |words: &str| vec![crate::canonical::Part::Text(words.to_owned())];
        prop_assert_eq!(texts, vec![text("one two"), text("three"), vec![]]);
        let usage = reply.usage.unwrap();
        prop_assert_eq!((usage.input, usage.output), (Some(15), Some(9)));
    }

    #[test]
    fn one_that_is_cut_fails_them_all(
        cut in 0usize..400, pieces in prop::collection::vec((0usize..2, 0usize..90), 0..20),
    ) {
        let mut streams = [stream("one two", 2), stream("three", 3)];
        let at = streams[1].find("\"stop\"").unwrap().min(cut);
        streams[1].truncate(at);
        let events = checked(&told(&streams, &pieces));
        prop_assert!(Response::from_events(events).is_err());
    }
}

#[test]
fn whole_replies_are_added_up() {
    let codec = upstream_codec(Protocol::OpenAiChat);
    let exchange = ExchangeId("x".to_owned());
    let reply = |text: &str| {
        let body = format!(
            "{{\"id\":\"r\",\"model\":\"m\",\"choices\":[{{\"index\":0,\"message\":{{\"content\":\"{text}\"}},\"finish_reason\":\"stop\"}}],\"usage\":{{\"prompt_tokens\":5,\"completion_tokens\":2}}}}"
        );
        codec.decode_response(body.as_bytes(), &exchange).unwrap()
    };
    // It was asked for one.
    let mut first = reply("a");
    first.answers.extend(reply("c").answers);
    let merged = Response::of_several(vec![first, reply("b")]).unwrap();
    assert_eq!(merged.answers.len(), 2);
    let usage = merged.usage.unwrap();
    assert_eq!((usage.input, usage.output), (Some(10), Some(4)));
    assert!(Response::of_several(Vec::new()).is_none());
}

#[test]
fn it_waits_for_end_marks_once_every_reply_has_said_how_it_ends() {
    let mut decoder = several(2);
    let text = stream("one", 1);
    let (unmarked, _) = text.split_once("data: [DONE]").unwrap();
    let mut waits = |chunk: Bytes| {
        decoder.push(&chunk, &mut Events::new());
        decoder.awaits_end_mark()
    };
    assert!(!waits(Several::chunk(0, unmarked.as_bytes())));
    assert!(waits(Several::chunk(1, unmarked.as_bytes())));
    assert!(waits(Several::end(0)));
    assert!(!waits(Several::end(1)));
}

#[test]
fn nothing_follows_a_failure() {
    let mut decoder = several(2);
    let mut out = Events::new();
    let text = stream("one", 1);
    let (first, rest) = text.split_once("\n\n").unwrap();
    decoder.push(
        &Several::chunk(0, format!("{first}\n\n").as_bytes()),
        &mut out,
    );
    decoder.push(&Several::end(1), &mut out);
    let before = out.len();
    decoder.push(&Several::chunk(0, rest.as_bytes()), &mut out);
    decoder.finish(&mut out);
    assert_eq!(out.len(), before);
    let kinds: Vec<_> = out.iter().map(|(choice, event)| (*choice, event)).collect();
    assert!(
        matches!(
            kinds.as_slice(),
            [
                (0, Event::Start { .. }),
                (1, Event::Start { .. }),
                (0, Event::PartStart { part: PartKind::Text, .. }),
                (0, Event::PartDelta { delta: Delta::Text(_), .. }),
                (0, Event::PartEnd { .. }),
                (0, Event::Error(error)),
            ] if error.kind == ErrorKind::ProviderFault
        ),
        "{kinds:?}"
    );
}
