//! Thinking that a client did not send back, put into its own body.

use bytes::Bytes;

use super::{
    outside::{Kind, Outside, Said},
    wire::BlockOut,
};
use crate::{
    canonical::{OpaqueKind, Part, Recalled},
    json::Splice,
};

pub(super) fn into_body(body: &Bytes, state: &[Recalled]) -> Option<Bytes> {
    let request = Outside::of(body)?;
    // Nobody insists on it while the model does not think.
    request
        .thinking
        .filter(|thinking| thinking.kind != "disabled")?;
    let mut splice = Splice::new(body);
    let mut calls = 0;
    for message in request.messages {
        let said = Said::of(message)?;
        if !said.is_the_models() {
            continue;
        }
        let Some(blocks) = said.blocks() else {
            continue;
        };
        let mut segment = 0;
        for (at, block) in blocks.iter().enumerate() {
            let is_call = Kind::of(block).is_some_and(|block| block.kind == "tool_use");
            if !is_call {
                continue;
            }
            let recalled = state.iter().find(|recalled| recalled.call == calls);
            if let (Some(recalled), Some(first)) = (recalled, blocks.get(segment)) {
                splice.items(first, &written(&recalled.ahead)?);
                splice.items(block, &written(&recalled.behind)?);
            }
            calls += 1;
            segment = at + 1;
        }
    }
    splice.done()
}

fn written(parts: &[Part]) -> Option<Vec<String>> {
    let proven = parts.iter().filter_map(|part| match part {
        Part::Reasoning {
            text,
            opaque: Some(opaque),
        } => Some((text, opaque)),
        _ => None,
    });
    let blocks = proven.map(|(text, opaque)| match opaque.kind {
        OpaqueKind::Content => BlockOut::RedactedThinking {
            data: &opaque.value,
        },
        OpaqueKind::Signature => BlockOut::Thinking {
            thinking: text,
            signature: &opaque.value,
        },
    });
    blocks
        .map(|block| serde_json::to_string(&block).ok())
        .collect()
}
