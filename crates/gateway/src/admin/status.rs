//! The server's state, as the overview, the sidebar and the tray show it; start and stop.

use std::{net::SocketAddr, sync::Arc};

use axum::{Extension, Json, extract::State};
use store::config::{Edit, Listen};

use super::{
    Admin, failure::Refusal, input::OptionalInput, session::SessionKind, settings::address_of,
};
use crate::{
    app::App,
    sentence::{Wording, sentence},
    server,
};

#[derive(Clone, Debug, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Status {
    pub version: String,
    pub server: ServerState,
    /// The address from the configuration, also while nothing listens there.
    pub address: String,
    /// Unix milliseconds since when the port is open.
    pub running_since: Option<u64>,
    pub access_keys: u32,
    pub keychain: KeychainState,
    pub config: ConfigState,
    /// Something people should know (the log was damaged and begun anew).
    pub notices: Vec<String>,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ServerState {
    Failed { reason: FailedReason },
    Running { address: String },
    Starting,
    Stopped,
    Stopping,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct FailedReason {
    /// A sentence: cause and effect ("Port 7229 is in use by another Patchbay (0.1.0).").
    pub message: String,
    /// The port was taken: who holds it, as far as it says.
    pub holder: Option<PortHolder>,
    /// The next address that was free when we looked; offered, never taken silently.
    pub free_address: Option<String>,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PortHolder {
    Patchbay { version: String },
    Stranger { process: Option<String> },
}

/// What to start with.
#[derive(Clone, Debug, Default, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct StartRequest {
    /// Another address, which is written to the configuration first; `None` keeps it.
    pub address: Option<String>,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum KeychainState {
    Available,
    /// There is one, but it gives and takes no keys until it is unlocked. Keys typed in meanwhile are
    /// kept in memory until the program ends; the reason is a sentence.
    Locked {
        reason: String,
    },
    /// Keys typed in are kept in memory until the program ends; the reason is a sentence.
    Unavailable {
        reason: String,
    },
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ConfigState {
    pub path: String,
    /// The file on disk has a mistake, and the configuration before it keeps running.
    pub problem: Option<ConfigProblem>,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ConfigProblem {
    pub message: String,
    /// Of the message, for pages that say it in another language.
    pub wording: Option<Wording>,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

pub(super) async fn show(State(admin): State<Arc<Admin>>) -> Json<Status> {
    Json(admin.app.status())
}

pub(super) async fn start(
    State(admin): State<Arc<Admin>>,
    Extension(kind): Extension<SessionKind>,
    OptionalInput(input): OptionalInput<StartRequest>,
) -> Result<Json<ServerState>, Refusal> {
    if let Some(text) = input.unwrap_or_default().address {
        let before = admin.app.config.current();
        let address = address_of(&text)?;
        if address != before.listen.address {
            check_move(&admin.app, kind, address).await?;
            let put_address = move |edit: &mut Edit| {
                let listen = edit.before().listen.clone();
                edit.put_listen(&Listen { address, ..listen });
            };
            admin.app.config.edit(put_address).await?;
        }
        if admin
            .app
            .listening_at()
            .is_some_and(|listening| listening != address)
        {
            return Ok(Json(server::move_to_configured(&admin.app).await));
        }
    }
    Ok(Json(server::start(&admin.app, None).await))
}

pub(super) async fn stop(
    State(admin): State<Arc<Admin>>,
    Extension(kind): Extension<SessionKind>,
) -> Json<ServerState> {
    match kind {
        SessionKind::Window => Json(server::stop(&admin.app).await),
        SessionKind::Browser => {
            let app = Arc::clone(&admin.app);
            tokio::spawn(async move { server::stop(&app).await });
            Json(ServerState::Stopping)
        }
    }
}

/// A page is lost with its server, so a move that would fail is refused before anything is changed.
pub(super) async fn check_move(
    app: &App,
    kind: SessionKind,
    address: SocketAddr,
) -> Result<(), Refusal> {
    match kind {
        SessionKind::Window => Ok(()),
        SessionKind::Browser if app.listening_at() == Some(address) => Ok(()),
        SessionKind::Browser => server::check_free(address).await.map_err(|reason| {
            let said = reason.message;
            let message = match reason.free_address {
                Some(free) => sentence!("port_offer", "{said} {free} is free.", said, free),
                None => said.into(),
            };
            Refusal::conflict(message).at("address")
        }),
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
