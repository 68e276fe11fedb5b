//! A valid instance of a JSON schema: small, deterministic, and complete enough to be looked at.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use protocol::canonical::Losses;
use serde_json::{Map, Number, Value, json};

use super::{parsed, pattern};

/// Schemas that contain themselves end here, or where they have made too much.
const MAX_DEPTH: usize = 100;
const MAX_VALUES: usize = 5_000;
/// References and alternatives that lead to one schema.
const MAX_STEPS: usize = 32;
/// Optional properties are filled in down to here.
const FULL_DEPTH: usize = 3;
/// No client needs a longer example.
pub(super) const MAX_LENGTH: usize = 4096;
const MAX_ITEMS: usize = 64;

/// What would take more than an example to honour.
const UNREAD: [&str; 6] = [
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "not",
];

const WORD: &str = "echo";

/// An instance of the schema in this text.
pub(super) fn of(schema: &str, losses: &mut Losses) -> Value {
    let root = parsed(schema);
    let maker = Maker {
        root: &root,
        missed: RefCell::default(),
        made: Cell::new(0),
    };
    let value = maker.make(&root, 0, 0);
    for keyword in maker.missed.into_inner() {
        losses.dropped(keyword, "is not honoured by the echo");
    }
    value
}

struct Maker<'a> {
    root: &'a Value,
    /// Keywords that the instance may not fit.
    missed: RefCell<BTreeSet<&'static str>>,
    /// Values so far.
    made: Cell<usize>,
}

