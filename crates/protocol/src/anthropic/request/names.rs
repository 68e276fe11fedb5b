//! Names and ids that the provider accepts, made from those that it does not: the same one from the same one,
//! always, so that a call and its result still meet.

use std::{borrow::Cow, collections::HashMap};

use sha2::{Digest, Sha256};

use crate::canonical::{Losses, Request, Undo};

const ID_LIMIT: usize = 64;

fn is_legal(text: &str, limit: usize) -> bool {
    !text.is_empty()
        && text.len() <= limit
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn digest(text: &str, bytes: usize) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(bytes * 2);
    for byte in Sha256::digest(text.as_bytes()).iter().take(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The id itself where it is one of letters, digits, `_` and `-`, at most 64 of them; else one made from it.
pub(in crate::anthropic) fn legal_id(id: &str) -> Cow<'_, str> {
    if is_legal(id, ID_LIMIT) {
        Cow::Borrowed(id)
    } else {
        Cow::Owned(format!("toolu_{}", digest(id, 12)))
    }
}

fn legal_name(name: &str, limit: usize) -> Cow<'_, str> {
    // Room for one character and the hash, whatever the table says.
    let limit = limit.max(10);
    if is_legal(name, limit) {
        return Cow::Borrowed(name);
    }
    let mut legal: String = name
        .chars()
        .take(limit - 9)
        .map(|character| {
            if character.is_ascii_alphanumeric() || character == '-' {
                character
            } else {
                '_'
            }
        })
        .collect();
    legal.push('_');
    legal.push_str(&digest(name, 4));
    Cow::Owned(legal)
}

/// The tool names of one request as this provider knows them.
#[derive(Debug, Default)]
pub(super) struct Names {
    limit: usize,
    changed: HashMap<String, String>,
}

impl Names {
    pub(super) fn of(request: &Request, limit: usize, losses: &mut Losses) -> Self {
        let mut changed = HashMap::new();
        for tool in &request.tools {
            if let Cow::Owned(legal) = legal_name(&tool.name, limit) {
                losses.push(
                    "tools[].name",
                    crate::canonical::LossKind::Renamed,
                    "has characters or a length that this provider refuses; replies carry the name as it was",
                );
                changed.insert(legal, tool.name.clone());
            }
        }
        Self { limit, changed }
    }

    pub(super) fn legal<'n>(&self, name: &'n str) -> Cow<'n, str> {
        legal_name(name, self.limit)
    }

    pub(super) fn undo(self, json_tool: Option<String>) -> Undo {
        Undo {
            tool_names: self.changed,
            json_tool,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edge_005_legal_ids_stay_and_others_are_made_from_themselves() {
        assert_eq!(legal_id("toolu_01-aZ"), "toolu_01-aZ");
        for id in ["functions.search:0", "", "call|fc", &"x".repeat(65), "é"] {
            assert!(is_legal(&legal_id(id), ID_LIMIT), "{id}");
            assert_eq!(legal_id(id), legal_id(id));
        }
        assert_ne!(
            legal_id("functions.search:0"),
            legal_id("functions.search:1")
        );
    }

    proptest! {
        #[test]
        fn edge_006_names_are_legal_and_differ_where_they_differed(
            one in ".{0,90}", other in ".{0,90}", limit in 0_usize..130,
        ) {
            let (first, second) = (legal_name(&one, limit), legal_name(&other, limit));
            prop_assert!(is_legal(&first, limit.max(10)), "{first}");
            prop_assert_eq!(one == other, first == second);
        }
    }
}
