//! Providers: those in the configuration, presets to add, servers found on this computer.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Json, extract::State};
use futures_util::future::join_all;
use http::StatusCode;
use protocol::Protocol;
use store::config::{self, Edit, ProviderProtocol};

use super::{
    Admin,
    accounts::{self, Account},
    failure::Refusal,
    input::{Input, Nothing, Parameters, Segment},
    provider_removal::Removal,
};
use crate::{
    auth,
    local_servers::{self, Probe},
    presets,
    sentence::sentence,
};

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Provider {
    pub id: String,
    pub name: String,
    /// The configuration's word for it.
    pub protocol: String,
    /// `None` for the built-in echo.
    pub base_url: Option<String>,
    pub accounts: Vec<Account>,
    /// Called without a credential because it has no account.
    pub without_credential: bool,
    /// Its accounts are signed in to instead of having a key.
    pub signs_in: bool,
    /// Cannot be changed or removed.
    pub built_in: bool,
    pub timeouts: Timeouts,
    pub retries: u32,
}

/// Seconds.
#[derive(Clone, Copy, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Timeouts {
    pub connect: f64,
    pub headers: f64,
    pub idle: f64,
}

#[derive(Clone, Debug, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct ProviderInput {
    pub name: Option<String>,
    pub protocol: String,
    pub base_url: String,
    pub timeouts: Option<Timeouts>,
    pub retries: Option<u32>,
}

/// A well-known provider, ready to add.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Preset {
    pub id: String,
    pub name: String,
    pub protocol: String,
    pub base_url: String,
    /// Where its keys are made, for a link.
    pub keys_url: Option<String>,
    /// What its keys begin with, so that a pasted key can be recognised.
    pub key_prefix: Option<String>,
    /// Runs on this computer and needs no key.
    #[serde(default)]
    pub local: bool,
    /// Its accounts are signed in to instead of having a key.
    #[serde(default)]
    pub signs_in: bool,
}

/// A model server that answers on this computer.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct LocalServer {
    pub preset: String,
    pub name: String,
    pub protocol: String,
    pub base_url: String,
    pub models: Vec<String>,
    /// Already in the configuration as this provider.
    pub provider: Option<String>,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ModelList {
    pub models: Vec<ListedModel>,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ListedModel {
    pub id: String,
    pub display_name: Option<String>,
    pub max_input_tokens: Option<u64>,
    pub max_output_tokens: Option<u64>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Force {
    #[serde(default)]
    force: bool,
}

pub(super) async fn list(
    State(admin): State<Arc<Admin>>,
    _: Parameters<Nothing>,
) -> Json<Vec<Provider>> {
    let config = admin.app.config.current();
    let views = config
        .providers
        .iter()
        .map(|provider| view(&admin, &config, provider));
    let views = join_all(views).await;
    // Looking for their keys is what finds out that the keychain is locked, or no longer.
    let asked = |account: &config::Account| account.key == config::KeySource::Keychain;
    if config.accounts.iter().any(asked) {
        admin.app.refresh_keychain().await;
    }
    Json(views)
}

pub(super) async fn presets(_: Parameters<Nothing>) -> Json<&'static [Preset]> {
    Json(presets::providers())
}

pub(super) async fn local_servers(
    State(admin): State<Arc<Admin>>,
    _: Parameters<Nothing>,
) -> Json<Vec<LocalServer>> {
    // Patchbay may sit on one of these ports itself.
    let own = admin.app.listening_at().as_ref().map(SocketAddr::port);
    let probes: Vec<Probe> = admin
        .probes
        .iter()
        .filter(|probe| Some(probe.port) != own)
        .copied()
        .collect();
    let config = admin.app.config.current();
    let found = local_servers::find(&probes, admin.app.pace.local_server).await;
    let servers = found.into_iter().map(|found| {
        let preset = presets::provider(found.preset);
        let known = config
            .providers
            .iter()
            .find(|provider| local_servers::leads_to(&provider.base_url, found.port));
        LocalServer {
            preset: found.preset.to_owned(),
            name: preset
                .map_or(found.preset, |preset| &preset.name)
                .to_owned(),
            protocol: preset
                .map_or_else(|| Protocol::USUAL.word(), |preset| &preset.protocol)
                .to_owned(),
            base_url: format!("http://127.0.0.1:{}{}", found.port, version_of(preset)),
            models: found.models,
            provider: known.map(|provider| provider.id.clone()),
        }
    });
    Json(servers.collect())
}

/// What a preset's base URL ends in.
fn version_of(preset: Option<&Preset>) -> &'static str {
    if preset.is_some_and(|preset| !preset.base_url.ends_with("/v1")) {
        ""
    } else {
        "/v1"
    }
}

pub(super) async fn put(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
    Input(input): Input<ProviderInput>,
) -> Result<Json<Provider>, Refusal> {
    let before = admin.app.config.current().provider(&id).cloned();
    let provider = changed(&id, before.as_ref(), input.clone())?;
    let config = if before.as_ref() == Some(&provider) {
        admin.app.config.current()
    } else {
        let asked = provider.clone();
        let put_provider = move |edit: &mut Edit| {
            // What was not asked for stays as the file has it, which may be newer than what runs.
            let before = edit.before().provider(&asked.id).cloned();
            let provider = changed(&asked.id, before.as_ref(), input.clone());
            edit.put_provider(provider.as_ref().unwrap_or(&asked));
        };
        admin.app.config.edit(put_provider).await?
    };
    // As the file says it now, which may be tidier than what was asked.
    let provider = config.provider(&id).unwrap_or(&provider);
    Ok(Json(view(&admin, &config, provider).await))
}

