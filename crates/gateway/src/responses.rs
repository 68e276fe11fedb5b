//! Replies that clients may come back to: kept in memory with what was asked, so that a conversation can go on
//! from `previous_response_id` with any provider. What a provider of the same protocol keeps, it keeps itself:
//! ids that are not known here go on to it, and to the account that it keeps them for.

mod api;
mod origins;
mod query;
mod shelf;
mod socket;

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use memchr::memmem;
use protocol::{ClientCodec, ExchangeId, Operation, canonical::ApiError};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use self::shelf::{Item, Turn};
pub(crate) use self::{
    api::{cancel, input_items, one},
    origins::{Origin, OwnerNote},
    shelf::Responses,
    socket::{Forgotten, answer as open_socket, with_state},
};
use crate::app::App;

/// The code of a conversation that is not to be found.
pub(crate) const NOT_FOUND: &str = "previous_response_not_found";

/// Where a reply goes that its client wants kept.
pub(crate) struct Keep {
    app: Arc<App>,
    id: String,
    previous: Option<String>,
    input: Vec<Item>,
}

impl Keep {
    /// Keeps the reply, as the client was sent it.
    pub(crate) fn put(&self, response: &Bytes) {
        if let Some(turn) = Turn::new(self.previous.clone(), self.input.clone(), response) {
            self.app.responses.put(self.id.clone(), turn);
        }
    }
}

/// The type of an item that stands for one of an earlier reply.
const REFERENCE: &str = "item_reference";

/// What of a request concerns what is kept.
#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    previous_response_id: Option<Cow<'a, str>>,
    store: Option<bool>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

/// An item that stands for one of an earlier reply.
#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
}

/// A request that may go on with what is kept.
#[derive(Default)]
pub(crate) struct Resumed {
    /// With the conversation that it goes on with; `None` where it stays as it is.
    pub(crate) body: Option<Bytes>,
    /// Where its own reply is to be kept.
    pub(crate) keep: Option<Arc<Keep>>,
    /// The reply that it goes on from.
    pub(crate) previous: Option<String>,
    /// Who keeps that reply, where it is not kept here.
    pub(crate) owner: Option<Origin>,
}

/// The request with the conversation that it goes on with, as far as it is kept here.
///
/// # Errors
/// `InvalidRequest` where a reply is kept here and one before it is not any more.
pub(crate) fn resume(
    app: &Arc<App>,
    asked: (&dyn ClientCodec, Operation),
    exchange: &ExchangeId,
    body: &Bytes,
) -> Result<Resumed, ApiError> {
    let (client, operation) = asked;
    if !client.keeps_replies() {
        return Ok(Resumed::default());
    }
    // As the request is read itself.
    let text = String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
    let Ok(asked) = serde_json::from_str::<Asked<'_>>(&text) else {
        return Ok(Resumed::default());
    };
    if asked.store == Some(false)
        && asked.previous_response_id.is_none()
        && memmem::find(body, REFERENCE.as_bytes()).is_none()
    {
        return Ok(Resumed::default());
    }
    let Some((input, resolved)) = own_items(&app.responses, asked.input) else {
        return Ok(Resumed::default());
    };
    let previous = asked.previous_response_id.as_deref();
    let before = match previous.map(|id| (id, app.responses.conversation(id))) {
        None => None,
        Some((_, Ok(before))) => Some(before),
        // A provider of the same protocol may have it.
        Some((id, Err(missing))) if missing == id => None,
        Some((id, Err(missing))) => return Err(without_its_beginning(id, &missing)),
    };
    let owner = previous.filter(|_| before.is_none());
    let owner = owner.and_then(|id| app.responses.origin(id));
    let expanded = match (&before, resolved) {
        (Some(before), _) => with_input(&text, before.iter().chain(&input), true),
        (None, true) => with_input(&text, input.iter(), false),
        (None, false) => None,
    };
    // What comes before is elsewhere: so is what follows.
    let is_whole = previous.is_none() || before.is_some();
    let is_kept = operation == Operation::Chat && asked.store != Some(false) && is_whole;
    let keep = is_kept.then(|| {
        Arc::new(Keep {
            app: Arc::clone(app),
            id: format!("resp_{}", exchange.0),
            previous: previous.map(str::to_owned),
            input,
        })
    });
    Ok(Resumed {
        body: expanded,
        keep,
        previous: previous.map(str::to_owned),
        owner,
    })
}

fn without_its_beginning(id: &str, missing: &str) -> ApiError {
    let message = format!(
        "The response `{missing}` is not kept any more, and `{id}` goes on from it: it was deleted, or made room for newer ones. Send the whole conversation as `input`."
    );
    ApiError::invalid_request(message)
        .with_param("previous_response_id")
        .with_code(NOT_FOUND)
}

/// The items of the request itself, and whether any of them was a reference that is one no more.
fn own_items(kept: &Responses, input: Option<&RawValue>) -> Option<(Vec<Item>, bool)> {
    let Some(input) = input else {
        return Some((Vec::new(), false));
    };
    if input.get().starts_with('"') {
        let text = format!(r#"{{"type":"message","role":"user","content":{input}}}"#);
        return Some((vec![RawValue::from_string(text).ok()?.into()], false));
    }
    let given: Vec<&RawValue> = serde_json::from_str(input.get()).ok()?;
    let mut resolved = false;
    let mut items = Vec::with_capacity(given.len());
    for item in given {
        let found = referred(item).and_then(|id| kept.item(&id));
        resolved |= found.is_some();
        items.push(found.unwrap_or_else(|| item.to_owned().into()));
    }
    Some((items, resolved))
}

fn referred(item: &RawValue) -> Option<String> {
    if item.get().len() > 1000 || !item.get().contains(REFERENCE) {
        return None;
    }
    let reference: Reference<'_> = serde_json::from_str(item.get()).ok()?;
    (reference.kind == REFERENCE).then(|| reference.id.into_owned())
}

/// The body with other items, the rest of it as it was.
fn with_input<'i>(
    body: &str,
    items: impl Iterator<Item = &'i Item>,
    is_resumed: bool,
) -> Option<Bytes> {
    let mut fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(body).ok()?;
    let items: Vec<&RawValue> = items.map(|item| &**item).collect();
    let input = to_raw_value(&items).ok()?;
    fields.insert(Cow::Borrowed("input"), &input);
    if is_resumed {
        fields.remove("previous_response_id");
    }
    serde_json::to_vec(&fields).ok().map(Bytes::from)
}

#[cfg(test)]
#[path = "responses_tests.rs"]
mod tests;
