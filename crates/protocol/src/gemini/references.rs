//! JSON schemas as this vendor's newer models take them: without the mark of their dialect, and with references that
//! stand alone and lead to definitions.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Map, Value, value::RawValue};

use crate::{canonical::Losses, json::raw};

/// References may multiply: no more than this many bytes stand in their places, and no deeper than that.
const MOST_BYTES: usize = 200_000;
const DEEPEST: usize = 16;

const ONE: [&str; 3] = ["additionalProperties", "items", "not"];
const SEVERAL: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED: [&str; 4] = ["$defs", "definitions", "patternProperties", "properties"];

/// The schema as it came where nothing is wrong with it.
pub(super) fn mended<'s>(
    schema: &'s RawValue,
    field: &str,
    losses: &mut Losses,
) -> Cow<'s, RawValue> {
    let mut value = serde_json::from_str::<Value>(schema.get()).unwrap_or_default();
    let fields = value.as_object_mut();
    let is_marked = fields.is_some_and(|fields| fields.shift_remove("$schema").is_some());
    let mut changed = false;
    if schema.get().contains("\"$ref\"") {
        let root = value.clone();
        let mut references = References {
            root: &root,
            open: Vec::new(),
            left: MOST_BYTES,
            names: BTreeMap::new(),
            pending: Vec::new(),
            changed: false,
        };
        references.node(&mut value);
        references.define(&mut value);
        changed = references.changed;
    }
    if changed {
        losses.repaired(
            field,
            "refers beside other words, or to no definition: its references were replaced",
        );
    }
    if is_marked || changed {
        Cow::Owned(raw(&value))
    } else {
        Cow::Borrowed(schema)
    }
}

struct References<'s> {
    root: &'s Value,
    /// Those that are replaced around where we are.
    open: Vec<String>,
    left: usize,
    /// What was made a definition, and the name that it got.
    names: BTreeMap<String, String>,
    pending: Vec<(String, Value)>,
    changed: bool,
}

