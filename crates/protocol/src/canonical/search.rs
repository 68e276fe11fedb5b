//! A provider's own search of the web, which a client asks for as one of its tools.

use super::{Losses, NOT_OF_PROTOCOL, Request};

/// The name of the tool, whatever its client calls it.
pub(crate) const WEB_SEARCH: &str = "web_search";

/// Why there is no search where models either search or call.
pub(crate) const BESIDE_TOOLS: &str = "cannot be had beside tools of the client here";

/// What the search is told, as far as several protocols have words for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WebSearch {
    /// Pages of other domains are not read.
    pub allowed_domains: Vec<String>,
    pub blocked_domains: Vec<String>,
    /// How much of the pages the model reads: `low` or `high`.
    pub context_size: Option<String>,
    pub location: Option<Location>,
    /// How often it may be called in one reply.
    pub max_uses: Option<u64>,
    /// Settings that only the client's own protocol has.
    pub others: Vec<String>,
}

/// Roughly where the user is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Location {
    pub city: Option<String>,
    pub country: Option<String>,
    pub region: Option<String>,
    pub timezone: Option<String>,
}

/// A setting of the search, for encoders to say which they have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SearchSetting {
    AllowedDomains,
    BlockedDomains,
    ContextSize,
    Location,
    MaxUses,
}

impl WebSearch {
    /// Reports what is set and not among the settings that the target `has`.
    pub(crate) fn report_others(&self, has: &[SearchSetting], losses: &mut Losses) {
        use SearchSetting::{AllowedDomains, BlockedDomains, ContextSize, Location, MaxUses};
        let known = [
            (
                AllowedDomains,
                "allowed_domains",
                !self.allowed_domains.is_empty(),
            ),
            (
                BlockedDomains,
                "blocked_domains",
                !self.blocked_domains.is_empty(),
            ),
            (
                ContextSize,
                "search_context_size",
                self.context_size.is_some(),
            ),
            (Location, "user_location", self.location.is_some()),
            (MaxUses, "max_uses", self.max_uses.is_some()),
        ];
        for (setting, name, is_set) in known {
            if is_set && !has.contains(&setting) {
                losses.dropped(format!("tools.{WEB_SEARCH}.{name}"), NOT_OF_PROTOCOL);
            }
        }
        for name in &self.others {
            losses.dropped(format!("tools.{WEB_SEARCH}.{name}"), NOT_OF_PROTOCOL);
        }
    }
}

impl Request {
    /// Whether there are tools that the client runs itself.
    pub(crate) fn has_clients_tools(&self) -> bool {
        let mut tools = self.tools.iter();
        tools.any(|tool| tool.is_clients())
    }

    /// Whether one of them has the search's name.
    pub(crate) fn searches_itself(&self) -> bool {
        let mut tools = self.tools.iter().filter(|tool| tool.name == WEB_SEARCH);
        tools.any(|tool| tool.is_clients())
    }
}
