//! Encrypted reasoning that a provider refuses as another account's: who made it cannot be told from its bytes.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    canonical::{ApiError, Losses, turns::UNSIGNED},
    json::Splice,
};

/// As much of a body as matters here.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    input: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: Option<String>,
    encrypted_content: Option<String>,
}

pub(super) fn is_refused(failure: &ApiError) -> bool {
    failure.code.as_deref() == Some("invalid_encrypted_content")
}

/// The body without such reasoning as `is_gone`, every other byte as it was; `None` where there is none.
pub(super) fn out_of(
    body: &Bytes,
    is_gone: &mut dyn FnMut(&str) -> bool,
    losses: &mut Losses,
) -> Option<Bytes> {
    let request: Body<'_> = serde_json::from_slice(body).ok()?;
    let mut is_without = |item: &&RawValue| {
        let said = serde_json::from_str::<Said>(item.get()).ok();
        let said = said.filter(|said| said.kind.as_deref() == Some("reasoning"));
        let state = said.and_then(|said| said.encrypted_content);
        state.is_some_and(|state| is_gone(&state))
    };
    let gone: Vec<bool> = request.input.iter().map(&mut is_without).collect();
    if !gone.contains(&true) {
        return None;
    }
    let mut splice = Splice::new(body);
    splice.without(&request.input, &gone);
    let without = splice.done()?;
    losses.dropped("messages[].reasoning", UNSIGNED);
    Some(without)
}
