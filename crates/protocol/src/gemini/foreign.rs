//! State of other providers in the signatures of a client's own body, and calls that have none: the vendor reads
//! neither.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use bytes::Bytes;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{signature, wire::Raws};
use crate::{
    canonical::{Capabilities, Losses, turns::UNSIGNED},
    json::{Splice, members},
};

/// In both spellings of a call.
const CALL: &str = "unction";

/// The client's own name of what is put in or taken out.
const SIGNATURE: &str = "contents[].parts[].thoughtSignature";

/// As much of a body as matters here.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    contents: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    role: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    parts: Raws<'a>,
}

/// What becomes of a part.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Gone,
    Kept,
    /// Its signature goes.
    Unsigned,
    /// It gets the word that there is no signature.
    Vouched,
}

/// A part of the model's, as far as it matters here.
struct Piece<'a> {
    fields: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

impl<'a> Piece<'a> {
    fn of(part: &'a RawValue) -> Option<Self> {
        let fields = members(part).ok()?;
        Some(Self { fields })
    }

    fn has(&self, names: [&str; 2]) -> bool {
        let fields = names.iter().filter_map(|name| self.fields.get(*name));
        fields.into_iter().any(|value| value.get() != "null")
    }

    fn is_call(&self) -> bool {
        self.has(["functionCall", "function_call"])
    }

    fn is_answer(&self) -> bool {
        self.has(["functionResponse", "function_response"])
    }

    fn is_thought(&self) -> bool {
        self.fields
            .get("thought")
            .is_some_and(|thought| thought.get() == "true")
    }

    /// Nothing but words, and those are none.
    fn is_blank(&self) -> bool {
        let text = self.fields.get("text");
        let names = ["text", "thought", "thoughtSignature", "thought_signature"];
        text.is_none_or(|text| text.get() == "\"\"")
            && self.fields.keys().all(|name| names.contains(&&**name))
    }

    /// The name of its signature in this body, and whether that is ours.
    fn signature(&self) -> Option<(&'static str, bool)> {
        let names = ["thoughtSignature", "thought_signature"];
        names.into_iter().find_map(|name| {
            let value = self.fields.get(name)?.get().trim_matches('"');
            let is_there = !value.is_empty() && value != "null";
            is_there.then(|| (name, value.starts_with(signature::WRITTEN_MARK)))
        })
    }

    fn is_ours(&self) -> bool {
        self.signature().is_some_and(|(_, is_ours)| is_ours)
    }
}

/// Whether a signature of ours is in it, or a call, whose signature may be missing.
pub(super) fn is_near(body: &[u8]) -> bool {
    static CALLS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(CALL));
    CALLS.find(body).is_some() || is_marked(body)
}

fn is_marked(body: &[u8]) -> bool {
    static MARKS: LazyLock<Finder<'static>> =
        LazyLock::new(|| Finder::new(signature::WRITTEN_MARK));
    MARKS.find(body).is_some()
}

pub(super) fn out_of(
    body: &Bytes,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Option<Bytes> {
    if !capabilities.signed_calls && !is_marked(body) {
        return None;
    }
    let request: Body<'_> = serde_json::from_slice(body).ok()?;
    let contents: Vec<Said<'_>> = request
        .contents
        .iter()
        .map(|content| serde_json::from_str(content.get()).ok())
        .collect::<Option<_>>()?;
    // Signatures of calls are looked at since the user last said something.
    let asked = contents
        .iter()
        .rposition(|said| !is_model(said) && speaks(said));
    let mut splice = Splice::new(body);
    let mut emptied = vec![false; contents.len()];
    // A step of the model may be in several contents.
    let mut has_called = false;
    for (at, (said, is_empty)) in contents.iter().zip(&mut emptied).enumerate() {
        if !is_model(said) {
            has_called = false;
            continue;
        }
        let parts = &said.parts.0;
        let pieces: Vec<Piece<'_>> = parts
            .iter()
            .map(|part| Piece::of(part))
            .collect::<Option<_>>()?;
        let is_checked = capabilities.signed_calls && asked.is_none_or(|asked| at > asked);
        let fates = fates(&pieces, is_checked, &mut has_called);
        let gone: Vec<bool> = fates.iter().map(|fate| *fate == Fate::Gone).collect();
        *is_empty = !gone.is_empty() && !gone.contains(&false);
        if pieces.iter().any(Piece::is_ours) {
            losses.dropped(SIGNATURE, UNSIGNED);
        }
        if *is_empty {
            continue;
        }
        splice.without(parts, &gone);
        for ((part, piece), fate) in parts.iter().zip(&pieces).zip(fates) {
            let name = piece.signature().map(|(name, _)| name);
            match fate {
                Fate::Gone | Fate::Kept => {}
                Fate::Unsigned => splice.remove(part, &[name.unwrap_or_default()]),
                Fate::Vouched => {
                    let none = Value::from(signature::NONE).to_string();
                    splice.member(part, name.unwrap_or("thoughtSignature"), &none);
                    losses.repaired(SIGNATURE, signature::UNSIGNED_CALL);
                }
            }
        }
    }
    splice.without(&request.contents, &emptied);
    splice.done()
}

fn is_model(said: &Said<'_>) -> bool {
    said.role.as_deref() == Some("model")
}

/// Whether it holds anything but the answers of tools.
fn speaks(said: &Said<'_>) -> bool {
    let mut parts = said.parts.0.iter();
    parts.any(|part| Piece::of(part).is_none_or(|piece| !piece.is_answer()))
}

fn fates(pieces: &[Piece<'_>], is_checked: bool, has_called: &mut bool) -> Vec<Fate> {
    let mut fates: Vec<Fate> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let is_ours = piece.is_ours();
        let fate = if piece.is_call() {
            let is_first = !std::mem::replace(has_called, true);
            if is_checked && is_first && (is_ours || piece.signature().is_none()) {
                Fate::Vouched
            } else if is_ours {
                Fate::Unsigned
            } else {
                Fate::Kept
            }
        } else if is_ours && (piece.is_thought() || piece.is_blank()) {
            // The thought is in several parts, and the last one has its proof.
            for (before, fate) in pieces.iter().zip(&mut fates).rev() {
                if !before.is_thought() || before.signature().is_some() {
                    break;
                }
                *fate = Fate::Gone;
            }
            Fate::Gone
        } else if is_ours {
            Fate::Unsigned
        } else {
            Fate::Kept
        };
        fates.push(fate);
    }
    fates
}
