//! Alternatives at the root of a schema, which most providers refuse: an object with the members of all of them.

use std::{
    collections::{HashMap, hash_map::Entry},
    ptr,
};

use serde_json::{Map, Value, json};

/// Deeper than people nest.
const DEEPEST: usize = 16;
/// References may multiply: no schema is read beyond this many nodes and members of theirs.
const MOST_NODES: usize = 4_000;
/// Behind so many forms of one member none is compared with all of them.
const MOST_COMPARED: usize = 32;
const ALTERNATIVES: [&str; 2] = ["anyOf", "oneOf"];
/// Longer rules are not repeated for the model to read.
const LONGEST_NOTE: usize = 2_000;

/// Whether there was anything to merge.
pub(super) fn merge(fields: &mut Map<String, Value>) -> bool {
    let refused = ["$ref", "allOf", "anyOf", "enum", "not", "oneOf"];
    if !refused.iter().any(|key| fields.contains_key(*key)) {
        return false;
    }
    let root = Value::Object(fields.clone());
    let mut left = MOST_NODES;
    let mut members = Members::default();
    members.gather(&root, &root, 0, &mut left);
    let mut notes = Vec::new();
    for key in refused {
        let Some(rule) = fields.shift_remove(key) else {
            continue;
        };
        let note = format!("{key}: {rule}");
        if !matches!(key, "$ref" | "allOf") && note.len() <= LONGEST_NOTE {
            notes.push(note);
        }
    }
    let properties = members.names.iter().map(|name| {
        let forms = members.forms.get(name).map_or(&[][..], Vec::as_slice);
        ((*name).to_owned(), any_of(forms))
    });
    let properties: Map<String, Value> = properties.collect();
    fields.insert("properties".to_owned(), properties.into());
    fields.shift_remove("required");
    if !members.required.is_empty() {
        let required = members.required.into_iter().cloned();
        fields.insert("required".to_owned(), required.collect());
    }
    let stated = fields.get("description").and_then(Value::as_str);
    let text: Vec<&str> = stated
        .into_iter()
        .chain(notes.iter().map(String::as_str))
        .collect();
    if !text.is_empty() {
        let text = text.join("\n");
        fields.insert("description".to_owned(), text.into());
    }
    true
}

/// Nothing is copied before all is read: the same may be referred to a thousand times.
#[derive(Default)]
struct Members<'s> {
    names: Vec<&'s str>,
    /// What each may be.
    forms: HashMap<&'s str, Vec<&'s Value>>,
    required: Vec<&'s Value>,
}

impl<'s> Members<'s> {
    fn gather(&mut self, root: &'s Value, node: &'s Value, depth: usize, left: &mut usize) {
        let Value::Object(fields) = node else {
            return;
        };
        if depth > DEEPEST || *left == 0 {
            return;
        }
        *left -= 1;
        if let Some(Value::Object(properties)) = fields.get("properties") {
            for (name, schema) in properties.iter().take(*left) {
                self.add(name, &[schema]);
            }
            *left = left.saturating_sub(properties.len());
        }
        if let Some(Value::Array(required)) = fields.get("required") {
            self.require(required.iter().take(*left));
            *left = left.saturating_sub(required.len());
        }
        if let Some(at) = fields.get("$ref").and_then(Value::as_str)
            && let Some(target) = at.strip_prefix('#').and_then(|at| root.pointer(at))
        {
            self.gather(root, target, depth + 1, left);
        }
        for each in list(fields, "allOf") {
            self.gather(root, each, depth + 1, left);
        }
        for key in ALTERNATIVES {
            let mut any: Option<Self> = None;
            for each in list(fields, key) {
                let mut one = Self::default();
                one.gather(root, each, depth + 1, left);
                match &mut any {
                    Some(any) => any.or(one),
                    None => any = Some(one),
                }
            }
            let any = any.unwrap_or_default();
            for name in &any.names {
                self.add(name, any.forms.get(name).map_or(&[], Vec::as_slice));
            }
            self.require(any.required.into_iter());
        }
    }

    /// A member, if there is none of its name.
    fn add(&mut self, name: &'s str, forms: &[&'s Value]) {
        if let Entry::Vacant(place) = self.forms.entry(name) {
            place.insert(forms.to_vec());
            self.names.push(name);
        }
    }

    fn require(&mut self, names: impl Iterator<Item = &'s Value>) {
        for name in names {
            if !self.required.contains(&name) {
                self.required.push(name);
            }
        }
    }

    /// What one or the other allows.
    fn or(&mut self, other: Self) {
        for name in other.names {
            let forms = other.forms.get(name).map_or(&[][..], Vec::as_slice);
            self.add(name, forms);
            let known = self.forms.entry(name).or_default();
            for form in forms {
                let is_same = |known: &&Value| ptr::eq(*known, *form);
                let may_be_new = !known.iter().any(is_same);
                if may_be_new && (known.len() > MOST_COMPARED || !known.contains(form)) {
                    known.push(form);
                }
            }
        }
        self.required.retain(|name| other.required.contains(name));
    }
}

fn any_of(forms: &[&Value]) -> Value {
    if let [form] = forms {
        return (*form).clone();
    }
    let mut each = Vec::new();
    for form in forms {
        let fields = form.as_object().filter(|fields| fields.len() == 1);
        match fields.and_then(|fields| fields.get("anyOf")) {
            Some(Value::Array(forms)) => each.extend(forms.iter().cloned()),
            _ => each.push((*form).clone()),
        }
    }
    json!({ "anyOf": each })
}

fn list<'v>(fields: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = &'v Value> {
    fields
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
