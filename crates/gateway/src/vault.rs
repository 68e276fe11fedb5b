//! What providers want back with a tool call's result, kept here for clients that cannot carry it:
//! signatures, encrypted reasoning, reasoning itself. In memory, for a while, and only for its owner.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::{
    Protocol,
    canonical::{
        Choice, Delta, Event, FinishReason, Losses, Message, Opaque, Part, PartKind, Request, Role,
        call_id,
    },
};
use tokio::time::Instant;

use crate::routing::Target;

/// An agent may be left alone over a night; what is older belongs to no conversation that goes on.
const LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// Of all that is kept; the oldest goes first.
const MAX_BYTES: usize = 32 << 20;

/// Whose state it is: nobody else can read it, and some refuse what is not theirs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Owner {
    provider: String,
    account: Option<String>,
    model: String,
}

impl Owner {
    pub(crate) fn of(target: &Target<'_>) -> Self {
        Self {
            provider: target.provider.id.clone(),
            account: target.account.map(|account| account.id.clone()),
            model: target.model.clone().into_owned(),
        }
    }
}

/// The reasoning that led to tool calls, by the id of the call.
#[derive(Default)]
pub(crate) struct Vault(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    kept: HashMap<String, Kept>,
    /// In order of age; an id that was kept anew is in it twice.
    order: VecDeque<(Instant, String)>,
    bytes: usize,
}

struct Kept {
    since: Instant,
    owner: Owner,
    pieces: Vec<Piece>,
    bytes: usize,
}

/// A part of reasoning, and its place in the message: before the text that leads to the call, or behind it.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    text: String,
    opaque: Option<Opaque>,
    behind_text: bool,
}

impl Piece {
    /// Whether a provider of `protocol` takes it back. `as_text`: it wants reasoning without proof, too.
    fn is_wanted(&self, protocol: Protocol, as_text: bool) -> bool {
        let is_own = |opaque: &Opaque| opaque.owner == protocol && !opaque.value.is_empty();
        self.opaque.as_ref().is_some_and(is_own) || as_text && !self.text.is_empty()
    }

    fn part(self) -> Part {
        Part::Reasoning {
            text: self.text,
            opaque: self.opaque,
        }
    }
}

impl Vault {
    fn put(&self, owner: &Owner, id: &str, pieces: Vec<Piece>) {
        let now = Instant::now();
        let id = call_id(id).into_owned();
        let held: usize = pieces.iter().map(bytes_of).sum();
        let bytes = held + id.len();
        let mut shelf = self.shelf();
        shelf.remove(&id);
        shelf.bytes += bytes;
        shelf.order.push_back((now, id.clone()));
        let kept = Kept {
            since: now,
            owner: owner.clone(),
            pieces,
            bytes,
        };
        shelf.kept.insert(id, kept);
        shelf.tidy(now);
    }

    /// The request with what its client left out, for a provider of `protocol`; `None` where nothing is
    /// missing. `as_text`: the model wants earlier reasoning back as text. State of others is taken out.
    pub(crate) fn restored(
        &self,
        request: &Request,
        owner: &Owner,
        protocol: Protocol,
        as_text: bool,
        losses: &mut Losses,
    ) -> Option<Request> {
        let mut shelf = self.shelf();
        shelf.tidy(Instant::now());
        if !request.messages.iter().any(|message| shelf.knows(message)) {
            return None;
        }
        let mut done: Vec<Message> = Vec::with_capacity(request.messages.len());
        let mut changed = false;
        for message in &request.messages {
            let mut mended = Mended {
                before: done.last_mut(),
                parts: Vec::with_capacity(message.parts.len()),
                segment: 0,
                changed: false,
            };
            for part in &message.parts {
                if let Part::ToolCall { id, .. } = part
                    && message.role == Role::Assistant
                {
                    if let Some(kept) = shelf.kept.get(&*call_id(id)) {
                        if kept.owner == *owner {
                            let wanted = |piece: &&Piece| piece.is_wanted(protocol, as_text);
                            let pieces = kept.pieces.iter().filter(wanted);
                            mended.put_back(pieces.cloned().collect(), protocol, losses);
                        } else {
                            mended.take_out(losses);
                        }
                    }
                    mended.parts.push(part.clone());
                    mended.segment = mended.parts.len();
                } else {
                    mended.parts.push(part.clone());
                }
            }
            changed |= mended.changed;
            let parts = mended.parts;
            done.push(Message {
                parts,
                role: message.role,
                name: message.name.clone(),
            });
        }
        changed.then(|| Request {
            messages: done,
            ..request.clone()
        })
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn knows(&self, message: &Message) -> bool {
        !self.kept.is_empty()
            && message.role == Role::Assistant
            && message.parts.iter().any(|part| match part {
                Part::ToolCall { id, .. } => self.kept.contains_key(&*call_id(id)),
                Part::File(_)
                | Part::Image(_)
                | Part::Reasoning { .. }
                | Part::Refusal(_)
                | Part::Text(_)
                | Part::ToolResult { .. } => false,
            })
    }

    fn remove(&mut self, id: &str) {
        if let Some(kept) = self.kept.remove(id) {
            self.bytes = self.bytes.saturating_sub(kept.bytes);
        }
    }

    /// Lets go of what is too old or too much.
    fn tidy(&mut self, now: Instant) {
        while let Some((since, _)) = self.order.front() {
            let is_old = now.saturating_duration_since(*since) > LIFE;
            if !is_old && self.bytes <= MAX_BYTES {
                return;
            }
            if let Some((since, id)) = self.order.pop_front()
                && self.kept.get(&id).is_some_and(|kept| kept.since == since)
            {
                self.remove(&id);
            }
        }
    }
}

fn bytes_of(piece: &Piece) -> usize {
    let opaque = piece.opaque.as_ref();
    piece.text.len() + opaque.map_or(0, |opaque| opaque.value.len())
}

/// A message of the assistant on its way to being whole.
struct Mended<'m> {
    /// The message before it, which clients that cut a turn in two put its text into.
    before: Option<&'m mut Message>,
    parts: Vec<Part>,
    /// Where the parts begin that stand before the next call and behind the last one.
    segment: usize,
    changed: bool,
}

