//! What the client marked to be cached, where a provider of this protocol may be told so.

use crate::{
    anthropic::wire::{BlockOut, CacheControlOut, MarkedOut},
    canonical::{CacheMark, CacheMarks, Losses, Marking, Part, Request},
};

/// The marks of one request that are sent.
pub(super) struct Marks<'r>(Marking<'r>);

impl<'r> Marks<'r> {
    /// `sent`: of the request's marks.
    pub(super) fn new(request: &Request, sent: &'r CacheMarks) -> Self {
        Self(Marking::new(request, sent))
    }

    pub(super) fn of_tool(&self, name: &str) -> Option<CacheControlOut<'r>> {
        self.0.of_tool(name).map(control)
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
        let mark = part
            .filter(|_| takes_it)
            .and_then(|part| self.0.of_part(part));
        MarkedOut {
            block,
            cache_control: mark.map(control),
        }
    }

    /// Says what came of those that are not sent.
    pub(super) fn report(&self, request: &Request, losses: &mut Losses) {
        self.0.report(request, losses);
    }
}

fn control(mark: &CacheMark) -> CacheControlOut<'_> {
    CacheControlOut::Ephemeral {
        ttl: mark.ttl.as_deref(),
    }
}
