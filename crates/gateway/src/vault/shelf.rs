//! What is kept, within bounds: the calls that somebody made, by their ids and by their places, with the reasoning
//! that led to them.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use protocol::canonical::{Opaque, Part, call_id};
use tokio::time::Instant;

use super::{
    Owner, Wanted, is_proof,
    place::{Place, is_counted},
};

/// An agent may be left alone over a night; what is older belongs to no conversation that goes on.
pub(super) const LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// Of all that is kept; the oldest goes first.
pub(super) const MAX_BYTES: usize = 32 << 20;

#[derive(Default)]
pub(super) struct Shelf {
    /// By age.
    pub(super) kept: BTreeMap<u64, Kept>,
    by_id: HashMap<String, Named>,
    by_place: HashMap<Place, u64>,
    next: u64,
    pub(super) bytes: usize,
}

pub(super) struct Kept {
    since: Instant,
    pub(super) owner: Owner,
    pub(super) call: Call,
    pub(super) pieces: Vec<Piece>,
    bytes: usize,
}

/// The calls with an id.
struct Named {
    latest: u64,
    count: usize,
}

/// A call that somebody made.
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) place: Option<Place>,
}

impl Kept {
    pub(super) fn new(owner: &Owner, call: Call, pieces: Vec<Piece>, now: Instant) -> Self {
        let held: usize = pieces.iter().map(bytes_of).sum();
        Self {
            since: now,
            owner: owner.clone(),
            bytes: held + call.id.len() + call.name.len(),
            call,
            pieces,
        }
    }
}

impl Call {
    /// The id as each protocol spells it.
    fn key(&self) -> Cow<'_, str> {
        call_id(&self.id)
    }
}

/// A part of reasoning, and its place in the message: before the text that leads to the call, or behind it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) opaque: Option<Opaque>,
    pub(super) behind_text: bool,
}

impl Piece {
    pub(super) fn is_wanted(&self, wanted: Wanted<'_>) -> bool {
        is_proof(self.opaque.as_ref(), wanted.protocol) || wanted.as_text && !self.text.is_empty()
    }

    pub(super) fn part(self) -> Part {
        Part::Reasoning {
            text: self.text,
            opaque: self.opaque,
        }
    }
}

impl Shelf {
    /// The call with an id that no other one has; at its place, where another conversation may have one with it.
    pub(super) fn only(&self, id: &str, place: Place) -> Option<&Kept> {
        let named = self.by_id.get(&*call_id(id))?;
        let kept = self.kept.get(&named.latest)?;
        let is_there = kept.call.place == Some(place);
        (named.count == 1 && (is_there || !is_counted(&kept.call.id))).then_some(kept)
    }

    /// The call at a place; with its own id, if that is one that is known.
    pub(super) fn at(&self, place: Place, id: &str, by_name: bool) -> Option<&Kept> {
        let kept = self.kept.get(self.by_place.get(&place)?)?;
        let id = call_id(id);
        let is_known = by_name || self.by_id.contains_key(&*id);
        (!is_known || kept.call.key() == id).then_some(kept)
    }

    pub(super) fn put(&mut self, kept: Kept, now: Instant) {
        let key = kept.call.key().into_owned();
        // The same call once more.
        let before = match kept.call.place {
            Some(place) => self.by_place.get(&place).copied(),
            None => self.by_id.get(&key).map(|named| named.latest),
        };
        let is_same = |before: &Self, number| {
            let kept = before.kept.get(&number);
            kept.is_some_and(|before| before.call.key() == key)
        };
        if let Some(before) = before.filter(|number| is_same(self, *number)) {
            self.remove(before);
        }
        let number = self.next;
        self.next += 1;
        self.bytes += kept.bytes;
        let named = self.by_id.entry(key).or_insert(Named {
            latest: number,
            count: 0,
        });
        named.latest = number;
        named.count += 1;
        if let Some(place) = kept.call.place {
            self.by_place.insert(place, number);
        }
        self.kept.insert(number, kept);
        self.tidy(now);
    }

    fn remove(&mut self, number: u64) {
        if let Some(kept) = self.kept.remove(&number) {
            self.bytes = self.bytes.saturating_sub(kept.bytes);
            if let Some(named) = self.by_id.get_mut(&*kept.call.key()) {
                named.count -= 1;
                if named.count == 0 {
                    self.by_id.remove(&*kept.call.key());
                }
            }
            // A place may be a later call's by now.
            if let Some(place) = kept.call.place
                && self.by_place.get(&place) == Some(&number)
            {
                self.by_place.remove(&place);
            }
        }
    }

    /// Lets go of what is too old or too much.
    pub(super) fn tidy(&mut self, now: Instant) {
        while let Some((number, kept)) = self.kept.first_key_value() {
            let is_old = now.saturating_duration_since(kept.since) > LIFE;
            if !is_old && self.bytes <= MAX_BYTES {
                return;
            }
            self.remove(*number);
        }
    }
}

fn bytes_of(piece: &Piece) -> usize {
    let opaque = piece.opaque.as_ref();
    piece.text.len() + opaque.map_or(0, |opaque| opaque.value.len())
}