impl Mended<'_> {
    fn put_back(&mut self, pieces: Vec<Piece>, protocol: Protocol, losses: &mut Losses) {
        let is_proof = |part: &Part| match part {
            Part::Reasoning {
                opaque: Some(opaque),
                ..
            } => opaque.owner == protocol && !opaque.value.is_empty(),
            _ => false,
        };
        let brought = self.parts.iter().skip(self.segment).any(is_proof);
        if pieces.is_empty() || brought {
            return;
        }
        // What the client shows of it is the same reasoning without its proof.
        let rest = self.parts.split_off(self.segment);
        let (behind, ahead): (Vec<_>, Vec<_>) =
            pieces.into_iter().partition(|piece| piece.behind_text);
        let ahead = ahead.into_iter().map(Piece::part);
        match &mut self.before {
            Some(before)
                if self.segment == 0
                    && before.role == Role::Assistant
                    && !before.parts.iter().any(is_call) =>
            {
                before.parts.retain(|part| !is_reasoning(part));
                before.parts.splice(0..0, ahead);
            }
            _ => self.parts.extend(ahead),
        }
        self.parts
            .extend(rest.into_iter().filter(|part| !is_reasoning(part)));
        self.parts.extend(behind.into_iter().map(Piece::part));
        self.changed = true;
        losses.repaired(
            "messages[].reasoning",
            "was not sent back by the client: what Patchbay had kept of it was put in",
        );
    }

    /// The call was another's, and so is the state that stands before it.
    fn take_out(&mut self, losses: &mut Losses) {
        for part in self.parts.iter_mut().skip(self.segment) {
            if let Part::Reasoning { opaque, .. } = part
                && opaque.take().is_some()
            {
                self.changed = true;
                losses.dropped(
                    "messages[].reasoning",
                    "has a proof that only the model it came from understands",
                );
            }
        }
    }
}

fn is_call(part: &Part) -> bool {
    matches!(part, Part::ToolCall { .. })
}

fn is_reasoning(part: &Part) -> bool {
    matches!(part, Part::Reasoning { .. })
}

/// Watches one reply, and keeps what its tool calls will need once it has ended well.
pub(crate) struct Witness {
    vault: Arc<Vault>,
    owner: Owner,
    choices: HashMap<Choice, Vec<Seen>>,
}

/// A part of the reply, at its index.
enum Seen {
    Call(String),
    Reasoning(String, Option<Opaque>),
    Text,
}

impl Witness {
    pub(crate) fn new(vault: &Arc<Vault>, owner: Owner) -> Self {
        Self {
            vault: Arc::clone(vault),
            owner,
            choices: HashMap::new(),
        }
    }

    pub(crate) fn observe(&mut self, events: &[(Choice, Event)]) {
        for (choice, event) in events {
            match event {
                Event::PartStart { part, .. } => {
                    let seen = match part {
                        PartKind::Reasoning => Seen::Reasoning(String::new(), None),
                        PartKind::Refusal | PartKind::Text => Seen::Text,
                        PartKind::ToolCall { id, .. } => Seen::Call(id.clone()),
                    };
                    self.choices.entry(*choice).or_default().push(seen);
                }
                Event::PartDelta { index, delta } => {
                    let parts = self.choices.get_mut(choice);
                    if let Some(Seen::Reasoning(text, opaque)) =
                        parts.and_then(|parts| parts.get_mut(*index))
                    {
                        match delta {
                            Delta::Opaque(state) => *opaque = Some(state.clone()),
                            Delta::Text(fragment) => text.push_str(fragment),
                            Delta::Arguments(_) => {}
                        }
                    }
                }
                Event::Finish(finish) if finish.reason != FinishReason::Error => {
                    let parts = self.choices.remove(choice).unwrap_or_default();
                    self.keep(parts);
                }
                Event::Error(_)
                | Event::Finish(_)
                | Event::Loss(_)
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
        for part in parts {
            match part {
                Seen::Call(id) => {
                    let pieces: Vec<Piece> = std::mem::take(&mut pieces);
                    if !pieces.is_empty() {
                        self.vault.put(&self.owner, &id, pieces);
                    }
                    behind_text = false;
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
                Seen::Text => behind_text = true,
            }
        }
    }
}

#[cfg(test)]
#[path = "vault_tests.rs"]
mod tests;
