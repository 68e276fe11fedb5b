//! The rules of a schema: what two of them demand together, and whether a value keeps to them.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Map, Value};

/// Where schemas keep what their references lead to, and which version they are of.
const SHARED: [&str; 3] = ["$defs", "$schema", "definitions"];

/// Checks values against one schema out of a larger one. `None` where it cannot be read: nothing is fetched.
pub(super) fn of_part(root: &Value, mut part: Map<String, Value>) -> Option<Validator> {
    for name in SHARED {
        if let Some(shared) = root.get(name) {
            part.insert(name.to_owned(), shared.clone());
        }
    }
    jsonschema::validator_for(&Value::Object(part)).ok()
}

/// The rules that a value breaks, by their keywords; `None` where the schema cannot be read.
pub(super) fn broken(schema: &Value, value: &Value) -> Option<BTreeSet<String>> {
    let validator = jsonschema::validator_for(schema).ok()?;
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
