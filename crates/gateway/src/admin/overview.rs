//! The figures of the overview.

use super::exchanges::ExchangeSummary;

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Overview {
    pub requests: u64,
    pub failed: u64,
    /// Sums over the requests whose counts are known; `None` when none is.
    pub input_tokens: Option<u64>,
    pub cache_read_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    pub first_token_median_ms: Option<u64>,
    pub patches: Vec<Patch>,
    /// The last eight.
    pub last: Vec<ExchangeSummary>,
}

/// How many requests went from one client to one provider.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Patch {
    /// `None`: the client did not name itself.
    pub client: Option<String>,
    pub client_protocol: String,
    /// `None`: refused before a provider was chosen.
    pub provider: Option<String>,
    pub upstream_protocol: Option<String>,
    pub requests: u64,
}
