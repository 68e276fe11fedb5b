//! The checked configuration: every name in it leads somewhere, every address and URL is usable.
//! The text it comes from is `config/file.rs`; the rules are `config/check.rs`.

mod check;
mod digest;
mod duration;
mod edit;
mod file;
mod live;
mod on_disk;
pub mod pattern;
mod problem;
mod protocol;
mod references;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::{
    check::is_id,
    digest::KeyDigest,
    edit::Edit,
    live::{ConfigStore, EditError},
    problem::ConfigError,
    protocol::ProviderProtocol,
};
use crate::environment::Environment;

/// The id of the built-in offline provider, which no config may redefine.
pub const ECHO: &str = "echo";

/// One consistent set of settings. An exchange takes one snapshot and keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub listen: Listen,
    /// Empty means that local clients need no key.
    pub access_keys: Vec<AccessKey>,
    /// Used when a request names no model: an alias, or `provider/model`.
    pub default_model: Option<String>,
    /// In file order, the built-in `echo` last.
    pub providers: Vec<Provider>,
    pub accounts: Vec<Account>,
    /// In file order: the earlier pattern wins.
    pub aliases: Vec<Alias>,
    pub log: Log,
    pub requests: Requests,
}

impl Config {
    /// Reads and checks a whole config file.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        check::check(text)
    }

    /// Reads and checks the file at `path`, which must be there.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = on_disk::text(path)?;
        Self::parse(&text.ok_or_else(|| ConfigError::nowhere("There is no such file."))?)
    }

    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// The parts of `provider/model`; `None` where there is no such provider, or no model.
    pub fn prefixed<'n>(&self, name: &'n str) -> Option<(&Provider, &'n str)> {
        let (provider, model) = name.split_once('/')?;
        let provider = self.provider(provider)?;
        (!model.is_empty()).then_some((provider, model))
    }

    /// The accounts of one provider, in file order. None at all means: call it without a credential.
    pub fn accounts_of<'a>(&'a self, provider: &'a str) -> impl Iterator<Item = &'a Account> {
        self.accounts
            .iter()
            .filter(move |account| account.provider == provider)
    }

    /// The alias that a model name leads to: the exact name first, then the first pattern that fits.
    pub fn alias(&self, model: &str) -> Option<&Alias> {
        let exact = self.aliases.iter().find(|alias| alias.name == model);
        exact.or_else(|| self.aliases.iter().find(|alias| alias.matches(model)))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Listen::default(),
            access_keys: Vec::new(),
            default_model: None,
            providers: vec![Provider::echo()],
            accounts: Vec::new(),
            aliases: Vec::new(),
            log: Log::default(),
            requests: Requests::default(),
        }
    }
}

/// Where the server listens and which web pages may call it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listen {
    /// Always a loopback address.
    pub address: SocketAddr,
    /// Origins of pages that may call, beside our own; `*` stands for anything.
    pub allowed_origins: Vec<String>,
}

impl Listen {
    /// Whether a page of this origin may call, by the configured list.
    pub fn allows(&self, origin: &str) -> bool {
        let mut patterns = self.allowed_origins.iter();
        patterns.any(|pattern| pattern::matches(pattern, origin))
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 7229)),
            allowed_origins: Vec::new(),
        }
    }
}

/// A key that a local client presents to us.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessKey {
    pub name: String,
    pub key: AccessKeySource,
}

impl AccessKey {
    /// Compares in constant time. An unset or empty environment variable accepts nothing.
    pub fn accepts(&self, presented: &str, environment: &Environment) -> bool {
        match &self.key {
            AccessKeySource::Env(name) => environment
                .variable(name)
                .is_some_and(|key| KeyDigest::of(&key).matches(presented)),
            AccessKeySource::Hash(digest) => digest.matches(presented),
        }
    }

    /// The variable that the key should come from, when there is nothing in it.
    pub fn missing_variable(&self, environment: &Environment) -> Option<&str> {
        match &self.key {
            AccessKeySource::Env(name) if environment.variable(name).is_none() => Some(name),
            AccessKeySource::Env(_) | AccessKeySource::Hash(_) => None,
        }
    }
}

