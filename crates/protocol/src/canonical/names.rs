//! The tool names of one request as the provider knows them.

use std::{borrow::Cow, collections::HashMap};

use super::{Losses, Part, Request, Undo, spelling};

/// A name as a protocol spells it, no longer than a limit.
type Spell = fn(&str, usize) -> Cow<'_, str>;

/// Spells names the provider accepts, and remembers them for the reply.
#[derive(Debug)]
pub(crate) struct ToolNames {
    limit: usize,
    spell: Spell,
    changed: HashMap<String, String>,
}

impl ToolNames {
    /// Of the tools and of the calls in the history; each change is reported.
    pub(crate) fn of(request: &Request, limit: usize, losses: &mut Losses) -> Self {
        Self::with(request, limit, spelling::tool_name, losses)
    }

    /// The same for a protocol with a spelling of its own.
    pub(crate) fn with(request: &Request, limit: usize, spell: Spell, losses: &mut Losses) -> Self {
        let defined = request
            .tools
            .iter()
            .filter(|tool| tool.is_clients())
            .map(|tool| &tool.name);
        let parts = request.messages.iter().flat_map(|message| &message.parts);
        let called = parts.filter_map(|part| match part {
            Part::ToolCall { name, .. } => Some(name),
            Part::File(_)
            | Part::Image(_)
            | Part::Reasoning { .. }
            | Part::Refusal(_)
            | Part::Text(_)
            | Part::ToolResult { .. } => None,
        });
        let mut changed = HashMap::new();
        for name in defined.chain(called) {
            if let Cow::Owned(spelled) = spell(name, limit) {
                losses.renamed(
                    format!("tools.{name}"),
                    format!("was sent as \"{spelled}\"; the reply names it as before"),
                );
                changed.insert(spelled, name.clone());
            }
        }
        Self {
            limit,
            spell,
            changed,
        }
    }

    pub(crate) fn spell<'n>(&self, name: &'n str) -> Cow<'n, str> {
        (self.spell)(name, self.limit)
    }

    pub(crate) fn undo(self, json_tool: Option<String>) -> Undo {
        Undo {
            tool_names: self.changed,
            json_tool,
            ..Undo::default()
        }
    }
}
