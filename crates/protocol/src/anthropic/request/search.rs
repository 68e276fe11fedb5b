//! The search of the web: one of the tools that the provider runs itself, in several versions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use serde_with::skip_serializing_none;

use crate::{
    canonical::{Location, Losses, SearchSetting, WEB_SEARCH, WebSearch},
    json::{Unknown, raw},
};

/// The version that all models know.
const KIND: &str = "web_search_20250305";

const HERE: [SearchSetting; 4] = [
    SearchSetting::AllowedDomains,
    SearchSetting::BlockedDomains,
    SearchSetting::Location,
    SearchSetting::MaxUses,
];

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct SearchTool {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    max_uses: Option<u64>,
    allowed_domains: Option<Vec<String>>,
    blocked_domains: Option<Vec<String>>,
    user_location: Option<Around>,
    #[serde(skip_serializing)]
    cache_control: Option<Value>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Around {
    #[serde(rename = "type")]
    kind: String,
    city: Option<String>,
    country: Option<String>,
    region: Option<String>,
    timezone: Option<String>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

/// `None` where it is another tool, or cannot be understood.
pub(super) fn read(kind: &str, tool: &RawValue) -> Option<WebSearch> {
    let (family, _) = kind.rsplit_once('_')?;
    if family != WEB_SEARCH {
        return None;
    }
    let tool: SearchTool = serde_json::from_str(tool.get()).ok()?;
    let mut others = tool.unknown.into_names();
    Some(WebSearch {
        allowed_domains: tool.allowed_domains.unwrap_or_default(),
        blocked_domains: tool.blocked_domains.unwrap_or_default(),
        context_size: None,
        location: tool.user_location.map(|around| {
            others.extend(around.unknown.into_names());
            Location {
                city: around.city,
                country: around.country,
                region: around.region,
                timezone: around.timezone,
            }
        }),
        max_uses: tool.max_uses,
        others,
    })
}

/// Of another protocol's search; what has no place is reported.
pub(super) fn write(search: &WebSearch, losses: &mut Losses) -> Box<RawValue> {
    search.report_others(&HERE, losses);
    let some = |domains: &[String]| (!domains.is_empty()).then(|| domains.to_vec());
    let allowed_domains = some(&search.allowed_domains);
    let mut blocked_domains = some(&search.blocked_domains);
    if allowed_domains.is_some() && blocked_domains.take().is_some() {
        let why = "cannot be set beside allowed domains, which are kept";
        losses.dropped("tools.web_search.blocked_domains", why);
    }
    raw(&json!(SearchTool {
        kind: KIND.to_owned(),
        name: Some(WEB_SEARCH.to_owned()),
        max_uses: search.max_uses,
        allowed_domains,
        blocked_domains,
        user_location: search.location.as_ref().map(|location| Around {
            kind: "approximate".to_owned(),
            city: location.city.clone(),
            country: location.country.clone(),
            region: location.region.clone(),
            timezone: location.timezone.clone(),
            ..Around::default()
        }),
        ..SearchTool::default()
    }))
}
