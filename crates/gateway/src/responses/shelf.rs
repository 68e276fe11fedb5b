//! What is kept, within bounds: what nobody came back to for the longest time goes first.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::origins::{Origin, Origins};

/// An item of a conversation, as its client or we wrote it.
pub(super) type Item = Arc<RawValue>;

/// Of all that is kept.
const MAX_BYTES: usize = 64 << 20;
/// What stands before the place of an item that was asked, in the id that it is given here.
pub(super) const ASKED: &str = "in";
/// What a turn and an item take beside their texts.
const PER_TURN: usize = 512;
const PER_ITEM: usize = 64;

#[derive(Default)]
pub(crate) struct Responses {
    shelf: Mutex<Shelf>,
    /// Of those that are not here.
    origins: Origins,
}

#[derive(Default)]
struct Shelf {
    turns: HashMap<String, (u64, Turn)>,
    /// Ids by when they were last used.
    order: BTreeMap<u64, String>,
    uses: u64,
    bytes: usize,
}

/// A request and its reply.
#[derive(Clone)]
pub(super) struct Turn {
    /// The turn before it.
    previous: Option<String>,
    /// What was asked, without what came before.
    pub(super) input: Vec<Item>,
    output: Vec<Item>,
    /// The reply as its client was sent it.
    pub(super) response: Bytes,
    bytes: usize,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow)]
    output: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    id: std::borrow::Cow<'a, str>,
}

impl Turn {
    /// `None` of something that is no reply.
    pub(super) fn new(
        previous: Option<String>,
        input: Vec<Item>,
        response: &Bytes,
    ) -> Option<Self> {
        let reply: Output<'_> = serde_json::from_slice(response).ok()?;
        let output: Vec<Item> = reply
            .output
            .into_iter()
            .map(|item| item.to_owned().into())
            .collect();
        let mut turn = Self::without_reply(previous, input, output);
        turn.bytes += response.len();
        turn.response.clone_from(response);
        Some(turn)
    }

    /// One that is only gone on from.
    pub(super) fn without_reply(
        previous: Option<String>,
        input: Vec<Item>,
        output: Vec<Item>,
    ) -> Self {
        let items = input.iter().chain(&output);
        let items = items.map(|item| PER_ITEM + item.get().len());
        let bytes = PER_TURN + previous.as_ref().map_or(0, String::len) + items.sum::<usize>();
        Self {
            previous,
            input,
            output,
            response: Bytes::new(),
            bytes,
        }
    }
}

impl Responses {
    pub(super) fn put(&self, id: String, turn: Turn) {
        let mut shelf = self.shelf();
        shelf.remove(&id);
        // It would make all others go, and then go itself.
        if turn.bytes > MAX_BYTES {
            return;
        }
        shelf.bytes += turn.bytes;
        let now = shelf.tick();
        shelf.order.insert(now, id.clone());
        shelf.turns.insert(id, (now, turn));
        while shelf.bytes > MAX_BYTES
            && let Some((_, oldest)) = shelf.order.first_key_value()
        {
            let oldest = oldest.clone();
            shelf.remove(&oldest);
        }
    }

    pub(super) fn turn(&self, id: &str) -> Option<Turn> {
        self.shelf().find(id)
    }

    pub(super) fn remove(&self, id: &str) -> bool {
        self.shelf().remove(id)
    }

    /// Everything that was said up to a reply and in it.
    ///
    /// # Errors
    /// With the id of the turn that is not here: the reply's own, or that of one before it.
    pub(super) fn conversation(&self, id: &str) -> Result<Vec<Item>, String> {
        match self.since(id) {
            (items, None) => Ok(items),
            (_, Some(missing)) => Err(missing),
        }
    }

    /// What was said up to a reply and in it, as far back as it is here, and the reply that this goes on from, where
    /// it is not. A turn that goes on from itself goes on from elsewhere: some providers give ids again.
    pub(super) fn since(&self, id: &str) -> (Vec<Item>, Option<String>) {
        let mut shelf = self.shelf();
        let mut turns = Vec::new();
        let mut seen = HashSet::new();
        let mut next = Some(id.to_owned());
        while let Some(id) = &next
            && seen.insert(id.clone())
            && let Some(turn) = shelf.find(id)
        {
            next.clone_from(&turn.previous);
            turns.push(turn);
        }
        let items = turns.into_iter().rev();
        let items = items.flat_map(|turn| turn.input.into_iter().chain(turn.output));
        (items.collect(), next)
    }

    /// An item of a reply, or of what was asked, by its id, which is made of the reply's.
    pub(super) fn item(&self, id: &str) -> Option<Item> {
        let (_, rest) = id.split_once('_')?;
        let (exchange, place) = rest.rsplit_once('_')?;
        let turn = self.turn(&format!("resp_{exchange}"))?;
        if let Some(at) = place.strip_prefix(ASKED) {
            return turn.input.into_iter().nth(at.parse().ok()?);
        }
        turn.output.into_iter().find(|item| {
            serde_json::from_str::<Named<'_>>(item.get()).is_ok_and(|named| named.id == id)
        })
    }

    /// Whose a reply is that its provider keeps.
    pub(super) fn origin(&self, id: &str) -> Option<Origin> {
        self.origins.of(id)
    }

    pub(super) fn belongs(&self, id: &str, origin: Origin) {
        self.origins.put(id, origin);
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn tick(&mut self) -> u64 {
        self.uses += 1;
        self.uses
    }

    fn find(&mut self, id: &str) -> Option<Turn> {
        let now = self.tick();
        let (used, turn) = self.turns.get_mut(id)?;
        self.order.remove(used);
        *used = now;
        self.order.insert(now, id.to_owned());
        Some(turn.clone())
    }

    fn remove(&mut self, id: &str) -> bool {
        let Some((used, turn)) = self.turns.remove(id) else {
            return false;
        };
        self.order.remove(&used);
        self.bytes -= turn.bytes;
        true
    }
}
