//! What an account signs in with, and what a keychain entry holds: a little JSON.

use serde_json::{Map, Value, json};

use super::Secret;

/// What an account signs in with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Credential {
    Key(Secret),
    /// What a login left behind: a JSON object with a `refresh_token`, whose form only its vendor's login knows.
    Login(Secret),
}

pub(super) fn encode(credential: &Credential) -> Secret {
    match credential {
        Credential::Key(key) => Secret::new(json!({ "key": key.expose() }).to_string()),
        Credential::Login(login) => login.clone(),
    }
}

/// The credential in an entry. Other text than ours is a key that a person put there by hand.
pub(super) fn decode(entry: &Secret) -> Option<Credential> {
    match serde_json::from_str::<Map<String, Value>>(entry.expose()) {
        Ok(fields) => match (fields.get("key"), fields.get("refresh_token")) {
            (Some(Value::String(key)), _) => Some(Credential::Key(Secret::new(key.clone()))),
            (None, Some(Value::String(_))) => Some(Credential::Login(entry.clone())),
            _ => None,
        },
        Err(_) => {
            let key = Secret::new(entry.expose().trim().to_owned());
            Some(Credential::Key(key))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_key_reads_back(key in any::<String>()) {
            let key = Credential::Key(Secret::new(key));
            prop_assert!(decode(&encode(&key)) == Some(key));
        }

        #[test]
        fn any_login_reads_back(token in any::<String>()) {
            let login = json!({ "refresh_token": token, "expires_at": 5 }).to_string();
            let login = Credential::Login(Secret::new(login));
            prop_assert!(decode(&encode(&login)) == Some(login));
        }
    }

    #[test]
    fn a_bare_key_put_by_hand_is_one() {
        let decoded = |text: &str| decode(&Secret::new(text.to_owned()));
        let key = Credential::Key(Secret::new("sk-abc".to_owned()));
        assert_eq!(decoded("sk-abc\n"), Some(key));
        assert_eq!(decoded(r#"{"access_token":"x"}"#), None);
    }
}