impl Maker<'_> {
    /// `variant` tells apart the items of a list that must differ.
    fn make(&self, schema: &Value, depth: usize, variant: usize) -> Value {
        self.made.set(self.made.get() + 1);
        let Some(schema) = self.flattened(schema) else {
            return Value::String(WORD.to_owned());
        };
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        if let Some(Value::Array(values)) = schema.get("enum")
            && !values.is_empty()
        {
            return values[variant % values.len()].clone();
        }
        for keyword in UNREAD {
            if schema.contains_key(keyword) {
                self.miss(keyword);
            }
        }
        match kind(&schema) {
            "array" => self.array(&schema, depth),
            "boolean" => Value::Bool(variant.is_multiple_of(2)),
            "integer" => number(&schema, true, variant),
            "null" => Value::Null,
            "number" => number(&schema, false, variant),
            "object" => self.object(&schema, depth),
            _ => Value::String(self.string(&schema, variant)),
        }
    }

    fn is_enough(&self, depth: usize) -> bool {
        depth >= MAX_DEPTH || self.made.get() >= MAX_VALUES
    }

    /// A schema with its references, alternatives and conjunctions resolved into one.
    fn flattened(&self, schema: &Value) -> Option<Map<String, Value>> {
        let mut schema = schema.as_object()?.clone();
        for _ in 0..MAX_STEPS {
            if let Some(Value::String(reference)) = schema.remove("$ref") {
                let target = self.referred(&reference)?;
                merge(&mut schema, target);
            } else if let Some(Value::Array(all)) = schema.remove("allOf") {
                for part in all.iter().filter_map(Value::as_object) {
                    merge(&mut schema, part);
                }
            } else if let Some(chosen) = self.chosen(&mut schema) {
                merge(&mut schema, &chosen);
            } else {
                break;
            }
        }
        Some(schema)
    }

    /// The first alternative that is more than `null`.
    fn chosen(&self, schema: &mut Map<String, Value>) -> Option<Map<String, Value>> {
        let options = schema.remove("anyOf").or_else(|| schema.remove("oneOf"))?;
        let options = options.as_array()?;
        let is_null = |option: &&Value| option.get("type") == Some(&json!("null"));
        let chosen = options.iter().find(|option| !is_null(option));
        chosen.or_else(|| options.first())?.as_object().cloned()
    }

    fn referred(&self, reference: &str) -> Option<&Map<String, Value>> {
        self.root.pointer(reference.strip_prefix('#')?)?.as_object()
    }

    fn string(&self, schema: &Map<String, Value>, variant: usize) -> String {
        let least = usize_of(schema, "minLength").unwrap_or(0).min(MAX_LENGTH);
        let most = usize_of(schema, "maxLength").unwrap_or(MAX_LENGTH);
        if let Some(Value::String(wanted)) = schema.get("pattern") {
            if let Some(text) = pattern::text(wanted, least, most, variant) {
                return text;
            }
            self.miss("pattern");
        }
        let text = string(schema, variant);
        let padded = text.chars().chain(std::iter::repeat('o'));
        padded.take(text.len().max(least).min(most)).collect()
    }

    fn object(&self, schema: &Map<String, Value>, depth: usize) -> Value {
        let mut object = Map::new();
        let required: Vec<&str> = match schema.get("required") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            Some(_) | None => Vec::new(),
        };
        if self.is_enough(depth) {
            return Value::Object(object);
        }
        if let Some(Value::Object(properties)) = schema.get("properties") {
            let most = usize_of(schema, "maxProperties").unwrap_or(usize::MAX);
            let wanted = properties.iter().filter(|(name, _)| {
                required.contains(&name.as_str()) || depth < FULL_DEPTH && required.len() < most
            });
            let mut optional = most.saturating_sub(required.len());
            for (name, property) in wanted {
                if !required.contains(&name.as_str()) {
                    if optional == 0 {
                        continue;
                    }
                    optional -= 1;
                }
                object.insert(name.clone(), self.make(property, depth + 1, 0));
            }
        }
        let by_pattern = match schema.get("patternProperties") {
            Some(Value::Object(patterns)) => patterns.iter().next(),
            Some(_) | None => None,
        };
        let others = schema.get("additionalProperties").unwrap_or(&Value::Null);
        for name in required {
            if !object.contains_key(name) {
                object.insert(name.to_owned(), self.make(others, depth + 1, 0));
            }
        }
        // Whether a given name fits an expression is not looked into.
        if by_pattern.is_some() && !object.is_empty() {
            self.miss("patternProperties");
        }
        if by_pattern.is_some() && schema.contains_key("propertyNames") {
            self.miss("propertyNames");
        }
        let least = usize_of(schema, "minProperties")
            .unwrap_or(0)
            .min(MAX_ITEMS);
        // Twice as many tries as names are wanted: a name may be there already.
        for number in 1..=least * 2 {
            if object.len() >= least {
                break;
            }
            let (name, value) = match by_pattern {
                Some((pattern, value)) => {
                    let name = |least| pattern::text(pattern, least, MAX_LENGTH, number);
                    let new = name(1).filter(|name| !object.contains_key(name));
                    // An expression of fixed letters may still end in any.
                    match new.or_else(|| name(pattern.len() + number)) {
                        Some(name) => (name, value),
                        None => continue,
                    }
                }
                None => (self.name(schema, number), others),
            };
            object
                .entry(name)
                .or_insert_with(|| self.make(value, depth + 1, number));
        }
        if object.len() < least {
            self.miss("minProperties");
        }
        Value::Object(object)
    }

    /// The name of a property that nobody named.
    fn name(&self, schema: &Map<String, Value>, number: usize) -> String {
        let rule = schema.get("propertyNames");
        let rule = rule.and_then(|rule| self.flattened(rule));
        match rule {
            Some(rule) if !rule.is_empty() => match rule.get("enum") {
                Some(Value::Array(names)) if !names.is_empty() => names
                    .get((number - 1) % names.len())
                    .and_then(Value::as_str)
                    .unwrap_or(WORD)
                    .to_owned(),
                Some(_) | None => self.string(&rule, number),
            },
            Some(_) | None => format!("key_{number}"),
        }
    }

    fn miss(&self, keyword: &'static str) {
        self.missed.borrow_mut().insert(keyword);
    }

    fn array(&self, schema: &Map<String, Value>, depth: usize) -> Value {
        let first: &[Value] = match schema.get("prefixItems") {
            Some(Value::Array(items)) => items,
            Some(_) | None => &[],
        };
        let most = usize_of(schema, "maxItems").unwrap_or(MAX_ITEMS);
        let shown = if depth < FULL_DEPTH { 1 } else { 0 };
        let least = usize_of(schema, "minItems").unwrap_or(0);
        let items = schema.get("items").unwrap_or(&Value::Null);
        let count = least.max(first.len()).max(shown).min(most).min(MAX_ITEMS);
        let count = if self.is_enough(depth) { 0 } else { count };
        (0..count)
            .map(|at| self.make(first.get(at).unwrap_or(items), depth + 1, at))
            .collect()
    }
}

