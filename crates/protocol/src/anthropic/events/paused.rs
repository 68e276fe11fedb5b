//! What a reply holds that its provider pauses amid tools of its own: sent back word for word, it is gone on with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// The content so far.
#[derive(Debug, Default)]
pub(super) struct SoFar {
    /// Of the rounds before.
    before: Vec<Value>,
    /// Of this one: the number of a block, and what began it or what was added.
    said: Vec<(u64, Said)>,
}

#[derive(Debug)]
enum Said {
    Added(Box<RawValue>),
    Begun(Box<RawValue>),
}

impl SoFar {
    pub(super) fn begins(&mut self, block: u64, content: Option<&RawValue>) {
        self.said
            .extend(content.map(|content| (block, Said::Begun(content.to_owned()))));
    }

    pub(super) fn adds(&mut self, block: u64, delta: Option<&RawValue>) {
        self.said
            .extend(delta.map(|delta| (block, Said::Added(delta.to_owned()))));
    }

    /// The content of a round that came whole.
    pub(super) fn whole(&mut self, body: &[u8]) {
        #[derive(Deserialize)]
        struct Reply {
            content: Vec<Box<RawValue>>,
        }
        let content = serde_json::from_slice::<Reply>(body).map(|reply| reply.content);
        let blocks = (0..).zip(content.unwrap_or_default());
        self.said
            .extend(blocks.map(|(at, content)| (at, Said::Begun(content))));
    }

    /// All of it as JSON; `None` where there is nothing.
    pub(super) fn paused(&mut self) -> Option<String> {
        let mut blocks: BTreeMap<u64, (Value, String)> = BTreeMap::new();
        for (at, said) in std::mem::take(&mut self.said) {
            match said {
                Said::Begun(content) => {
                    let content = serde_json::from_str(content.get()).unwrap_or_default();
                    blocks.insert(at, (content, String::new()));
                }
                Said::Added(delta) => {
                    let delta: Value = serde_json::from_str(delta.get()).unwrap_or_default();
                    if let Some((block, input)) = blocks.get_mut(&at) {
                        add(block, input, &delta);
                    }
                }
            }
        }
        for (mut block, input) in blocks.into_values() {
            if let Ok(input) = serde_json::from_str::<Value>(&input) {
                block["input"] = input;
            }
            // It is refused in a request.
            if block.is_object() && block.get("text").is_none_or(|text| text != "") {
                self.before.push(block);
            }
        }
        (!self.before.is_empty()).then(|| Value::from(self.before.clone()).to_string())
    }
}

fn add(block: &mut Value, input: &mut String, delta: &Value) {
    for field in ["signature", "text", "thinking"] {
        if let Some(more) = delta.get(field).and_then(Value::as_str) {
            let known = block.get(field).and_then(Value::as_str).unwrap_or_default();
            block[field] = format!("{known}{more}").into();
        }
    }
    if let Some(more) = delta.get("partial_json").and_then(Value::as_str) {
        input.push_str(more);
    }
    if let Some(citation) = delta.get("citation") {
        match block.get_mut("citations").and_then(Value::as_array_mut) {
            Some(known) => known.push(citation.clone()),
            None => block["citations"] = Value::from(vec![citation.clone()]),
        }
    }
}
