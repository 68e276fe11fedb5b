//! Reasoning in a client's own list of items that no provider of this protocol wrote: with state of others, or under
//! a name that was made up here.

use std::{borrow::Cow, sync::LazyLock};

use bytes::Bytes;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::opaque;
use crate::{
    canonical::{Capabilities, Losses, turns::UNSIGNED},
    json::Splice,
};

/// What the name of reasoning begins with, whoever gave it.
const NAME: &str = "rs_";

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
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    encrypted_content: Option<Cow<'a, str>>,
}

/// Whether a mark of ours is in it, or a name of reasoning that we made.
pub(super) fn is_near(body: &[u8]) -> bool {
    static MARKS: LazyLock<Finder<'static>> =
        LazyLock::new(|| Finder::new(&format!("\"{}", opaque::MARK)).into_owned());
    static NAMES: LazyLock<Finder<'static>> =
        LazyLock::new(|| Finder::new(&format!("\"{NAME}")).into_owned());
    MARKS.find(body).is_some()
        || NAMES.find_iter(body).any(|at| {
            let name = body.get(at + 1..).unwrap_or_default();
            let end = memchr::memchr(b'"', name).and_then(|end| name.get(..end));
            end.and_then(|name| std::str::from_utf8(name).ok())
                .is_some_and(is_made_up)
        })
}

/// Ours end in the number of the item; the vendor's are one word.
fn is_made_up(name: &str) -> bool {
    let rest = name
        .strip_prefix(NAME)
        .and_then(|rest| rest.rsplit_once('_'));
    rest.is_some_and(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

pub(super) fn out_of(
    body: &Bytes,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Option<Bytes> {
    let request: Body<'_> = serde_json::from_slice(body).ok()?;
    let is_foreign = |item: &&RawValue| {
        let Ok(said) = serde_json::from_str::<Said<'_>>(item.get()) else {
            return false;
        };
        let state = said.encrypted_content.as_deref();
        said.kind.as_deref() == Some("reasoning")
            && match state.filter(|state| !state.is_empty()) {
                Some(state) => opaque::is_foreign(state),
                // Some take the words alone.
                None => {
                    !capabilities.reasoning_replay && said.id.as_deref().is_some_and(is_made_up)
                }
            }
    };
    let gone: Vec<bool> = request.input.iter().map(is_foreign).collect();
    let mut splice = Splice::new(body);
    splice.without(&request.input, &gone);
    let cleaned = splice.done()?;
    losses.dropped("messages[].reasoning", UNSIGNED);
    Some(cleaned)
}