/// Adds what `other` demands; of two limits the stricter one holds.
fn merge(schema: &mut Map<String, Value>, other: &Map<String, Value>) {
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

/// Each of them speaks of objects only.
const OBJECT_WORDS: [&str; 6] = [
    "additionalProperties",
    "minProperties",
    "patternProperties",
    "properties",
    "propertyNames",
    "required",
];

/// The first type that is more than `null`, or the one that the other words mean.
fn kind(schema: &Map<String, Value>) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str);
            kinds.find(|kind| *kind != "null").unwrap_or("null")
        }
        Some(_) | None => {
            let has = |name: &str| schema.contains_key(name);
            if OBJECT_WORDS.iter().any(|word| has(word)) {
                "object"
            } else if has("items") || has("prefixItems") {
                "array"
            } else if has("minimum") || has("maximum") || has("multipleOf") {
                "number"
            } else {
                "string"
            }
        }
    }
}

fn string(schema: &Map<String, Value>, variant: usize) -> String {
    let format = schema.get("format").and_then(Value::as_str);
    match format {
        Some("date") => format!("2026-01-{:02}", variant % 28 + 1),
        Some("date-time") => format!("2026-01-{:02}T12:00:00Z", variant % 28 + 1),
        Some("duration") => format!("P{}D", variant + 1),
        Some("email") => format!("echo{variant}@example.com"),
        Some("hostname") => format!("echo{variant}.example.com"),
        Some("ipv4") => format!("192.0.2.{}", variant % 255),
        Some("ipv6") => format!("2001:db8::{variant:x}"),
        Some("time") => format!("12:{:02}:00Z", variant % 60),
        Some("uri") => format!("https://example.com/{variant}"),
        Some("uuid") => format!("00000000-0000-4000-8000-{variant:012x}"),
        Some(_) | None if variant == 0 => WORD.to_owned(),
        Some(_) | None => format!("{WORD}{variant}"),
    }
}

fn number(schema: &Map<String, Value>, whole: bool, variant: usize) -> Value {
    let limit = |name: &str| schema.get(name).and_then(Value::as_f64);
    let step = limit("multipleOf").filter(|step| *step > 0.0);
    let grain = step.unwrap_or(if whole { 1.0 } else { 0.5 });
    let above = limit("exclusiveMinimum").map(|least| least + grain);
    let below = limit("exclusiveMaximum").map(|most| most - grain);
    let least = [limit("minimum"), above]
        .into_iter()
        .flatten()
        .reduce(f64::max);
    let most = [limit("maximum"), below]
        .into_iter()
        .flatten()
        .reduce(f64::min);
    let mut value = 1.0 + variant as f64 * grain.max(if whole { 1.0 } else { grain });
    if let Some(most) = most {
        value = value.min(most);
    }
    if let Some(least) = least {
        value = value.max(least);
    }
    if let Some(step) = step {
        // Up first; down if that leaves the range.
        let up = (value / step).ceil() * step;
        value = match most {
            Some(most) if up > most => (most / step).floor() * step,
            Some(_) | None => up,
        };
    }
    if whole {
        let value = if least.is_some_and(|least| value.floor() < least) {
            value.ceil()
        } else {
            value.floor()
        };
        return Value::Number(Number::from(value as i64));
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn usize_of(schema: &Map<String, Value>, name: &str) -> Option<usize> {
    let value = schema.get(name)?.as_f64()?;
    Some(value.max(0.0) as usize)
}
