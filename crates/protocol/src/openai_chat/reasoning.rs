//! Provider state of reasoning in `reasoning_details`, the one place where clients of this protocol keep it.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde_json::{Value, json, value::RawValue};

use crate::{
    Protocol,
    canonical::{Opaque, OpaqueKind, Part},
};

/// Says in an item that its state stands behind the message's text, before its calls: the field itself has no place
/// among the parts, and some providers check on which part their state comes back.
const BEHIND_TEXT: &str = "behind_text";

/// The items that carry `opaque`, of the reasoning `text`. State of this protocol's own providers goes back as
/// they wrote it; that of others travels in items of ours, marked by their owner's word.
pub(super) fn items(opaque: &Opaque, text: &str, index: usize, behind_text: bool) -> Vec<Value> {
    if opaque.owner == Protocol::OpenAiChat {
        return serde_json::from_str(&opaque.value).unwrap_or_default();
    }
    let format = opaque.owner.word();
    let mut item = match opaque.kind {
        OpaqueKind::Content => json!({
            "type": "reasoning.encrypted", "data": opaque.value, "format": format, "index": index,
        }),
        OpaqueKind::Signature => json!({
            "type": "reasoning.text", "text": text, "signature": opaque.value, "format": format,
            "index": index,
        }),
    };
    if behind_text {
        item[BEHIND_TEXT] = true.into();
    }
    vec![item]
}

/// The reasoning of a message from its text and its details: what stands before its text, and what behind it.
pub(super) fn parts(text: &str, details: Option<&RawValue>) -> (Vec<Part>, Vec<Part>) {
    let items: Vec<Value> = details
        .and_then(|details| serde_json::from_str(details.get()).ok())
        .unwrap_or_default();
    let (behind, ahead): (Vec<_>, Vec<_>) = items
        .iter()
        .filter_map(|item| Some((foreign(item)?, item)))
        .partition(|(_, item)| item.get(BEHIND_TEXT) == Some(&Value::Bool(true)));
    if !behind.is_empty() || !ahead.is_empty() {
        let parts = |placed: Vec<(Part, _)>| placed.into_iter().map(|(part, _)| part).collect();
        return (parts(ahead), parts(behind));
    }
    let opaque = own(&items);
    if text.is_empty() && opaque.is_none() {
        return (Vec::new(), Vec::new());
    }
    let text = text.to_owned();
    (vec![Part::Reasoning { text, opaque }], Vec::new())
}

/// Whether an item of details is of [`items`], with the state of another protocol's provider.
pub(super) fn is_ours(item: &Value) -> bool {
    foreign(item).is_some()
}

/// Whether a body has the word of an owner by which items of ours are marked: a look at its bytes, and no more.
pub(super) fn may_hold_ours(body: &[u8]) -> bool {
    static OWNERS: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| {
        let words = Protocol::ALL.map(|owner| format!("\"{}\"", owner.word()));
        words.map(|word| Finder::new(&word).into_owned()).into()
    });
    OWNERS.iter().any(|owner| owner.find(body).is_some())
}

/// Details worth replaying: those that hold more than text that everyone can read.
pub(super) fn own(items: &[Value]) -> Option<Opaque> {
    let has = |item: &Value, field: &str| item.get(field).is_some_and(|value| !value.is_null());
    let kind = if items.iter().any(|item| has(item, "data")) {
        OpaqueKind::Content
    } else if items.iter().any(|item| has(item, "signature")) {
        OpaqueKind::Signature
    } else {
        return None;
    };
    Some(Opaque {
        owner: Protocol::OpenAiChat,
        kind,
        value: Value::from(items.to_vec()).to_string(),
        id: None,
    })
}

/// What a provider added to a call (`extra_content`): state of its own, which it wants back on that very call.
pub(super) fn of_call(extra: &RawValue) -> Option<Opaque> {
    let is_state = extra.get().starts_with('{') && extra.get() != "{}";
    is_state.then(|| Opaque {
        owner: Protocol::OpenAiChat,
        kind: OpaqueKind::Content,
        value: extra.get().to_owned(),
        id: None,
    })
}

/// What a provider added to what it said (`extra_content` of a message): no state where it only says what kind of
/// text that is.
pub(super) fn of_message(extra: &RawValue) -> Option<Opaque> {
    let added: Value = serde_json::from_str(extra.get()).ok()?;
    of_call(extra).filter(|_| holds_text(&added))
}

fn holds_text(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().any(holds_text),
        Value::Bool(_) | Value::Null | Value::Number(_) => false,
        Value::Object(fields) => fields.values().any(holds_text),
        Value::String(text) => !text.is_empty(),
    }
}

/// The `extra_content` that this state is, if it is such: all other state is a list of details. It stands on the call
/// behind it; the message's own comes last.
pub(super) fn extra_of(opaque: &Opaque) -> Option<Box<RawValue>> {
    let is_own = opaque.owner == Protocol::OpenAiChat && opaque.value.starts_with('{');
    RawValue::from_string(is_own.then(|| opaque.value.clone())?).ok()
}

/// Readable text in details, for providers that write it nowhere else.
pub(super) fn text(items: &[Value]) -> String {
    items
        .iter()
        .filter_map(|item| item.get("text").or_else(|| item.get("summary"))?.as_str())
        .collect()
}

/// Puts a stream's fragments of details together: the same type and index is the same item.
pub(super) fn merge(items: &mut Vec<Value>, fragment: Value) {
    let same = |item: &&mut Value| {
        item.get("index") == fragment.get("index") && item.get("type") == fragment.get("type")
    };
    let known = fragment.get("index").is_some();
    let Some(item) = items.iter_mut().rev().find(same).filter(|_| known) else {
        items.push(fragment);
        return;
    };
    let (Some(item), Value::Object(fragment)) = (item.as_object_mut(), fragment) else {
        return;
    };
    for (key, value) in fragment {
        match (item.get_mut(&key), &value) {
            (Some(Value::String(before)), Value::String(more))
                if matches!(key.as_str(), "text" | "summary" | "data") =>
            {
                before.push_str(more);
            }
            (_, Value::Null) => {}
            _ => {
                item.insert(key, value);
            }
        }
    }
}

fn foreign(item: &Value) -> Option<Part> {
    let owner = Protocol::of(item.get("format")?.as_str()?)?;
    let field = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let (kind, value) = match (field("data"), field("signature")) {
        (Some(data), _) => (OpaqueKind::Content, data),
        (None, Some(signature)) => (OpaqueKind::Signature, signature),
        (None, None) => return None,
    };
    Some(Part::Reasoning {
        text: field("text").unwrap_or_default(),
        opaque: Some(Opaque {
            owner,
            kind,
            value,
            id: None,
        }),
    })
}
