//! Keys of accounts: stored, replaced, forgotten. What is answered is never the key.

use std::sync::Arc;

use axum::{Json, extract::State};
use store::{Secret, config};

use super::{
    Admin, accounts,
    accounts::Account,
    failure::Refusal,
    input::{Input, Segment},
};
use crate::sentence::sentence;

/// Longer texts are no keys.
const MAX_KEY: usize = 16 * 1024;

// No `Debug`: it holds a key.
#[derive(serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct KeyInput {
    pub key: String,
}

pub(super) async fn put(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
    Input(input): Input<KeyInput>,
) -> Result<Json<Account>, Refusal> {
    let account = accounts::find(&admin, &id)?;
    in_keychain(&account)?;
    admin.app.secrets.put(&id, key_of(input.key)?).await?;
    admin.key_changed().await;
    Ok(Json(accounts::view(&admin, &account).await))
}

pub(super) async fn remove(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
) -> Result<Json<Account>, Refusal> {
    let account = accounts::find(&admin, &id)?;
    in_keychain(&account)?;
    admin.app.secrets.remove(&id).await?;
    admin.key_changed().await;
    Ok(Json(accounts::view(&admin, &account).await))
}

/// A typed or pasted key, without the blanks around it. The sentences never repeat it.
pub(super) fn key_of(text: String) -> Result<Secret, Refusal> {
    let whole = Secret::new(text);
    let key = whole.expose().trim();
    if key.is_empty() {
        return Err(Refusal::invalid(
            "key",
            sentence!("key_empty", "The key is empty."),
        ));
    }
    if key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = sentence!(
            "no_key",
            "This is not a key: keys are one word of letters, digits and signs."
        );
        return Err(Refusal::invalid("key", message));
    }
    Ok(Secret::new(key.to_owned()))
}

fn in_keychain(account: &config::Account) -> Result<(), Refusal> {
    let id = &account.id;
    Err(Refusal::conflict(match &account.key {
        config::KeySource::Keychain => return Ok(()),
        config::KeySource::Env(name) => sentence!(
            "key_from_variable",
            "The key of `{id}` comes from the environment variable {name}. Change it there, or let the account use the keychain.",
            id,
            name
        ),
        config::KeySource::File(path) => {
            let path = path.display();
            sentence!(
                "key_from_file",
                "The key of `{id}` comes from the file {path}. Change it there, or let the account use the keychain.",
                id,
                path
            )
        }
    }))
}
