//! What happens, as it happens.

use super::{exchanges::ExchangeSummary, status::Status};

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LiveEvent {
    /// Providers, accounts, aliases or settings changed: fetch them again.
    ConfigChanged,
    /// A row was opened or changed.
    Exchange {
        exchange: Box<ExchangeSummary>,
    },
    /// Rows were deleted: fetch the list again.
    ExchangesDeleted,
    /// Events were lost because this listener was too slow: fetch everything again.
    Missed,
    Status {
        status: Box<Status>,
    },
}