impl References<'_> {
    fn node(&mut self, value: &mut Value) {
        let Value::Object(fields) = value else {
            return;
        };
        if let Some(at) = fields.get("$ref").and_then(Value::as_str) {
            let at = at.to_owned();
            if fields.keys().all(|key| key.starts_with('$')) {
                self.point(fields, &at);
            } else {
                self.changed = true;
                let target = self.target(&at);
                let bytes = Value::from(target.clone()).to_string().len();
                let fits = self.open.len() < DEEPEST && bytes <= self.left;
                if fits && !self.open.contains(&at) {
                    self.left -= bytes;
                    fields.shift_remove("$ref");
                    for (key, value) in target {
                        fields.entry(key).or_insert(value);
                    }
                    self.open.push(at);
                    self.node(value);
                    self.open.pop();
                    return;
                }
                fields.retain(|key, _| key.starts_with('$'));
                self.point(fields, &at);
            }
        }
        for key in ONE {
            if let Some(each) = fields.get_mut(key) {
                self.node(each);
            }
        }
        for key in SEVERAL {
            if let Some(Value::Array(each)) = fields.get_mut(key) {
                each.iter_mut().for_each(|each| self.node(each));
            }
        }
        for key in NAMED {
            if let Some(Value::Object(each)) = fields.get_mut(key) {
                each.values_mut().for_each(|each| self.node(each));
            }
        }
    }

    /// What a reference leads to; allows anything where that is nowhere.
    fn target(&self, at: &str) -> Map<String, Value> {
        let target = at.strip_prefix('#').and_then(|at| self.root.pointer(at));
        let mut fields = target.and_then(Value::as_object).cloned();
        if let (Some(fields), "#") = (&mut fields, at) {
            fields.shift_remove("$defs");
            fields.shift_remove("definitions");
        }
        fields.unwrap_or_default()
    }

    /// Makes a reference lead to a definition.
    fn point(&mut self, fields: &mut Map<String, Value>, at: &str) {
        let definition = at.strip_prefix("#/$defs/");
        if definition.is_some_and(|name| !name.contains('/'))
            && self.root.pointer(&at[1..]).is_some()
        {
            return;
        }
        self.changed = true;
        let name = match self.names.get(at) {
            Some(name) => name.clone(),
            None => {
                let name = self.name(at);
                self.names.insert(at.to_owned(), name.clone());
                let target = Value::Object(self.target(at));
                self.pending.push((name.clone(), target));
                name
            }
        };
        fields.insert("$ref".to_owned(), format!("#/$defs/{name}").into());
    }

    fn name(&self, at: &str) -> String {
        let wanted: String = at
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        let known = self.root.get("$defs").and_then(Value::as_object);
        let is_taken = |name: &str| {
            known.is_some_and(|known| known.contains_key(name))
                || self.names.values().any(|taken| taken == name)
        };
        let mut name = wanted.clone();
        let mut count = 2;
        while is_taken(&name) {
            name = format!("{wanted}_{count}");
            count += 1;
        }
        name
    }

    /// Adds the new definitions; the older word for them says nothing any more.
    fn define(&mut self, root: &mut Value) {
        let mut made = Map::new();
        while let Some((name, mut target)) = self.pending.pop() {
            self.node(&mut target);
            made.insert(name, target);
        }
        if let (Value::Object(fields), false) = (root, made.is_empty()) {
            fields.shift_remove("definitions");
            let known = fields.entry("$defs").or_insert_with(|| Map::new().into());
            if let Value::Object(known) = known {
                known.extend(made);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(schema: &Value) -> (Value, usize) {
        let mut losses = Losses::default();
        let schema = raw(schema);
        let sent = mended(&schema, "schema", &mut losses);
        (serde_json::from_str(sent.get()).unwrap(), losses.len())
    }

    #[test]
    fn edge_036_references_stand_alone_and_lead_to_definitions() {
        for (given, expected) in [
            (
                json!({"$defs": {"Q": {"type": "object", "title": "Q"}}, "properties": {"q": {"$ref": "#/$defs/Q", "title": "T"}}}),
                json!({"$defs": {"Q": {"type": "object", "title": "Q"}}, "properties": {"q": {"title": "T", "type": "object"}}}),
            ),
            (
                json!({"properties": {"h": {"type": "object"}, "p": {"items": {"$ref": "#/properties/h"}}}}),
                json!({"properties": {"h": {"type": "object"}, "p": {"items": {"$ref": "#/$defs/h"}}}, "$defs": {"h": {"type": "object"}}}),
            ),
            (
                json!({"definitions": {"A": {"items": {"$ref": "#/definitions/A", "description": "D"}}}, "properties": {"a": {"$ref": "#/definitions/A"}}}),
                json!({"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"items": {"description": "D", "items": {"$ref": "#/$defs/A"}}}}}),
            ),
            (
                json!({"properties": {"r": {"$ref": "#"}, "n": {"$ref": "#/nowhere"}}}),
                json!({
                    "properties": {"r": {"$ref": "#/$defs/_"}, "n": {"$ref": "#/$defs/nowhere"}},
                    "$defs": {"nowhere": {}, "_": {"properties": {"r": {"$ref": "#/$defs/_"}, "n": {"$ref": "#/$defs/nowhere"}}}},
                }),
            ),
        ] {
            assert_eq!(sent(&given), (expected, 1));
        }
    }

    #[test]
    fn edge_036_a_sound_schema_stays_and_data_is_none() {
        let sound = json!({
            "$defs": {"Q": {"items": {"$ref": "#/$defs/Q"}}},
            "properties": {"q": {"$ref": "#/$defs/Q"}, "$ref": {"type": "string"}, "d": {"default": {"$ref": "x", "a": 1}}},
        });
        assert_eq!(sent(&sound), (sound.clone(), 0));
        let marked = json!({"$schema": "x", "properties": {"$schema": {"type": "string"}}});
        let expected = json!({"properties": {"$schema": {"type": "string"}}});
        assert_eq!(sent(&marked), (expected, 0));
    }
}
