//! Logins: begun here, agreed to by a person on the provider's own page. No token ever comes out.

use std::{sync::Arc, time::UNIX_EPOCH};

use axum::{Json, extract::State};
use http::StatusCode;
use serde_json::Value;
use store::config;

use super::{
    Admin, accounts,
    accounts::Account,
    failure::Refusal,
    input::{Input, Segment},
};
use crate::{
    app::App,
    auth::{self, DeviceLogin, DeviceLogins, Plan},
    presets,
    sentence::{Wording, sentence},
};

#[derive(Clone, Debug, serde::Deserialize, ts_rs::TS)]
#[ts(export, optional_fields)]
#[serde(deny_unknown_fields)]
pub struct LoginInput {
    pub provider: String,
    /// The account to sign in again, or the id of a new one; made from the provider's where it is missing.
    pub account: Option<String>,
    /// The start page of an organisation; a personal login where it is missing.
    pub start_url: Option<String>,
    /// Where the organisation keeps its logins (`eu-central-1`).
    pub region: Option<String>,
    /// The organisation's profile that requests are counted for; asked of the provider where it is missing.
    pub profile: Option<String>,
    /// Another service for logins than the provider's own.
    pub login_url: Option<String>,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Login {
    pub id: String,
    pub provider: String,
    pub account: String,
    /// What the person types in on the page.
    pub user_code: String,
    pub verification_url: String,
    /// The same page with the code filled in, where there is such a link.
    pub verification_url_complete: Option<String>,
    /// Unix milliseconds.
    #[ts(type = "number")]
    pub expires_at: u64,
    pub state: LoginState,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LoginState {
    Cancelled,
    /// The person said no on the page.
    Denied,
    /// The account is there and can be used.
    Done,
    /// The code was not used in time.
    Expired,
    Failed {
        /// A sentence for people.
        message: String,
    },
    Waiting,
}

#[derive(serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AccountImport {
    pub provider: String,
    /// What another program wrote: one account or a list of them.
    #[ts(type = "unknown")]
    pub accounts: Value,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ImportReport {
    pub added: Vec<Account>,
    pub refused: Vec<ImportRefusal>,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ImportRefusal {
    /// Which of the given accounts, from 0 on.
    pub index: u32,
    /// Why it was not added, as a sentence.
    pub message: String,
    pub wording: Option<Wording>,
}

pub(super) async fn begin(
    State(admin): State<Arc<Admin>>,
    Input(input): Input<LoginInput>,
) -> Result<Json<Login>, Refusal> {
    start(&admin.app, input).await.map(Json)
}

/// Why no login could be begun.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoLogin(String);

impl From<Refusal> for NoLogin {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into_sentence())
    }
}

/// For the command line: a login at a provider, which is added where it is missing and well known.
pub(crate) async fn begin_here(app: &Arc<App>, input: LoginInput) -> Result<Login, NoLogin> {
    add_well_known(app, &input.provider).await?;
    Ok(start(app, input).await?)
}

async fn add_well_known(app: &Arc<App>, id: &str) -> Result<(), Refusal> {
    let is_known = app.config.current().provider(id).is_some();
    let preset = presets::provider(id).filter(|preset| preset.signs_in && !is_known);
    let Some(preset) = preset else {
        return Ok(());
    };
    let provider = config::Provider {
        id: preset.id.clone(),
        name: Some(preset.name.clone()),
        protocol: preset.protocol.parse().map_err(Refusal::internal)?,
        base_url: preset.base_url.clone(),
        retries: config::DEFAULT_RETRIES,
        ..config::Provider::echo()
    };
    let edited = app.config.edit(move |edit| edit.put_provider(&provider));
    edited.await?;
    Ok(())
}

/// How a login is at this moment.
pub(crate) fn current(app: &App, id: &str) -> Option<Login> {
    app.device_logins.get(id).map(view)
}

async fn start(app: &Arc<App>, input: LoginInput) -> Result<Login, Refusal> {
    let provider = with_logins(app, &input.provider)?;
    let current = app.config.current();
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let account = match filled(input.account) {
        Some(account) => account,
        None => auth::free_id(&current, &provider, None),
    };
    check_account(&current, &provider, &account)?;
    let region = filled(input.region);
    if region
        .as_deref()
        .is_some_and(|region| !auth::is_region(region))
    {
        let message = sentence!("bad_region", "A region looks like `us-east-1`.");
        return Err(Refusal::invalid("region", message));
    }
    let profile = filled(input.profile);
    if profile
        .as_deref()
        .is_some_and(|profile| !auth::is_profile(profile))
    {
        let message = sentence!("bad_profile", "A profile looks like `arn:aws:…`.");
        return Err(Refusal::invalid("profile", message));
    }
    let place = |field: &'static str, url: Option<String>| {
        let checked = filled(url).map(|url| auth::place(&url)).transpose();
        checked.map_err(|message| Refusal::invalid(field, message))
    };
    let plan = Plan {
        account,
        start_url: place("start_url", input.start_url)?,
        region,
        profile,
        url: place("login_url", input.login_url)?,
    };
    DeviceLogins::begin(app, &provider, plan)
        .await
        .map(view)
        .map_err(Refusal::from)
}

