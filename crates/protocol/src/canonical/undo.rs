//! What an encoder had to change in a request and must be changed back in the reply.

use std::collections::HashMap;

use super::Events;

/// Made with the request, applied to every batch of events of its reply before anyone else sees them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Undo {
    /// Tool names that had to be shortened or respelled: what the provider knows -> what the client knows.
    pub tool_names: HashMap<String, String>,
    /// The tool that stands for a JSON schema: its arguments are the reply's text, and its call is no tool call.
    pub json_tool: Option<String>,
}

impl Undo {
    pub fn is_empty(&self) -> bool {
        self.tool_names.is_empty() && self.json_tool.is_none()
    }

    /// A fresh pass over one reply.
    pub fn replay(&self) -> UndoReply<'_> {
        UndoReply { undo: self }
    }
}

/// The state of undoing along one reply.
#[derive(Debug)]
pub struct UndoReply<'a> {
    undo: &'a Undo,
}

impl UndoReply<'_> {
    pub fn apply(&mut self, _events: &mut Events) {
        let _ = self.undo;
    }
}
