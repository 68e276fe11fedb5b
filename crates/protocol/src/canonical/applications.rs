//! How often the parts of a schema are tried on the parts of a value: a few references that each lead to two others
//! make more work than there is time for, and a long row of them more than a thread's stack holds.

mod places;
mod ready;

use std::collections::HashMap;

use serde_json::{Map, Value};

use self::places::Places;
pub use self::ready::are_readable;
use super::expressions;

/// Tries within one another.
const MOST_DEEP: u64 = 400;
/// All tries, at about a tenth of a microsecond each.
const MOST_TRIES: u64 = 500_000;
/// What may be tried, and kept, to say which rule is broken.
const MOST_TOLD: u64 = 1_000_000;
/// In tries: making one failure.
const FAILURE: u64 = 8;
/// What takes as long as a try: steps of an expression, and bytes that are compared or copied.
const STEPS: u64 = 400;
const BYTES: u64 = 64;
/// In bytes: one part of a value.
const PART: u64 = 16;
/// Stands for each name of a value, as long as the longest.
static NAME: Value = Value::Null;

/// Whether a value can be held against a schema in little time and stack.
pub fn are_few(schema: &Value, value: &Value) -> bool {
    count(schema, value).is_some()
}

/// How many there are; `None` where they are not few. Of what is referred to by other than its place in the schema nobody
/// knows.
pub fn count(schema: &Value, value: &Value) -> Option<u64> {
    Count::of(schema, value).map(|(tries, _)| tries.whether)
}

/// Whether it can also be said which rule a value breaks. The library then tries what fails again at each level,
/// and keeps a copy of all that failed with the ways that led there.
pub fn can_be_told(schema: &Value, value: &Value) -> bool {
    Count::of(schema, value).is_some_and(|(tries, longest)| {
        let way = tries.height.saturating_mul(longest) / (FAILURE * BYTES);
        tries.why.saturating_mul(way + 1) <= MOST_TOLD
    })
}

/// The longest name of a value's members.
fn longest(value: &Value) -> u64 {
    let mut longest = 0;
    let mut open = vec![value];
    while let Some(part) = open.pop() {
        let names = part.as_object().into_iter().flat_map(Map::keys);
        longest = names.map(String::len).fold(longest, usize::max);
        open.extend(items(part).chain(members(part)));
    }
    longest as u64
}

#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    /// To say whether the value keeps to the schema.
    whether: u64,
    /// To say which rule it breaks.
    why: u64,
    /// How many are within one another.
    height: u64,
}

impl Tries {
    fn add(&mut self, inner: Self) {
        self.whether = self.whether.saturating_add(inner.whether);
        self.why = self.why.saturating_add(inner.why);
        self.height = self.height.max(inner.height + 1);
    }
}

struct Count<'a> {
    places: Places<'a>,
    /// The longest name, of the schema and the value.
    longest: u64,
    /// What is left of all tries. Counting takes no more of them than trying would.
    left: u64,
    /// The tries of a part of the schema on a part of the value, both by where they are; none while it is open.
    known: HashMap<(*const Value, *const Value), Option<Tries>>,
    sizes: HashMap<*const Value, u64>,
    weights: HashMap<*const u8, Option<u64>>,
}

impl<'a> Count<'a> {
    /// The tries, and the longest name. `None` where they are too many, too deep, or unknown.
    fn of(schema: &'a Value, value: &'a Value) -> Option<(Tries, u64)> {
        let mut count = Self {
            places: Places::of(schema),
            longest: longest(schema).max(longest(value)),
            left: MOST_TRIES,
            known: HashMap::new(),
            sizes: HashMap::new(),
            weights: HashMap::new(),
        };
        let tries = count.tries(schema, value, 0)?;
        (tries.whether <= MOST_TRIES).then_some((tries, count.longest))
    }

    fn tries(&mut self, schema: &'a Value, value: &'a Value, depth: u64) -> Option<Tries> {
        self.spend(1)?;
        let Value::Object(words) = schema else {
            return Some(self.sum(1, Tries::default(), value));
        };
        if !words.iter().any(|(word, part)| leads_on(word, part)) {
            let own = self.own(words, value)?;
            self.spend(own)?;
            return Some(self.sum(own, Tries::default(), value));
        }
        let key = (std::ptr::from_ref(schema), std::ptr::from_ref(value));
        if let Some(known) = self.known.get(&key) {
            // What leads back to itself the library follows along every way there is.
            return known.filter(|tries| depth + tries.height <= MOST_DEEP);
        }
        if depth > MOST_DEEP {
            return None;
        }
        self.known.insert(key, None);
        let own = self.own(words, value)?;
        self.spend(own)?;
        let inner = self.inner(words, value, depth + 1)?;
        let mut tries = self.sum(own, inner, value);
        // Whether a member was looked at is asked of all that stands beside it, level by level.
        if words.contains_key("unevaluatedItems") || words.contains_key("unevaluatedProperties") {
            tries.whether = tries.whether.saturating_add(tries.why);
            tries.why = tries.why.saturating_add(tries.why);
        }
        self.known.insert(key, Some(tries));
        Some(tries)
    }

    fn spend(&mut self, tries: u64) -> Option<()> {
        self.left = self.left.checked_sub(tries)?;
        Some(())
    }

