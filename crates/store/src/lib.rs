//! What Patchbay keeps: the config file, the secrets, the exchanges. Rows and settings are plain
//! words and numbers, so nothing on disk depends on today's protocols.

mod atomic_file;
pub mod config;
mod environment;
pub mod exchanges;
pub mod paths;
pub mod redact;
pub mod secrets;
pub mod wording;

pub use self::{
    config::{Config, ConfigError, ConfigStore},
    environment::Environment,
    exchanges::ExchangeLog,
    paths::Paths,
    secrets::{Secret, Secrets},
};
