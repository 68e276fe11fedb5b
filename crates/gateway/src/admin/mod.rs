//! The admin API: what the window, the browser UI and the tray ask of the server.
//!
//! JSON over `/admin`, for the signed-in page or in process only. The types are the UI's too (ts-rs).
//!
//! | route | body | answer |
//! |---|---|---|
//! | `GET /admin/session` | | [`session::Session`]; 401 when not signed in |
//! | `GET /admin/sign-in?token=` | | sets the session cookie, redirects to `/`; open to everybody |
//! | `POST /admin/sign-in-link` | | [`session::SignInLink`]; in process only |
//! | `GET /admin/status` | | [`status::Status`] |
//! | `POST /admin/server/start`, `/stop` | [`status::StartRequest`], none | [`status::ServerState`] |
//! | `GET /admin/overview?since=` (unix ms) | | [`overview::Overview`] |
//! | `GET /admin/presets` | | `Vec<`[`providers::Preset`]`>` |
//! | `GET /admin/local-servers` | | `Vec<`[`providers::LocalServer`]`>` |
//! | `GET /admin/providers` | | `Vec<`[`providers::Provider`]`>` |
//! | `PUT /admin/providers/{id}` | [`providers::ProviderInput`] | [`providers::Provider`] |
//! | `DELETE /admin/providers/{id}?force=` | | 204 (its accounts and their keys go too); 409 while aliases lead to it, unless forced |
//! | `GET /admin/providers/{id}/models?account=` | | [`providers::ModelList`] |
//! | `POST /admin/providers/{id}/test?account=` | | [`provider_test::TestReport`] |
//! | `PUT /admin/accounts/{id}` | [`accounts::AccountInput`] | [`accounts::Account`] |
//! | `DELETE /admin/accounts/{id}` | | 204 (its key goes too) |
//! | `PUT /admin/accounts/{id}/key` | [`account_keys::KeyInput`] | [`accounts::Account`] |
//! | `DELETE /admin/accounts/{id}/key` | | [`accounts::Account`] |
//! | `POST /admin/accounts/import` | [`logins::AccountImport`] | [`logins::ImportReport`] |
//! | `POST /admin/logins` | [`logins::LoginInput`] | [`logins::Login`] (asks in the background until it is done) |
//! | `GET /admin/logins/{id}` | | [`logins::Login`] |
//! | `DELETE /admin/logins/{id}` | | 204 (cancelled) |
//! | `GET /admin/aliases` | | [`aliases::AliasTable`] |
//! | `PUT /admin/aliases` | [`aliases::AliasTable`] (whole, in order) | [`aliases::AliasTable`] |
//! | `GET /admin/alias-presets` | | `Vec<`[`aliases::AliasPreset`]`>` |
//! | `GET /admin/route?model=&protocol=` | | [`aliases::RouteReport`] (a dry run; sends nothing) |
//! | `GET /admin/models` | | `Vec<`[`aliases::AddressableModel`]`>` |
//! | `GET /admin/exchanges?…` | [`exchanges::ExchangeQuery`] as query | [`exchanges::ExchangePage`] |
//! | `GET /admin/exchanges/{id}` | | [`exchange_detail::ExchangeDetail`] |
//! | `DELETE /admin/exchanges` | | [`exchanges::Deleted`] |
//! | `GET /admin/live` | | server-sent events, each `data:` one [`live::LiveEvent`] |
//! | `GET /admin/settings` | | [`settings::Settings`] |
//! | `PUT /admin/settings` | [`settings::SettingsInput`] (only what changes) | [`settings::Settings`] |
//! | `POST /admin/access-keys` | [`settings::AccessKeyInput`] | [`settings::NewAccessKey`] (shown once) |
//! | `DELETE /admin/access-keys/{name}` | | 204 |
//!
//! A failure is [`Failure`] with a fitting status.

