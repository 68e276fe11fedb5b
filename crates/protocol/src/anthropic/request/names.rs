//! The tool names of one request as the provider knows them.

use std::{borrow::Cow, collections::HashMap};

use crate::canonical::{LossKind, Losses, Request, Undo, spelling};

#[derive(Debug, Default)]
pub(super) struct Names {
    limit: usize,
    changed: HashMap<String, String>,
}

impl Names {
    pub(super) fn of(request: &Request, limit: usize, losses: &mut Losses) -> Self {
        let mut changed = HashMap::new();
        for tool in &request.tools {
            if let Cow::Owned(legal) = spelling::tool_name(&tool.name, limit) {
                losses.push(
                    "tools[].name",
                    LossKind::Renamed,
                    "has characters or a length that this provider refuses; replies carry the name as it was",
                );
                changed.insert(legal, tool.name.clone());
            }
        }
        Self { limit, changed }
    }

    pub(super) fn legal<'n>(&self, name: &'n str) -> Cow<'n, str> {
        spelling::tool_name(name, self.limit)
    }

    pub(super) fn undo(self, json_tool: Option<String>) -> Undo {
        Undo {
            tool_names: self.changed,
            json_tool,
        }
    }
}
