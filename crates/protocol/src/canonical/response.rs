//! A whole reply: the fold of its events.

use std::collections::BTreeMap;

use super::{
    ApiError, Choice, Delta, ErrorKind, Event, Events, Fault, Finish, Loss, LossKind, Notes,
    Opaque, Part, PartKind, Usage,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    pub id: String,
    pub model: String,
    /// One an answer asked for, in order of choice.
    pub answers: Vec<Answer>,
    /// `None` when the provider said nothing about tokens.
    pub usage: Option<Usage>,
    pub losses: Vec<Loss>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub parts: Vec<Part>,
    pub notes: Notes,
    pub finish: Finish,
}

impl Response {
    /// Folds a reply that ended well.
    ///
    /// # Errors
    /// The reply's own [`Event::Error`], or a provider fault when the events stop before a finish.
    pub fn from_events(events: Events) -> Result<Self, ApiError> {
        let mut fold = Fold::default();
        for (choice, event) in events {
            fold.push(choice, event)?;
        }
        fold.finish()
    }

    /// The events whose fold this is: each part whole, in one delta. What concerns the reply as a whole
    /// (losses, usage) goes with the first answer.
    pub fn into_events(self) -> Events {
        let mut events = Events::new();
        let mut losses = self.losses;
        let mut usage = self.usage;
        for (choice, answer) in (0..).zip(self.answers) {
            let mut push = |event| events.push((choice, event));
            push(Event::Start {
                id: self.id.clone(),
                model: self.model.clone(),
            });
            losses.drain(..).map(Event::Loss).for_each(&mut push);
            let mut shares = answer.notes.share_out(&answer.parts);
            let mut index = 0;
            for (part, mut share) in answer.parts.into_iter().zip(shares.of_parts) {
                share.before().for_each(&mut push);
                let Some((kind, deltas)) = taken_apart(part) else {
                    push(Event::Loss(Loss {
                        field: "content".to_owned(),
                        kind: LossKind::Dropped,
                        why: "holds something that no reply can carry".to_owned(),
                    }));
                    continue;
                };
                push(Event::PartStart { index, part: kind });
                for delta in deltas {
                    push(Event::PartDelta { index, delta });
                }
                share.behind().for_each(&mut push);
                push(Event::PartEnd { index });
                index += 1;
            }
            shares.rest.before().for_each(&mut push);
            shares.rest.behind().for_each(&mut push);
            usage.take().map(Event::Usage).map(&mut push);
            push(Event::Finish(answer.finish));
        }
        events
    }
}

/// A part as its kind and its deltas; `None` for parts that only requests hold.
fn taken_apart(part: Part) -> Option<(PartKind, Vec<Delta>)> {
    let text = |text: String| (!text.is_empty()).then_some(Delta::Text(text));
    let (kind, delta) = match part {
        Part::Reasoning {
            text: words,
            opaque,
        } => {
            let deltas = text(words).into_iter().chain(opaque.map(Delta::Opaque));
            return Some((PartKind::Reasoning, deltas.collect()));
        }
        Part::Refusal(words) => (PartKind::Refusal, text(words)),
        Part::Text(words) => (PartKind::Text, text(words)),
        Part::ToolCall {
            id,
            name,
            arguments,
        } => (
            PartKind::ToolCall { id, name },
            (!arguments.is_empty()).then_some(Delta::Arguments(arguments)),
        ),
        Part::Image(image) => (PartKind::Image(Box::new(image)), None),
        Part::File(_) | Part::ToolResult { .. } => return None,
    };
    Some((kind, delta.into_iter().collect()))
}

/// Collects events into a [`Response`], one at a time.
#[derive(Debug, Default)]
pub struct Fold {
    id: String,
    model: String,
    answers: BTreeMap<Choice, Unfinished>,
    usage: Option<Usage>,
    losses: Vec<Loss>,
}

#[derive(Debug, Default)]
struct Unfinished {
    parts: Vec<Part>,
    notes: Notes,
    finish: Option<Finish>,
}

