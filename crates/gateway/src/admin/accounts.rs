//! Accounts: one login or key at one provider. A key goes in and never comes out again.

use std::{path::PathBuf, sync::Arc};

use axum::{Json, extract::State};
use futures_util::future::join_all;
use http::StatusCode;
use store::{
    config,
    secrets::{SecretError, SecretPlace},
};

use super::{
    Admin,
    account_keys::key_of,
    failure::Refusal,
    input::{Input, Segment},
};
use crate::sentence::{Sentence, Wording, sentence};

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Account {
    pub id: String,
    pub provider: String,
    pub key: KeyState,
    /// Of an account that is signed in to instead of having a key.
    pub login: Option<AccountLogin>,
}

/// What is known of a login without asking anybody.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct AccountLogin {
    /// Of an organisation; a personal login's where it is missing.
    pub start_url: Option<String>,
    pub region: String,
    /// The organisation's profile that requests are counted for.
    pub profile: Option<String>,
    /// It opens nothing any more: a person has to sign in again.
    pub ended: bool,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct KeyState {
    pub source: KeySource,
    pub set: bool,
    /// Only of keys long enough that four characters give nothing away.
    pub last_four: Option<String>,
    /// Why it cannot be read, as a sentence.
    pub problem: Option<String>,
    /// Of `problem`, for pages that say it in another language.
    pub wording: Option<Wording>,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum KeySource {
    Environment {
        name: String,
    },
    File {
        path: String,
    },
    Keychain,
    /// Typed in on a computer without a keychain; gone when the program ends.
    Memory,
}

// No `Debug`: it may hold a key.
#[derive(serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AccountInput {
    pub provider: String,
    /// `None` keeps the source it has, the keychain for a new account.
    pub key_source: Option<KeySource>,
    /// Stored at once in the keychain (or in memory where there is none).
    pub key: Option<String>,
}

/// The accounts of one provider, in the order of the file.
pub(super) async fn of_provider(admin: &Admin, config: &config::Config, id: &str) -> Vec<Account> {
    join_all(config.accounts_of(id).map(|account| view(admin, account))).await
}

pub(super) async fn view(admin: &Admin, account: &config::Account) -> Account {
    let summary = admin.app.secrets.summary(account).await;
    let login = match summary.set {
        true => admin.app.logins.summary(account).await,
        false => None,
    };
    // Its absence is no trouble with reading it.
    let is_trouble = |error: &SecretError| !matches!(error, SecretError::NotSet(_));
    let problem = summary.error.filter(is_trouble);
    let problem = problem.as_ref().map(Sentence::from);
    let source = match (&account.key, summary.source) {
        (config::KeySource::Keychain, SecretPlace::Memory) => KeySource::Memory,
        (config::KeySource::Keychain, _) => KeySource::Keychain,
        (config::KeySource::Env(name), _) => KeySource::Environment { name: name.clone() },
        (config::KeySource::File(path), _) => KeySource::File {
            path: path.display().to_string(),
        },
    };
    Account {
        id: account.id.clone(),
        provider: account.provider.clone(),
        key: KeyState {
            source,
            set: summary.set,
            last_four: summary.last_four,
            problem: problem.as_ref().map(|sentence| sentence.text.clone()),
            wording: problem.and_then(|sentence| sentence.wording),
        },
        login: login.map(|login| AccountLogin {
            start_url: login.start_url,
            region: login.region,
            profile: login.profile,
            ended: login.ended,
        }),
    }
}

pub(super) async fn put(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
    Input(input): Input<AccountInput>,
) -> Result<Json<Account>, Refusal> {
    let before = admin.app.config.current().account(&id).cloned();
    let account = changed(&admin, &id, before.as_ref(), &input)?;
    let key = input.key.map(key_of).transpose()?;
    if key.is_some() && account.key != config::KeySource::Keychain {
        let message = "A key can be stored only in the keychain; this one comes from elsewhere.";
        return Err(Refusal::invalid("key", message));
    }
    // An unchanged entry is not written anew: a person's way of writing it stays.
    if before.as_ref() != Some(&account) {
        let entry = account.clone();
        admin
            .app
            .config
            .edit(move |edit| edit.put_account(&entry))
            .await?;
    }
    if let Some(key) = key {
        admin.app.secrets.put(&id, key).await?;
        admin.key_changed().await;
    } else if let Some(before) = before
        && account.key != config::KeySource::Keychain
    {
        forget_key(&admin, &before).await?;
    }
    Ok(Json(view(&admin, &account).await))
}

pub(super) async fn remove(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
) -> Result<StatusCode, Refusal> {
    let account = find(&admin, &id)?;
    forget_key(&admin, &account).await?;
    admin
        .app
        .config
        .edit(move |edit| _ = edit.remove_account(&id))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Before its account goes: a key that no account leads to any more would lie there for ever.
pub(super) async fn forget_key(admin: &Admin, account: &config::Account) -> Result<(), Refusal> {
    if account.key == config::KeySource::Keychain {
        admin.app.secrets.remove(&account.id).await?;
    }
    Ok(())
}

pub(super) fn find(admin: &Admin, id: &str) -> Result<config::Account, Refusal> {
    let config = admin.app.config.current();
    let account = config.account(id).cloned();
    account.ok_or_else(|| {
        Refusal::not_found(sentence!("no_account", "There is no account `{id}`.", id))
    })
}

fn changed(
    admin: &Admin,
    id: &str,
    before: Option<&config::Account>,
    input: &AccountInput,
) -> Result<config::Account, Refusal> {
    let config = admin.app.config.current();
    let Some(provider) = config.provider(&input.provider) else {
        let message = format!("There is no provider `{}`. Add it first.", input.provider);
        return Err(Refusal::invalid("provider", message));
    };
    if provider.is_built_in() {
        return Err(Refusal::invalid(
            "provider",
            "Echo is built in and needs no account.",
        ));
    }
    if let Some(before) = before
        && before.provider != input.provider
    {
        // Its key must not go to another company by a slip.
        let message = format!(
            "The account `{id}` is one of `{}`. Add a new account for `{}`.",
            before.provider, input.provider
        );
        return Err(Refusal::conflict(message).at("provider"));
    }
    let key = match &input.key_source {
        Some(KeySource::Environment { name }) => config::KeySource::Env(name.clone()),
        Some(KeySource::File { path }) => config::KeySource::File(PathBuf::from(path)),
        Some(KeySource::Keychain | KeySource::Memory) => config::KeySource::Keychain,
        None => before.map_or(config::KeySource::Keychain, |before| before.key.clone()),
    };
    Ok(config::Account {
        id: id.to_owned(),
        provider: input.provider.clone(),
        key,
    })
}

#[cfg(test)]
#[path = "accounts_tests.rs"]
mod tests;