pub mod account_keys;
pub mod accounts;
pub mod aliases;
pub mod exchange_detail;
pub mod exchanges;
mod failure;
mod input;
pub mod live;
pub mod logins;
pub mod overview;
mod provider_models;
mod provider_removal;
pub mod provider_test;
pub mod providers;
pub mod session;
pub mod settings;
pub mod status;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, OriginalUri},
    middleware,
    response::{IntoResponse as _, Response},
    routing::{any, delete, get, post, put},
};
use http::{HeaderValue, Method, StatusCode, header};
use protocol::canonical::ApiError;
use tower_http::set_header::SetResponseHeaderLayer;

pub use self::failure::{Failure, FailureBody};
use self::{failure::Refusal, live::LiveEvent};
use crate::{
    app::App,
    local_servers::{self, Probe},
};
pub use store::wording::Wording;

/// Ample for a table of aliases; nothing else here is large.
const MAX_BODY: usize = 1024 * 1024;

/// What the handlers share.
struct Admin {
    app: Arc<App>,
    /// Where local model servers are looked for.
    probes: Vec<Probe>,
}

impl Admin {
    /// A key is no part of the config, so nobody else tells those who watch.
    async fn key_changed(&self) {
        self.app.announce(LiveEvent::ConfigChanged);
        // The keychain may have turned out to be locked or missing.
        self.app.refresh_keychain().await;
    }
}

/// Everything below `/admin`, its own 404 and 405 included.
pub(crate) fn router(app: Arc<App>) -> Router {
    router_with(app, local_servers::USUAL.to_vec())
}

fn router_with(app: Arc<App>, probes: Vec<Probe>) -> Router {
    let admin = Arc::new(Admin { app, probes });
    let guarded = Router::new()
        .route("/session", get(session::show))
        .route("/status", get(status::show))
        .route("/server/start", post(status::start))
        .route("/server/stop", post(status::stop))
        .route("/overview", get(overview::show))
        .route("/live", get(live::follow))
        .route("/sign-in-link", post(session::new_link))
        .route("/presets", get(providers::presets))
        .route("/local-servers", get(providers::local_servers))
        .route("/providers", get(providers::list))
        .route(
            "/providers/{id}",
            put(providers::put).delete(providers::remove),
        )
        .route("/providers/{id}/models", get(provider_models::list))
        .route("/providers/{id}/test", post(provider_test::run))
        .route("/models", get(provider_models::addressable))
        .route("/route", get(aliases::route))
        .route(
            "/accounts/{id}",
            put(accounts::put).delete(accounts::remove),
        )
        .route(
            "/accounts/{id}/key",
            put(account_keys::put).delete(account_keys::remove),
        )
        .route("/accounts/import", post(logins::import))
        .route("/logins", post(logins::begin))
        .route("/logins/{id}", get(logins::show).delete(logins::cancel))
        .route("/aliases", get(aliases::show).put(aliases::put))
        .route("/alias-presets", get(aliases::presets))
        .route("/exchanges", get(exchanges::list).delete(exchanges::remove))
        .route("/exchanges/{id}", get(exchange_detail::show))
        .route("/settings", get(settings::show).put(settings::put))
        .route("/access-keys", post(settings::add_access_key))
        .route("/access-keys/{name}", delete(settings::remove_access_key))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&admin),
            session::guard,
        ));
    let routes = Router::new()
        .route("/sign-in", get(session::sign_in))
        .merge(guarded)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .with_state(admin);
    Router::new()
        .nest("/admin", routes)
        .route("/admin/", any(unknown))
}

/// A refusal from before the handlers, in the form that all failures here have.
pub(crate) fn refuse(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::FORBIDDEN);
    Refusal::new(status, "forbidden", error.message.as_str()).into_response()
}

async fn unknown(OriginalUri(uri): OriginalUri) -> Refusal {
    Refusal::not_found(format!("There is no {} in the admin API.", uri.path()))
}

async fn wrong_method(method: Method) -> Refusal {
    Refusal::wrong_method(&method)
}

#[cfg(test)]
mod any_input_tests;
#[cfg(test)]
mod pages_tests;
#[cfg(test)]
pub(crate) mod rig;
#[cfg(test)]
mod routes_tests;
