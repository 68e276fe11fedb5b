//! Where a call stands: what tells it from every other one for clients that have no ids of calls, or lose them.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use protocol::canonical::{Part, Request, Role};
use serde_json::Value;

/// The place of a call in a conversation, with its tool and its arguments.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Place(u64);

/// The places of a conversation: those of another one have other beginnings.
pub(super) struct Places {
    beginning: u64,
    /// Calls that the request holds already.
    pub(super) calls: usize,
}

impl Places {
    pub(super) fn of(request: &Request) -> Self {
        let mut hasher = DefaultHasher::new();
        // The first of several messages may be the same in each conversation of an agent.
        let asked = request
            .messages
            .iter()
            .take_while(|message| !is_assistant(message.role))
            .filter(|message| message.role == Role::User);
        for part in asked.flat_map(|message| &message.parts) {
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
    pub(super) fn place(&self, call: usize, name: &str, arguments: &str) -> Place {
        let mut hasher = DefaultHasher::new();
        (self.beginning, call, name).hash(&mut hasher);
        match serde_json::from_str::<Value>(arguments) {
            Ok(value) => told(&value, &mut hasher),
            Err(_) => arguments.trim().hash(&mut hasher),
        }
        Place(hasher.finish())
    }
}

/// Whether an id looks like a number in a conversation (`call_0`, `functions.list:0`): another one may have it, too.
pub(super) fn is_counted(id: &str) -> bool {
    let before = id.trim_end_matches(|end: char| end.is_ascii_digit());
    let number = id.len() - before.len();
    let stands_alone = !before.ends_with(char::is_alphanumeric)
        || before.chars().all(|letter| letter.is_ascii_alphabetic());
    let digits = before.bytes().filter(u8::is_ascii_digit).count();
    (1..=4).contains(&number) && stands_alone && digits < 4
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_names() {
        for counted in [
            "call_0",
            "functions.list:0",
            "functions.s3_list:12",
            "0",
            "call1",
        ] {
            assert!(is_counted(counted), "{counted}");
        }
        for name in [
            "toolu_01A09q90qw90lq917835lq9",
            "call_Pq3bX0kzT6sUZ1mR2fYvW8aL",
            "chatcmpl-tool-0f3c1b2a4d5e6f708192a3b4c5d6e7f8",
            "call_3306b11f37b66048_0",
            "call_00_abcdef",
            "",
        ] {
            assert!(!is_counted(name), "{name}");
        }
    }
}
