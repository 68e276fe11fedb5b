//! What kinds of values a schema allows.

use serde_json::{Map, Value};

/// Each of them speaks of objects only.
const OBJECT_WORDS: [&str; 6] = [
    "additionalProperties",
    "minProperties",
    "patternProperties",
    "properties",
    "propertyNames",
    "required",
];

/// All that a value may be, what is shown first coming first.
pub(super) fn kinds(schema: &Map<String, Value>) -> Vec<&str> {
    const ALL: [&str; 6] = ["string", "integer", "boolean", "object", "array", "null"];
    let usual = kind(schema);
    let others: Vec<&str> = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        Some(_) => Vec::new(),
        None => ALL.to_vec(),
    };
    let others = others.into_iter().filter(|kind| *kind != usual);
    std::iter::once(usual).chain(others).collect()
}

/// The first type that is more than `null`, or the one that the other words mean.
pub(super) fn kind(schema: &Map<String, Value>) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str);
            kinds.find(|kind| *kind != "null").unwrap_or("null")
        }
        Some(_) | None => {
            let has = |name: &str| schema.contains_key(name);
            if OBJECT_WORDS.iter().any(|word| has(word)) {
                "object"
            } else if has("contains") || has("items") || has("prefixItems") {
                "array"
            } else if has("minimum") || has("maximum") || has("multipleOf") {
                "number"
            } else {
                "string"
            }
        }
    }
}