/// Takes the provider's accounts and their keys along.
pub(super) async fn remove(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
    Parameters(Force { force }): Parameters<Force>,
) -> Result<StatusCode, Refusal> {
    let config = admin.app.config.current();
    let provider = find(&config, &id)?;
    if provider.is_built_in() {
        return Err(Refusal::conflict(sentence!(
            "echo_stays",
            "Echo is built in and stays."
        )));
    }
    let removal = Removal::plan(&config, &id);
    if !force && let Some(sentence) = removal.what_leads_there() {
        return Err(Refusal::conflict(sentence));
    }
    for account in config.accounts_of(&id) {
        accounts::forget_key(&admin, account).await?;
    }
    admin
        .app
        .config
        .edit(move |edit| removal.carry_out(edit))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn find<'a>(
    config: &'a config::Config,
    id: &str,
) -> Result<&'a config::Provider, Refusal> {
    let provider = config.provider(id);
    provider.ok_or_else(|| {
        Refusal::not_found(sentence!("no_provider", "There is no provider `{id}`.", id))
    })
}

/// What people call it.
pub(super) fn name_of(provider: &config::Provider) -> String {
    let preset = || presets::provider(&provider.id).map(|preset| preset.name.clone());
    provider
        .name
        .clone()
        .or_else(preset)
        .unwrap_or_else(|| provider.id.clone())
}

async fn view(admin: &Admin, config: &config::Config, provider: &config::Provider) -> Provider {
    let accounts = accounts::of_provider(admin, config, &provider.id).await;
    let url = &provider.base_url;
    let signs_in = auth::has_logins(provider.protocol);
    Provider {
        id: provider.id.clone(),
        name: name_of(provider),
        protocol: provider.protocol.to_string(),
        base_url: (!url.is_empty()).then(|| url.clone()),
        without_credential: accounts.is_empty() && !signs_in,
        signs_in,
        accounts,
        built_in: provider.is_built_in(),
        timeouts: Timeouts {
            connect: provider.timeouts.connect.as_secs_f64(),
            headers: provider.timeouts.headers.as_secs_f64(),
            idle: provider.timeouts.idle.as_secs_f64(),
        },
        retries: provider.retries,
    }
}

fn changed(
    id: &str,
    before: Option<&config::Provider>,
    input: ProviderInput,
) -> Result<config::Provider, Refusal> {
    if id == config::ECHO {
        return Err(Refusal::conflict(sentence!(
            "echo_taken",
            "Echo is built in and stays as it is. Choose another id."
        ))
        .at("id"));
    }
    if before.is_none() && !is_fit_for_id(id) {
        let message = sentence!(
            "bad_id",
            "An id is made of lower-case letters, digits and hyphens, such as `open-router`."
        );
        return Err(Refusal::invalid("id", message));
    }
    let protocol = match input.protocol.parse::<ProviderProtocol>() {
        Ok(protocol) => protocol,
        Err(error) => return Err(Refusal::invalid("protocol", error.sentence())),
    };
    let base_url = input.base_url.trim().trim_end_matches('/').to_owned();
    if base_url.is_empty() && protocol != ProviderProtocol::Echo {
        let message = sentence!(
            "base_url_empty",
            "The base URL is empty. Write an http or https address, such as `https://api.example.com/v1`."
        );
        return Err(Refusal::invalid("base_url", message));
    }
    let name = match input.name {
        None => before.and_then(|before| before.name.clone()),
        Some(name) => match (name.trim(), before) {
            ("", _) => None,
            // The name that was shown may be the preset's, or the id.
            (name, Some(before)) if name == name_of(before) => before.name.clone(),
            (name, _) => Some(name.to_owned()),
        },
    };
    let before = before.cloned();
    let timeouts = match input.timeouts {
        Some(timeouts) => durations(timeouts)?,
        None => before
            .as_ref()
            .map(|before| before.timeouts)
            .unwrap_or_default(),
    };
    let retries = input
        .retries
        .or_else(|| before.as_ref().map(|before| before.retries));
    Ok(config::Provider {
        id: id.to_owned(),
        name,
        protocol,
        base_url,
        timeouts,
        retries: retries.unwrap_or(config::DEFAULT_RETRIES),
        headers: before.map(|before| before.headers).unwrap_or_default(),
    })
}

fn is_fit_for_id(id: &str) -> bool {
    let fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !id.is_empty() && id.len() <= 64 && id.bytes().all(fit)
}

fn durations(timeouts: Timeouts) -> Result<config::Timeouts, Refusal> {
    Ok(config::Timeouts {
        connect: duration("timeouts.connect", timeouts.connect)?,
        headers: duration("timeouts.headers", timeouts.headers)?,
        idle: duration("timeouts.idle", timeouts.idle)?,
    })
}

/// Whole milliseconds, as the file writes them.
fn duration(field: &str, seconds: f64) -> Result<Duration, Refusal> {
    if !(0.001..=86_400.0).contains(&seconds) {
        let message = sentence!(
            "bad_time_limit",
            "A time limit is between one millisecond and a day, in seconds."
        );
        return Err(Refusal::invalid(field, message));
    }
    Ok(Duration::from_millis((seconds * 1000.0).round() as u64))
}

#[cfg(test)]
#[path = "providers_tests.rs"]
mod tests;
