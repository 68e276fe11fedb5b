//! What the client marked to be cached, where a provider of this protocol may be told so.

use std::{cell::Cell, collections::HashMap};

use crate::{
    anthropic::wire::{BlockOut, CacheControlOut, MarkedOut},
    canonical::{CacheMark, CacheMarks, Losses, Part, Request},
};

/// More in one request are refused.
const MOST: usize = 4;

/// The marks of one request that are sent.
pub(super) struct Marks<'r> {
    of_tools: &'r CacheMarks,
    of_parts: HashMap<*const Part, &'r CacheMark>,
    written: Cell<usize>,
}

impl<'r> Marks<'r> {
    /// `sent`: the last of the request's marks, as many as may be sent.
    pub(super) fn new(request: &Request, sent: &'r CacheMarks) -> Self {
        Self {
            of_tools: sent,
            of_parts: sent.of_parts(request),
            written: Cell::new(0),
        }
    }

    pub(super) fn sent(request: &Request) -> CacheMarks {
        request.cache.last(MOST)
    }

    pub(super) fn of_tool(&self, name: &str) -> Option<CacheControlOut<'r>> {
        self.write(self.of_tools.of_tool(name))
    }

    /// A block that stands for a part.
    pub(super) fn block<'a>(&self, part: Option<&Part>, block: BlockOut<'a>) -> MarkedOut<'a>
    where
        'r: 'a,
    {
        let takes_it = match block {
            BlockOut::Document { .. }
            | BlockOut::Image { .. }
            | BlockOut::Text { .. }
            | BlockOut::ToolResult { .. }
            | BlockOut::ToolUse { .. } => true,
            BlockOut::RedactedThinking { .. } | BlockOut::Thinking { .. } => false,
        };
        let part = part.filter(|_| takes_it && !self.of_parts.is_empty());
        let mark = part.and_then(|part| self.of_parts.get(&std::ptr::from_ref(part)));
        MarkedOut {
            block,
            cache_control: self.write(mark.copied()),
        }
    }

    fn write(&self, mark: Option<&'r CacheMark>) -> Option<CacheControlOut<'r>> {
        mark.map(|mark| {
            self.written.set(self.written.get() + 1);
            CacheControlOut::Ephemeral {
                ttl: mark.ttl.as_deref(),
            }
        })
    }

    /// Says what came of those that are not sent.
    pub(super) fn report(&self, request: &Request, losses: &mut Losses) {
        if self.written.get() < request.cache.len() {
            losses.dropped(
                "cache_control",
                format!("marks more than the {MOST} places that may be cached, or what cannot be"),
            );
        }
    }
}