/// Whether a login may become this account of the provider, a new one or one that is there.
fn check_account(
    current: &config::Config,
    provider: &config::Provider,
    account: &str,
) -> Result<(), Refusal> {
    if !config::is_id(account) {
        let message = sentence!(
            "bad_account_id",
            "An id has at most 64 characters out of letters, digits, `-`, `_`, `.` and `@`."
        );
        return Err(Refusal::invalid("account", message));
    }
    let Some(known) = current.account(account) else {
        return Ok(());
    };
    let message = if known.provider != provider.id {
        let provider = &known.provider;
        sentence!(
            "account_elsewhere",
            "The account `{account}` is one of `{provider}`.",
            account,
            provider
        )
    } else if known.key != config::KeySource::Keychain {
        sentence!(
            "account_with_key",
            "The account `{account}` has its key from elsewhere.",
            account
        )
    } else {
        return Ok(());
    };
    Err(Refusal::conflict(message).at("account"))
}

pub(super) async fn show(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
) -> Result<Json<Login>, Refusal> {
    let login = current(&admin.app, &id);
    let login = login.ok_or_else(|| Refusal::not_found("There is no such login."))?;
    Ok(Json(login))
}

pub(super) async fn cancel(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
) -> Result<StatusCode, Refusal> {
    if admin.app.device_logins.cancel(&id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Refusal::not_found("There is no such login."))
    }
}

pub(super) async fn import(
    State(admin): State<Arc<Admin>>,
    Input(input): Input<AccountImport>,
) -> Result<Json<ImportReport>, Refusal> {
    let provider = with_logins(&admin.app, &input.provider)?;
    let (ids, refused) = auth::imported(&admin.app, &provider, &input.accounts).await;
    let mut added = Vec::new();
    for id in ids {
        added.push(accounts::view(&admin, &accounts::find(&admin, &id)?).await);
    }
    let refused = refused.into_iter().map(|refusal| ImportRefusal {
        index: u32::try_from(refusal.index).unwrap_or(u32::MAX),
        message: refusal.message.text,
        wording: refusal.message.wording,
    });
    Ok(Json(ImportReport {
        added,
        refused: refused.collect(),
    }))
}

fn with_logins(app: &App, id: &str) -> Result<config::Provider, Refusal> {
    let current = app.config.current();
    let Some(provider) = current.provider(id) else {
        let message = format!("There is no provider `{id}`. Add it first.");
        return Err(Refusal::invalid("provider", message));
    };
    if !auth::has_logins(provider.protocol) {
        let message = format!("Accounts of `{id}` have keys: there is nothing to sign in to.");
        return Err(Refusal::invalid("provider", message));
    }
    Ok(provider.clone())
}

fn view(login: DeviceLogin) -> Login {
    let expires_at = login.expires_at.duration_since(UNIX_EPOCH);
    Login {
        id: login.id,
        provider: login.provider,
        account: login.account,
        user_code: login.user_code,
        verification_url: login.verification_url,
        verification_url_complete: login.verification_url_complete,
        expires_at: u64::try_from(expires_at.unwrap_or_default().as_millis()).unwrap_or(u64::MAX),
        state: match login.state {
            auth::State::Cancelled => LoginState::Cancelled,
            auth::State::Denied => LoginState::Denied,
            auth::State::Done => LoginState::Done,
            auth::State::Expired => LoginState::Expired,
            auth::State::Failed(message) => LoginState::Failed { message },
            auth::State::Waiting => LoginState::Waiting,
        },
    }
}
