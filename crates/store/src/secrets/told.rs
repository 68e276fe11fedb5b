//! What is wrong with a secret, for people.

use super::SecretError;
use crate::{sentence, wording::Sentence};

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
