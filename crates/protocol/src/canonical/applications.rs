//! How often the parts of a schema are tried on the parts of a value: a few references that each lead to two others
//! make more work than there is time for, and a long row of them more than a thread's stack holds.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

/// What a schema may refer to: making it ready goes from each to the next.
const MOST_TARGETS: usize = 400;
/// Tries within one another.
const MOST_DEEP: usize = 400;
/// All tries, at about a tenth of a microsecond each.
const MOST_TRIES: u64 = 500_000;

/// Whether a schema can be made ready in little time and stack.
pub fn are_readable(schema: &Value) -> bool {
    let mut targets = HashSet::new();
    for (word, text) in texts(schema) {
        if word == "$ref" || word == "$dynamicRef" {
            targets.insert(text);
        }
    }
    targets.len() <= MOST_TARGETS
}

/// Whether a value can be held against a schema in little time and stack.
pub fn are_few(schema: &Value, value: &Value) -> bool {
    count(schema, value).is_some()
}

/// How many there are; `None` where they are not few. Of what is referred to by other than its place in the schema nobody
/// knows.
pub fn count(schema: &Value, value: &Value) -> Option<u64> {
    let text = |word: &str| schema.get(word).and_then(Value::as_str);
    let is_old = text("$schema").is_some_and(|version| version.contains("draft-04"));
    let name = if is_old { "id" } else { "$id" };
    let mut ids = texts(schema).into_iter().filter(|(word, _)| *word == name);
    let mut count = Count {
        root: schema,
        has_others: ids.any(|(_, id)| !id.starts_with('#') && Some(id) != text(name)),
        known: HashMap::new(),
    };
    let tries = count.tries(schema, value, 0);
    tries.filter(|tries| *tries <= MOST_TRIES)
}

/// All texts of a schema by their words, in no order.
fn texts(schema: &Value) -> Vec<(&str, &str)> {
    let mut texts = Vec::new();
    let mut open = vec![schema];
    while let Some(part) = open.pop() {
        for (word, part) in part.as_object().into_iter().flatten() {
            match part {
                Value::String(text) => texts.push((word.as_str(), text.as_str())),
                _ => open.push(part),
            }
        }
        open.extend(items(part));
    }
    texts
}

struct Count<'a> {
    root: &'a Value,
    /// Whether a part has a name of its own, which the references in it begin at.
    has_others: bool,
    /// The tries of a part of the schema on a part of the value, both by where they are.
    known: HashMap<(*const Value, *const Value), u64>,
}

impl<'a> Count<'a> {
    /// `None` where they are too many, too deep, or unknown.
    fn tries(&mut self, schema: &'a Value, value: &'a Value, depth: usize) -> Option<u64> {
        let Value::Object(words) = schema else {
            return Some(1);
        };
        let key = (std::ptr::from_ref(schema), std::ptr::from_ref(value));
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        if depth > MOST_DEEP || self.known.len() as u64 > MOST_TRIES {
            return None;
        }
        // What leads back to itself is tried once.
        self.known.insert(key, 1);
        let (mut here, mut inside) = (1_u64, 0_u64);
        for (word, part) in words {
            let depth = depth + 1;
            match word.as_str() {
                "$ref" => {
                    if let Value::String(target) = part {
                        let target = self.target(target)?;
                        add(&mut here, self.tries(target, value, depth)?);
                    }
                }
                "$dynamicRef" | "$recursiveRef" => return None,
                "allOf" | "anyOf" | "oneOf" => {
                    for part in items(part) {
                        add(&mut here, self.tries(part, value, depth)?);
                    }
                }
                "else" | "if" | "not" | "then" => {
                    add(&mut here, self.tries(part, value, depth)?);
                }
                "dependencies" | "dependentSchemas" => {
                    for part in members(part) {
                        add(&mut here, self.tries(part, value, depth)?);
                    }
                }
                "properties" => {
                    let named = part.as_object().into_iter().flatten();
                    for (name, part) in named {
                        if let Some(member) = value.get(name) {
                            add(&mut inside, self.tries(part, member, depth)?);
                        }
                    }
                }
                "patternProperties" => {
                    for part in members(part) {
                        add(&mut inside, self.of_each(part, members(value), depth)?);
                    }
                }
                "propertyNames" => {
                    let names = value.as_object().map_or(0, Map::len) as u64;
                    let tries = self.tries(part, &Value::Null, depth)?;
                    add(&mut inside, tries.saturating_mul(names));
                }
                "items" | "prefixItems" if part.is_array() => {
                    for (part, item) in items(part).zip(items(value)) {
                        add(&mut inside, self.tries(part, item, depth)?);
                    }
                }
                "additionalItems" | "contains" | "items" | "unevaluatedItems" => {
                    add(&mut inside, self.of_each(part, items(value), depth)?);
                }
                "additionalProperties" | "unevaluatedProperties" => {
                    add(&mut inside, self.of_each(part, members(value), depth)?);
                }
                _ => {}
            }
        }
        // Whether a member was looked at is asked of all that stands beside it.
        if words.contains_key("unevaluatedItems") || words.contains_key("unevaluatedProperties") {
            here = here.saturating_mul((items(value).count() + members(value).count() + 2) as u64);
        }
        let tries = here.saturating_add(inside);
        self.known.insert(key, tries);
        Some(tries)
    }

