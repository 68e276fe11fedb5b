//! Watches one reply, and keeps what its tool calls will need once it has ended well.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use protocol::canonical::{Choice, Delta, Event, FinishReason, Note, Opaque, PartKind, Request};

use super::{Call, Owner, Piece, Vault, place::Places};

/// Reads the request that a reply answers; asked only when there is something to keep.
pub(crate) type Asked = Box<dyn Fn() -> Option<Arc<Request>> + Send + Sync>;

pub(crate) struct Witness {
    vault: Arc<Vault>,
    owner: Owner,
    asked: Asked,
    places: OnceLock<Option<Places>>,
    choices: HashMap<Choice, Watched>,
}

/// What was seen of one answer.
#[derive(Default)]
struct Watched {
    parts: Vec<Seen>,
    /// How many parts there were before something that is none.
    until_gap: Option<usize>,
}

/// A part of the reply, at its index.
enum Seen {
    Call {
        id: String,
        name: String,
        arguments: String,
    },
    /// Something whose state is its own.
    Drawn,
    Reasoning(String, Option<Opaque>),
    Text,
}

impl Witness {
    pub(crate) fn new(vault: &Arc<Vault>, owner: Owner, asked: Asked) -> Self {
        Self {
            vault: Arc::clone(vault),
            owner,
            asked,
            places: OnceLock::new(),
            choices: HashMap::new(),
        }
    }

    pub(crate) fn observe(&mut self, events: &[(Choice, Event)]) {
        for (choice, event) in events {
            match event {
                Event::PartStart { part, .. } => {
                    let seen = match part {
                        PartKind::Image(_) => {
                            let watched = self.choices.entry(*choice).or_default();
                            watched.until_gap.get_or_insert(watched.parts.len());
                            Seen::Drawn
                        }
                        PartKind::Reasoning => Seen::Reasoning(String::new(), None),
                        PartKind::Refusal | PartKind::Text => Seen::Text,
                        PartKind::ToolCall { id, name } => Seen::Call {
                            id: id.clone(),
                            name: name.clone(),
                            arguments: String::new(),
                        },
                    };
                    self.choices.entry(*choice).or_default().parts.push(seen);
                }
                Event::PartDelta { index, delta } => {
                    let watched = self.choices.get_mut(choice);
                    let part = watched.and_then(|watched| watched.parts.get_mut(*index));
                    match (part, delta) {
                        (Some(Seen::Reasoning(_, opaque)), Delta::Opaque(state)) => {
                            self.vault.made(&self.owner, &state.value);
                            *opaque = Some(state.clone());
                        }
                        (Some(Seen::Reasoning(text, _)), Delta::Text(fragment)) => {
                            text.push_str(fragment);
                        }
                        (Some(Seen::Call { arguments, .. }), Delta::Arguments(fragment)) => {
                            arguments.push_str(fragment);
                        }
                        (_, Delta::Arguments(_) | Delta::Opaque(_) | Delta::Text(_)) => {}
                    }
                }
                Event::Finish(finish) if finish.reason != FinishReason::Error => {
                    let mut watched = self.choices.remove(choice).unwrap_or_default();
                    // What led to the calls behind it, and what only to itself, nobody can tell.
                    let known = watched.until_gap.unwrap_or(watched.parts.len());
                    watched.parts.truncate(known);
                    self.keep(watched.parts);
                }
                Event::Loss(loss) if loss.is_gap() => {
                    let watched = self.choices.entry(*choice).or_default();
                    watched.until_gap.get_or_insert(watched.parts.len());
                }
                Event::Note(note) if matches!(**note, Note::Search(_)) => {
                    let watched = self.choices.entry(*choice).or_default();
                    watched.until_gap.get_or_insert(watched.parts.len());
                }
                Event::Error(_)
                | Event::Finish(_)
                | Event::Loss(_)
                | Event::Note(_)
                | Event::PartEnd { .. }
                | Event::Ping
                | Event::Start { .. }
                | Event::Usage(_) => {}
            }
        }
    }

    fn keep(&self, parts: Vec<Seen>) {
        let mut pieces = Vec::new();
        let mut behind_text = false;
        let mut calls = 0;
        for part in parts {
            match part {
                Seen::Call {
                    id,
                    name,
                    arguments,
                } => {
                    let pieces: Vec<Piece> = std::mem::take(&mut pieces);
                    if !pieces.is_empty() {
                        let place = self
                            .places()
                            .map(|places| places.place(places.calls + calls, &name, &arguments));
                        let call = Call { id, name, place };
                        self.vault.put(&self.owner, call, pieces);
                    }
                    behind_text = false;
                    calls += 1;
                }
                Seen::Reasoning(text, opaque) => {
                    if opaque.is_some() || !text.is_empty() {
                        pieces.push(Piece {
                            text,
                            opaque,
                            behind_text,
                        });
                    }
                }
                Seen::Drawn => {}
                Seen::Text => behind_text = true,
            }
        }
    }

    fn places(&self) -> Option<&Places> {
        let places = self
            .places
            .get_or_init(|| (self.asked)().map(|request| Places::of(&request)));
        places.as_ref()
    }
}
