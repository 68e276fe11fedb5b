//! A valid instance of a JSON schema: small, deterministic, and complete enough to be looked at.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, HashSet},
};

use protocol::canonical::Losses;
use serde_json::{Map, Value, json};

use super::{
    kinds::{kind, kinds},
    parsed, pattern,
    rules::{self, Rules},
    scalars::{self, WORD},
};

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
const UNREAD: [&str; 4] = [
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "if",
];
/// Of a newer schema no rule any more, and still meant as one.
const OLDER: &str = "dependencies";

/// Values of each kind that are tried where one of them is not wanted.
const MAX_TRIES: usize = 8;

/// An instance of the schema in this text, which stands at `field`.
pub(super) fn of(field: &str, schema: &str, losses: &mut Losses) -> Value {
    let root = parsed(schema);
    let maker = Maker {
        root: &root,
        rules: Rules::new(&root),
        missed: RefCell::default(),
        made: Cell::new(0),
    };
    let value = maker.make(&root, 0, 0);
    let mut missed: BTreeSet<String> = maker.missed.into_inner();
    if let Some(broken) = rules::broken(&root, &value) {
        if broken.is_empty() {
            missed.retain(|keyword| keyword == OLDER);
        } else if missed.is_empty() {
            missed = broken;
        }
    } else if missed.is_empty() {
        missed.extend(rules::untried(&root, &value).map(str::to_owned));
    }
    for keyword in missed {
        losses.dropped(format!("{field}.{keyword}"), "is not honoured by the echo");
    }
    value
}

struct Maker<'a> {
    root: &'a Value,
    rules: Rules<'a>,
    /// Keywords that the instance may not fit.
    missed: RefCell<BTreeSet<String>>,
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
            return self.listed(&schema, values, variant);
        }
        for keyword in UNREAD {
            if schema.contains_key(keyword) {
                self.miss(keyword);
            }
        }
        match schema.get("not") {
            Some(unwanted) => self.other_than(unwanted, &schema, depth, variant),
            None => self.of_kind(kind(&schema), &schema, depth, variant),
        }
    }

    fn of_kind(
        &self,
        kind: &str,
        schema: &Map<String, Value>,
        depth: usize,
        variant: usize,
    ) -> Value {
        match kind {
            "array" => self.array(schema, depth),
            "boolean" => Value::Bool(variant.is_multiple_of(2)),
            "integer" => scalars::number(schema, true, variant),
            "null" => Value::Null,
            "number" => scalars::number(schema, false, variant),
            "object" => self.object(schema, depth),
            _ => Value::String(self.string(schema, variant)),
        }
    }

    /// One of the values in a list, of those that keep to what else is demanded.
    fn listed(&self, schema: &Map<String, Value>, values: &[Value], variant: usize) -> Value {
        let rule = if schema.len() > 1 {
            self.rules.of_part(schema.clone())
        } else {
            None
        };
        let fitting: Vec<&Value> = match rule {
            Some(rule) => values
                .iter()
                .filter(|value| self.rules.are_kept(&rule, value))
                .take(variant + 1)
                .collect(),
            None => Vec::new(),
        };
        let chosen = match fitting.len() {
            0 => &values[variant % values.len()],
            count => fitting[variant % count],
        };
        chosen.clone()
    }

    /// The first value that is none of the unwanted, of the first kind that has one.
    fn other_than(
        &self,
        unwanted: &Value,
        schema: &Map<String, Value>,
        depth: usize,
        variant: usize,
    ) -> Value {
        let rule = Map::from_iter([("not".to_owned(), unwanted.clone())]);
        let rule = self.rules.of_part(rule);
        let first = self.of_kind(kind(schema), schema, depth, variant);
        let Some(rule) = rule else {
            self.miss("not");
            return first;
        };
        let tries = kinds(schema).into_iter().flat_map(|kind| {
            let variants = variant..variant + MAX_TRIES;
            variants.map(move |variant| (kind, variant))
        });
        let others = tries
            .take_while(|_| !self.is_enough(depth))
            .map(|(kind, variant)| self.of_kind(kind, schema, depth, variant));
        let found = std::iter::once(first.clone())
            .chain(others)
            .find(|value| self.rules.are_kept(&rule, value));
        found.unwrap_or_else(|| {
            self.miss("not");
            first
        })
    }

    fn is_enough(&self, depth: usize) -> bool {
        depth >= MAX_DEPTH || self.made.get() >= MAX_VALUES || self.rules.work.is_over()
    }

    /// A schema with its references, alternatives and conjunctions resolved into one; `None` where that is too much.
    fn flattened(&self, schema: &Value) -> Option<Map<String, Value>> {
        let schema = schema.as_object()?;
        self.rules.work.look_at(schema.values())?;
        let mut schema = schema.clone();
        for _ in 0..MAX_STEPS {
            if let Some(Value::String(reference)) = schema.remove("$ref") {
                let target = self.referred(&reference)?;
                self.rules.work.look_at(target.values())?;
                rules::merge(&mut schema, target);
            } else if let Some(Value::Array(all)) = schema.remove("allOf") {
                for part in all.iter().filter_map(Value::as_object) {
                    rules::merge(&mut schema, part);
                }
            } else if let Some(chosen) = self.chosen(&mut schema) {
                rules::merge(&mut schema, &chosen);
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
        let text = scalars::string(schema, variant);
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
        let is_required: HashSet<&str> = required.iter().copied().collect();
        if let Some(Value::Object(properties)) = schema.get("properties") {
            let most = usize_of(schema, "maxProperties").unwrap_or(usize::MAX);
            let wanted = properties.iter().filter(|(name, _)| {
                is_required.contains(name.as_str()) || depth < FULL_DEPTH && required.len() < most
            });
            let mut optional = most.saturating_sub(required.len());
            for (name, property) in wanted {
                if !is_required.contains(name.as_str()) {
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

    fn miss(&self, keyword: &str) {
        self.missed.borrow_mut().insert(keyword.to_owned());
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
        let wanted = schema.get("contains");
        let held = match wanted {
            Some(_) => usize_of(schema, "minContains").unwrap_or(1),
            None => 0,
        };
        let least = least.max(first.len().saturating_add(held));
        let count = least.max(shown).min(most).min(MAX_ITEMS);
        let count = if self.is_enough(depth) { 0 } else { count };
        // Behind those that have a place of their own, as far as there is room.
        let begin = first.len().min(count.saturating_sub(held));
        (0..count)
            .map(|at| {
                let item = first.get(at).unwrap_or(items);
                match wanted {
                    Some(wanted) if (begin..begin.saturating_add(held)).contains(&at) => {
                        self.make(&self.both(item, wanted), depth + 1, at)
                    }
                    Some(_) | None => self.make(item, depth + 1, at),
                }
            })
            .collect()
    }

    /// What two schemas demand together.
    fn both(&self, one: &Value, other: &Value) -> Value {
        let (one, other) = (self.flattened(one), self.flattened(other));
        let mut both = one.unwrap_or_default();
        rules::merge(&mut both, &other.unwrap_or_default());
        Value::Object(both)
    }
}

fn usize_of(schema: &Map<String, Value>, name: &str) -> Option<usize> {
    let value = schema.get(name)?.as_f64()?;
    Some(value.max(0.0) as usize)
}