/// Where an access key is known from; the key itself is never in the config.
#[derive(Clone, Debug, PartialEq)]
pub enum AccessKeySource {
    Env(String),
    Hash(KeyDigest),
}

/// Who serves models: a row of data.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    pub id: String,
    /// For people; the id where it is missing.
    pub name: Option<String>,
    pub protocol: ProviderProtocol,
    /// `http` or `https`, without a trailing slash; empty for the protocol `echo`.
    pub base_url: String,
    pub timeouts: Timeouts,
    /// How often one target is tried again before the first byte.
    pub retries: u32,
    /// Sent with each request; never a credential.
    pub headers: BTreeMap<String, String>,
}

impl Provider {
    /// The built-in offline provider.
    pub fn echo() -> Self {
        Self {
            id: ECHO.to_owned(),
            name: Some("Echo".to_owned()),
            protocol: ProviderProtocol::Echo,
            base_url: String::new(),
            timeouts: Timeouts::default(),
            retries: 0,
            headers: BTreeMap::new(),
        }
    }

    /// Whether it is always there and cannot be changed.
    pub fn is_built_in(&self) -> bool {
        self.id == ECHO
    }
}

/// How often a target is tried again when the config does not say.
pub const DEFAULT_RETRIES: u32 = 1;

/// How long we wait for a provider. There is no limit on the whole answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timeouts {
    pub connect: Duration,
    /// Until the answer's headers; a whole answer that is not streamed is made in this time.
    pub headers: Duration,
    /// Between two chunks; a model that reasons is silent for minutes.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            headers: Duration::from_mins(10),
            idle: Duration::from_mins(15),
        }
    }
}

/// One key or login at one provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub id: String,
    pub provider: String,
    pub key: KeySource,
}

/// Where an account's key is kept; the key itself is never in the config.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeySource {
    Env(String),
    /// Absolute once a [`ConfigStore`] has read it: a relative path starts at the config file.
    File(PathBuf),
    Keychain,
}

/// A model name that clients use, and where it leads, in order of preference.
#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    /// Exact, or a pattern with `*`.
    pub name: String,
    /// Each is `provider/model`, or the name of another alias. Never empty, never a loop.
    pub targets: Vec<String>,
}

impl Alias {
    pub fn matches(&self, model: &str) -> bool {
        pattern::matches(&self.name, model)
    }
}

const MAX_KEEP_DAYS: u32 = 36_500;
const MAX_MEGABYTES: u32 = 1_048_576;

/// What is kept of each exchange, how much of it, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    pub bodies: BodiesKept,
    /// Longer bodies are cut here.
    pub max_body_bytes: usize,
    pub keep_days: u32,
    /// Size of the database at which the oldest go.
    pub max_megabytes: u32,
}

impl Log {
    /// Where nobody can say what was asked for: what is there stays, and no body is added to it.
    pub(crate) fn cautious() -> Self {
        Self {
            bodies: BodiesKept::Off,
            keep_days: MAX_KEEP_DAYS,
            max_megabytes: MAX_MEGABYTES,
            ..Self::default()
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            bodies: BodiesKept::Errors,
            max_body_bytes: 1024 * 1024,
            keep_days: 30,
            max_megabytes: 1024,
        }
    }
}

/// What is done for requests that a provider cannot carry out by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Requests {
    /// The most answers to one request that are asked for one by one; each is paid for. 1: never.
    pub parallel_choices: u32,
    /// Images that a client only names are fetched for providers that want their bytes.
    pub fetch_images: bool,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            parallel_choices: 8,
            fetch_images: true,
        }
    }
}

/// Which exchanges keep their bodies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BodiesKept {
    All,
    Errors,
    Off,
}

impl BodiesKept {
    /// The word used in the config file.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Errors => "errors",
            Self::Off => "off",
        }
    }

    /// Of an exchange that failed, or did not.
    pub fn wants(self, is_failed: bool) -> bool {
        match self {
            Self::All => true,
            Self::Errors => is_failed,
            Self::Off => false,
        }
    }
}
