//! What a connection remembers: replies that are not to be kept, as long as it stands.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use serde_json::value::{RawValue, to_raw_value};

use super::{
    super::{
        own_items,
        shelf::{Item, Responses, Turn},
    },
    asked::Asked,
};

/// Of one connection.
#[derive(Default)]
pub(super) struct Memory(Responses);

/// A request as it would be posted.
pub(super) struct Posted {
    pub(super) body: Bytes,
    /// What to remember once its reply is there; `None` where it is kept elsewhere.
    pub(super) turn: Option<Begun>,
}

/// A turn without its reply.
#[derive(Default)]
pub(super) struct Begun {
    previous: Option<String>,
    input: Vec<Item>,
}

type Fields<'a> = BTreeMap<Cow<'a, str>, Cow<'a, RawValue>>;

impl Memory {
    /// Replies are gone on from as far as they are remembered; what came before them is left to those who keep it.
    pub(super) fn posted(&self, asked: &Asked) -> Posted {
        let as_it_is = || Posted {
            body: asked.text.clone(),
            turn: None,
        };
        let Ok(mut fields) =
            serde_json::from_slice::<BTreeMap<Cow<'_, str>, &RawValue>>(&asked.text)
        else {
            return as_it_is();
        };
        for name in ["generate", "stream_id", "type"] {
            fields.remove(name);
        }
        let mut fields: Fields<'_> = fields
            .into_iter()
            .map(|(name, value)| (name, Cow::Borrowed(value)))
            .collect();
        let own = own_items(&self.0, fields.get("input").map(|input| &**input));
        let (input, is_resolved) = own.unwrap_or_default();
        let previous = fields.get("previous_response_id");
        let previous: Option<String> =
            previous.and_then(|id| serde_json::from_str(id.get()).ok()?);
        let (before, base) = match &previous {
            Some(id) => self.0.since(id),
            None => (Vec::new(), None),
        };
        if is_resolved || base != previous {
            let items: Vec<&RawValue> = before.iter().chain(&input).map(|item| &**item).collect();
            set(&mut fields, "input", &items);
            match base {
                Some(base) => set(&mut fields, "previous_response_id", &base),
                None => drop(fields.remove("previous_response_id")),
            }
        }
        set(&mut fields, "stream", &true);
        let is_kept = fields
            .get("store")
            .is_none_or(|store| store.get() != "false");
        let turn = (!is_kept || asked.is_warm_up).then_some(Begun { previous, input });
        match serde_json::to_vec(&fields) {
            Ok(body) => Posted {
                body: body.into(),
                turn,
            },
            Err(_) => as_it_is(),
        }
    }

    pub(super) fn put(&self, id: String, Begun { previous, input }: Begun, output: Vec<Item>) {
        self.0.put(id, Turn::without_reply(previous, input, output));
    }
}

fn set(fields: &mut Fields<'_>, name: &'static str, value: &(impl serde::Serialize + ?Sized)) {
    if let Ok(value) = to_raw_value(value) {
        fields.insert(name.into(), Cow::Owned(value));
    }
}
