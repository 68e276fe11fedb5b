//! The search of the web, which stands beside the tools here and is none of them.

use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};
use serde_with::skip_serializing_none;

use crate::{
    canonical::{Losses, SearchSetting, WebSearch},
    json::{Unknown, raw},
    openai::search::{APPROXIMATE, Place, size},
};

/// The field that asks for it.
pub(super) const OPTIONS: &str = "web_search_options";

const HERE: [SearchSetting; 2] = [SearchSetting::ContextSize, SearchSetting::Location];

#[skip_serializing_none]
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Options {
    search_context_size: Option<String>,
    user_location: Option<Around>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Around {
    #[serde(rename = "type")]
    kind: String,
    approximate: Place,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

/// `None` where it cannot be understood.
pub(super) fn read(options: &RawValue) -> Option<WebSearch> {
    let options: Options = serde_json::from_str(options.get()).ok()?;
    let mut others = options.unknown.into_names();
    let location = options.user_location.and_then(|around| {
        others.extend(around.unknown.into_names());
        around.approximate.read(&mut others)
    });
    Some(WebSearch {
        context_size: size(options.search_context_size),
        location,
        others,
        ..WebSearch::default()
    })
}

/// Of another protocol's search; what has no place is reported.
pub(super) fn write(search: &WebSearch, losses: &mut Losses) -> Box<RawValue> {
    search.report_others(&HERE, losses);
    raw(&json!(Options {
        search_context_size: search.context_size.clone(),
        user_location: search.location.as_ref().map(|location| Around {
            kind: APPROXIMATE.to_owned(),
            approximate: Place::of(location, None),
            ..Around::default()
        }),
        ..Options::default()
    }))
}
