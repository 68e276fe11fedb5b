//! What a keychain entry holds: a little JSON, so that a login can later stand beside a plain key.

use serde_json::{Map, Value, json};

use super::Secret;

pub(super) fn encode(key: &Secret) -> Secret {
    Secret::new(json!({ "key": key.expose() }).to_string())
}

/// The key in an entry. Other text than ours is a key that a person put there by hand.
pub(super) fn decode(entry: &Secret) -> Option<Secret> {
    match serde_json::from_str::<Map<String, Value>>(entry.expose()) {
        Ok(fields) => match fields.get("key")? {
            Value::String(key) => Some(Secret::new(key.clone())),
            _ => None,
        },
        Err(_) => Some(Secret::new(entry.expose().trim().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_key_reads_back(key in any::<String>()) {
            let key = Secret::new(key);
            prop_assert!(decode(&encode(&key)) == Some(key));
        }
    }

    #[test]
    fn a_bare_key_put_by_hand_is_one() {
        let decoded = |text: &str| decode(&Secret::new(text.to_owned()));
        assert_eq!(decoded("sk-abc\n"), Some(Secret::new("sk-abc".to_owned())));
        assert_eq!(decoded(r#"{"access_token":"x"}"#), None);
    }
}
