//! What providers want back with a tool call's result, kept here for clients that cannot carry it:
//! signatures, encrypted reasoning, reasoning itself. In memory, for a while, and only for its owner.

mod mended;
mod place;
mod proofs;
mod shelf;
mod witness;

use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::{
    Protocol,
    canonical::{Losses, Message, Opaque, Part, Recalled, Request, Role},
};
use tokio::time::Instant;

pub(crate) use self::witness::{Asked, Witness};
use self::{
    mended::Mended,
    place::{Places, is_assistant, is_call},
    proofs::Proofs,
    shelf::{Call, Kept, Piece, Shelf},
};
use crate::routing::Target;

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

/// Who is asked, and what it takes back.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'o> {
    pub(crate) owner: &'o Owner,
    pub(crate) protocol: Protocol,
    /// It wants reasoning without proof, too.
    pub(crate) as_text: bool,
    /// It knows calls and what led to them by their names: those of a call that looks the same are another's, and
    /// are wanted for as long as the call stands in the history.
    pub(crate) by_name: bool,
}

/// The reasoning that led to tool calls.
#[derive(Default)]
pub(crate) struct Vault {
    shelf: Mutex<Shelf>,
    proofs: Mutex<Proofs>,
}

/// What is known of a call in a history.
enum Found {
    /// Its reasoning, as far as it is wanted.
    Own(Vec<Piece>),
    /// It was another's.
    Foreign,
}

impl Vault {
    fn put(&self, owner: &Owner, call: Call, pieces: Vec<Piece>) {
        let now = Instant::now();
        let kept = Kept::new(owner, call, pieces, now);
        self.shelf().put(kept, now);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shelf().kept.is_empty()
    }

    /// Whether anything is kept of an owner's: if not, nothing can be missing.
    pub(crate) fn knows(&self, owner: &Owner) -> bool {
        let shelf = self.shelf();
        shelf.kept.values().any(|kept| kept.owner == *owner)
    }

    /// The request with what its client left out; `None` where nothing is missing. State of others is taken out.
    pub(crate) fn restored(
        &self,
        request: &Request,
        wanted: Wanted<'_>,
        losses: &mut Losses,
    ) -> Option<Request> {
        let mut known = self.known(request, wanted)?.into_iter();
        let mut done: Vec<Message> = Vec::with_capacity(request.messages.len());
        let mut changed = false;
        for message in &request.messages {
            let mut mended = Mended {
                before: &mut done,
                parts: Vec::with_capacity(message.parts.len()),
                segment: 0,
                changed: false,
            };
            for part in &message.parts {
                let is_call = is_call(part) && is_assistant(message.role);
                match is_call.then(|| known.next().flatten()).flatten() {
                    Some(Found::Own(pieces)) => mended.put_back(pieces, wanted, losses),
                    Some(Found::Foreign) => mended.take_out(losses),
                    None => {}
                }
                mended.parts.push(part.clone());
                if is_call {
                    mended.segment = mended.parts.len();
                }
            }
            changed |= mended.changed;
            let parts = mended.parts;
            done.push(Message {
                parts,
                role: message.role,
                name: message.name.clone(),
                at: message.at,
            });
        }
        changed.then(|| Request {
            messages: done,
            ..request.clone()
        })
    }

    /// What the calls lack that were made since the user last said something: of those before them only a provider
    /// that knows them by name insists on having it back.
    pub(crate) fn lacking(&self, request: &Request, wanted: Wanted<'_>) -> Vec<Recalled> {
        let Some(known) = self.known(request, wanted) else {
            return Vec::new();
        };
        let mut known = known.into_iter().enumerate();
        let mut lacking = Vec::new();
        for (number, message) in request.messages.iter().enumerate() {
            let is_said = message.role == Role::User && message.parts.iter().any(is_said);
            if is_said && !wanted.by_name {
                lacking.clear();
            }
            if !is_assistant(message.role) {
                continue;
            }
            let before = request.messages.get(..number).unwrap_or_default();
            let mut segment = 0;
            for (at, part) in message.parts.iter().enumerate() {
                if !is_call(part) {
                    continue;
                }
                let said = message.parts.get(segment..at).unwrap_or_default();
                let before = if segment == 0 { before } else { &[] };
                if let Some((call, Some(Found::Own(pieces)))) = known.next()
                    && !pieces.is_empty()
                    && !is_brought(&pieces, said.iter().chain(leading(before)), wanted.protocol)
                {
                    let (behind, ahead): (Vec<_>, Vec<_>) =
                        pieces.into_iter().partition(|piece| piece.behind_text);
                    lacking.push(Recalled {
                        call,
                        ahead: ahead.into_iter().map(Piece::part).collect(),
                        behind: behind.into_iter().map(Piece::part).collect(),
                    });
                }
                segment = at + 1;
            }
        }
        lacking
    }

