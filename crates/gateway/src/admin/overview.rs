//! The figures of the overview.

use std::sync::Arc;

use axum::{Json, extract::State};
use store::exchanges::Filter;

use super::{Admin, exchanges::ExchangeSummary, failure::Refusal, input::Parameters};

/// How many requests the overview lists.
const LAST: usize = 8;

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

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    /// Unix milliseconds.
    #[serde(default)]
    since: u64,
}

pub(super) async fn show(
    State(admin): State<Arc<Admin>>,
    Parameters(Since { since }): Parameters<Since>,
) -> Result<Json<Overview>, Refusal> {
    let log = &admin.app.log;
    let stats = log
        .stats_since(i64::try_from(since).unwrap_or(i64::MAX))
        .await?;
    let last = log.query(Filter::default(), None, LAST).await?;
    let patches = stats.routes.into_iter().map(|route| Patch {
        client: route.client,
        client_protocol: route.client_protocol.unwrap_or_default(),
        provider: route.provider,
        upstream_protocol: route.upstream_protocol,
        requests: route.count,
    });
    Ok(Json(Overview {
        requests: stats.count,
        failed: stats.failed,
        input_tokens: stats.input_tokens,
        cache_read_tokens: stats.cache_read_tokens,
        output_tokens: stats.output_tokens,
        first_token_median_ms: stats.median_first_token_ms,
        patches: patches.collect(),
        last: last.rows.iter().map(ExchangeSummary::from).collect(),
    }))
}
