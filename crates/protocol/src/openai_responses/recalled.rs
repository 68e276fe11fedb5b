//! Reasoning that a client did not send back, put into its own list of items.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::request::reasoning_item;
use crate::{
    canonical::{Capabilities, Part, Recalled},
    json::Splice,
};

/// As much of a body as matters here.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    input: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    role: Option<Cow<'a, str>>,
    call_id: Option<IgnoredAny>,
}

/// What an item is to the reasoning of the call that comes next.
enum Meaning {
    Call,
    /// The model's words, which its reasoning may stand before.
    Words,
    /// Reasoning that the client has sent, or something else that the model did before: where what is missing
    /// belongs nobody knows.
    Occupied,
    /// The model's turn begins behind it.
    Other,
}

pub(super) fn into_body(
    body: &Bytes,
    state: &[Recalled],
    capabilities: &Capabilities,
) -> Option<Bytes> {
    let request: Body<'_> = serde_json::from_slice(body).ok()?;
    let mut splice = Splice::new(body);
    let mut calls = 0;
    let mut words: Option<&RawValue> = None;
    let mut is_free = true;
    for item in request.input {
        match meaning(item)? {
            Meaning::Call => {
                let recalled = state.iter().find(|recalled| recalled.call == calls);
                if let Some(recalled) = recalled.filter(|_| is_free) {
                    let behind = written(&recalled.behind, capabilities)?;
                    // Reasoning without the words that it led to must not stand alone.
                    if words.is_some() || behind.is_empty() {
                        let ahead = written(&recalled.ahead, capabilities)?;
                        splice.items(words.unwrap_or(item), &ahead);
                    }
                    splice.items(item, &behind);
                }
                calls += 1;
                (words, is_free) = (None, true);
            }
            Meaning::Words => words = words.or(Some(item)),
            Meaning::Occupied => is_free = false,
            Meaning::Other => (words, is_free) = (None, true),
        }
    }
    splice.done()
}

fn meaning(item: &RawValue) -> Option<Meaning> {
    let said: Said<'_> = serde_json::from_str(item.get()).ok()?;
    Some(match said.kind.as_deref().unwrap_or("message") {
        "message" if said.role.as_deref() == Some("assistant") => Meaning::Words,
        "message" => Meaning::Other,
        "function_call" | "custom_tool_call" => Meaning::Call,
        kind if kind.ends_with("_call_output") => Meaning::Other,
        kind if kind.ends_with("_call") && said.call_id.is_some() => Meaning::Call,
        _ => Meaning::Occupied,
    })
}

fn written(parts: &[Part], capabilities: &Capabilities) -> Option<Vec<String>> {
    let items = parts
        .iter()
        .filter_map(|part| reasoning_item(part, capabilities));
    items
        .map(|item| serde_json::to_string(&item).ok())
        .collect()
}
