//! Providers: those in the configuration, presets to add, servers found on this computer.

use super::accounts::Account;

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Provider {
    pub id: String,
    pub name: String,
    /// `openai_chat`, `anthropic`, `echo`, ...
    pub protocol: String,
    /// `None` for the built-in echo.
    pub base_url: Option<String>,
    pub accounts: Vec<Account>,
    /// Called without a credential because it has no account.
    pub without_credential: bool,
    /// Cannot be changed or removed.
    pub built_in: bool,
    /// Why it cannot be used at present (its protocol has no codec in this version), as a sentence.
    pub unusable: Option<String>,
    pub timeouts: Timeouts,
    pub retries: u32,
}

/// Seconds.
#[derive(Clone, Copy, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Timeouts {
    pub connect: f64,
    pub headers: f64,
    pub idle: f64,
}

#[derive(Clone, Debug, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct ProviderInput {
    pub name: Option<String>,
    pub protocol: String,
    pub base_url: String,
    pub timeouts: Option<Timeouts>,
    pub retries: Option<u32>,
}

/// A well-known provider, ready to add.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Preset {
    pub id: String,
    pub name: String,
    pub protocol: String,
    pub base_url: String,
    /// Where its keys are made, for a link.
    pub keys_url: Option<String>,
    /// What its keys begin with, so that a pasted key can be recognised.
    pub key_prefix: Option<String>,
    /// Runs on this computer and needs no key.
    pub local: bool,
}

/// A model server that answers on this computer.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct LocalServer {
    pub preset: String,
    pub name: String,
    pub protocol: String,
    pub base_url: String,
    pub models: Vec<String>,
    /// Already in the configuration as this provider.
    pub provider: Option<String>,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ModelList {
    pub models: Vec<ListedModel>,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ListedModel {
    pub id: String,
    pub display_name: Option<String>,
    pub max_input_tokens: Option<u64>,
    pub max_output_tokens: Option<u64>,
}

/// What happened when the provider was asked for its models with this credential.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct TestReport {
    pub steps: Vec<TestStep>,
    pub ok: bool,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct TestStep {
    /// `reach`, `sign_in`, `models`.
    pub name: String,
    pub ok: bool,
    /// A sentence: what was found or what to do.
    pub message: String,
    pub duration_ms: u64,
}
