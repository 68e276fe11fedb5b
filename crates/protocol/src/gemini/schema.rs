//! The vendor's own schemas, a subset of JSON schema with words of its own: to JSON schema, and back for models
//! that take nothing else.
//!
//! Only schemas are touched: a property that is called `title` or `const`, a default, an enum's values are data.

use serde_json::{Map, Value, json, value::RawValue};

use super::references::{Sizes, find};
use crate::{
    canonical::Losses,
    json::{raw, says_nothing},
};

/// Deeper than people nest, and than references should lead.
const DEEPEST: usize = 48;
/// References may multiply: no schema grows beyond this many nodes.
const MOST_NODES: usize = 5_000;
/// And no more than this many bytes stand in the places of references.
const MOST_BYTES: usize = 2_000_000;

/// Constraints that both sides write alike.
const KEPT: [&str; 13] = [
    "default",
    "example",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "propertyOrdering",
    "title",
];

/// Read elsewhere, or no constraint at all.
const READ_OVER: [&str; 23] = [
    "$anchor",
    "$comment",
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "anyOf",
    "const",
    "definitions",
    "deprecated",
    "description",
    "enum",
    "format",
    "items",
    "nullable",
    "oneOf",
    "prefixItems",
    "properties",
    "readOnly",
    "required",
    "type",
    "writeOnly",
    "additionalItems",
];

const CHOICES: [&str; 2] = ["anyOf", "oneOf"];

/// The vendor's schema as JSON schema; byte for byte where it is one already. Clients put the vendor's words for
/// types into the fields for JSON schemas too (gemini-cli does, when it chooses a model).
pub(super) fn to_json(schema: &RawValue) -> Box<RawValue> {
    let Ok(value) = serde_json::from_str::<Value>(schema.get()) else {
        return schema.to_owned();
    };
    let translated = json_node(&value);
    if translated == value {
        schema.to_owned()
    } else {
        raw(&translated)
    }
}

fn json_node(value: &Value) -> Value {
    let Value::Object(fields) = value else {
        return value.clone();
    };
    let mut out = Map::with_capacity(fields.len());
    let mut nullable = false;
    for (key, value) in fields {
        let key = match key.as_str() {
            "any_of" => "anyOf",
            "max_items" => "maxItems",
            "max_length" => "maxLength",
            "max_properties" => "maxProperties",
            "min_items" => "minItems",
            "min_length" => "minLength",
            "min_properties" => "minProperties",
            "property_ordering" => "propertyOrdering",
            key => key,
        };
        let value = match key {
            "nullable" => {
                nullable = value == &Value::Bool(true);
                continue;
            }
            "propertyOrdering" => continue,
            "format" if value == "enum" => continue,
            "type" => match value.as_str() {
                Some("TYPE_UNSPECIFIED") => continue,
                Some(word) => Value::String(word.to_ascii_lowercase()),
                None => value.clone(),
            },
            "$defs" | "definitions" | "properties" => match value {
                Value::Object(nodes) => Value::Object(
                    nodes
                        .iter()
                        .map(|(name, node)| (name.clone(), json_node(node)))
                        .collect(),
                ),
                other => other.clone(),
            },
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => match value {
                Value::Array(nodes) => nodes.iter().map(json_node).collect(),
                other => other.clone(),
            },
            "additionalProperties" | "items" | "not" => json_node(value),
            // 64-bit numbers are text in protobuf's JSON.
            "maxItems" | "maxLength" | "maxProperties" | "minItems" | "minLength"
            | "minProperties" => value
                .as_str()
                .and_then(|text| text.parse::<u64>().ok())
                .map_or_else(|| value.clone(), Value::from),
            _ => value.clone(),
        };
        out.insert(key.to_owned(), value);
    }
    if nullable {
        allow_null(&mut out);
    }
    Value::Object(out)
}

fn allow_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.push(Value::Null);
    }
    if let Some(Value::Array(variants)) = schema.get_mut("anyOf") {
        variants.push(json!({"type": "null"}));
    } else if let Some(Value::String(word)) = schema.get("type") {
        let both = json!([word, "null"]);
        schema.insert("type".to_owned(), both);
    }
}

