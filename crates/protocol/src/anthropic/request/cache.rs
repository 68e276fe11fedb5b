//! What the client marked to be cached, where a provider of this protocol may be told so.

use std::{cell::Cell, collections::HashMap};

use serde_json::Value;

use crate::{
    anthropic::wire::{BlockOut, CacheControlOut, MarkedOut},
    canonical::{CacheMark, CacheMarks, CachePlace, Losses, Part, Request, ToolKind},
};

/// More in one request are refused.
const MOST: usize = 4;

/// Clients of protocols without marks may say that they count on the cache. Nothing is kept here unmarked.
fn expects_cache(request: &Request) -> bool {
    let rest = request.rest.as_ref();
    rest.is_some_and(|(_, rest)| rest.get("prompt_cache_key").is_some_and(Value::is_string))
}

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
        let given = request.cache.last(MOST);
        if given.len() > 0 || !expects_cache(request) {
            return given;
        }
        let mut tools = request.tools.iter().rev();
        let tool = tools.find(|tool| !matches!(tool.kind, ToolKind::Hosted { .. }));
        let instruction = request.instructions.len().checked_sub(1);
        let places = [
            tool.map(|tool| CachePlace::Tool(tool.name.clone())),
            instruction.map(CachePlace::Instruction),
            CachePlace::end(&[], &request.messages),
        ];
        let mut marks = CacheMarks::default();
        for place in places.into_iter().flatten() {
            marks.add(place, CacheMark::default());
        }
        marks
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
