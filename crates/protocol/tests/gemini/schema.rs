//! The vendor's own schemas, as strict as it is about them.

use serde_json::Value;

use super::{Checked, keys, want};

const KNOWN: [&str; 22] = [
    "anyOf",
    "default",
    "description",
    "enum",
    "example",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "nullable",
    "pattern",
    "properties",
    "propertyOrdering",
    "required",
    "title",
    "type",
];

pub(super) fn check(schema: &Value, place: &str) -> Checked {
    keys(schema, place, &KNOWN)?;
    let variants = schema["anyOf"].as_array();
    for variant in variants.into_iter().flatten() {
        check(variant, place)?;
    }
    let kind = schema["type"].as_str().unwrap_or_default();
    let kind = kind.to_ascii_uppercase();
    let kinds = [
        "ARRAY", "BOOLEAN", "INTEGER", "NULL", "NUMBER", "OBJECT", "STRING",
    ];
    want(kinds.contains(&kind.as_str()) || variants.is_some(), || {
        format!("{place}.type: must be specified: {schema}")
    })?;
    if let Some(values) = schema["enum"].as_array() {
        want(
            kind == "STRING" && values.iter().all(Value::is_string),
            || format!("{place}.enum: only allowed for STRING type"),
        )?;
    }
    if let Some(format) = schema["format"].as_str() {
        want(
            kind != "STRING" || ["date-time", "enum"].contains(&format),
            || format!("{place}.format: only 'enum' and 'date-time' are supported for STRING type"),
        )?;
    }
    want((kind == "ARRAY") == schema["items"].is_object(), || {
        format!("{place}.items: missing field.")
    })?;
    if kind == "ARRAY" {
        check(&schema["items"], place)?;
    }
    let nodes = schema["properties"].as_object();
    for (name, node) in nodes.into_iter().flatten() {
        check(node, &format!("{place}.properties[{name}]"))?;
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        want(nodes.is_some_and(|nodes| nodes.contains_key(name)), || {
            format!("{place}.required: property is not defined: {name}")
        })?;
    }
    want(nodes.is_none_or(|nodes| !nodes.is_empty()), || {
        format!("{place}.properties: should be non-empty for OBJECT type")
    })
}
