//! Settings that live in the configuration file.

use std::{net::SocketAddr, path::Path, sync::Arc};

use axum::{Extension, Json, extract::State};
use http::{HeaderMap, StatusCode, header};
use store::config::{self, AccessKeySource, BodiesKept, Config, Edit, KeyDigest, Listen};

use super::{
    Admin,
    failure::Refusal,
    input::{Input, Segment},
    session::{self, SessionKind, random_word},
    status::{ServerState, check_move},
};
use crate::{sentence::sentence, server};

const MAX_NAME: usize = 64;
/// The word in front of every access key, so that a person knows one when he sees it.
const KEY_PREFIX: &str = "pb-";
const KEY_LETTERS: usize = 32;

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Settings {
    pub address: String,
    /// Web pages that may call the server, beside our own (`vscode-webview://*`).
    pub allowed_origins: Vec<String>,
    pub access_keys: Vec<AccessKey>,
    pub log: LogSettings,
    pub requests: RequestSettings,
    pub config_path: String,
    pub database_path: String,
    /// Bytes on disk.
    pub database_bytes: u64,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct AccessKey {
    pub name: String,
    /// The environment variable it comes from; such a key is removed in the file.
    pub environment: Option<String>,
}

#[derive(Clone, Copy, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct LogSettings {
    pub bodies: LogBodies,
    pub max_body_bytes: u64,
    pub keep_days: u32,
    pub max_megabytes: u32,
}

/// What is done for requests that a provider cannot carry out by itself.
#[derive(Clone, Copy, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct RequestSettings {
    /// The most answers to one request that are asked for one by one; 1: never.
    pub parallel_choices: u32,
    /// Images by URL are fetched for providers that want their bytes.
    pub fetch_images: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum LogBodies {
    All,
    Errors,
    Off,
}

/// `None` leaves a setting as it is.
#[derive(Clone, Debug, Default, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(default)]
pub struct SettingsInput {
    pub address: Option<String>,
    pub allowed_origins: Option<Vec<String>>,
    pub log: Option<LogSettings>,
    pub requests: Option<RequestSettings>,
}

#[derive(Clone, Debug, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AccessKeyInput {
    pub name: String,
}

/// The only time that the key is seen: the configuration keeps its hash.
// No `Debug`: it holds a key.
#[derive(serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct NewAccessKey {
    pub name: String,
    pub key: String,
}

pub(super) async fn show(State(admin): State<Arc<Admin>>) -> Json<Settings> {
    Json(view(&admin).await)
}

pub(super) async fn put(
    State(admin): State<Arc<Admin>>,
    Extension(kind): Extension<SessionKind>,
    headers: HeaderMap,
    Input(input): Input<SettingsInput>,
) -> Result<(HeaderMap, Json<Settings>), Refusal> {
    let before = admin.app.config.current();
    let changes = Changes {
        address: input.address.as_deref().map(address_of).transpose()?,
        allowed_origins: input.allowed_origins.map(trimmed),
        log: input.log.map(log_of).transpose()?,
        requests: input.requests.map(requests_of),
    };
    let moved = changes.listen(&before).address != before.listen.address;
    if moved {
        check_move(&admin.app, kind, changes.listen(&before).address).await?;
    }
    if changes.change(&before) {
        // The file may say more than what runs yet.
        let write = move |edit: &mut Edit| changes.write(edit);
        admin.app.config.edit(write).await?;
    }
    let mut told = HeaderMap::new();
    if moved {
        // A page follows, and is signed in there.
        let port = admin.app.config.current().listen.address.port();
        told.extend(session::carried_to(port, &headers).map(|cookie| (header::SET_COOKIE, cookie)));
        match admin.app.server_state() {
            // After a failure, too: another address is how one gets out of it.
            ServerState::Failed { .. } | ServerState::Running { .. } | ServerState::Starting => {
                server::move_to_configured(&admin.app).await;
            }
            ServerState::Stopped | ServerState::Stopping => {}
        }
    }
    Ok((told, Json(view(&admin).await)))
}

/// What was asked for; the rest stays as it is in the file.
struct Changes {
    address: Option<SocketAddr>,
    allowed_origins: Option<Vec<String>>,
    log: Option<config::Log>,
    requests: Option<config::Requests>,
}

impl Changes {
    fn listen(&self, before: &Config) -> Listen {
        let origins = self.allowed_origins.as_ref();
        Listen {
            address: self.address.unwrap_or(before.listen.address),
            allowed_origins: origins.unwrap_or(&before.listen.allowed_origins).clone(),
        }
    }

    fn log<'a>(&'a self, before: &Config) -> Option<&'a config::Log> {
        self.log.as_ref().filter(|log| **log != before.log)
    }

    fn requests<'a>(&'a self, before: &Config) -> Option<&'a config::Requests> {
        let requests = self.requests.as_ref();
        requests.filter(|requests| **requests != before.requests)
    }

    fn change(&self, before: &Config) -> bool {
        self.listen(before) != before.listen
            || self.log(before).is_some()
            || self.requests(before).is_some()
    }

    fn write(&self, edit: &mut Edit) {
        let before = edit.before().clone();
        let listen = self.listen(&before);
        if listen != before.listen {
            edit.put_listen(&listen);
        }
        if let Some(log) = self.log(&before) {
            edit.put_log(log);
        }
        if let Some(requests) = self.requests(&before) {
            edit.put_requests(requests);
        }
    }
}

