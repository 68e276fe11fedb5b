//! Thinking without a proof in a client's own body: it was another provider's, and who checks proofs refuses it.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use serde_json::value::RawValue;

use super::{
    outside::{Kind, Outside, Said},
    request::UNSIGNED_CALLS,
};
use crate::{
    canonical::{Capabilities, Losses, ThinkingForm, turns::UNSIGNED},
    json::Splice,
};

const SIGNATURE: &str = "\"signature\"";

/// Stands before an edit of the history that is refused where the model does not think.
const CLEARING: &str = "clear_thinking";

impl Kind<'_> {
    fn is_unsigned(&self) -> bool {
        self.kind == "thinking" && self.signature.as_ref().is_none_or(|proof| proof.is_empty())
    }

    fn is_thinking(&self) -> bool {
        self.kind == "thinking" || self.kind == "redacted_thinking"
    }
}

/// Whether a signature is empty anywhere. A missing one is not looked for: it goes where an empty one is beside it.
pub(super) fn is_near(body: &[u8]) -> bool {
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(SIGNATURE));
    FINDER.find_iter(body).any(|at| {
        let rest = body.get(at + SIGNATURE.len()..).unwrap_or_default();
        let value = rest.trim_ascii_start().strip_prefix(b":");
        let value = value.unwrap_or_default().trim_ascii_start();
        value.starts_with(b"\"\"") || value.starts_with(b"null")
    })
}

pub(super) fn out_of(
    body: &Bytes,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Option<Bytes> {
    // Others of this protocol sign nothing, and take their own thinking back as it was.
    if capabilities.thinking == ThinkingForm::None {
        return None;
    }
    let request = Outside::of(body)?;
    let mut splice = Splice::new(body);
    let mut emptied = vec![false; request.messages.len()];
    let mut found = false;
    let mut calls_unsigned = false;
    for (message, is_empty) in request.messages.iter().zip(&mut emptied) {
        let said = Said::of(message)?;
        if !said.is_the_models() {
            continue;
        }
        let Some(blocks) = said.blocks() else {
            calls_unsigned = false;
            continue;
        };
        let kinds: Vec<Kind<'_>> = blocks
            .iter()
            .map(|block| Kind::of(block))
            .collect::<Option<_>>()?;
        let gone: Vec<bool> = kinds.iter().map(Kind::is_unsigned).collect();
        found |= gone.contains(&true);
        *is_empty = !gone.is_empty() && !gone.contains(&false);
        if *is_empty {
            continue;
        }
        splice.without(&blocks, &gone);
        let mut left = kinds.iter().filter(|kind| !kind.is_unsigned()).peekable();
        let is_led = left.peek().is_some_and(|first| first.is_thinking());
        calls_unsigned = !is_led && left.any(|block| block.kind == "tool_use");
    }
    if !found {
        return None;
    }
    splice.without(&request.messages, &emptied);
    losses.dropped("messages[].reasoning", UNSIGNED);
    let thinks = request
        .thinking
        .is_some_and(|asked| asked.kind == "enabled");
    if thinks && calls_unsigned {
        let whole: &RawValue = serde_json::from_slice(body).ok()?;
        splice.member(whole, "thinking", r#"{"type":"disabled"}"#);
        losses.dropped("thinking", UNSIGNED_CALLS);
        if let Some(managed) = request.context_management {
            let clears = |edit: &&RawValue| {
                Kind::of(edit).is_some_and(|edit| edit.kind.starts_with(CLEARING))
            };
            let gone: Vec<bool> = managed.edits.iter().map(clears).collect();
            splice.without(&managed.edits, &gone);
        }
    }
    splice.done()
}
