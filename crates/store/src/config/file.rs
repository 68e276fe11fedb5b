//! The config file's text as serde sees it: names and shapes only. Each value that a rule is about
//! keeps its place, so that the rule can point at it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    pub(super) version: Spanned<i64>,
    pub(super) default_model: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) listen: ListenTable,
    #[serde(default)]
    pub(super) access_keys: Vec<Spanned<AccessKeyTable>>,
    #[serde(default)]
    pub(super) providers: Vec<Spanned<ProviderTable>>,
    #[serde(default)]
    pub(super) accounts: Vec<AccountTable>,
    #[serde(default)]
    pub(super) aliases: Vec<AliasTable>,
    #[serde(default)]
    pub(super) log: LogTable,
    #[serde(default)]
    pub(super) requests: RequestsTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct ListenTable {
    pub(super) address: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) allowed_origins: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct AccessKeyTable {
    pub(super) name: Spanned<String>,
    pub(super) key: Option<AccessKeyForms>,
    pub(super) hash: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { env = \"NAME\" }")]
pub(super) struct AccessKeyForms {
    pub(super) env: Option<Spanned<String>>,
    pub(super) hash: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct ProviderTable {
    pub(super) id: Spanned<String>,
    pub(super) name: Option<String>,
    pub(super) protocol: Spanned<String>,
    pub(super) base_url: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) timeouts: TimeoutsTable,
    pub(super) retries: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) headers: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { connect = \"10s\" }"
)]
pub(super) struct TimeoutsTable {
    pub(super) connect: Option<Spanned<String>>,
    pub(super) headers: Option<Spanned<String>>,
    pub(super) idle: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct AccountTable {
    pub(super) id: Spanned<String>,
    pub(super) provider: Spanned<String>,
    pub(super) key: Spanned<KeyForms>,
}

#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { env = \"NAME\" } or { keychain = true }"
)]
pub(super) struct KeyForms {
    pub(super) env: Option<Spanned<String>>,
    pub(super) file: Option<Spanned<String>>,
    pub(super) keychain: Option<Spanned<bool>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct AliasTable {
    pub(super) name: Spanned<String>,
    pub(super) targets: Spanned<Vec<Spanned<String>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct LogTable {
    pub(super) bodies: Option<Spanned<String>>,
    pub(super) max_body_bytes: Option<Spanned<i64>>,
    pub(super) keep_days: Option<Spanned<i64>>,
    pub(super) max_megabytes: Option<Spanned<i64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RequestsTable {
    pub(super) parallel_choices: Option<Spanned<i64>>,
    pub(super) fetch_images: Option<bool>,
}
