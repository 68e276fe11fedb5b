//! The server's events in the words of a connection's dialect.

use serde::Serialize;

use super::{Action, Item, OpenItem, Reply, official::Official, settings::Shown, simple::Simple};
use crate::openai_realtime::{
    dialect::Dialect,
    wire::{Failure, Over, Status},
};

#[derive(Debug)]
pub(super) enum Voice {
    Official(Official),
    Simple(Simple),
}

/// Numbers the events of a connection.
#[derive(Debug)]
pub(super) struct EventIds {
    seed: String,
    last: u64,
}

impl EventIds {
    pub(super) fn new(seed: &str) -> Self {
        Self {
            seed: seed.to_owned(),
            last: 0,
        }
    }

    pub(super) fn next(&mut self) -> String {
        self.last += 1;
        format!("event_{}_{}", self.seed, self.last)
    }
}

/// Puts an event among what is to be done.
pub(super) fn send(event: &impl Serialize, out: &mut Vec<Action>) {
    // Our own structs with string keys: there is nothing that could fail.
    if let Ok(text) = serde_json::to_string(event) {
        out.push(Action::Send(text));
    }
}

impl Voice {
    pub(super) fn new(dialect: Dialect, seed: &str) -> Self {
        match dialect {
            Dialect::Beta | Dialect::Ga => Self::Official(Official::new(dialect, seed)),
            Dialect::Simple => Self::Simple(Simple::new(seed)),
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Official(voice) => voice.dialect(),
            Self::Simple(_) => Dialect::Simple,
        }
    }

    pub(super) fn is_simple(&self) -> bool {
        self.dialect() == Dialect::Simple
    }

    pub(super) fn opened(&mut self, shown: &Shown<'_>, conversation: &str, out: &mut Vec<Action>) {
        match self {
            Self::Official(voice) => voice.opened(shown, conversation, out),
            Self::Simple(voice) => voice.opened(conversation, out),
        }
    }

    pub(super) fn updated(&mut self, shown: &Shown<'_>, out: &mut Vec<Action>) {
        match self {
            Self::Official(voice) => voice.updated(shown, out),
            Self::Simple(voice) => voice.updated(shown, out),
        }
    }

    /// A client's item, behind another one.
    pub(super) fn item_created(
        &mut self,
        item: &Item,
        previous: Option<&str>,
        out: &mut Vec<Action>,
    ) {
        match self {
            Self::Official(voice) => voice.item_created(item, previous, out),
            Self::Simple(voice) => voice.item_created(item, out),
        }
    }

    pub(super) fn item_deleted(&mut self, id: &str, out: &mut Vec<Action>) {
        match self {
            Self::Official(voice) => voice.item_deleted(id, out),
            Self::Simple(voice) => voice.item_deleted(id, out),
        }
    }

    pub(super) fn item_retrieved(&mut self, item: &Item, out: &mut Vec<Action>) {
        match self {
            Self::Official(voice) => voice.item_retrieved(item, out),
            Self::Simple(voice) => voice.item_retrieved(item, out),
        }
    }

    pub(super) fn reply_begun(&mut self, reply: &Reply, out: &mut Vec<Action>) {
        match self {
            Self::Official(voice) => voice.reply_begun(reply, out),
            Self::Simple(voice) => voice.reply_begun(reply, out),
        }
    }

    /// Of the reply's open item.
    pub(super) fn item_begun(&mut self, reply: &Reply, out: &mut Vec<Action>) {
        if let Some(open) = &reply.open {
            match self {
                Self::Official(voice) => voice.item_begun(reply, open, out),
                Self::Simple(voice) => voice.item_begun(reply, open, out),
            }
        }
    }

    /// Of the reply's open item.
    pub(super) fn delta(&mut self, reply: &Reply, delta: &str, out: &mut Vec<Action>) {
        if let Some(open) = &reply.open {
            match self {
                Self::Official(voice) => voice.delta(reply, open, delta, out),
                Self::Simple(voice) => voice.delta(reply, delta, out),
            }
        }
    }

    /// `open` is not the reply's any more.
    pub(super) fn item_over(
        &mut self,
        reply: &Reply,
        open: &OpenItem,
        item: &Item,
        status: Status,
        out: &mut Vec<Action>,
    ) {
        match self {
            Self::Official(voice) => voice.item_over(reply, open, item, status, out),
            Self::Simple(voice) => voice.item_over(reply, open, status, out),
        }
    }

    pub(super) fn reply_over(&mut self, reply: &Reply, over: &Over<'_>, out: &mut Vec<Action>) {
        match self {
            Self::Official(voice) => voice.reply_over(reply, over, out),
            Self::Simple(voice) => voice.reply_over(reply, over, out),
        }
    }

    /// `event`: the id of the client's event that is at fault.
    pub(super) fn error(
        &mut self,
        failure: &Failure<'_>,
        event: Option<&str>,
        out: &mut Vec<Action>,
    ) {
        match self {
            Self::Official(voice) => voice.error(failure, event, out),
            Self::Simple(voice) => voice.error(failure, event, out),
        }
    }
}
