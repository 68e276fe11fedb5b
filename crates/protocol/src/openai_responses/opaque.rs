//! Provider state of reasoning in `encrypted_content`, the one place where clients of this protocol keep it and
//! send it back. Our own providers' goes as it is; that of others is marked by its owner, so that it finds home.

use crate::{
    Protocol,
    canonical::{Opaque, OpaqueKind},
};

/// No provider's own state begins like this.
const MARK: &str = "patchbay.";

pub(super) fn pack(opaque: &Opaque) -> String {
    let kind = match opaque.kind {
        OpaqueKind::Content if opaque.owner == Protocol::OpenAiResponses => {
            return opaque.value.clone();
        }
        OpaqueKind::Content => "content",
        OpaqueKind::Signature => "signature",
    };
    format!("{MARK}{}.{kind}.{}", opaque.owner.word(), opaque.value)
}

pub(super) fn unpack(text: &str) -> Opaque {
    marked(text).unwrap_or_else(|| Opaque {
        owner: Protocol::OpenAiResponses,
        kind: OpaqueKind::Content,
        value: text.to_owned(),
    })
}

fn marked(text: &str) -> Option<Opaque> {
    let mut words = text.strip_prefix(MARK)?.splitn(3, '.');
    let owner = Protocol::of(words.next()?)?;
    let kind = match words.next()? {
        "content" => OpaqueKind::Content,
        "signature" => OpaqueKind::Signature,
        _ => return None,
    };
    let value = words.next()?.to_owned();
    Some(Opaque { owner, kind, value })
}
