//! Sentences for people that a page can say in its own language.

use std::collections::BTreeMap;

use store::secrets::SecretError;

/// Which sentence it is and what stands in it; the pages have its words in `sentences.json` of each
/// language.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Wording {
    pub code: String,
    pub values: BTreeMap<String, String>,
}

/// A sentence in English, and its wording where a page may know it in other languages.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    pub(crate) text: String,
    pub(crate) wording: Option<Wording>,
}

impl Sentence {
    /// By [`sentence!`] only, which keeps code and text together.
    pub(crate) fn worded<const N: usize>(
        code: &str,
        text: String,
        values: [(&str, String); N],
    ) -> Self {
        let values = values.map(|(name, value)| (name.to_owned(), value));
        Self {
            text,
            wording: Some(Wording {
                code: code.to_owned(),
                values: values.into(),
            }),
        }
    }
}

/// `sentence!("no_account", "There is no account `{id}`.", id)`: every name in the text is listed behind it.
macro_rules! sentence {
    ($code:literal, $text:literal $(, $name:ident)* $(,)?) => {
        $crate::sentence::Sentence::worded(
            $code,
            format_args!($text).to_string(),
            [$((stringify!($name), $name.to_string())),*],
        )
    };
}
pub(crate) use sentence;

impl From<&str> for Sentence {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self {
            text,
            wording: None,
        }
    }
}

impl From<&SecretError> for Sentence {
    fn from(error: &SecretError) -> Self {
        match error {
            SecretError::Keychain(reason) => {
                sentence!(
                    "keychain_refused",
                    "The keychain refused: {reason}.",
                    reason
                )
            }
            SecretError::Locked => sentence!(
                "keychain_locked",
                "The keychain is locked. Unlock it and try again."
            ),
            SecretError::NoKeychain(_) => sentence!(
                "no_keychain",
                "This computer has no keychain that Patchbay can use. Type the key in anew after each start, or let it come from an environment variable."
            ),
            SecretError::NotSet(account) => sentence!(
                "key_not_set",
                "The account `{account}` has no key yet. Add one under Providers.",
                account
            ),
            SecretError::UnusableFile {
                path,
                reason,
                account,
            } => sentence!(
                "key_file_unusable",
                "The key file {path} of the account `{account}` cannot be used: {reason}.",
                path,
                account,
                reason
            ),
            SecretError::VariableNotSet { account, variable } => sentence!(
                "variable_not_set",
                "The environment variable {variable} of the account `{account}` is not set.",
                variable,
                account
            ),
            SecretError::Waiting => sentence!(
                "keychain_waiting",
                "The keychain is waiting for you to unlock it. Do so and try again."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_carries_its_words_and_its_values() {
        let (name, status) = ("Moonshot", 401);
        let sentence = sentence!("refused", "{name} said {status}.", name, status);
        assert_eq!(sentence.text, "Moonshot said 401.");
        let expected = BTreeMap::from([
            ("name".to_owned(), "Moonshot".to_owned()),
            ("status".to_owned(), "401".to_owned()),
        ]);
        assert_eq!(sentence.wording.unwrap().values, expected);
    }

    #[test]
    fn secrets_are_told_of_in_the_same_words_everywhere() {
        let text = String::from;
        for error in [
            SecretError::Keychain(text("no")),
            SecretError::Locked,
            SecretError::NoKeychain(text("no bus")),
            SecretError::NotSet(text("a")),
            SecretError::UnusableFile {
                account: text("a"),
                path: text("/k"),
                reason: text("it is empty"),
            },
            SecretError::VariableNotSet {
                account: text("a"),
                variable: text("KEY"),
            },
            SecretError::Waiting,
        ] {
            assert_eq!(Sentence::from(&error).text, error.to_string());
        }
    }
}
