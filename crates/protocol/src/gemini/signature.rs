//! Thought signatures: the vendor's own as they are, and the state of other providers inside signatures of
//! ours. Clients want base64 as a whole, so the mark is inside of it.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    Protocol,
    canonical::{Opaque, OpaqueKind},
};

/// What the vendor lets stand where a signature is missing, in a history that came from elsewhere.
pub(super) const NONE: &str = "skip_thought_signature_validator";

/// Why that is put in.
pub(super) const UNSIGNED_CALL: &str =
    "lacked the signature of a tool call: the word for none was put in";

const MARK: &str = "patchbay";

/// What a signature of ours begins with: the mark and the blank behind it, in either alphabet of base64.
pub(super) const WRITTEN_MARK: &str = "cGF0Y2hiYXkg";

/// The signature that carries `opaque`.
pub(super) fn write(opaque: &Opaque) -> Cow<'_, str> {
    if opaque.owner == Protocol::Gemini {
        return Cow::Borrowed(&opaque.value);
    }
    let kind = match opaque.kind {
        OpaqueKind::Content => "content",
        OpaqueKind::Signature => "signature",
    };
    let owner = opaque.owner.word();
    let text = format!("{MARK} {owner} {kind} {}", opaque.value);
    Cow::Owned(BASE64_STANDARD.encode(text))
}

/// The state in a signature. One of the vendor's own on a thought is the thought's proof, on any other part it
/// is the thinking behind it.
pub(super) fn read(signature: &str, is_thought: bool) -> Option<Opaque> {
    if signature.is_empty() || signature == NONE {
        return None;
    }
    if let Some(foreign) = foreign(signature) {
        return Some(foreign);
    }
    Some(Opaque {
        owner: Protocol::Gemini,
        kind: if is_thought {
            OpaqueKind::Signature
        } else {
            OpaqueKind::Content
        },
        value: signature.to_owned(),
        id: None,
    })
}

fn foreign(signature: &str) -> Option<Opaque> {
    if !signature.starts_with(WRITTEN_MARK) {
        return None;
    }
    // The vendor's own client for Python sends all signatures back in the other alphabet.
    let signature = signature.replace('-', "+").replace('_', "/");
    let text = String::from_utf8(BASE64_STANDARD.decode(signature).ok()?).ok()?;
    let mut words = text.strip_prefix(MARK)?.strip_prefix(' ')?.splitn(3, ' ');
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edge_065_ours_are_known_in_both_alphabets() {
        let state = Opaque {
            owner: Protocol::OpenAiChat,
            kind: OpaqueKind::Content,
            value: "[{\"text\":\"~~~ ???\"}]".to_owned(),
            id: None,
        };
        let written = write(&state);
        assert!(written.contains('+') && written.contains('/'), "{written}");
        let other = written.replace('+', "-").replace('/', "_");
        for signature in [&*written, &other] {
            assert!(signature.starts_with(WRITTEN_MARK));
            assert_eq!(read(signature, false).as_ref(), Some(&state));
        }
    }
}