fn trimmed(origins: Vec<String>) -> Vec<String> {
    let origins = origins.iter();
    origins.map(|origin| origin.trim().to_owned()).collect()
}

pub(super) async fn add_access_key(
    State(admin): State<Arc<Admin>>,
    Input(input): Input<AccessKeyInput>,
) -> Result<Json<NewAccessKey>, Refusal> {
    let name = input.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        let most = MAX_NAME;
        let message = sentence!(
            "access_key_name",
            "Name the access key in 1 to {most} letters: who uses it?",
            most
        );
        return Err(Refusal::invalid("name", message));
    }
    let config = admin.app.config.current();
    if config.access_keys.iter().any(|key| key.name == name) {
        let message = sentence!(
            "access_key_taken",
            "There is an access key `{name}` already. Choose another name.",
            name
        );
        return Err(Refusal::conflict(message).at("name"));
    }
    let random = random_word()?;
    let letters = random.get(..KEY_LETTERS).unwrap_or(&random);
    let key = format!("{KEY_PREFIX}{letters}");
    let entry = config::AccessKey {
        name: name.clone(),
        key: AccessKeySource::Hash(KeyDigest::of(&key)),
    };
    admin
        .app
        .config
        .edit(move |edit| edit.put_access_key(&entry))
        .await?;
    Ok(Json(NewAccessKey { name, key }))
}

pub(super) async fn remove_access_key(
    State(admin): State<Arc<Admin>>,
    Segment(name): Segment,
) -> Result<StatusCode, Refusal> {
    let config = admin.app.config.current();
    let Some(key) = config.access_keys.iter().find(|key| key.name == name) else {
        return Err(Refusal::not_found(sentence!(
            "no_access_key",
            "There is no access key `{name}`.",
            name
        )));
    };
    if let AccessKeySource::Env(variable) = &key.key {
        let message = sentence!(
            "access_key_from_variable",
            "The access key `{name}` comes from the environment variable {variable}. Remove it in the config file.",
            name,
            variable
        );
        return Err(Refusal::conflict(message));
    }
    admin
        .app
        .config
        .edit(move |edit| _ = edit.remove_access_key(&name))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn view(admin: &Admin) -> Settings {
    let config = admin.app.config.current();
    let access_keys = config.access_keys.iter().map(|key| AccessKey {
        name: key.name.clone(),
        environment: match &key.key {
            AccessKeySource::Env(variable) => Some(variable.clone()),
            AccessKeySource::Hash(_) => None,
        },
    });
    let database = &admin.app.database_path;
    Settings {
        address: config.listen.address.to_string(),
        allowed_origins: config.listen.allowed_origins.clone(),
        access_keys: access_keys.collect(),
        log: LogSettings {
            bodies: match config.log.bodies {
                BodiesKept::All => LogBodies::All,
                BodiesKept::Errors => LogBodies::Errors,
                BodiesKept::Off => LogBodies::Off,
            },
            max_body_bytes: config.log.max_body_bytes as u64,
            keep_days: config.log.keep_days,
            max_megabytes: config.log.max_megabytes,
        },
        requests: RequestSettings {
            parallel_choices: config.requests.parallel_choices,
            fetch_images: config.requests.fetch_images,
        },
        config_path: admin.app.config.path().display().to_string(),
        database_path: database.display().to_string(),
        database_bytes: bytes_on_disk(database).await,
    }
}

/// With what SQLite has written beside the file and not yet into it.
async fn bytes_on_disk(database: &Path) -> u64 {
    let mut bytes = 0;
    for suffix in ["", "-wal"] {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        if let Ok(metadata) = tokio::fs::metadata(&name).await {
            bytes += metadata.len();
        }
    }
    bytes
}

/// The config's own check would say the same of a text that it can hold; this one may be anything.
pub(super) fn address_of(text: &str) -> Result<SocketAddr, Refusal> {
    let Ok(address) = text.trim().parse::<SocketAddr>() else {
        let message = sentence!(
            "bad_address",
            "Write an IP address and a port, such as 127.0.0.1:7229 or [::1]:7229."
        );
        return Err(Refusal::invalid("address", message));
    };
    if !address.ip().is_loopback() {
        let message = sentence!(
            "not_loopback",
            "Patchbay serves this computer only: write 127.0.0.1 or [::1] and a port."
        );
        return Err(Refusal::invalid("address", message));
    }
    if address.port() == 0 {
        return Err(Refusal::invalid(
            "address",
            sentence!("bad_port", "Write a port between 1 and 65535."),
        ));
    }
    Ok(address)
}

fn log_of(input: LogSettings) -> Result<config::Log, Refusal> {
    let Ok(max_body_bytes) = usize::try_from(input.max_body_bytes) else {
        return Err(Refusal::invalid(
            "log.max_body_bytes",
            sentence!("body_limit", "This is more than a body can be."),
        ));
    };
    Ok(config::Log {
        bodies: match input.bodies {
            LogBodies::All => BodiesKept::All,
            LogBodies::Errors => BodiesKept::Errors,
            LogBodies::Off => BodiesKept::Off,
        },
        max_body_bytes,
        keep_days: input.keep_days,
        max_megabytes: input.max_megabytes,
    })
}

fn requests_of(input: RequestSettings) -> config::Requests {
    config::Requests {
        parallel_choices: input.parallel_choices,
        fetch_images: input.fetch_images,
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
