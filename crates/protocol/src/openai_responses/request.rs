//! Requests: from clients, and to providers.

mod decode;
mod encode;
mod media;
mod search;

pub(super) use decode::decode;
pub(super) use encode::{encode, reasoning_item};

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Map, Value, json, value::RawValue};

use crate::{
    canonical::{Request, ToolKind},
    json::raw,
};

/// What stands between a group's name and a tool's, where a protocol knows no groups.
const BETWEEN: &str = "__";

/// The name of a tool of a group as everyone else knows it.
pub(super) fn joined(namespace: Option<&str>, name: &str) -> String {
    match namespace.filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => format!("{namespace}{BETWEEN}{name}"),
        None => name.to_owned(),
    }
}

/// The group of a tool, and its own name in it.
pub(super) fn split<'n>(
    name: &'n str,
    groups: &'n BTreeMap<String, String>,
) -> (Option<&'n str>, &'n str) {
    let group = groups.get(name).map(String::as_str);
    let own = group.and_then(|group| name.strip_prefix(group)?.strip_prefix(BETWEEN));
    own.map_or((None, name), |own| (group, own))
}

/// The format of free text as the canonical model has it: what a grammar says is nested in it.
fn nested(format: &RawValue) -> Box<RawValue> {
    match serde_json::from_str::<Map<String, Value>>(format.get()) {
        Ok(mut fields) if fields.get("type").is_some_and(|kind| kind == "grammar") => {
            fields.shift_remove("type");
            raw(&json!({"type": "grammar", "grammar": fields}))
        }
        Ok(_) | Err(_) => format.to_owned(),
    }
}

/// The same as providers of this protocol want it.
fn flat(format: &RawValue) -> Cow<'_, RawValue> {
    match serde_json::from_str::<Map<String, Value>>(format.get()) {
        Ok(mut fields) => match fields.get_mut("grammar").map(Value::take) {
            Some(Value::Object(grammar)) => {
                let mut flat = Map::new();
                flat.insert("type".to_owned(), "grammar".into());
                flat.extend(grammar);
                Cow::Owned(raw(&Value::Object(flat)))
            }
            Some(_) | None => Cow::Borrowed(format),
        },
        Err(_) => Cow::Borrowed(format),
    }
}

/// Whether a tool takes free text.
pub(super) fn is_custom(request: &Request, name: &str) -> bool {
    request
        .tools
        .iter()
        .any(|tool| tool.name == name && matches!(tool.kind, ToolKind::Custom { .. }))
}