    fn sum(&mut self, own: u64, inner: Tries, value: &'a Value) -> Tries {
        let whether = own.saturating_add(inner.whether);
        let failure = FAILURE + self.size(value) / BYTES;
        Tries {
            whether,
            why: whether.saturating_add(failure).saturating_add(inner.why),
            height: inner.height,
        }
    }

    /// What the words of one part take themselves.
    fn own(&mut self, words: &'a Map<String, Value>, value: &'a Value) -> Option<u64> {
        let text = match value {
            Value::String(text) => Some(text.len() as u64),
            _ => std::ptr::eq(value, &NAME).then_some(self.longest),
        };
        let parts = value.as_array().map_or(0, Vec::len) + value.as_object().map_or(0, Map::len);
        let mut bytes = text.unwrap_or(0).saturating_add(PART * parts as u64);
        let mut steps = 0_u64;
        for (word, part) in words {
            match (word.as_str(), part) {
                ("const" | "enum" | "not", _) => add(&mut bytes, self.size(part)),
                ("dependencies" | "dependentRequired" | "required", _) => {
                    add(&mut bytes, self.size(part).saturating_mul(BYTES / PART));
                }
                // A few are compared each with each.
                ("uniqueItems", _) => add(&mut bytes, self.size(value).saturating_mul(8)),
                ("pattern", Value::String(expression)) => {
                    if let Some(text) = text {
                        let weight = self.weight(expression)?;
                        add(&mut steps, weight.saturating_mul(text.max(1)));
                    }
                }
                ("patternProperties", Value::Object(expressions)) => {
                    let names = value.as_object().into_iter().flat_map(Map::keys);
                    let names = names.map(|name| name.len().max(1) as u64).sum();
                    for expression in expressions.keys() {
                        let weight = self.weight(expression)?;
                        add(&mut steps, weight.saturating_mul(names));
                    }
                }
                _ => {}
            }
        }
        Some((1 + bytes / BYTES).saturating_add(steps / STEPS))
    }

    fn inner(
        &mut self,
        words: &'a Map<String, Value>,
        value: &'a Value,
        depth: u64,
    ) -> Option<Tries> {
        let mut inner = Tries::default();
        for (word, part) in words {
            match word.as_str() {
                "$ref" => {
                    if let Value::String(target) = part {
                        let target = self.places.target(target)?;
                        inner.add(self.tries(target, value, depth)?);
                    }
                }
                "$dynamicRef" | "$recursiveRef" => return None,
                "allOf" | "anyOf" | "oneOf" => {
                    for part in items(part) {
                        inner.add(self.tries(part, value, depth)?);
                    }
                }
                "else" | "if" | "not" | "then" => inner.add(self.tries(part, value, depth)?),
                "dependencies" | "dependentSchemas" => {
                    for part in members(part) {
                        inner.add(self.tries(part, value, depth)?);
                    }
                }
                "properties" => {
                    let named = part.as_object().into_iter().flatten();
                    for (name, part) in named {
                        if let Some(member) = value.get(name) {
                            inner.add(self.tries(part, member, depth)?);
                        }
                    }
                }
                "patternProperties" => {
                    for part in members(part) {
                        self.of_each(part, members(value), depth, &mut inner)?;
                    }
                }
                "propertyNames" => {
                    let names = members(value).map(|_| &NAME);
                    self.of_each(part, names, depth, &mut inner)?;
                }
                "items" | "prefixItems" if part.is_array() => {
                    for (part, item) in items(part).zip(items(value)) {
                        inner.add(self.tries(part, item, depth)?);
                    }
                }
                "additionalItems" | "contains" | "items" | "unevaluatedItems" => {
                    self.of_each(part, items(value), depth, &mut inner)?;
                }
                "additionalProperties" | "unevaluatedProperties" => {
                    self.of_each(part, members(value), depth, &mut inner)?;
                }
                _ => {}
            }
        }
        Some(inner)
    }

    fn of_each(
        &mut self,
        schema: &'a Value,
        values: impl Iterator<Item = &'a Value>,
        depth: u64,
        sum: &mut Tries,
    ) -> Option<()> {
        for value in values {
            sum.add(self.tries(schema, value, depth)?);
        }
        Some(())
    }

    /// The bytes of a value, about.
    fn size(&mut self, value: &'a Value) -> u64 {
        match value {
            Value::Bool(_) | Value::Null | Value::Number(_) => return PART,
            Value::String(text) => return PART + text.len() as u64,
            Value::Array(_) | Value::Object(_) => {}
        }
        let key = std::ptr::from_ref(value);
        if let Some(size) = self.sizes.get(&key) {
            return *size;
        }
        let names = value.as_object().into_iter().flat_map(Map::keys);
        let mut size = PART + names.map(String::len).sum::<usize>() as u64;
        for part in items(value).chain(members(value)) {
            size += self.size(part);
        }
        self.sizes.insert(key, size);
        size
    }

    fn weight(&mut self, expression: &str) -> Option<u64> {
        let weight = self.weights.entry(expression.as_ptr());
        *weight.or_insert_with(|| expressions::of_expression(expression))
    }
}

/// Whether more than the word itself may have to be tried.
fn leads_on(word: &str, part: &Value) -> bool {
    part.is_array() || part.is_object() || matches!(word, "$dynamicRef" | "$recursiveRef" | "$ref")
}

fn add(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_object().into_iter().flat_map(Map::values)
}

#[cfg(test)]
#[path = "applications_tests.rs"]
mod tests;