impl Fold {
    /// # Errors
    /// The reply's own [`Event::Error`], or the failure that its finish stands for.
    pub fn push(&mut self, choice: Choice, event: Event) -> Result<(), ApiError> {
        match event {
            Event::Error(error) => return Err(error),
            Event::Finish(finish) => match finish.failure() {
                Some(failure) => return Err(failure),
                None => self.answer(choice).finish = Some(finish),
            },
            Event::Loss(loss) => self.losses.push(loss),
            Event::Note(note) => {
                let answer = self.answer(choice);
                answer.notes.add(*note, answer.parts.len());
            }
            Event::PartDelta { index, delta } => {
                let part = self.answer(choice).parts.get_mut(index);
                if let Some(lost) = part.and_then(|part| extend(part, delta)) {
                    self.losses.push(lost);
                }
            }
            Event::PartEnd { .. } | Event::Ping => {}
            Event::PartStart { part, .. } => self.answer(choice).parts.push(opened(part)),
            Event::Start { id, model } => {
                self.answer(choice);
                if self.id.is_empty() {
                    self.id = id;
                }
                if self.model.is_empty() {
                    self.model = model;
                }
            }
            Event::Usage(usage) => self.usage.get_or_insert_default().update(&usage),
        }
        Ok(())
    }

    /// # Errors
    /// A provider fault when the events stopped before a finish.
    pub fn finish(self) -> Result<Response, ApiError> {
        let cut = || {
            ApiError::new(
                ErrorKind::ProviderFault,
                Fault::Provider,
                "The provider's reply stopped before its end.",
            )
        };
        if self.answers.is_empty() {
            return Err(cut());
        }
        let answers = self.answers.into_values().map(|mut answer| {
            answer.notes.settle(answer.parts.len());
            Ok(Answer {
                parts: answer.parts,
                notes: answer.notes,
                finish: answer.finish.ok_or_else(cut)?,
            })
        });
        Ok(Response {
            answers: answers.collect::<Result<_, ApiError>>()?,
            id: self.id,
            model: self.model,
            usage: self.usage,
            losses: self.losses,
        })
    }

    fn answer(&mut self, choice: Choice) -> &mut Unfinished {
        self.answers.entry(choice).or_default()
    }
}

fn opened(kind: PartKind) -> Part {
    match kind {
        PartKind::Image(image) => Part::Image(*image),
        PartKind::Reasoning => Part::Reasoning {
            text: String::new(),
            opaque: None,
        },
        PartKind::Refusal => Part::Refusal(String::new()),
        PartKind::Text => Part::Text(String::new()),
        PartKind::ToolCall { id, name } => Part::ToolCall {
            id,
            name,
            arguments: String::new(),
        },
    }
}

/// Adds a delta to its part; returns what the part has no place for.
fn extend(part: &mut Part, delta: Delta) -> Option<Loss> {
    let homeless = |opaque: Opaque| {
        Some(Loss {
            field: "opaque".to_owned(),
            kind: LossKind::Dropped,
            why: format!(
                "state of {} came where no part can hold it",
                opaque.owner.word()
            ),
        })
    };
    match (part, delta) {
        (
            Part::ToolCall {
                arguments: whole, ..
            },
            Delta::Arguments(fragment) | Delta::Text(fragment),
        )
        | (
            Part::Reasoning { text: whole, .. } | Part::Refusal(whole) | Part::Text(whole),
            Delta::Arguments(fragment) | Delta::Text(fragment),
        ) => {
            whole.push_str(&fragment);
            None
        }
        (Part::Reasoning { opaque: place, .. }, Delta::Opaque(opaque)) => match place {
            Some(_) => homeless(opaque),
            None => {
                *place = Some(opaque);
                None
            }
        },
        (_, Delta::Opaque(opaque)) => homeless(opaque),
        (Part::File(_) | Part::Image(_) | Part::ToolResult { .. }, _) => None,
    }
}
