//! Logins that other programs left behind, as JSON: one account, a list of them, or a list inside an object.

use std::sync::Arc;

use serde_json::Value;
use store::{
    Secret,
    config::{Account, Config, KeySource, Provider},
};

use super::{
    amazon_q::{self, Login},
    device,
    oidc::Registration,
};
use crate::{
    app::App,
    sentence::{Sentence, sentence},
};

/// More than anybody has.
const MOST: usize = 200;

/// An entry that is none; `index` counts from 0.
pub(crate) struct Refusal {
    pub(crate) index: usize,
    /// Never holds a value of the entry.
    pub(crate) message: Sentence,
}

/// Adds every account that can be read; returns their ids, and why the others could not.
pub(crate) async fn imported(
    app: &Arc<App>,
    provider: &Provider,
    given: &Value,
) -> (Vec<String>, Vec<Refusal>) {
    let (mut added, mut refused) = (Vec::new(), Vec::new());
    for (index, entry) in entries(given).into_iter().enumerate() {
        if index >= MOST {
            let most = MOST;
            let message = sentence!(
                "import_most",
                "At most {most} accounts are taken at once.",
                most
            );
            refused.push(Refusal { index, message });
            continue;
        }
        let login = match login(entry) {
            Ok(login) => login,
            Err(message) => {
                refused.push(Refusal { index, message });
                continue;
            }
        };
        let id = free_id(&app.config.current(), provider, name(entry));
        let account = Account {
            id: id.clone(),
            provider: provider.id.clone(),
            key: KeySource::Keychain,
        };
        match device::add(app, account, &login).await {
            Ok(()) => added.push(id),
            Err(error) => refused.push(Refusal {
                index,
                message: error.to_string().into(),
            }),
        }
    }
    (added, refused)
}

fn entries(given: &Value) -> Vec<&Value> {
    let inside = ["accounts", "credentials", "items"]
        .iter()
        .find_map(|name| given.get(name)?.as_array());
    match given.as_array().or(inside) {
        Some(entries) => entries.iter().collect(),
        None => vec![given],
    }
}

/// The text under the first of these names that holds one.
fn text<'v>(entry: &'v Value, names: &[&str]) -> Option<&'v str> {
    let texts = names.iter().filter_map(|name| entry.get(name)?.as_str());
    texts.map(str::trim).find(|text| !text.is_empty())
}

fn lacks(field: &str) -> Sentence {
    sentence!("entry_lacks", "The entry has no `{field}`.", field)
}

fn login(entry: &Value) -> Result<Login, Sentence> {
    if !entry.is_object() {
        return Err(sentence!("no_entry", "The entry is not an object."));
    }
    let secret = |names: &[&str]| text(entry, names).map(|text| Secret::new(text.to_owned()));
    let refresh_token = secret(&["refresh_token", "refreshToken", "AMAZONQ_REFRESH_TOKEN"])
        .ok_or_else(|| lacks("refresh_token"))?;
    let client_id = text(entry, &["client_id", "clientId", "AMAZONQ_CLIENT_ID"]);
    let client_secret = secret(&["client_secret", "clientSecret", "AMAZONQ_CLIENT_SECRET"]);
    let method = text(entry, &["auth_method", "authMethod"]).unwrap_or_default();
    let registration = match (client_id, client_secret) {
        (Some(client_id), Some(client_secret)) => Some(Registration {
            client_id: client_id.to_owned(),
            client_secret,
            expires_at: seconds(
                entry,
                &["client_secret_expires_at", "clientSecretExpiresAt"],
            ),
        }),
        _ if method.eq_ignore_ascii_case("social") => None,
        (None, _) => return Err(lacks("client_id")),
        (Some(_), None) => return Err(lacks("client_secret")),
    };
    let region = text(entry, &["idc_region", "idcRegion", "region"]).unwrap_or(amazon_q::REGION);
    if !amazon_q::is_region(region) {
        return Err(sentence!(
            "entry_region",
            "The `region` of the entry is none."
        ));
    }
    let profile = text(entry, &["profile_arn", "profileArn", "AMAZONQ_PROFILE_ARN"]);
    let url = text(entry, &["token_endpoint", "AMAZONQ_TOKEN_ENDPOINT"]);
    let start_url = text(entry, &["start_url", "startUrl"]);
    let usual = amazon_q::base(None, region);
    Ok(Login {
        access_token: secret(&["access_token", "accessToken"]),
        // Renewed at once where it is not said.
        expires_at: seconds(entry, &["expires_at", "expiresAt"]).unwrap_or(0),
        refresh_token,
        registration,
        region: region.to_owned(),
        start_url: start_url
            .filter(|url| url.trim_end_matches('/') != amazon_q::START_URL)
            .map(str::to_owned),
        // Some write a name there.
        profile: profile
            .filter(|profile| amazon_q::is_profile(profile))
            .map(str::to_owned),
        url: url
            .map(|url| url.trim_end_matches('/').trim_end_matches("/token"))
            .filter(|url| *url != usual)
            .map(device::place)
            .transpose()?,
    })
}