    fn of_each(
        &mut self,
        schema: &'a Value,
        values: impl Iterator<Item = &'a Value>,
        depth: usize,
    ) -> Option<u64> {
        let mut sum = 0;
        for value in values {
            add(&mut sum, self.tries(schema, value, depth)?);
        }
        Some(sum)
    }

    fn target(&self, reference: &str) -> Option<&'a Value> {
        let place = reference.strip_prefix('#')?;
        if self.has_others || place.contains('%') {
            return None;
        }
        self.root.pointer(place)
    }
}

fn add(sum: &mut u64, tries: u64) {
    *sum = sum.saturating_add(tries);
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_object().into_iter().flat_map(Map::values)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Definitions, each of which is made of the next.
    fn row(length: usize, made: impl Fn(Value) -> Value) -> Value {
        let mut shared = Map::new();
        for at in 0..length {
            let next = json!({"$ref": format!("#/$defs/{}", at + 1)});
            shared.insert(at.to_string(), made(next));
        }
        shared.insert(length.to_string(), json!({"type": "object"}));
        json!({"$ref": "#/$defs/0", "$defs": shared})
    }

    #[test]
    fn what_doubles_at_each_step_is_too_much() {
        for word in ["allOf", "anyOf", "oneOf"] {
            let schema = row(26, |next| json!({word: [next, next]}));
            assert!(are_readable(&schema));
            assert!(!are_few(&schema, &json!({})), "{word}");
        }
        let schema = row(26, |next| json!({"if": next, "then": next}));
        assert!(!are_few(&schema, &json!({})));
        let loose = json!({"unevaluatedProperties": false});
        let schema = row(
            26,
            |next| json!({"allOf": [next], "unevaluatedProperties": loose}),
        );
        assert!(!are_few(&schema, &json!({})));
        // Where each step goes into the value there are no more than the value has members.
        let schema = row(26, |next| json!({"properties": {"x": next, "y": next}}));
        assert!(are_few(&schema, &json!({"x": {"y": {"x": 1}}, "y": 2})));
    }

    #[test]
    fn a_long_row_of_references_is_too_deep() {
        let long = row(20_000, |next| json!({"allOf": [next]}));
        assert!(!are_readable(&long) && !are_few(&long, &json!({})));
        let most = row(MOST_TARGETS - 1, |next| next);
        assert!(are_readable(&most) && are_few(&most, &json!({})));
    }

    #[test]
    fn ordinary_schemas_are_tried() {
        let tree = json!({
            "$id": "https://example.com/tree",
            "anyOf": [
                {"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}},
                {"type": "object", "properties": {"only": {"$ref": "#/anyOf/0"}}},
                {"type": "array", "items": {"$ref": "#"}, "contains": {"not": {"type": "null"}}},
            ],
            "propertyNames": {"pattern": "^[a-z]+$"},
            "additionalProperties": {"type": ["array", "object", "null"]},
        });
        let mut value = json!(null);
        for _ in 0..20 {
            value = json!({"left": [value], "right": {"only": null}});
        }
        assert!(are_readable(&tree) && are_few(&tree, &value));
    }

    #[test]
    fn what_lies_elsewhere_is_not_known() {
        for odd in [
            json!({"$ref": "https://example.com/other"}),
            json!({"$ref": "#name", "$defs": {"a": {"$anchor": "name"}}}),
            json!({"allOf": [{"$id": "https://example.com/inner", "$ref": "#"}]}),
            json!({"$dynamicRef": "#"}),
        ] {
            assert!(!are_few(&odd, &json!({})), "{odd}");
        }
        assert!(are_few(&json!({"$ref": "#"}), &json!({})));
        let named = json!({"properties": {"a": {"$id": "#/properties/a"}, "b": {"$ref": "#"}}});
        assert!(are_few(&named, &json!({"b": {"a": 1}})));
    }

    /// On a thread's usual stack, as a server has it.
    #[test]
    fn what_is_said_to_be_little_is_little() {
        let value = json!({"x": {"x": {"x": {}}}});
        for schema in [
            row(MOST_TARGETS - 1, |next| next),
            row(MOST_TARGETS / 2 - 1, |next| json!({"allOf": [next]})),
            row(
                MOST_TARGETS - 1,
                |next| json!({"type": "object", "properties": {"x": {"anyOf": [next]}}}),
            ),
            row(16, |next| json!({"anyOf": [next, next]})),
        ] {
            assert!(are_readable(&schema) && are_few(&schema, &value));
            assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&value));
        }
    }
}
