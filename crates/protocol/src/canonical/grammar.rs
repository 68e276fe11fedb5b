//! The event grammar as a machine, so that every test holds every decoder to the same words.

use std::collections::BTreeMap;

use super::{Choice, Delta, Event, OpaqueKind, PartKind};

/// How events broke the grammar.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{what} (choice {choice})")]
pub struct Breach {
    pub choice: Choice,
    pub what: &'static str,
}

/// Follows one reply from its first event to its last.
#[derive(Debug, Default)]
pub struct Grammar {
    choices: BTreeMap<Choice, State>,
    failed: bool,
}

#[derive(Debug, Default)]
struct State {
    started: bool,
    finished: bool,
    /// Every part so far; `None` once closed.
    parts: Vec<Option<OpenPart>>,
}

#[derive(Debug)]
struct OpenPart {
    kind: PartKind,
    opaque: Vec<OpaqueKind>,
}

impl Grammar {
    /// Checks a whole reply.
    ///
    /// # Errors
    /// The first breach.
    pub fn check(events: &[(Choice, Event)]) -> Result<(), Breach> {
        let mut grammar = Self::default();
        for (choice, event) in events {
            grammar.push(*choice, event)?;
        }
        grammar.finish()
    }

    /// # Errors
    /// What `event` breaks by coming here.
    pub fn push(&mut self, choice: Choice, event: &Event) -> Result<(), Breach> {
        if self.failed {
            return Err(Breach {
                choice,
                what: "an event follows an error",
            });
        }
        if matches!(event, Event::Error(_)) {
            self.failed = true;
            let left_open = self.choices.iter().find(|(_, state)| state.has_open_part());
            return match left_open {
                Some((&choice, _)) => Err(Breach {
                    choice,
                    what: "an error comes while a part is open",
                }),
                None => Ok(()),
            };
        }
        let state = self.choices.entry(choice).or_default();
        state.push(event).map_err(|what| Breach { choice, what })
    }

    /// # Errors
    /// When the reply stops before its end.
    pub fn finish(self) -> Result<(), Breach> {
        if self.failed {
            return Ok(());
        }
        if self.choices.is_empty() {
            return Err(Breach {
                choice: 0,
                what: "there is no event at all",
            });
        }
        match self.choices.iter().find(|(_, state)| !state.finished) {
            Some((&choice, _)) => Err(Breach {
                choice,
                what: "neither a finish nor an error came",
            }),
            None => Ok(()),
        }
    }
}

impl State {
    fn has_open_part(&self) -> bool {
        self.parts.iter().any(Option::is_some)
    }

    fn push(&mut self, event: &Event) -> Result<(), &'static str> {
        if self.finished {
            return Err("an event follows a finish");
        }
        if !self.started && !matches!(event, Event::Start { .. }) {
            return Err("an event comes before the start");
        }
        match event {
            Event::Start { id, .. } => {
                if std::mem::replace(&mut self.started, true) {
                    return Err("there is a second start");
                }
                if id.is_empty() {
                    return Err("a reply has no id");
                }
            }
            Event::PartStart { index, part } => {
                if *index != self.parts.len() {
                    return Err("an index is out of order");
                }
                if matches!(part, PartKind::ToolCall { id, .. } if id.is_empty()) {
                    return Err("a tool call has no id");
                }
                self.parts.push(Some(OpenPart {
                    kind: part.clone(),
                    opaque: Vec::new(),
                }));
            }
            Event::PartDelta { index, delta } => match self.parts.get_mut(*index) {
                Some(Some(part)) => part.push(delta)?,
                _ => return Err("a delta is for a part that is not open"),
            },
            Event::PartEnd { index } => {
                let part = self.parts.get_mut(*index).and_then(Option::take);
                if part.is_none() {
                    return Err("a part ends that is not open");
                }
            }
            Event::Finish(_) => {
                if self.has_open_part() {
                    return Err("a finish comes while a part is open");
                }
                self.finished = true;
            }
            Event::Error(_) | Event::Loss(_) | Event::Note(_) | Event::Ping | Event::Usage(_) => {}
        }
        Ok(())
    }
}

impl OpenPart {
    fn push(&mut self, delta: &Delta) -> Result<(), &'static str> {
        let is_tool_call = matches!(self.kind, PartKind::ToolCall { .. });
        match delta {
            _ if matches!(self.kind, PartKind::Image(_)) => Err("something is added to an image"),
            Delta::Arguments(_) if !is_tool_call => Err("arguments come outside a tool call"),
            Delta::Text(_) if is_tool_call => Err("text comes inside a tool call"),
            Delta::Text(text) if text.is_empty() => Err("a text fragment is empty"),
            Delta::Opaque(opaque) if self.opaque.contains(&opaque.kind) => {
                Err("a part has two opaque values of one kind")
            }
            Delta::Opaque(opaque) => {
                self.opaque.push(opaque.kind);
                Ok(())
            }
            Delta::Arguments(_) | Delta::Text(_) => Ok(()),
        }
    }
}
