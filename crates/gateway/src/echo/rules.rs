//! The rules of a schema: what two of them demand together, and whether a value keeps to them.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use jsonschema::Validator;
use protocol::canonical::expressions;
use serde_json::{Map, Value};

/// Where schemas keep what their references lead to, and which version they are of.
const SHARED: [&str; 3] = ["$defs", "$schema", "definitions"];
/// That a character of a value may take: many values are tried.
const MOST_STEPS: u64 = 10_000;
/// The rules of the parts of one schema, each made ready once: values come by the thousand.
pub(super) struct Rules<'a> {
    root: &'a Value,
    ready: RefCell<HashMap<String, Option<Rc<Validator>>>>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self {
            root,
            ready: RefCell::default(),
        }
    }

    /// Checks values against one schema out of the larger one. `None` where it cannot be read: nothing is fetched.
    pub(super) fn of_part(&self, mut part: Map<String, Value>) -> Option<Rc<Validator>> {
        let text = Value::Object(part.clone()).to_string();
        let mut ready = self.ready.borrow_mut();
        let made = ready.entry(text).or_insert_with(|| {
            for name in SHARED {
                if let Some(shared) = self.root.get(name) {
                    part.insert(name.to_owned(), shared.clone());
                }
            }
            validator(&Value::Object(part)).map(Rc::new)
        });
        made.clone()
    }
}

/// Whether a schema has expressions that are not tried. The library can limit them, but only with another megabyte of
/// code.
pub(super) fn is_unbounded(schema: &Value) -> bool {
    expressions::weight(schema).is_none_or(|weight| weight > MOST_STEPS)
}

fn validator(schema: &Value) -> Option<Validator> {
    if is_unbounded(schema) {
        return None;
    }
    jsonschema::validator_for(schema).ok()
}

/// The rules that a value breaks, by their keywords; `None` where the schema cannot be read.
pub(super) fn broken(schema: &Value, value: &Value) -> Option<BTreeSet<String>> {
    let validator = validator(schema)?;
    let errors = validator.iter_errors(value);
    Some(
        errors
            .map(|error| error.kind().keyword().to_owned())
            .collect(),
    )
}

/// Adds what `other` demands; of two limits the stricter one holds.
pub(super) fn merge(schema: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (name, value) in other {
        match (name.as_str(), schema.get_mut(name)) {
            ("properties", Some(Value::Object(ours))) => {
                if let Value::Object(theirs) = value {
                    for (name, property) in theirs {
                        ours.insert(name.clone(), property.clone());
                    }
                }
            }
            ("required", Some(Value::Array(ours))) => {
                if let Value::Array(theirs) = value {
                    ours.extend(theirs.iter().cloned());
                }
            }
            ("enum", Some(Value::Array(ours))) => {
                if let Value::Array(theirs) = value {
                    ours.retain(|value| theirs.contains(value));
                }
            }
            (limit, Some(ours)) if limit.starts_with("min") || limit == "exclusiveMinimum" => {
                if value.as_f64() > ours.as_f64() {
                    *ours = value.clone();
                }
            }
            (limit, Some(ours)) if limit.starts_with("max") || limit == "exclusiveMaximum" => {
                if value.as_f64() < ours.as_f64() {
                    *ours = value.clone();
                }
            }
            _ => {
                schema.insert(name.clone(), value.clone());
            }
        }
    }
}
