//! What was asked for beside the words of a reply, and may not come: then somebody has to say so.

use std::collections::BTreeSet;

use super::{Choice, Delta, Event, Events, FinishReason, Loss, LossKind, Note, PartKind, Request};

/// The probabilities of a reply's words.
#[derive(Debug)]
pub(super) struct Awaited {
    /// What is told when they do not come: once.
    loss: Option<Loss>,
    /// The texts that are open or over, none of them reasoning.
    texts: BTreeSet<(Choice, usize)>,
    spoke: BTreeSet<Choice>,
    came: BTreeSet<Choice>,
}

/// The loss of probabilities that `request` asks for.
pub(super) fn of(request: &Request) -> Option<Loss> {
    request.sampling.logprobs.map(|_| Loss {
        field: request.own_fields.path("logprobs").into_owned(),
        kind: LossKind::Dropped,
        why: "was asked for, and the provider gave none".to_owned(),
    })
}

impl Awaited {
    pub(super) fn new(loss: Option<Loss>) -> Self {
        Self {
            loss,
            texts: BTreeSet::new(),
            spoke: BTreeSet::new(),
            came: BTreeSet::new(),
        }
    }

    pub(super) fn apply(&mut self, events: &mut Events) {
        if self.loss.is_none() {
            return;
        }
        for (choice, event) in std::mem::take(events) {
            match &event {
                Event::Note(note) => {
                    if matches!(&**note, Note::Logprobs(likely) if !likely.is_empty()) {
                        self.came.insert(choice);
                    }
                }
                Event::PartStart { index, part } => {
                    if matches!(part, PartKind::Refusal | PartKind::Text) {
                        self.texts.insert((choice, *index));
                    }
                }
                Event::PartDelta { index, delta } => {
                    if matches!(delta, Delta::Text(_)) && self.texts.contains(&(choice, *index)) {
                        self.spoke.insert(choice);
                    }
                }
                Event::Finish(finish) => {
                    let lacks = self.spoke.contains(&choice) && !self.came.contains(&choice);
                    if lacks && finish.reason != FinishReason::Error {
                        events.extend(self.loss.take().map(|loss| (choice, Event::Loss(loss))));
                    }
                }
                Event::Error(_)
                | Event::Loss(_)
                | Event::PartEnd { .. }
                | Event::Ping
                | Event::Start { .. }
                | Event::Usage(_) => {}
            }
            events.push((choice, event));
        }
    }
}
