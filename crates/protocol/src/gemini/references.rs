//! JSON schemas as this vendor's newer models take them: without the mark of their dialect, and with references that
//! stand alone and lead to definitions.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    ptr,
};

use percent_encoding::percent_decode_str;
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
        let mut references = References::of(&root);
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
    sizes: Sizes,
    /// Those that are replaced around where we are.
    open: Vec<String>,
    left: usize,
    /// For what is made a definition, which parts of one another may be.
    left_to_define: usize,
    /// What was made a definition, and the name that it got.
    names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    /// How often a name was wanted.
    wanted: BTreeMap<String, usize>,
    pending: Vec<(String, Value)>,
    changed: bool,
}

/// What a reference leads to. Some are escaped for addresses, as the standard wants it, and some are not.
pub(super) fn find<'s>(root: &'s Value, at: &str) -> Option<&'s Value> {
    let at = at.strip_prefix('#')?;
    root.pointer(at)
        .or_else(|| root.pointer(&percent_decode_str(at).decode_utf8_lossy()))
}

/// How long what references may lead to is as text, more or less, by its place.
pub(super) struct Sizes(HashMap<*const Value, usize>);

impl Sizes {
    /// Of all objects in a schema, measured once each.
    pub(super) fn of(root: &Value) -> Self {
        let mut sizes = Self(HashMap::new());
        sizes.measure(root);
        sizes
    }

    pub(super) fn bytes(&self, value: Option<&Value>) -> usize {
        let bytes = value.and_then(|value| self.0.get(&ptr::from_ref(value)));
        bytes.copied().unwrap_or(2)
    }

    fn measure(&mut self, value: &Value) -> usize {
        match value {
            Value::Array(items) => {
                let items = items.iter().map(|item| self.measure(item) + 1);
                items.sum::<usize>() + 2
            }
            Value::Object(fields) => {
                let fields = fields.iter();
                let fields = fields.map(|(key, value)| key.len() + 4 + self.measure(value));
                let bytes = fields.sum::<usize>() + 2;
                self.0.insert(ptr::from_ref(value), bytes);
                bytes
            }
            Value::String(text) => text.len() + 2,
            Value::Bool(_) | Value::Null | Value::Number(_) => 5,
        }
    }
}

impl<'s> References<'s> {
    fn of(root: &'s Value) -> Self {
        let sizes = Sizes::of(root);
        let bytes = sizes.bytes(Some(root));
        let known = root.get("$defs").and_then(Value::as_object);
        Self {
            root,
            sizes,
            open: Vec::new(),
            left: MOST_BYTES,
            left_to_define: bytes + MOST_BYTES,
            names: BTreeMap::new(),
            taken: known.into_iter().flat_map(Map::keys).cloned().collect(),
            wanted: BTreeMap::new(),
            pending: Vec::new(),
            changed: false,
        }
    }

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
                let bytes = self.size(&at);
                let fits = self.open.len() < DEEPEST && bytes <= self.left;
                if fits && !self.open.contains(&at) {
                    self.left -= bytes;
                    fields.shift_remove("$ref");
                    for (key, value) in self.target(&at) {
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

    fn find(&self, at: &str) -> Option<&'s Value> {
        find(self.root, at)
    }

    /// The bytes of what a reference leads to.
    fn size(&self, at: &str) -> usize {
        if at != "#" {
            return self.sizes.bytes(self.find(at));
        }
        let definitions = ["$defs", "definitions"];
        let definitions = definitions.map(|key| self.sizes.bytes(self.root.get(key)));
        let whole = self.sizes.bytes(Some(self.root));
        whole.saturating_sub(definitions.iter().sum())
    }

    /// What a reference leads to; allows anything where that is nowhere.
    fn target(&self, at: &str) -> Map<String, Value> {
        let mut fields = self.find(at).and_then(Value::as_object).cloned();
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
                let left = self.left_to_define.checked_sub(self.size(at));
                self.left_to_define = left.unwrap_or(self.left_to_define);
                let target = left.map(|_| self.target(at)).unwrap_or_default();
                self.pending.push((name.clone(), target.into()));
                name
            }
        };
        fields.insert("$ref".to_owned(), format!("#/$defs/{name}").into());
    }

    fn name(&mut self, at: &str) -> String {
        let letters = at.rsplit('/').next().unwrap_or_default().chars();
        let word: String = letters
            .map(|letter| match letter {
                letter if letter.is_ascii_alphanumeric() => letter,
                _ => '_',
            })
            .collect();
        let count = self.wanted.entry(word.clone()).or_default();
        loop {
            *count += 1;
            let name = match *count {
                1 => word.clone(),
                count => format!("{word}_{count}"),
            };
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
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
#[path = "references_tests.rs"]
mod tests;
