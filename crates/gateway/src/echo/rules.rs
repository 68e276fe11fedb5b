//! The rules of a schema: what two of them demand together, and whether a value keeps to them.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap, HashSet},
    rc::Rc,
};

use jsonschema::Validator;
use protocol::canonical::{applications, expressions};
use serde_json::{Map, Value};

use super::work::{Work, weight};

/// Which version a schema is of, and where it keeps what references lead to.
const VERSION: &str = "$schema";
const SHARED: [&str; 2] = ["$defs", "definitions"];
/// That a character of a value may take: many values are tried.
const MOST_STEPS: u64 = 10_000;
/// What it takes to see that a value cannot be tried.
const UNCOUNTED: usize = 100_000;

/// The rules of the parts of one schema, each made ready once: values come by the thousand.
pub(super) struct Rules<'a> {
    root: &'a Value,
    /// What may still be done with them.
    pub(super) work: Work,
    ready: RefCell<HashMap<String, Option<Rc<Rule>>>>,
}

/// One schema, ready to be tried.
pub(super) struct Rule {
    schema: Value,
    weight: usize,
    validator: Validator,
}

impl Rule {
    /// `None` where the schema cannot be read, which fetches nothing, or is not tried. The library can limit
    /// expressions itself, but only with another megabyte of code.
    fn of(schema: Value) -> Option<Self> {
        if !is_bounded(&schema) {
            return None;
        }
        let validator = jsonschema::validator_for(&schema).ok()?;
        Some(Self {
            weight: weight(&schema),
            schema,
            validator,
        })
    }
}

impl<'a> Rules<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self {
            root,
            work: Work::new(),
            ready: RefCell::default(),
        }
    }

    /// Checks values against one schema out of the larger one. `None` where it cannot be read, for nothing is fetched, or
    /// is too much.
    pub(super) fn of_part(&self, mut part: Map<String, Value>) -> Option<Rc<Rule>> {
        self.work.look_at(part.values())?;
        let text = Value::Object(part.clone()).to_string();
        let mut ready = self.ready.borrow_mut();
        let made = ready.entry(text).or_insert_with_key(|text| {
            let refers = text.contains("$ref") || text.contains("$dynamicRef");
            let shared = SHARED.into_iter().filter(|_| refers);
            for name in shared.chain([VERSION]) {
                if let Some(shared) = self.root.get(name) {
                    part.insert(name.to_owned(), shared.clone());
                }
            }
            self.work.make_ready(part.values())?;
            Rule::of(Value::Object(part)).map(Rc::new)
        });
        made.clone()
    }

    /// Whether a value keeps to one of them, as far as that can be said in little time.
    pub(super) fn are_kept(&self, rule: &Rule, value: &Value) -> bool {
        if self.work.spend(rule.weight).is_none() {
            return false;
        }
        // Where there are too many of them it took long to see that.
        let tries = applications::count(&rule.schema, value);
        let work = tries.map_or(UNCOUNTED, |tries| tries as usize);
        self.work.spend(work).is_some() && tries.is_some() && rule.validator.is_valid(value)
    }
}

/// Whether the expressions and references of a schema are few enough to be tried.
fn is_bounded(schema: &Value) -> bool {
    expressions::weight(schema).is_some_and(|weight| weight <= MOST_STEPS)
        && applications::are_readable(schema)
}

/// The rules that a value breaks, by their keywords; `None` where the schema cannot be read, or is not tried.
pub(super) fn broken(schema: &Value, value: &Value) -> Option<BTreeSet<String>> {
    let rule = Rule::of(schema.clone())?;
    if applications::are_few(schema, value) && rule.validator.is_valid(value) {
        return Some(BTreeSet::new());
    }
    if !applications::can_be_told(schema, value) {
        return None;
    }
    let errors = rule.validator.iter_errors(value);
    Some(
        errors
            .map(|error| error.kind().keyword().to_owned())
            .collect(),
    )
}

/// The keyword that makes a schema too much to be tried.
pub(super) fn untried(schema: &Value, value: &Value) -> Option<&'static str> {
    if expressions::weight(schema).is_none_or(|weight| weight > MOST_STEPS) {
        Some("pattern")
    } else if !applications::are_readable(schema) || !applications::can_be_told(schema, value) {
        Some("$ref")
    } else {
        None
    }
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
                    // As they are written: there may be thousands.
                    let theirs: HashSet<String> = theirs.iter().map(Value::to_string).collect();
                    ours.retain(|value| theirs.contains(&value.to_string()));
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
