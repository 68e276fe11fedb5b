//! Keeps reasoning from clients that did not ask to see it, and that may take the first part of a reply for the answer.
//! Only they do not get it: the log and what goes back to the provider have it whole.

use std::{borrow::Cow, collections::BTreeSet, time::Duration};

use bytes::{Bytes, BytesMut};

use super::{Choice, Delta, Event, Losses, OpaqueKind, Part, PartKind, Response};
use crate::{EventEncoder, Place};

/// How much of a reply's reasoning a client is to see.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Shown {
    #[default]
    All,
    Nothing,
    /// State that stands for itself; a proof of words goes with the words.
    State,
}

impl Shown {
    fn hides(self, delta: &Delta) -> bool {
        match (self, delta) {
            (Self::All, _) => false,
            (Self::State, Delta::Opaque(opaque)) => opaque.kind == OpaqueKind::Signature,
            (Self::Nothing | Self::State, _) => true,
        }
    }

    /// As much of a reply.
    pub(crate) fn of(self, response: &Response) -> Cow<'_, Response> {
        if self == Self::All {
            return Cow::Borrowed(response);
        }
        let mut shown = response.clone();
        for answer in &mut shown.answers {
            let mut stays = Vec::with_capacity(answer.parts.len());
            answer.parts.retain_mut(|part| {
                let part_stays = match part {
                    Part::Reasoning { text, opaque } => {
                        text.clear();
                        let is_state = |opaque: &super::Opaque| opaque.kind == OpaqueKind::Content;
                        self == Self::State && opaque.as_ref().is_some_and(is_state)
                    }
                    Part::File(_)
                    | Part::Image(_)
                    | Part::Refusal(_)
                    | Part::Text(_)
                    | Part::ToolCall { .. }
                    | Part::ToolResult { .. } => true,
                };
                stays.push(part_stays);
                part_stays
            });
            for (before, _) in &mut answer.notes.searches {
                *before = stays.iter().take(*before).filter(|stays| **stays).count();
            }
        }
        Cow::Owned(shown)
    }

    /// As much of a stream.
    pub(crate) fn before(self, inner: Box<dyn EventEncoder>) -> Box<dyn EventEncoder> {
        if self == Self::All {
            return inner;
        }
        Box::new(Veil {
            shown: self,
            inner,
            reasoning: BTreeSet::new(),
        })
    }
}

struct Veil {
    shown: Shown,
    inner: Box<dyn EventEncoder>,
    reasoning: BTreeSet<(Choice, usize)>,
}

impl EventEncoder for Veil {
    fn push(&mut self, choice: Choice, event: &Event, out: &mut BytesMut, losses: &mut Losses) {
        match event {
            Event::PartStart {
                index,
                part: PartKind::Reasoning,
            } => {
                self.reasoning.insert((choice, *index));
            }
            Event::PartDelta { index, delta }
                if self.reasoning.contains(&(choice, *index)) && self.shown.hides(delta) =>
            {
                return;
            }
            Event::Error(_)
            | Event::Finish(_)
            | Event::Loss(_)
            | Event::Note(_)
            | Event::PartDelta { .. }
            | Event::PartEnd { .. }
            | Event::PartStart { .. }
            | Event::Ping
            | Event::Start { .. }
            | Event::Usage(_) => {}
        }
        self.inner.push(choice, event, out, losses);
    }

    fn at(&mut self, elapsed: Duration) {
        self.inner.at(elapsed);
    }

    fn follows(&mut self, place: &Place) {
        self.inner.follows(place);
    }

    fn ends(&mut self, out: &mut BytesMut, losses: &mut Losses) {
        self.inner.ends(out, losses);
    }

    fn keep_alive(&mut self) -> Option<Bytes> {
        self.inner.keep_alive()
    }

    fn whole(&mut self) -> Option<Bytes> {
        self.inner.whole()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{
        Protocol,
        canonical::{Finish, FinishReason, Note, Opaque, Search},
    };

    struct Heard(Arc<Mutex<Vec<Event>>>);

    impl EventEncoder for Heard {
        fn push(&mut self, _: Choice, event: &Event, _: &mut BytesMut, _: &mut Losses) {
            self.0.lock().unwrap().push(event.clone());
        }
    }

    fn state(kind: OpaqueKind) -> Opaque {
        Opaque {
            owner: Protocol::Gemini,
            kind,
            value: "s".to_owned(),
            id: None,
        }
    }

    #[test]
    fn edge_071_only_who_asks_for_reasoning_sees_it() {
        let delta = |index, delta| Event::PartDelta { index, delta };
        let mut events = vec![Event::Start {
            id: "r".to_owned(),
            model: "m".to_owned(),
        }];
        for (index, kind) in [(0, OpaqueKind::Content), (1, OpaqueKind::Signature)] {
            let part = PartKind::Reasoning;
            events.push(Event::PartStart { index, part });
            events.push(delta(index, Delta::Text("thought".to_owned())));
            events.push(delta(index, Delta::Opaque(state(kind))));
            events.push(Event::PartEnd { index });
        }
        events.push(Event::Note(Box::new(Note::Search(Search::default()))));
        let part = PartKind::Text;
        events.push(Event::PartStart { index: 2, part });
        events.push(delta(2, Delta::Text("said".to_owned())));
        events.push(Event::PartEnd { index: 2 });
        events.push(Event::Finish(Finish::new(FinishReason::Stop, None)));
        let whole = events.iter().map(|event| (0, event.clone())).collect();
        let whole = Response::from_events(whole).unwrap();

        for (shown, states, parts) in [(Shown::Nothing, 0, 1), (Shown::State, 1, 2)] {
            let heard = Arc::new(Mutex::new(Vec::new()));
            let mut encoder = shown.before(Box::new(Heard(Arc::clone(&heard))));
            for event in &events {
                encoder.push(0, event, &mut BytesMut::new(), &mut Losses::default());
            }
            let deltas: Vec<Event> = heard
                .lock()
                .unwrap()
                .iter()
                .filter(|event| matches!(event, Event::PartDelta { .. }))
                .cloned()
                .collect();
            let mut expected = vec![delta(0, Delta::Opaque(state(OpaqueKind::Content)))];
            expected.truncate(states);
            expected.push(delta(2, Delta::Text("said".to_owned())));
            assert_eq!(deltas, expected);
            let answers = &shown.of(&whole).answers;
            assert_eq!(answers[0].parts.len(), parts);
            // It was made before the text.
            assert_eq!(answers[0].notes.searches, [(parts - 1, Search::default())]);
        }
    }
}
