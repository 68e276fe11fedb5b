//! What a reply holds that its provider pauses amid tools of its own: sent back word for word, it is gone on with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

/// Of JSON: more is not sent back, and its reply ends at the pause.
const MOST: usize = 16 << 20;

/// The content so far.
#[derive(Debug, Default)]
pub(super) struct SoFar {
    /// Of the rounds before.
    before: Vec<Value>,
    /// Of this one, by their numbers.
    blocks: BTreeMap<u64, Block>,
    /// How much has come in all.
    size: usize,
}

#[derive(Debug)]
struct Block {
    content: Map<String, Value>,
    /// The input that deltas bring, which is JSON only when all of it is there.
    input: String,
}

impl SoFar {
    /// What is no object is no content, and nothing is added to it.
    pub(super) fn begins(&mut self, block: u64, content: Option<&RawValue>) {
        self.blocks.remove(&block);
        if let Some(content) = self.read(content) {
            let input = String::new();
            self.blocks.insert(block, Block { content, input });
        }
    }

    pub(super) fn adds(&mut self, block: u64, delta: Option<&RawValue>) {
        let delta = self.read(delta);
        if let (Some(block), Some(delta)) = (self.blocks.get_mut(&block), delta) {
            block.add(delta);
        }
    }

    fn read(&mut self, raw: Option<&RawValue>) -> Option<Map<String, Value>> {
        let raw = raw?.get();
        self.size = self.size.saturating_add(raw.len());
        if self.size > MOST {
            self.before.clear();
            self.blocks.clear();
            return None;
        }
        serde_json::from_str(raw).ok()
    }

    /// The content of a round that came whole.
    pub(super) fn whole(&mut self, body: &[u8]) {
        #[derive(Deserialize)]
        struct Reply<'a> {
            #[serde(borrow)]
            content: Vec<&'a RawValue>,
        }
        let content = serde_json::from_slice::<Reply<'_>>(body).map(|reply| reply.content);
        for (at, content) in (0..).zip(content.unwrap_or_default()) {
            self.begins(at, Some(content));
        }
    }

    /// All of it as JSON; `None` where there is nothing, or too much.
    pub(super) fn paused(&mut self) -> Option<String> {
        for mut block in std::mem::take(&mut self.blocks).into_values() {
            if let Ok(input) = serde_json::from_str::<Value>(&block.input) {
                block.content.insert("input".to_owned(), input);
            }
            // It is refused in a request.
            if block.content.get("text").is_none_or(|text| text != "") {
                self.before.push(Value::Object(block.content));
            }
        }
        if self.before.is_empty() {
            return None;
        }
        serde_json::to_string(&self.before).ok()
    }
}

impl Block {
    fn add(&mut self, delta: Map<String, Value>) {
        for (field, more) in delta {
            match (field.as_str(), more) {
                ("signature" | "text" | "thinking", Value::String(more)) => {
                    match self.content.get_mut(&field) {
                        Some(Value::String(known)) => known.push_str(&more),
                        _ => drop(self.content.insert(field, more.into())),
                    }
                }
                ("partial_json", Value::String(more)) => self.input.push_str(&more),
                ("citation", citation) => match self.content.get_mut("citations") {
                    Some(Value::Array(known)) => known.push(citation),
                    _ => {
                        let first = Value::from(vec![citation]);
                        self.content.insert("citations".to_owned(), first);
                    }
                },
                _ => {}
            }
        }
    }
}
