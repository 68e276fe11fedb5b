//! The search of the web: one of the tools that the provider runs itself, under its name of now or of before.

use serde_json::{Value, json, value::RawValue};

use crate::{
    canonical::{Losses, WebSearch},
    json::{raw, says_nothing},
};

const NAME: &str = "googleSearch";

/// As clients write it, too.
const NAMES: [&str; 4] = [
    NAME,
    "google_search",
    "googleSearchRetrieval",
    "google_search_retrieval",
];

/// `None` where it is another tool. Nothing that is set here is known to other protocols.
pub(super) fn read(kind: &str, settings: &Value) -> Option<WebSearch> {
    if !NAMES.contains(&kind) {
        return None;
    }
    let settings = settings.as_object().into_iter().flatten();
    let set = settings.filter(|(_, value)| !says_nothing(value));
    Some(WebSearch {
        others: set.map(|(name, _)| name.clone()).collect(),
        ..WebSearch::default()
    })
}

/// Of another protocol's search, whose settings are all reported.
pub(super) fn write(search: &WebSearch, losses: &mut Losses) -> Box<RawValue> {
    search.report_others(&[], losses);
    raw(&json!({NAME: {}}))
}
