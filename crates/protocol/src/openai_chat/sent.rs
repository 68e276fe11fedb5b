//! The messages in a body as it came, for what is changed in its very text.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// As much of a body as matters here.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    role: Option<Cow<'a, str>>,
}

/// The model's own, in order. One that cannot be read is nobody's; `None` where there are no messages.
pub(super) fn by_model(body: &[u8]) -> Option<impl Iterator<Item = &RawValue>> {
    let body: Body<'_> = serde_json::from_slice(body).ok()?;
    let is_by_model = |message: &&RawValue| {
        serde_json::from_str::<Message<'_>>(message.get())
            .is_ok_and(|message| message.role.as_deref() == Some("assistant"))
    };
    Some(body.messages.into_iter().filter(is_by_model))
}
