//! Alternatives at the root of a schema, which most providers refuse: an object with the members of all of them.

use serde_json::{Map, Value, json};

/// Deeper than people nest.
const DEEPEST: usize = 16;
/// References may multiply: no schema is read beyond this many nodes.
const MOST_NODES: usize = 2_000;
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
    fields.insert("properties".to_owned(), members.properties.into());
    fields.shift_remove("required");
    if !members.required.is_empty() {
        fields.insert("required".to_owned(), members.required.into());
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

#[derive(Default)]
struct Members {
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl Members {
    fn gather(&mut self, root: &Value, node: &Value, depth: usize, left: &mut usize) {
        let Value::Object(fields) = node else {
            return;
        };
        if depth > DEEPEST || *left == 0 {
            return;
        }
        *left -= 1;
        if let Some(Value::Object(properties)) = fields.get("properties") {
            for (name, schema) in properties {
                self.properties
                    .entry(name)
                    .or_insert_with(|| schema.clone());
            }
        }
        if let Some(Value::Array(required)) = fields.get("required") {
            self.require(required);
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
            for (name, schema) in any.properties {
                self.properties.entry(name).or_insert(schema);
            }
            self.require(&any.required);
        }
    }

    fn require(&mut self, names: &[Value]) {
        for name in names {
            if !self.required.contains(name) {
                self.required.push(name.clone());
            }
        }
    }

    /// What one or the other allows.
    fn or(&mut self, other: Self) {
        for (name, schema) in other.properties {
            match self.properties.get_mut(&name) {
                Some(known) if *known != schema => either(known, schema),
                Some(_) => {}
                None => {
                    self.properties.insert(name, schema);
                }
            }
        }
        self.required.retain(|name| other.required.contains(name));
    }
}

fn either(known: &mut Value, other: Value) {
    match known.as_object_mut() {
        Some(fields) if fields.len() == 1 && fields.contains_key("anyOf") => {
            if let Some(Value::Array(each)) = fields.get_mut("anyOf")
                && !each.contains(&other)
            {
                each.push(other);
            }
        }
        Some(_) | None => *known = json!({"anyOf": [known.take(), other]}),
    }
}

fn list<'v>(fields: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = &'v Value> {
    fields
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
