//! The keys of accounts: from the keychain, a variable or a file, kept in memory after first use.
//! Nothing here is ever shown or written anywhere else.

mod cached;
mod credential;
mod keychain;
mod memory;
mod secret;
mod split;
mod told;
mod worker;

pub use self::{
    cached::Secrets,
    credential::Credential,
    keychain::{Keychain, KeychainBackend},
    memory::InMemory,
    secret::Secret,
};

/// A place that holds one secret per account. Calls block, and may wait for a person.
pub trait SecretStore: Send + Sync {
    /// None when nothing was put there.
    fn get(&self, account: &str) -> Result<Option<Secret>, SecretError>;
    fn put(&self, account: &str, secret: &Secret) -> Result<(), SecretError>;
    /// Fine when there is none.
    fn remove(&self, account: &str) -> Result<(), SecretError>;
    fn status(&self) -> SecretStatus;
}

/// Where new keys are kept, and what to tell a person about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretStatus {
    pub place: SecretPlace,
    /// There is a keychain, and it waits to be unlocked.
    pub locked: bool,
    /// A sentence for people.
    pub message: String,
}

/// Where a key is. `Memory` means: until Patchbay ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecretPlace {
    Environment,
    File,
    Keychain,
    Memory,
}

/// All that anybody is shown of a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySummary {
    pub set: bool,
    /// Only of keys so long that four characters give nothing away.
    pub last_four: Option<String>,
    pub source: SecretPlace,
    /// Why it is not set, or could not be looked at.
    pub error: Option<SecretError>,
}

/// Why there is no key. The sentences never hold one.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SecretError {
    #[error("The keychain refused: {0}.")]
    Keychain(String),
    #[error("The keychain is locked. Unlock it and try again.")]
    Locked,
    /// With the reason, which is for developers.
    #[error(
        "This computer has no keychain that Patchbay can use. Type the key in anew after each start, or let it come from an environment variable."
    )]
    NoKeychain(String),
    #[error("The account `{0}` has no key yet. Add one under Providers.")]
    NotSet(String),
    #[error("The key file {path} of the account `{account}` cannot be used: {reason}.")]
    UnusableFile {
        account: String,
        path: String,
        reason: String,
    },
    #[error("The environment variable {variable} of the account `{account}` is not set.")]
    VariableNotSet { account: String, variable: String },
    #[error("The keychain is waiting for you to unlock it. Do so and try again.")]
    Waiting,
}

impl SecretError {
    /// A person can unlock it; until then it neither gives nor takes keys.
    fn is_locked(&self) -> bool {
        matches!(self, Self::Locked | Self::Waiting)
    }
}

/// What to tell a person when the keychain does not take keys.
fn for_this_session(error: &SecretError) -> SecretStatus {
    let message = match error {
        SecretError::NoKeychain(_) => {
            "This computer has no keychain that Patchbay can use. Keys are kept in memory until Patchbay ends.".to_owned()
        }
        other => format!("{other} Keys are kept in memory until Patchbay ends."),
    };
    SecretStatus {
        place: SecretPlace::Memory,
        locked: error.is_locked(),
        message,
    }
}
