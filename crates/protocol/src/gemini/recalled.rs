//! Thought signatures that a client did not send back, put into its own body.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::wire::Raws;
use crate::{
    canonical::{Capabilities, Opaque, OpaqueKind, Part, Recalled},
    json::{Splice, members},
};

/// As much of a body as matters here.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    contents: Vec<Said<'a>>,
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow, default)]
    parts: Raws<'a>,
}

pub(super) fn into_body(
    body: &Bytes,
    state: &[Recalled],
    capabilities: &Capabilities,
) -> Option<Bytes> {
    if !capabilities.signed_calls {
        return None;
    }
    let request: Body<'_> = serde_json::from_slice(body).ok()?;
    let mut splice = Splice::new(body);
    let mut calls = 0;
    for part in request.contents.iter().flat_map(|said| &said.parts.0) {
        let Ok(fields) = members(part) else { continue };
        let is_call = |name| fields.get(name).is_some_and(|call| call.get() != "null");
        if !is_call("functionCall") && !is_call("function_call") {
            continue;
        }
        let mut recalled = state.iter().filter(|recalled| recalled.call == calls);
        if let Some(signature) = recalled.next().and_then(signature) {
            let names = ["thought_signature", "thoughtSignature"];
            let name = names.into_iter().find(|name| fields.contains_key(*name));
            let value = Value::from(signature.value.as_str()).to_string();
            splice.member(part, name.unwrap_or("thoughtSignature"), &value);
        }
        calls += 1;
    }
    splice.done()
}

/// The one of the call itself; a thought's proof goes with the thought, which nobody insists on.
fn signature(recalled: &Recalled) -> Option<&Opaque> {
    let states = recalled.parts().filter_map(|part| match part {
        Part::Reasoning { opaque, .. } => opaque.as_ref(),
        _ => None,
    });
    states
        .filter(|opaque| opaque.kind == OpaqueKind::Content)
        .last()
}
