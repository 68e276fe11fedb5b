//! The schema of a tool's arguments as every provider takes it: an object, without alternatives at its root, in the
//! words of today's drafts. Clients hand on what tool servers gave them, and one odd schema fails a whole request.

mod root;

use std::borrow::Cow;

use serde_json::{Map, Value, json, value::RawValue};

use super::Losses;
use crate::json::raw;

/// Members whose value is a schema, a list of schemas, or schemas by name.
const ONE: [&str; 4] = ["additionalProperties", "contains", "items", "not"];
const SEVERAL: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED: [&str; 5] = [
    "$defs",
    "definitions",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// The schema as it came where nothing is wrong with it.
pub(crate) fn object_schema<'a>(
    schema: Option<&'a RawValue>,
    losses: &mut Losses,
) -> Cow<'a, RawValue> {
    let Some(schema) = schema else {
        return Cow::Owned(raw(&json!({"type": "object", "properties": {}})));
    };
    let mut fields = match serde_json::from_str(schema.get()) {
        Ok(Value::Object(fields)) => fields,
        Ok(Value::Bool(true) | Value::Null) => Map::new(),
        Ok(Value::Array(_) | Value::Bool(false) | Value::Number(_) | Value::String(_)) | Err(_) => {
            losses.dropped(
                "tools[].parameters",
                "cannot be read as a schema: anything may be an argument",
            );
            Map::new()
        }
    };
    let mut mender = Mender::default();
    mender.mend(&mut fields);
    let is_merged = root::merge(&mut fields);
    let kind = fields.get("type");
    let is_object = kind.is_some_and(|kind| kind == "object");
    if !is_object && kind.is_some_and(|kind| !kind.is_null()) {
        losses.repaired(
            "tools[].parameters",
            "must be an object schema at the root and became one",
        );
    }
    if is_merged {
        losses.clamped(
            "tools[].parameters",
            "has alternatives at its root, where providers refuse them: their members are merged",
        );
    }
    if mender.repaired {
        losses.repaired(
            "tools[].parameters",
            "held words that providers refuse, of older drafts or null",
        );
    }
    let has_members = fields.contains_key("properties");
    if is_object && has_members && !is_merged && !mender.changed {
        return Cow::Borrowed(schema);
    }
    if mender.lacks_items || is_object && !has_members {
        losses.repaired(
            "tools[].parameters",
            "says nothing of its members or items, which providers insist on: anything may be one",
        );
    }
    let mut object = Map::with_capacity(fields.len() + 2);
    object.insert("type".to_owned(), "object".into());
    fields.shift_remove("type");
    object.extend(fields);
    object.entry("properties").or_insert_with(|| json!({}));
    Cow::Owned(raw(&Value::Object(object)))
}

#[derive(Default)]
struct Mender {
    changed: bool,
    /// A list says nothing of its items.
    lacks_items: bool,
    /// Something else was wrong.
    repaired: bool,
}

impl Mender {
    fn mend(&mut self, fields: &mut Map<String, Value>) {
        self.members(fields);
        self.items(fields);
        self.bound(fields, "exclusiveMaximum", "maximum");
        self.bound(fields, "exclusiveMinimum", "minimum");
        for name in ONE {
            if let Some(Value::Object(schema)) = fields.get_mut(name) {
                self.mend(schema);
            }
        }
        for name in SEVERAL {
            if let Some(Value::Array(schemas)) = fields.get_mut(name) {
                self.mend_all(schemas.iter_mut());
            }
        }
        for name in NAMED {
            if let Some(Value::Object(schemas)) = fields.get_mut(name) {
                self.mend_all(schemas.values_mut());
            }
        }
    }

    fn mend_all<'v>(&mut self, schemas: impl Iterator<Item = &'v mut Value>) {
        schemas
            .filter_map(Value::as_object_mut)
            .for_each(|schema| self.mend(schema));
    }

    fn members(&mut self, fields: &mut Map<String, Value>) {
        if fields
            .get("required")
            .is_some_and(|given| !given.is_array())
        {
            fields.shift_remove("required");
            self.repair();
        }
        if let Some(properties) = fields.get_mut("properties")
            && !properties.is_object()
        {
            *properties = json!({});
            self.repair();
        }
        if let Some(others) = fields.get_mut("additionalProperties")
            && !others.is_boolean()
            && !others.is_object()
        {
            *others = json!(true);
            self.repair();
        }
    }

    /// A list of schemas has a name of its own today, and some refuse lists without `items`.
    fn items(&mut self, fields: &mut Map<String, Value>) {
        let Some(items) = fields.get_mut("items") else {
            let kind = fields.get("type");
            if kind.is_some_and(|kind| kind == "array" || is_one_of(kind, "array")) {
                fields.insert("items".to_owned(), json!({}));
                self.changed = true;
                self.lacks_items = true;
            }
            return;
        };
        let Value::Array(each) = items else {
            if items.is_null() {
                *items = json!({});
                self.repair();
            }
            return;
        };
        let each = std::mem::take(each);
        *items = json!({});
        let longest = each.len();
        fields
            .entry("prefixItems")
            .or_insert_with(|| Value::Array(each));
        match fields.shift_remove("additionalItems") {
            Some(Value::Bool(false)) => {
                fields.entry("maxItems").or_insert_with(|| longest.into());
            }
            Some(others @ Value::Object(_)) => {
                fields.insert("items".to_owned(), others);
            }
            Some(_) | None => {}
        }
        self.repair();
    }

    /// Once a switch beside the bound, now the bound.
    fn bound(&mut self, fields: &mut Map<String, Value>, exclusive: &str, inclusive: &str) {
        let Some(Value::Bool(is_on)) = fields.get(exclusive) else {
            return;
        };
        let bound = is_on.then(|| fields.shift_remove(inclusive)).flatten();
        match bound {
            Some(bound) => fields.insert(exclusive.to_owned(), bound),
            None => fields.shift_remove(exclusive),
        };
        self.repair();
    }

    fn repair(&mut self) {
        self.changed = true;
        self.repaired = true;
    }
}

fn is_one_of(kinds: &Value, kind: &str) -> bool {
    let kinds = kinds.as_array();
    kinds.is_some_and(|kinds| kinds.iter().any(|each| each == kind))
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
