//! The server's state, as the overview, the sidebar and the tray show it.

#[derive(Clone, Debug, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Status {
    pub version: String,
    pub server: ServerState,
    /// The address from the configuration, also while nothing listens there.
    pub address: String,
    /// Unix milliseconds since when the port is open.
    pub running_since: Option<u64>,
    pub access_keys: u32,
    pub keychain: KeychainState,
    pub config: ConfigState,
    /// Something people should know (the log was damaged and begun anew).
    pub notices: Vec<String>,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ServerState {
    Failed { reason: FailedReason },
    Running { address: String },
    Starting,
    Stopped,
    Stopping,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct FailedReason {
    /// A sentence: cause and effect ("Port 7229 is in use by another Patchbay (0.1.0).").
    pub message: String,
    /// The port was taken: who holds it, as far as it says.
    pub holder: Option<PortHolder>,
    /// The next address that was free when we looked; offered, never taken silently.
    pub free_address: Option<String>,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PortHolder {
    Patchbay { version: String },
    Stranger { process: Option<String> },
}

/// What to start with.
#[derive(Clone, Debug, Default, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct StartRequest {
    /// Another address, which is written to the configuration first; `None` keeps it.
    pub address: Option<String>,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum KeychainState {
    Available,
    /// Keys typed in are kept in memory until the program ends; the reason is a sentence.
    Unavailable {
        reason: String,
    },
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ConfigState {
    pub path: String,
    /// The file on disk has a mistake, and the configuration before it keeps running.
    pub problem: Option<ConfigProblem>,
}

#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ConfigProblem {
    pub message: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
}
