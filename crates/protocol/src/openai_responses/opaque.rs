//! Provider state of reasoning in `encrypted_content`, the one place where clients of this protocol keep it and
//! send it back. Our own providers' goes as it is; that of others is marked by its owner, so that it finds home.

use crate::{
    Protocol,
    canonical::{Opaque, OpaqueKind},
};

/// No provider's own state begins like this.
pub(super) const MARK: &str = "patchbay.";

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

/// A provider's own, with its name; what another provider gave out before has none.
pub(super) fn of_reply(text: &str, id: Option<&str>) -> Opaque {
    let state = unpack(text);
    let is_own = state.owner == Protocol::OpenAiResponses;
    let id = id.filter(|id| is_own && !id.is_empty());
    Opaque {
        id: id.map(str::to_owned),
        ..state
    }
}

pub(super) fn unpack(text: &str) -> Opaque {
    marked(text).unwrap_or_else(|| Opaque {
        owner: Protocol::OpenAiResponses,
        kind: OpaqueKind::Content,
        value: text.to_owned(),
        id: None,
    })
}

/// Whether it is another provider's, in our own words.
pub(super) fn is_foreign(text: &str) -> bool {
    marked(text).is_some()
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
    Some(Opaque {
        owner,
        kind,
        value,
        id: None,
    })
}
