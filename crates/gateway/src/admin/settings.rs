//! Settings that live in the configuration file.

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Settings {
    pub address: String,
    /// Web pages that may call the server, beside our own (`vscode-webview://*`).
    pub allowed_origins: Vec<String>,
    pub access_keys: Vec<AccessKey>,
    pub log: LogSettings,
    pub config_path: String,
    pub database_path: String,
    /// Bytes on disk.
    pub database_bytes: u64,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct AccessKey {
    pub name: String,
    /// The environment variable it comes from; such a key is removed in the file.
    pub environment: Option<String>,
}

#[derive(Clone, Copy, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct LogSettings {
    pub bodies: LogBodies,
    pub max_body_bytes: u64,
    pub keep_days: u32,
    pub max_megabytes: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum LogBodies {
    All,
    Errors,
    Off,
}

/// `None` leaves a setting as it is.
#[derive(Clone, Debug, Default, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(default)]
pub struct SettingsInput {
    pub address: Option<String>,
    pub allowed_origins: Option<Vec<String>>,
    pub log: Option<LogSettings>,
}

#[derive(Clone, Debug, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AccessKeyInput {
    pub name: String,
}

/// The only time that the key is seen: the configuration keeps its hash.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct NewAccessKey {
    pub name: String,
    pub key: String,
}
