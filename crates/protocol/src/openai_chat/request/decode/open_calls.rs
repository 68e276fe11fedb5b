//! Calls whose results have not come yet, found without a look at each of them: a conversation may hold thousands.

use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Default)]
pub(super) struct OpenCalls {
    made: usize,
    /// Id and tool of each, in order.
    calls: BTreeMap<usize, (String, String)>,
    by_id: HashMap<String, Vec<usize>>,
    by_tool: HashMap<String, BTreeSet<usize>>,
}

impl OpenCalls {
    pub(super) fn push(&mut self, id: &str, tool: &str) {
        let at = self.made;
        self.made += 1;
        self.by_id.entry(id.to_owned()).or_default().push(at);
        self.by_tool.entry(tool.to_owned()).or_default().insert(at);
        self.calls.insert(at, (id.to_owned(), tool.to_owned()));
    }

    /// The result of a call has come; where several have one id, it is taken for that of all.
    pub(super) fn answer(&mut self, id: &str) {
        for at in self.by_id.remove(id).unwrap_or_default() {
            let tool = self.calls.remove(&at).map(|(_, tool)| tool);
            if let Some(open) = tool.and_then(|tool| self.by_tool.get_mut(&tool)) {
                open.remove(&at);
            }
        }
    }

    /// The id of the first one.
    pub(super) fn first(&self) -> Option<&str> {
        let (id, _) = self.calls.values().next()?;
        Some(id)
    }

    /// The id of the first one of this tool.
    pub(super) fn of_tool(&self, tool: &str) -> Option<&str> {
        let at = self.by_tool.get(tool)?.first()?;
        let (id, _) = self.calls.get(at)?;
        Some(id)
    }
}
