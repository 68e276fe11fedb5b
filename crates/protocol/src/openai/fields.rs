//! What a request may say beside the conversation in each of this vendor's forms of it.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::{
    Protocol,
    canonical::{CACHE_KEY, Losses, NOT_OF_MODEL, NOT_OF_PROTOCOL, Request},
};

/// By its name in the one form and in the other.
const SHARED: [[&str; 2]; 5] = [
    [CACHE_KEY, CACHE_KEY],
    ["prompt_cache_retention", "prompt_cache_retention"],
    ["safety_identifier", "safety_identifier"],
    ["service_tier", "service_tier"],
    ["verbosity", "text.verbosity"],
];

/// Only of replies that the vendor is to store.
const METADATA: &str = "metadata";
const STORE: &str = "store";

/// The unknown fields for an encoder of `own`: all of its own protocol's, of the other form's those that both have,
/// under the encoder's names. What is left out is reported. `takes`: whether the target takes them at all.
pub(crate) fn rest<'r>(
    request: &'r Request,
    own: Protocol,
    takes: bool,
    losses: &mut Losses,
) -> Cow<'r, Map<String, Value>> {
    let Some((_, fields)) = request
        .rest
        .as_ref()
        .filter(|(owner, _)| *owner != own && owner.is_openai())
    else {
        let rest = request.rest_for(own, losses);
        return rest.map_or_else(|| Cow::Owned(Map::new()), Cow::Borrowed);
    };
    let is_told = |field: &String| !request.kept_here.contains(&field.as_str());
    let stores = takes && fields.get(STORE) == Some(&Value::Bool(true));
    let mut rest = Map::new();
    for (field, value) in fields.iter().filter(|(field, _)| is_told(field)) {
        match name_here(field) {
            // All of them are words; what is not would be refused in the other form only.
            Some(name) if takes && value.is_string() => {
                rest.insert(name.to_owned(), value.clone());
            }
            Some(_) if !takes => losses.dropped(field, NOT_OF_MODEL),
            None if field == STORE || field == METADATA => {
                if stores {
                    rest.insert(field.clone(), value.clone());
                } else if field == METADATA {
                    losses.dropped(
                        field,
                        "goes only with a reply that the provider is to store",
                    );
                } else if value == &Value::Bool(true) {
                    losses.dropped(field, NOT_OF_MODEL);
                }
            }
            Some(_) | None => losses.dropped(field, NOT_OF_PROTOCOL),
        }
    }
    Cow::Owned(rest)
}

/// The key by which a target finds what it cached of the conversation, unless the client gave one.
pub(crate) fn cache_key(request: &Request, takes: bool, rest: &mut Map<String, Value>) {
    if let Some(session) = request.session.as_deref().filter(|_| takes) {
        rest.entry(CACHE_KEY).or_insert_with(|| session.into());
    }
}

fn name_here(field: &str) -> Option<&'static str> {
    SHARED.iter().find_map(|[one, other]| {
        if field == *one {
            Some(*other)
        } else {
            (field == *other).then_some(*one)
        }
    })
}
