//! The search of the web: one of the tools that the provider runs itself.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    canonical::{Losses, SearchSetting, WEB_SEARCH, WebSearch},
    json::Unknown,
    openai::search::{APPROXIMATE, Place, size},
    openai_responses::wire::{Text, Tool},
};

const HERE: [SearchSetting; 3] = [
    SearchSetting::AllowedDomains,
    SearchSetting::ContextSize,
    SearchSetting::Location,
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    filters: Option<Filters>,
    search_context_size: Option<String>,
    user_location: Option<Place>,
    external_web_access: Option<bool>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Filters {
    allowed_domains: Option<Vec<String>>,
    blocked_domains: Option<Vec<String>>,
    #[serde(flatten)]
    unknown: Unknown,
}

/// `None` where it is another tool, or cannot be understood.
pub(super) fn read(kind: &str, tool: &Tool<'_>) -> Option<WebSearch> {
    if !kind.starts_with(WEB_SEARCH) {
        return None;
    }
    let settings: Settings = serde_json::from_value(Value::Object(tool.rest.clone())).ok()?;
    let filters = settings.filters.unwrap_or_default();
    let mut others = settings.unknown.into_names();
    others.extend(filters.unknown.into_names());
    if settings.external_web_access == Some(false) {
        others.push("external_web_access".to_owned());
    }
    let place = settings.user_location;
    Some(WebSearch {
        allowed_domains: filters.allowed_domains.unwrap_or_default(),
        blocked_domains: filters.blocked_domains.unwrap_or_default(),
        context_size: size(settings.search_context_size),
        location: place.and_then(|place| place.read(&mut others)),
        max_uses: None,
        others,
    })
}

/// Of another protocol's search; what has no place is reported.
pub(super) fn write<'r>(search: &WebSearch, losses: &mut Losses) -> Tool<'r> {
    search.report_others(&HERE, losses);
    let mut rest = Map::new();
    if !search.allowed_domains.is_empty() {
        let filters = json!({"allowed_domains": search.allowed_domains});
        rest.insert("filters".to_owned(), filters);
    }
    if let Some(location) = &search.location {
        let place = json!(Place::of(location, Some(APPROXIMATE)));
        rest.insert("user_location".to_owned(), place);
    }
    if let Some(size) = &search.context_size {
        rest.insert("search_context_size".to_owned(), size.as_str().into());
    }
    Tool {
        kind: Some(Text::from(WEB_SEARCH)),
        rest,
        ..Tool::default()
    }
}
