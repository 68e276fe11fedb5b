//! Accounts: one login or key at one provider. A key goes in and never comes out again.

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Account {
    pub id: String,
    pub provider: String,
    pub key: KeyState,
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

#[derive(Clone, Debug, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AccountInput {
    pub provider: String,
    /// `None` keeps the source it has, the keychain for a new account.
    pub key_source: Option<KeySource>,
    /// Stored at once in the keychain (or in memory where there is none).
    pub key: Option<String>,
}

#[derive(Clone, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct KeyInput {
    pub key: String,
}