    /// What is known of each call of a request, in order; `None` where that is nothing.
    fn known(&self, request: &Request, wanted: Wanted<'_>) -> Option<Vec<Option<Found>>> {
        let mut shelf = self.shelf();
        shelf.tidy(Instant::now());
        if shelf.kept.is_empty() {
            return None;
        }
        let places = Places::of(request);
        let said = request
            .messages
            .iter()
            .filter(|said| is_assistant(said.role));
        let calls = said
            .flat_map(|message| &message.parts)
            .filter_map(|part| match part {
                Part::ToolCall {
                    id,
                    name,
                    arguments,
                } => Some((id, name, arguments)),
                Part::File(_)
                | Part::Image(_)
                | Part::Reasoning { .. }
                | Part::Refusal(_)
                | Part::Text(_)
                | Part::ToolResult { .. } => None,
            });
        let known: Vec<Option<Found>> = calls
            .enumerate()
            .map(|(at, (id, name, arguments))| {
                // Ids that were made for a client without any are the same in each conversation.
                let place = places.place(at, name, arguments);
                let by_id = shelf.only(id, place);
                let by_id = by_id.filter(|kept| kept.call.name == *name);
                let kept = by_id.or_else(|| shelf.at(place, id, wanted.by_name))?;
                if kept.owner != *wanted.owner {
                    return Some(Found::Foreign);
                }
                let pieces = kept.pieces.iter().filter(|piece| piece.is_wanted(wanted));
                Some(Found::Own(pieces.cloned().collect()))
            })
            .collect();
        known.iter().any(Option::is_some).then_some(known)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An owner's account wrote this state of reasoning.
    fn made(&self, owner: &Owner, state: &str) {
        self.proofs().made(owner, state);
    }

    /// Whether any owner ever refused state that was brought along.
    pub(crate) fn has_refusals(&self) -> bool {
        self.proofs().has_refusals()
    }

    /// Whether this one did.
    pub(crate) fn refuses(&self, owner: &Owner) -> bool {
        self.proofs().refuses(owner)
    }

    pub(crate) fn is_refused(&self, owner: &Owner, state: &str) -> bool {
        self.proofs().is_refused(owner, state)
    }

    /// Keeps in mind that an owner refused some of this state; `false` where nothing of it is new.
    pub(crate) fn refuse(&self, owner: &Owner, states: &[String]) -> bool {
        self.proofs().refuse(owner, states)
    }

    fn proofs(&self) -> MutexGuard<'_, Proofs> {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_proof(opaque: Option<&Opaque>, protocol: Protocol) -> bool {
    opaque.is_some_and(|opaque| opaque.owner == protocol && !opaque.value.is_empty())
}

/// What the assistant said in messages of their own before a call.
fn leading(before: &[Message]) -> impl Iterator<Item = &Part> {
    let leads = |said: &&Message| is_assistant(said.role) && !said.parts.iter().any(is_call);
    let messages = before.iter().rev().take_while(leads);
    messages.flat_map(|message| &message.parts)
}

/// Whether a client brought along what was kept: its proof, or where there is none the reasoning itself.
fn is_brought<'p>(
    pieces: &[Piece],
    mut said: impl Iterator<Item = &'p Part>,
    protocol: Protocol,
) -> bool {
    let has_proof = |piece: &Piece| is_proof(piece.opaque.as_ref(), protocol);
    let is_proven = pieces.iter().any(has_proof);
    said.any(|part| match part {
        Part::Reasoning { text, opaque } => {
            is_proof(opaque.as_ref(), protocol) || !is_proven && !text.is_empty()
        }
        _ => false,
    })
}

fn is_reasoning(part: &Part) -> bool {
    matches!(part, Part::Reasoning { .. })
}

/// Whether the user said it, and no tool.
fn is_said(part: &Part) -> bool {
    !matches!(part, Part::ToolResult { .. })
}

/// Says that the client's history was made whole.
pub(crate) fn put_in(losses: &mut Losses) {
    losses.repaired(
        "messages[].reasoning",
        "was not sent back by the client: what Patchbay had kept of it was put in",
    );
}

#[cfg(test)]
#[path = "vault_tests.rs"]
mod tests;
