//! What a connection remembers: replies that are not to be kept, as long as it stands.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use super::{
    super::{
        own_items,
        shelf::{Item, Responses, Turn},
    },
    asked::Asked,
};

/// Reasoning as its provider can read it again. Who keeps no reply cannot look it up by its id.
const STATE: &str = "reasoning.encrypted_content";

/// Of one connection.
#[derive(Default)]
pub(super) struct Memory(Responses);

/// A request as it would be posted.
pub(super) struct Posted {
    pub(super) body: Bytes,
    /// What to remember once its reply is there; `None` where it is kept elsewhere.
    pub(super) turn: Option<Begun>,
    /// Nobody else keeps the reply.
    pub(super) is_forgotten: bool,
}

/// A turn without its reply.
#[derive(Default)]
pub(super) struct Begun {
    previous: Option<String>,
    input: Vec<Item>,
}

/// An item of reasoning.
#[derive(Deserialize)]
struct Thought<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    content: Option<Vec<IgnoredAny>>,
    encrypted_content: Option<IgnoredAny>,
    summary: Option<Vec<IgnoredAny>>,
}

type Options<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;
type Fields<'a> = BTreeMap<Cow<'a, str>, Cow<'a, RawValue>>;

impl Memory {
    /// Replies are gone on from as far as they are remembered; what came before them is left to those who keep it.
    pub(super) fn posted(&self, asked: &Asked) -> Posted {
        let as_it_is = || Posted {
            body: asked.text.clone(),
            turn: None,
            is_forgotten: false,
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
        let input = fields.get("input").map(|input| &**input);
        let own = own_items(&self.0, input.filter(|input| input.get() != "null"));
        let previous = fields.get("previous_response_id");
        let previous: Option<String> =
            previous.and_then(|id| serde_json::from_str(id.get()).ok()?);
        let (before, base) = match &previous {
            Some(id) => self.0.since(id),
            None => (Vec::new(), None),
        };
        let Some((input, is_resolved)) = own else {
            // Whoever is asked says what is wrong with it, if only it knows what this goes on from.
            if base != previous {
                fields.remove("previous_response_id");
            }
            return Posted {
                body: written(&mut fields).unwrap_or_else(|| asked.text.clone()),
                ..as_it_is()
            };
        };
        if is_resolved || base != previous || !before.is_empty() {
            let items: Vec<&RawValue> = before.iter().chain(&input).map(|item| &**item).collect();
            set(&mut fields, "input", &items);
            match base {
                Some(base) => set(&mut fields, "previous_response_id", &base),
                None => drop(fields.remove("previous_response_id")),
            }
        }
        let is_kept = fields
            .get("store")
            .is_none_or(|store| store.get() != "false");
        if !is_kept && speaks_of_reasoning(&fields) {
            include_state(&mut fields);
        }
        let turn = (!is_kept || asked.is_warm_up).then_some(Begun { previous, input });
        match written(&mut fields) {
            Some(body) => Posted {
                body,
                turn,
                is_forgotten: !is_kept,
            },
            None => as_it_is(),
        }
    }

    pub(super) fn put(&self, id: String, begun: Begun, mut output: Vec<Item>) {
        output.retain(|item| !says_nothing(item));
        let Begun {
            mut previous,
            mut input,
        } = begun;
        // Some providers give ids again: what was said under this one before is part of the new turn, or it would be
        // lost, and the turn go on from itself.
        if self.0.turn(&id).is_some()
            && let Some(from) = previous.take()
        {
            let (mut before, base) = self.0.since(&from);
            before.append(&mut input);
            (previous, input) = (base, before);
        }
        self.0.put(id, Turn::without_reply(previous, input, output));
    }
}

/// A body that asks for the state of reasoning; `None` where it does so by itself.
pub(crate) fn with_state(body: &Bytes) -> Option<Bytes> {
    let mut fields: Fields<'_> = serde_json::from_slice(body).ok()?;
    include_state(&mut fields).then_some(())?;
    serde_json::to_vec(&fields).ok().map(Bytes::from)
}

/// Models that do not reason refuse this as well.
fn speaks_of_reasoning(fields: &Fields<'_>) -> bool {
    let reasoning = fields.get("reasoning").map(|options| options.get());
    let reasoning = reasoning.and_then(|options| serde_json::from_str::<Options<'_>>(options).ok());
    reasoning.is_some_and(|options| options.values().any(|value| value.get() != "null"))
}

/// Asks for the state of reasoning; `false` where that is done, or what is asked for cannot be read.
fn include_state(fields: &mut Fields<'_>) -> bool {
    let included = fields.get("include").map_or("null", |words| words.get());
    let included = serde_json::from_str::<Option<Vec<Value>>>(included);
    let Ok(mut words) = included.map(Option::unwrap_or_default) else {
        return false;
    };
    if words.iter().any(|word| word == STATE) {
        return false;
    }
    words.push(STATE.into());
    set(fields, "include", &words);
    true
}

/// Whether an item of a reply is only the name of reasoning that nobody keeps.
fn says_nothing(item: &RawValue) -> bool {
    serde_json::from_str::<Thought<'_>>(item.get()).is_ok_and(|thought| {
        let has_text = |pieces: Option<Vec<IgnoredAny>>| pieces.is_some_and(|all| !all.is_empty());
        thought.kind == "reasoning"
            && thought.encrypted_content.is_none()
            && !has_text(thought.content)
            && !has_text(thought.summary)
    })
}

/// As it is posted, to be answered by a stream.
fn written(fields: &mut Fields<'_>) -> Option<Bytes> {
    set(fields, "stream", &true);
    serde_json::to_vec(fields).ok().map(Bytes::from)
}

fn set(fields: &mut Fields<'_>, name: &'static str, value: &(impl serde::Serialize + ?Sized)) {
    if let Ok(value) = to_raw_value(value) {
        fields.insert(name.into(), Cow::Owned(value));
    }
}
