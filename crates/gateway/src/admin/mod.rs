//! The admin API: what the window, the browser UI and the tray ask of the server.
//!
//! JSON over `/admin`, for the signed-in page or in process only. The types are the UI's too (ts-rs).
//!
//! | route | body | answer |
//! |---|---|---|
//! | `GET /admin/session` | | [`session::Session`]; 401 when not signed in |
//! | `GET /admin/sign-in?token=` | | sets the session cookie, redirects to `/` |
//! | `GET /admin/status` | | [`status::Status`] |
//! | `POST /admin/server/start`, `/stop` | [`status::StartRequest`], none | [`status::ServerState`] |
//! | `GET /admin/overview?since=` (unix ms) | | [`overview::Overview`] |
//! | `GET /admin/presets` | | `Vec<`[`providers::Preset`]`>` |
//! | `GET /admin/local-servers` | | `Vec<`[`providers::LocalServer`]`>` |
//! | `GET /admin/providers` | | `Vec<`[`providers::Provider`]`>` |
//! | `PUT /admin/providers/{id}` | [`providers::ProviderInput`] | [`providers::Provider`] |
//! | `DELETE /admin/providers/{id}` | | 204 (its accounts and their keys go too) |
//! | `GET /admin/providers/{id}/models?account=` | | [`providers::ModelList`] |
//! | `POST /admin/providers/{id}/test?account=` | | [`providers::TestReport`] |
//! | `PUT /admin/accounts/{id}` | [`accounts::AccountInput`] | [`accounts::Account`] |
//! | `DELETE /admin/accounts/{id}` | | 204 (its key goes too) |
//! | `PUT /admin/accounts/{id}/key` | [`accounts::KeyInput`] | [`accounts::Account`] |
//! | `DELETE /admin/accounts/{id}/key` | | [`accounts::Account`] |
//! | `GET /admin/aliases` | | [`aliases::AliasTable`] |
//! | `PUT /admin/aliases` | [`aliases::AliasTable`] (whole, in order) | [`aliases::AliasTable`] |
//! | `GET /admin/alias-presets` | | `Vec<`[`aliases::AliasPreset`]`>` |
//! | `GET /admin/route?model=&protocol=` | | [`aliases::RouteReport`] (a dry run; sends nothing) |
//! | `GET /admin/models` | | `Vec<`[`aliases::AddressableModel`]`>` |
//! | `GET /admin/exchanges?…` | [`exchanges::ExchangeQuery`] as query | [`exchanges::ExchangePage`] |
//! | `GET /admin/exchanges/{id}` | | [`exchanges::ExchangeDetail`] |
//! | `DELETE /admin/exchanges` | | [`exchanges::Deleted`] |
//! | `GET /admin/live` | | server-sent events, each `data:` one [`live::LiveEvent`] |
//! | `GET /admin/settings` | | [`settings::Settings`] |
//! | `PUT /admin/settings` | [`settings::SettingsInput`] (only what changes) | [`settings::Settings`] |
//! | `POST /admin/access-keys` | [`settings::AccessKeyInput`] | [`settings::NewAccessKey`] (shown once) |
//! | `DELETE /admin/access-keys/{name}` | | 204 |
//!
//! A failure is [`Failure`] with a fitting status.

pub mod accounts;
pub mod aliases;
pub mod exchanges;
pub mod live;
pub mod overview;
pub mod providers;
pub mod session;
pub mod settings;
pub mod status;

/// A failed admin call.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Failure {
    pub error: FailureBody,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct FailureBody {
    /// A stable word (`not_found`, `invalid`, `conflict`, `not_signed_in`, `keychain`, `internal`).
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The input field at fault, where there is one (`base_url`).
    pub field: Option<String>,
}
