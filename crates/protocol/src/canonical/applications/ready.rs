//! What the library makes of a schema before a value is tried. Where a part asks which members nobody looked at, all
//! that stands beside it is made once more, by each way that references lead to it.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{
    MOST_DEEP, items, members,
    places::{Places, texts},
};

/// What a schema may refer to: making it ready goes from each to the next.
pub(super) const MOST_TARGETS: usize = 400;
/// All parts that are made, at tens of microseconds each.
const MOST_PARTS: u64 = 20_000;
/// Parts within one another of which one asks.
const MOST_ASKED: u64 = 80;

/// Whether a schema can be made ready in little time and stack.
pub fn are_readable(schema: &Value) -> bool {
    let references = texts(schema).into_iter();
    let references = references.filter(|(word, _)| matches!(*word, "$dynamicRef" | "$ref"));
    let targets: HashSet<_> = references.map(|(_, target)| target).collect();
    let mut parts = Parts {
        places: Places::of(schema),
        wholes: HashMap::new(),
        asked: HashMap::new(),
    };
    targets.len() <= MOST_TARGETS
        && parts
            .whole(schema, 0)
            .is_some_and(|made| made.parts <= MOST_PARTS)
}

#[derive(Clone, Copy)]
struct Made {
    parts: u64,
    /// How many are made within one another.
    height: u64,
}

impl Made {
    const NOTHING: Self = Self {
        parts: 0,
        height: 0,
    };

    fn add(&mut self, inner: Self) {
        self.parts = self.parts.saturating_add(inner.parts);
        self.height = self.height.max(inner.height + 1);
    }
}

struct Parts<'a> {
    places: Places<'a>,
    wholes: HashMap<*const Value, Made>,
    /// None while it is open.
    asked: HashMap<*const Value, Option<Made>>,
}

impl<'a> Parts<'a> {
    /// What is made of a part and of all that is written in it. `None` where that is too deep, or unknown.
    fn whole(&mut self, part: &'a Value, depth: u64) -> Option<Made> {
        let (Value::Array(_) | Value::Object(_)) = part else {
            return Some(Made::NOTHING);
        };
        let key = std::ptr::from_ref(part);
        if let Some(known) = self.wholes.get(&key) {
            return Some(*known);
        }
        let asks = |word: &str| part.get(word).is_some();
        let mut made = self.inside(part, depth)?;
        if asks("unevaluatedItems") || asks("unevaluatedProperties") {
            made.add(self.asked(part, depth)?);
        }
        self.wholes.insert(key, made);
        Some(made)
    }

    fn inside(&mut self, part: &'a Value, depth: u64) -> Option<Made> {
        if depth > MOST_DEEP {
            return None;
        }
        let mut made = Made {
            parts: 1,
            height: 0,
        };
        for inner in items(part).chain(members(part)) {
            made.add(self.whole(inner, depth + 1)?);
        }
        Some(made)
    }

    /// The same to ask it which members it looks at.
    fn asked(&mut self, part: &'a Value, depth: u64) -> Option<Made> {
        let key = std::ptr::from_ref(part);
        if let Some(known) = self.asked.get(&key) {
            return *known;
        }
        self.asked.insert(key, None);
        let mut made = self.inside(part, depth)?;
        for inner in self.beside(part)? {
            made.add(self.asked(inner, depth + 1)?);
        }
        let made = Some(made).filter(|made| made.height <= MOST_ASKED);
        self.asked.insert(key, made);
        made
    }

    /// What is tried on the same value.
    fn beside(&self, part: &'a Value) -> Option<Vec<&'a Value>> {
        let mut beside = Vec::new();
        for (word, part) in part.as_object().into_iter().flat_map(Map::iter) {
            match word.as_str() {
                "$dynamicRef" | "$recursiveRef" => return None,
                "$ref" => beside.push(self.places.target(part.as_str()?)?),
                "allOf" | "anyOf" | "oneOf" => beside.extend(items(part)),
                "dependencies" | "dependentSchemas" => beside.extend(members(part)),
                "else" | "if" | "not" | "then" => beside.push(part),
                _ => {}
            }
        }
        Some(beside)
    }
}
