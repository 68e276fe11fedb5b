//! Model names: aliases, where they lead, and why.

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct AliasTable {
    /// Used when a request names no model.
    pub default_model: Option<String>,
    /// In order: an exact name wins over any pattern, among patterns the first that fits.
    pub aliases: Vec<Alias>,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Alias {
    /// A name, or a pattern with `*`.
    pub name: String,
    /// `provider/model`, tried in order.
    pub targets: Vec<String>,
}

/// A ready table of aliases, whose target models are chosen when it is imported.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct AliasPreset {
    pub id: String,
    pub name: String,
    pub description: String,
    /// Targets without a provider: the UI asks which provider serves them.
    pub aliases: Vec<Alias>,
}

/// Where a request for a model would go, and why.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct RouteReport {
    pub model: String,
    /// Numbered in the UI: each a sentence about one step of the decision.
    pub reasons: Vec<RouteReason>,
    /// The alias that decided, if one did.
    pub alias: Option<String>,
    pub targets: Vec<RouteTarget>,
    /// Why it would be refused, when there is no target.
    pub refusal: Option<String>,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct RouteReason {
    /// `exact_alias`, `pattern_alias`, `provider_prefix`, `default_model`, `single_provider`, `no_match`, ...
    pub code: String,
    pub message: String,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct RouteTarget {
    pub provider: String,
    pub account: Option<String>,
    pub model: String,
    pub protocol: String,
    /// The client's protocol is the provider's: the bytes go through untouched.
    pub pass_through: bool,
    /// Why it would be skipped at present (no key, cooling down), as a sentence.
    pub problem: Option<String>,
}

/// A name that a client can send now.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct AddressableModel {
    /// An alias, or `provider/model`.
    pub name: String,
    pub alias: bool,
    pub provider: Option<String>,
    pub protocol: Option<String>,
}
