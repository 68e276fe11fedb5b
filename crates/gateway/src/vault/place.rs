//! Where a call stands: what tells it from every other one for clients that have no ids of calls, or lose them.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use protocol::canonical::{Part, Request, Role, call_id};
use serde_json::Value;

/// What a kept call is found by.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Key {
    Id(String),
    Place(u64),
}

impl Key {
    pub(super) fn id(id: &str) -> Self {
        Self::Id(call_id(id).into_owned())
    }
}

/// The places of a conversation: those of another one have other beginnings.
pub(super) struct Places {
    beginning: u64,
    /// Calls that the request holds already.
    pub(super) calls: usize,
}

impl Places {
    pub(super) fn of(request: &Request) -> Self {
        let mut hasher = DefaultHasher::new();
        let mut users = request.messages.iter();
        let first = users.find(|message| message.role == Role::User);
        for part in first.into_iter().flat_map(|message| &message.parts) {
            if let Part::Text(text) = part {
                text.hash(&mut hasher);
            }
        }
        let said = request
            .messages
            .iter()
            .filter(|said| is_assistant(said.role));
        let parts = said.flat_map(|message| &message.parts);
        Self {
            beginning: hasher.finish(),
            calls: parts.filter(|part| is_call(part)).count(),
        }
    }

    /// The place of the call with a number.
    pub(super) fn key(&self, call: usize, name: &str, arguments: &str) -> Key {
        let mut hasher = DefaultHasher::new();
        (self.beginning, call, name).hash(&mut hasher);
        match serde_json::from_str::<Value>(arguments) {
            Ok(value) => told(&value, &mut hasher),
            Err(_) => arguments.trim().hash(&mut hasher),
        }
        Key::Place(hasher.finish())
    }
}

pub(super) fn is_assistant(role: Role) -> bool {
    role == Role::Assistant
}

pub(super) fn is_call(part: &Part) -> bool {
    matches!(part, Part::ToolCall { .. })
}

/// A value, however its client wrote it: in other orders of keys, with other forms of numbers.
fn told(value: &Value, hasher: &mut DefaultHasher) {
    match value {
        Value::Null => 0_u8.hash(hasher),
        Value::Bool(value) => (1_u8, value).hash(hasher),
        Value::Number(number) => match number.as_f64() {
            Some(value) => (2_u8, value.to_bits()).hash(hasher),
            None => (3_u8, number.to_string()).hash(hasher),
        },
        Value::String(text) => (4_u8, text).hash(hasher),
        Value::Array(items) => {
            (5_u8, items.len()).hash(hasher);
            for item in items {
                told(item, hasher);
            }
        }
        Value::Object(fields) => {
            (6_u8, fields.len()).hash(hasher);
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            for (name, value) in sorted {
                name.hash(hasher);
                told(value, hasher);
            }
        }
    }
}
