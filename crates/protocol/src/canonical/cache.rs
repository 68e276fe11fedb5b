//! Marks of what a provider may keep for the next request. Most providers decide that by themselves.

use std::collections::HashMap;

use serde_json::Value;

use super::{Losses, Message, Part, Request};

/// The end of something that may be kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CacheMark {
    /// How long, in the words of who keeps it (`1h`); `None` is its usual time.
    pub ttl: Option<String>,
}

impl CacheMark {
    /// As the clients of several protocols write it: `{"type":"ephemeral","ttl":"1h"}`.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let is_word = |key: &str| key == "type" || key == "ttl";
        let fields = value.as_object()?;
        let is_known = fields.get("type")? == "ephemeral" && fields.keys().all(|key| is_word(key));
        let ttl = fields.get("ttl").filter(|ttl| !ttl.is_null());
        let ttl = ttl.map(|ttl| ttl.as_str().map(str::to_owned));
        match ttl {
            _ if !is_known => None,
            None => Some(Self::default()),
            Some(word) => word.map(|word| Self { ttl: Some(word) }),
        }
    }
}

/// What a mark stands on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CachePlace {
    /// One of [`Request::instructions`].
    Instruction(usize),
    /// One of the parts of what stands at this place of the client's list ([`super::Message::at`]), be it one message
    /// here or several.
    Part { at: usize, index: usize },
    /// A tool, by its name.
    Tool(String),
}

impl CachePlace {
    /// The end of what was said.
    pub(crate) fn end(instructions: &[Part], messages: &[Message]) -> Option<Self> {
        let Some(last) = messages.last() else {
            return instructions.len().checked_sub(1).map(Self::Instruction);
        };
        let at = last.at?;
        let there = messages.iter().filter(|message| message.at == last.at);
        let parts: usize = there.map(|message| message.parts.len()).sum();
        let index = parts.checked_sub(1)?;
        Some(Self::Part { at, index })
    }

    fn list(&self) -> u8 {
        match self {
            Self::Tool(_) => 0,
            Self::Instruction(_) => 1,
            Self::Part { .. } => 2,
        }
    }
}

/// The marks of a request, in the order in which a provider reads it: tools, instructions, messages.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CacheMarks(Vec<(CachePlace, CacheMark)>);

impl CacheMarks {
    /// The last mark of a place counts.
    pub(crate) fn add(&mut self, place: CachePlace, mark: CacheMark) {
        self.0.retain(|(taken, _)| *taken != place);
        let behind = self.0.iter().position(|(one, _)| one.list() > place.list());
        let behind = behind.unwrap_or(self.0.len());
        self.0.insert(behind, (place, mark));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// For providers that take none.
    pub fn left_out(&self, losses: &mut Losses) {
        left_out(self.0.len(), losses);
    }

    /// The last `most` of them: a later one keeps what stands before it as well.
    pub(crate) fn last(&self, most: usize) -> Self {
        let first = self.0.len().saturating_sub(most);
        Self(self.0.iter().skip(first).cloned().collect())
    }

    pub(crate) fn of_tool(&self, name: &str) -> Option<&CacheMark> {
        let mut marks = self.0.iter();
        let found = marks.find(|(place, _)| matches!(place, CachePlace::Tool(of) if of == name));
        found.map(|(_, mark)| mark)
    }

    /// The parts of `request` that are marked, whatever list they are put into; of a result, what it begins with.
    pub(crate) fn of_parts(&self, request: &Request) -> HashMap<*const Part, &CacheMark> {
        let find = |place: &CachePlace| match place {
            CachePlace::Instruction(index) => request.instructions.get(*index),
            CachePlace::Part { at, index } => {
                let there = request.messages.iter().filter(|one| one.at == Some(*at));
                there.flat_map(|message| &message.parts).nth(*index)
            }
            CachePlace::Tool(_) => None,
        };
        let marks = self.0.iter();
        let found = marks.filter_map(|(place, mark)| {
            let mut part = find(place)?;
            if let Part::ToolResult { parts, .. } = part {
                part = parts.first()?;
            }
            Some((std::ptr::from_ref(part), mark))
        });
        found.collect()
    }
}

/// One loss for all marks, however many.
pub(crate) fn left_out(marks: usize, losses: &mut Losses) {
    match marks {
        0 => {}
        1 => losses.dropped(
            "cache_control",
            "1 cache mark is left out: the provider decides by itself what to cache",
        ),
        marks => losses.dropped(
            "cache_control",
            format!(
                "{marks} cache marks are left out: the provider decides by itself what to cache"
            ),
        ),
    }
}
