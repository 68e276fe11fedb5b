//! Schemas that providers keep to exactly: where a client's protocol always does so, others are asked to.

use serde_json::{Map, Value, value::RawValue};

/// Deeper ones are refused.
const DEEPEST: usize = 10;

const WORDS: [&str; 20] = [
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "anyOf",
    "const",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "multipleOf",
    "pattern",
    "properties",
    "required",
];

const FORMATS: [&str; 9] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "time",
    "uuid",
];

/// Whether it is an object whose objects require all their members and allow no others, in words that are known
/// wherever a reply can be held to a schema.
pub(crate) fn may_be_strict(schema: &RawValue) -> bool {
    let schema: Value = serde_json::from_str(schema.get()).unwrap_or_default();
    schema["type"] == "object" && schema.get("anyOf").is_none() && is_strict(&schema, 0)
}

fn is_strict(schema: &Value, depth: usize) -> bool {
    let Value::Object(fields) = schema else {
        return false;
    };
    if depth > DEEPEST
        || !fields
            .keys()
            .all(|key| matches!(key.as_str(), "title" | "type") || WORDS.contains(&&**key))
    {
        return false;
    }
    let is_typed = ["type", "anyOf", "$ref", "enum", "const"]
        .iter()
        .any(|key| fields.contains_key(*key));
    let format = fields.get("format").and_then(Value::as_str);
    let is_object = fields.get("type").is_some_and(|kind| {
        kind == "object"
            || kind
                .as_array()
                .is_some_and(|kinds| kinds.contains(&"object".into()))
    });
    let named = ["$defs", "properties"]
        .into_iter()
        .filter_map(|key| fields.get(key)?.as_object())
        .flat_map(Map::values);
    let listed = fields.get("anyOf").and_then(Value::as_array);
    let mut inner = named
        .chain(listed.into_iter().flatten())
        .chain(fields.get("items"));
    is_typed
        && format.is_none_or(|format| FORMATS.contains(&format))
        && (!is_object || is_closed(fields))
        && inner.all(|schema| is_strict(schema, depth + 1))
}

fn is_closed(fields: &Map<String, Value>) -> bool {
    let required = fields.get("required").and_then(Value::as_array);
    let mut members = fields
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys);
    fields.get("additionalProperties") == Some(&Value::Bool(false))
        && members.all(|member| {
            required.is_some_and(|required| required.iter().any(|name| name == member.as_str()))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::raw;

    #[test]
    fn edge_031_only_closed_schemas_of_known_words_are_strict() {
        let object = |fields: Value, required: Value| json!({"type": "object", "properties": fields, "required": required, "additionalProperties": false});
        let name = json!({"type": "string", "description": "D", "format": "uuid"});
        for (schema, expected) in [
            (object(json!({"a": name}), json!(["a"])), true),
            (object(json!({"a": name}), json!([])), false),
            (object(json!({"a": {}}), json!(["a"])), false),
            (
                object(
                    json!({"a": {"type": "string", "minLength": 1}}),
                    json!(["a"]),
                ),
                false,
            ),
            (
                object(
                    json!({"a": {"type": "string", "format": "uri"}}),
                    json!(["a"]),
                ),
                false,
            ),
            (
                object(
                    json!({"a": {"type": ["array", "null"], "items": object(json!({}), json!([]))}}),
                    json!(["a"]),
                ),
                true,
            ),
            (
                object(
                    json!({"a": {"type": "array", "items": {"type": "object"}}}),
                    json!(["a"]),
                ),
                false,
            ),
            (json!({"type": "array", "items": name}), false),
        ] {
            assert_eq!(may_be_strict(&raw(&schema)), expected, "{schema}");
        }
    }
}
