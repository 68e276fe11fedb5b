//! Reasoning that a client did not send back, put into its own body.

use bytes::Bytes;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, value::RawValue};

use super::{reasoning, sent};
use crate::{
    canonical::{Capabilities, Part, Recalled},
    json::Splice,
};

/// What a message calls.
#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    tool_calls: Option<Vec<&'a RawValue>>,
    function_call: Option<IgnoredAny>,
}

pub(super) fn into_body(
    body: &Bytes,
    state: &[Recalled],
    capabilities: &Capabilities,
) -> Option<Bytes> {
    let mut splice = Splice::new(body);
    let mut calls = 0;
    for message in sent::by_model(body)? {
        let Ok(said) = serde_json::from_str::<Said<'_>>(message.get()) else {
            continue;
        };
        let first = calls;
        for call in said.tool_calls.into_iter().flatten() {
            let of_call = state.iter().filter(|recalled| recalled.call == calls);
            let extra = of_call
                .flat_map(Recalled::parts)
                .filter_map(extra_of)
                .last();
            if let Some(extra) = extra {
                splice.member(call, "extra_content", extra.get());
            }
            calls += 1;
        }
        calls += usize::from(said.function_call.is_some());
        let missing = state
            .iter()
            .filter(|recalled| (first..calls).contains(&recalled.call));
        let (mut text, mut details) = (String::new(), Vec::new());
        for part in missing.flat_map(Recalled::parts) {
            if let Part::Reasoning {
                text: thought,
                opaque,
            } = part
            {
                text.push_str(thought);
                if let Some(opaque) = opaque {
                    details.extend(reasoning::items(opaque, thought, details.len(), false));
                }
            }
        }
        if !text.is_empty() && capabilities.reasoning_replay {
            let text = Value::from(text).to_string();
            splice.member(message, "reasoning_content", &text);
        }
        if !details.is_empty() && capabilities.vendor_fields {
            let details = Value::from(details).to_string();
            splice.member(message, "reasoning_details", &details);
        }
    }
    splice.done()
}

fn extra_of(part: &Part) -> Option<Box<RawValue>> {
    match part {
        Part::Reasoning { opaque, .. } => reasoning::extra_of(opaque.as_ref()?),
        _ => None,
    }
}
