//! JSON schemas as structured output accepts them. What it refuses moves into the description, where the
//! model still reads it. Only schema nodes are touched, never data or properties that bear such names.

use serde_json::{Map, Value, value::RawValue};

use crate::canonical::Losses;

const FORMATS: [&str; 9] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "time",
    "uri",
];

/// The schema with `additionalProperties: false` on every object and without refused keywords; `None` where it cannot
/// be read.
pub(super) fn restrict(schema: &RawValue, field: &str, losses: &mut Losses) -> Option<Value> {
    let Ok(mut value) = serde_json::from_str(schema.get()) else {
        losses.dropped(field, "has a schema that is nested too deeply to be read");
        return None;
    };
    let mut moved = Vec::new();
    node(&mut value, &mut moved);
    if !moved.is_empty() {
        losses.emulated(
            field,
            format!(
                "has constraints that became part of the descriptions: {}",
                moved.join(", ")
            ),
        );
    }
    Some(value)
}

fn node(value: &mut Value, moved: &mut Vec<String>) {
    let Value::Object(schema) = value else {
        return;
    };
    let mut notes = Vec::new();
    let is_object = schema.contains_key("properties")
        || schema.get("type").is_some_and(|kind| {
            kind == "object"
                || kind
                    .as_array()
                    .is_some_and(|kinds| kinds.contains(&"object".into()))
        });
    if is_object
        && !schema.contains_key("properties")
        && !schema.contains_key("additionalProperties")
    {
        // Closed, it would be an object without anything in it.
        notes.push(("additionalProperties".to_owned(), Value::Bool(true)));
    }
    let mut kept = Map::with_capacity(schema.len() + 1);
    for (mut key, mut value) in std::mem::take(schema) {
        let word = key.clone();
        match key.as_str() {
            "$schema" | "$id" | "$comment" => continue,
            "$ref" => {
                if let Some(name) = value
                    .as_str()
                    .and_then(|at| at.strip_prefix("#/definitions/"))
                {
                    value = Value::String(format!("#/$defs/{name}"));
                }
            }
            "$defs" | "definitions" | "properties" => {
                if key == "definitions" {
                    key = "$defs".to_owned();
                }
                if let Value::Object(nodes) = &mut value {
                    nodes.values_mut().for_each(|value| node(value, moved));
                }
            }
            "allOf" | "anyOf" | "oneOf" => {
                if key == "oneOf" {
                    key = "anyOf".to_owned();
                }
                if let Value::Array(nodes) = &mut value {
                    nodes.iter_mut().for_each(|value| node(value, moved));
                }
            }
            "items" if value.is_object() => node(&mut value, moved),
            "additionalProperties" => {
                if value != Value::Bool(false) {
                    notes.push((key, value));
                }
                continue;
            }
            "const" | "description" | "enum" | "required" | "title" | "type" => {}
            "format"
                if value
                    .as_str()
                    .is_some_and(|f| f == "uuid" || FORMATS.contains(&f)) => {}
            "minItems" if value == 0 || value == 1 => {}
            _ => {
                notes.push((key, value));
                continue;
            }
        }
        // Of two that take one name.
        match (kept.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) if key == "$defs" => {
                known.extend(more);
            }
            (Some(_), value) => notes.push((word, value)),
            (None, value) => {
                kept.insert(key, value);
            }
        }
    }
    if is_object {
        kept.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    describe(&mut kept, notes, moved);
    *schema = kept;
}

fn describe(schema: &mut Map<String, Value>, notes: Vec<(String, Value)>, moved: &mut Vec<String>) {
    if notes.is_empty() {
        return;
    }
    let mut text = schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    for (key, value) in notes {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{key}: {value}"));
        if !moved.contains(&key) {
            moved.push(key);
        }
    }
    schema.insert("description".to_owned(), Value::String(text));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn restricted(schema: &Value) -> (Value, usize) {
        let raw = RawValue::from_string(schema.to_string()).unwrap();
        let mut losses = Losses::default();
        let schema = restrict(&raw, "schema", &mut losses).unwrap();
        (schema, losses.len())
    }

    #[test]
    fn edge_031_refused_constraints_move_into_the_description() {
        let (schema, losses) = restricted(&json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "age": {"type": "integer", "minimum": 0, "description": "In years."},
                "tags": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "string", "pattern": "^a"}},
                "mail": {"type": "string", "format": "email"},
            },
            "required": ["age"],
        }));
        assert_eq!(
            schema,
            json!({
                "type": "object",
                "properties": {
                    "age": {"type": "integer", "description": "In years.\nminimum: 0"},
                    "tags": {"type": "array", "minItems": 1, "description": "maxItems: 3", "items": {"type": "string", "description": "pattern: \"^a\""}},
                    "mail": {"type": "string", "format": "email"},
                },
                "required": ["age"],
                "additionalProperties": false,
            })
        );
        assert_eq!(losses, 1);
    }

    #[test]
    fn edge_068_data_and_properties_with_such_names_stay() {
        let schema = json!({
            "type": "object",
            "properties": {
                "minimum": {"type": "integer"},
                "pattern": {"type": "string", "enum": ["oneOf", "default"]},
                "format": {"const": {"minLength": 3, "title": "x"}},
            },
            "required": ["minimum", "pattern"],
            "additionalProperties": false,
        });
        assert_eq!(restricted(&schema), (schema, 0));
    }

    #[test]
    fn what_takes_one_name_with_another_is_not_lost() {
        let (schema, losses) = restricted(&json!({
            "anyOf": [{"type": "string"}],
            "oneOf": [{"type": "boolean"}],
            "$defs": {"a": {"type": "string"}},
            "definitions": {"b": {"type": "null"}},
        }));
        assert_eq!(
            schema,
            json!({
                "anyOf": [{"type": "string"}],
                "$defs": {"a": {"type": "string"}, "b": {"type": "null"}},
                "description": "oneOf: [{\"type\":\"boolean\"}]",
            })
        );
        assert_eq!(losses, 1);
    }

    #[test]
    fn an_object_of_any_keys_says_so() {
        let (schema, losses) = restricted(&json!({"type": "object", "description": "Any keys."}));
        let expected = json!({
            "type": "object",
            "description": "Any keys.\nadditionalProperties: true",
            "additionalProperties": false,
        });
        assert_eq!((schema, losses), (expected, 1));
    }

    #[test]
    fn what_is_too_deep_to_be_read_is_told() {
        let deep = format!("{}{{}}{}", "{\"items\":".repeat(200), "}".repeat(200));
        let raw = RawValue::from_string(deep).unwrap();
        let mut losses = Losses::default();
        assert_eq!(restrict(&raw, "response_format", &mut losses), None);
        assert_eq!(losses.len(), 1);
    }

    #[test]
    fn alternatives_and_definitions_take_their_newer_names() {
        let (schema, _) = restricted(&json!({
            "definitions": {"leaf": {"type": "object", "properties": {}}},
            "oneOf": [{"$ref": "#/definitions/leaf"}, {"type": "null"}],
        }));
        assert_eq!(
            schema,
            json!({
                "$defs": {"leaf": {"type": "object", "properties": {}, "additionalProperties": false}},
                "anyOf": [{"$ref": "#/$defs/leaf"}, {"type": "null"}],
            })
        );
    }
}