/// A JSON schema as the vendor's. What it cannot say stands in descriptions, for the model to read.
pub(super) fn subset(schema: &RawValue, field: &str, losses: &mut Losses) -> Map<String, Value> {
    let root = serde_json::from_str(schema.get()).unwrap_or_default();
    let mut leveller = Leveller {
        root: &root,
        sizes: Sizes::of(&root),
        open: Vec::new(),
        left: MOST_NODES,
        left_bytes: MOST_BYTES,
        moved: Vec::new(),
        cut: false,
    };
    let out = leveller.node(&root, 0);
    if !leveller.moved.is_empty() {
        losses.emulated(
            field,
            format!(
                "holds rules that this model's schemas do not know; they stand in its descriptions now: {}",
                leveller.moved.join(", ")
            ),
        );
    }
    if leveller.cut {
        losses.clamped(
            field,
            "refers to itself, to nothing, or is too deep; from there on it allows anything",
        );
    }
    out
}

struct Leveller<'s> {
    root: &'s Value,
    sizes: Sizes,
    /// The references that lead to where we are.
    open: Vec<String>,
    left: usize,
    left_bytes: usize,
    moved: Vec<String>,
    cut: bool,
}

impl Leveller<'_> {
    fn node(&mut self, value: &Value, depth: usize) -> Map<String, Value> {
        let opened = self.open.len();
        let out = if depth > DEEPEST || self.left == 0 {
            None
        } else {
            self.left -= 1;
            let mut fields = Map::new();
            self.gather(value, &mut fields, 0)
                .then(|| self.level(fields, depth))
        };
        self.open.truncate(opened);
        out.unwrap_or_else(|| {
            self.cut = true;
            Map::from_iter([("type".to_owned(), "OBJECT".into())])
        })
    }

    /// The node with its references followed and its `allOf` merged; false where they lead back.
    fn gather(&mut self, value: &Value, into: &mut Map<String, Value>, depth: usize) -> bool {
        let Value::Object(fields) = value else {
            return true;
        };
        if depth > DEEPEST {
            return false;
        }
        for (key, value) in fields {
            match (key.as_str(), into.get_mut(key), value) {
                ("$ref" | "allOf", _, _) => {}
                ("properties", Some(Value::Object(known)), Value::Object(more)) => {
                    for (name, node) in more {
                        known.entry(name).or_insert_with(|| node.clone());
                    }
                }
                ("required", Some(Value::Array(known)), Value::Array(more)) => {
                    known.extend(more.iter().cloned());
                }
                ("anyOf" | "oneOf", Some(known), more) => {
                    // A node has one choice: any other is told in words.
                    if known != more {
                        let others = into.entry("allOf").or_insert_with(|| json!([]));
                        let others = others.as_array_mut().into_iter();
                        others.for_each(|others| others.push(json!({key: more})));
                    }
                }
                (_, Some(_), _) => {}
                (_, None, value) => {
                    into.insert(key.clone(), value.clone());
                }
            }
        }
        if let Some(at) = fields.get("$ref").and_then(Value::as_str) {
            if self.open.iter().any(|open| open == at) {
                return false;
            }
            self.open.push(at.to_owned());
            let target = find(self.root, at);
            self.cut |= target.is_none();
            let Some(left) = self.left_bytes.checked_sub(self.sizes.bytes(target)) else {
                return false;
            };
            self.left_bytes = left;
            if target.is_some_and(|target| !self.gather(target, into, depth + 1)) {
                return false;
            }
        }
        let all = fields.get("allOf").and_then(Value::as_array);
        all.into_iter()
            .flatten()
            .all(|each| self.gather(each, into, depth + 1))
    }

    fn level(&mut self, fields: Map<String, Value>, depth: usize) -> Map<String, Value> {
        let mut out = Map::new();
        let mut notes = Vec::new();
        let mut nullable = fields.get("nullable") == Some(&Value::Bool(true));
        let mut types: Vec<String> = match fields.get("type") {
            Some(Value::String(word)) => vec![word.to_ascii_uppercase()],
            Some(Value::Array(words)) => words
                .iter()
                .filter_map(|word| Some(word.as_str()?.to_ascii_uppercase()))
                .collect(),
            _ => Vec::new(),
        };
        types.dedup();
        if types.len() > 1 {
            nullable |= types.iter().any(|word| word == "NULL");
            types.retain(|word| word != "NULL");
        }

        let constant = fields.get("const").map(|value| vec![value.clone()]);
        let listed = fields.get("enum").and_then(Value::as_array).cloned();
        if let Some(mut values) = constant.or(listed) {
            nullable |= values.contains(&Value::Null);
            values.retain(|value| !value.is_null());
            if values.is_empty() {
                types = vec!["NULL".to_owned()];
            } else if values.iter().all(Value::is_string) {
                types = vec!["STRING".to_owned()];
                out.insert("enum".to_owned(), values.into());
            } else {
                notes.push(("enum".to_owned(), values.into()));
            }
        }
        if types.is_empty() {
            let hints = [
                ("properties", "OBJECT"),
                ("items", "ARRAY"),
                ("prefixItems", "ARRAY"),
            ];
            let hint = hints.into_iter().find(|(key, _)| fields.contains_key(*key));
            types.extend(hint.map(|(_, word)| word.to_owned()));
        }

        let mut variants: Vec<Value> = CHOICES
            .into_iter()
            .filter_map(|key| fields.get(key)?.as_array())
            .flatten()
            .cloned()
            .collect();
        let has_rules_only = !types.is_empty() && !variants.iter().any(says_kind);
        if has_rules_only {
            variants.clear();
        } else if let [word] = &types[..] {
            for variant in &mut variants {
                inherit(variant, word);
            }
        }
        if variants.is_empty() && types.len() > 1 {
            // Each type with the rules that are about it.
            variants = types
                .iter()
                .map(|word| {
                    let mut one = fields.clone();
                    for shared in ["description", "title", "default", "nullable"] {
                        one.shift_remove(shared);
                    }
                    one.insert("type".to_owned(), word.as_str().into());
                    Value::Object(one)
                })
                .collect();
            types.clear();
        } else {
            types.truncate(1);
            let rules = CHOICES.into_iter().filter(|_| has_rules_only);
            for (key, rules) in rules.filter_map(|key| fields.get_key_value(key)) {
                if !says_nothing(rules) {
                    notes.push((key.clone(), rules.clone()));
                }
            }
            self.constraints(
                &fields,
                types.first().map(String::as_str),
                depth,
                &mut out,
                &mut notes,
            );
        }
        let mut leveled = Vec::new();
        for variant in &variants {
            let variant = self.node(variant, depth + 1);
            if variant.get("type").is_some_and(|word| word == "NULL") {
                nullable = true;
            } else {
                leveled.push(variant);
            }
        }
        for key in ["title", "description", "default"] {
            if let Some(value) = fields.get(key) {
                out.insert(key.to_owned(), value.clone());
            }
        }
        match leveled.len() {
            0 => {}
            1 => {
                for (key, value) in leveled.remove(0) {
                    if key == "type" {
                        types.clear();
                    }
                    match (key.as_str(), out.get_mut(&key), &value) {
                        // Rules may stand in it.
                        ("description", Some(Value::String(known)), Value::String(more)) => {
                            known.push('\n');
                            known.push_str(more);
                        }
                        (_, Some(_), _) => {}
                        (_, None, _) => {
                            out.insert(key, value);
                        }
                    }
                }
            }
            _ => {
                types.clear();
                out.shift_remove("enum");
                out.insert(
                    "anyOf".to_owned(),
                    leveled.into_iter().map(Value::Object).collect(),
                );
            }
        }
        if let Some(word) = types.pop() {
            out.insert("type".to_owned(), word.into());
        }
        if !out.contains_key("type") && !out.contains_key("anyOf") {
            // Anything at all, for which there is no word.
            out.insert("type".to_owned(), "STRING".into());
        }
        if nullable {
            out.insert("nullable".to_owned(), true.into());
        }
        self.describe(&mut out, notes);
        out
    }

    /// What a node of one type says beside its type.
    fn constraints(
        &mut self,
        fields: &Map<String, Value>,
        kind: Option<&str>,
        depth: usize,
        out: &mut Map<String, Value>,
        notes: &mut Vec<(String, Value)>,
    ) {
        if kind == Some("OBJECT") {
            self.members(fields, depth, out);
        }
        if kind == Some("ARRAY") {
            let items = match (fields.get("items"), fields.get("prefixItems")) {
                (Some(items @ Value::Object(each)), prefix)
                    if prefix.is_none() || !each.is_empty() =>
                {
                    self.node(items, depth + 1)
                }
                (_, Some(Value::Array(items))) | (Some(Value::Array(items)), _) => {
                    notes.push(("prefixItems".to_owned(), items.clone().into()));
                    self.node(&json!({"anyOf": items}), depth + 1)
                }
                _ => Map::from_iter([("type".to_owned(), "STRING".into())]),
            };
            out.insert("items".to_owned(), Value::Object(items));
        }
        for (key, value) in fields {
            match (key.as_str(), value) {
                ("format", Value::String(format)) => {
                    if is_format(kind, format) {
                        out.insert(key.clone(), value.clone());
                    } else {
                        notes.push((key.clone(), value.clone()));
                    }
                }
                ("exclusiveMinimum" | "exclusiveMaximum", Value::Number(_)) => {
                    let bound = if key == "exclusiveMinimum" {
                        "minimum"
                    } else {
                        "maximum"
                    };
                    if !fields.contains_key(bound) {
                        out.insert(bound.to_owned(), value.clone());
                    }
                    notes.push((key.clone(), value.clone()));
                }
                ("additionalProperties", Value::Bool(_)) | ("uniqueItems", Value::Bool(false)) => {}
                (kept, _) if KEPT.contains(&kept) => {
                    out.insert(key.clone(), value.clone());
                }
                (known, _) if READ_OVER.contains(&known) => {}
                _ => notes.push((key.clone(), value.clone())),
            }
        }
    }

    fn members(&mut self, fields: &Map<String, Value>, depth: usize, out: &mut Map<String, Value>) {
        let Some(Value::Object(nodes)) = fields.get("properties") else {
            return;
        };
        if nodes.is_empty() {
            return;
        }
        let mut required = Vec::new();
        for name in fields
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let is_known = name.as_str().is_some_and(|name| nodes.contains_key(name));
            if is_known && !required.contains(name) {
                required.push(name.clone());
            }
        }
        let nodes: Map<String, Value> = nodes
            .iter()
            .map(|(name, node)| (name.clone(), Value::Object(self.node(node, depth + 1))))
            .collect();
        out.insert("properties".to_owned(), Value::Object(nodes));
        if !required.is_empty() {
            out.insert("required".to_owned(), required.into());
        }
    }

    fn describe(&mut self, schema: &mut Map<String, Value>, notes: Vec<(String, Value)>) {
        let mut text = match schema.get("description") {
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        };
        for (key, value) in notes {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&format!("{key}: {value}"));
            if !self.moved.contains(&key) {
                self.moved.push(key);
            }
        }
        if !text.is_empty() {
            schema.insert("description".to_owned(), text.into());
        }
    }
}

/// Whether an alternative is more than rules about what it stands in.
fn says_kind(variant: &Value) -> bool {
    const SAYING: [&str; 10] = [
        "$ref",
        "allOf",
        "anyOf",
        "const",
        "enum",
        "items",
        "oneOf",
        "prefixItems",
        "properties",
        "type",
    ];
    SAYING.iter().any(|key| variant.get(key).is_some())
}

/// Gives an alternative the type of what it stands in, unless it or what it leads to has one.
fn inherit(variant: &mut Value, word: &str) {
    const OF_ITS_OWN: [&str; 5] = ["$ref", "allOf", "anyOf", "oneOf", "type"];
    if let Value::Object(fields) = variant
        && !OF_ITS_OWN.iter().any(|key| fields.contains_key(*key))
    {
        fields.insert("type".to_owned(), word.into());
    }
}

fn is_format(kind: Option<&str>, format: &str) -> bool {
    match kind {
        Some("STRING") => matches!(format, "enum" | "date-time"),
        Some("INTEGER" | "NUMBER") => matches!(format, "int32" | "int64" | "float" | "double"),
        _ => false,
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