/// Unix seconds, where a number says so; some count in milliseconds.
fn seconds(entry: &Value, names: &[&str]) -> Option<u64> {
    let count = names.iter().find_map(|name| entry.get(name)?.as_u64())?;
    Some(if count > 100_000_000_000 {
        count / 1000
    } else {
        count
    })
}

fn name(entry: &Value) -> Option<&str> {
    text(entry, &["id", "label", "name", "email"])
}

/// A name for an account that none has yet.
pub(crate) fn free_id(config: &Config, provider: &Provider, wish: Option<&str>) -> String {
    let wish: String = wish
        .unwrap_or_default()
        .to_ascii_lowercase()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    let wish = wish.trim_matches('-');
    let wish = if wish.is_empty() { &*provider.id } else { wish };
    let mut id = wish.to_owned();
    let mut number = 1;
    while config.account(&id).is_some() {
        number += 1;
        id = format!("{wish}-{number}");
    }
    id
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_forms_that_other_programs_write_are_read() {
        for entry in [
            json!({"refresh_token": "r", "client_id": "c", "client_secret": "s"}),
            json!({"refreshToken": "r", "clientId": "c", "clientSecret": "s", "profileArn": "me", "expiresAt": "2026-01-01T00:00:00Z"}),
            json!({"AMAZONQ_REFRESH_TOKEN": "r", "AMAZONQ_CLIENT_ID": "c", "AMAZONQ_CLIENT_SECRET": "s",
                "AMAZONQ_TOKEN_ENDPOINT": "https://oidc.us-east-1.amazonaws.com/token"}),
        ] {
            let login = login(&entry).unwrap();
            let expected = r#"{"refresh_token":"r","expires_at":0,"client_id":"c","client_secret":"s","region":"us-east-1"}"#;
            assert_eq!(login.write().expose(), expected);
        }
        let whole = json!({"accessToken": "a", "refreshToken": "r", "authMethod": "social", "region": "eu-central-1",
            "expiresAt": 1_763_700_000_123_u64, "profileArn": "arn:aws:codewhisperer:eu-central-1:1:profile/A"});
        let expected = r#"{"refresh_token":"r","access_token":"a","expires_at":1763700000,"region":"eu-central-1","profile":"arn:aws:codewhisperer:eu-central-1:1:profile/A"}"#;
        assert_eq!(login(&whole).unwrap().write().expose(), expected);
    }

    #[test]
    fn what_is_missing_is_named_and_no_value_is() {
        for (entry, expected) in [
            (json!("canary"), "The entry is not an object."),
            (
                json!({"client_id": "canary"}),
                "The entry has no `refresh_token`.",
            ),
            (
                json!({"refresh_token": "canary"}),
                "The entry has no `client_id`.",
            ),
            (
                json!({"refresh_token": "canary", "client_id": "canary"}),
                "The entry has no `client_secret`.",
            ),
            (
                json!({"refresh_token": "canary", "authMethod": "social", "region": "a/b"}),
                "The `region` of the entry is none.",
            ),
            (
                json!({"refresh_token": "canary", "authMethod": "social", "token_endpoint": "http://a.example"}),
                "Logins are done over https only, or on this computer.",
            ),
        ] {
            assert_eq!(login(&entry).err().unwrap().text, expected);
        }
    }

    #[test]
    fn lists_may_lie_in_an_object() {
        assert_eq!(entries(&json!([1, 2])).len(), 2);
        assert_eq!(entries(&json!({"accounts": [1, 2, 3]})).len(), 3);
        assert_eq!(entries(&json!({"refresh_token": "r"})).len(), 1);
    }
}
