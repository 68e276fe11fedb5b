//! What all parts of the running program share.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::HeaderMap;
use protocol::canonical::ApiError;
use store::{
    Config, ConfigStore, Environment, ExchangeLog, Secrets, config::AccessKey, secrets::SecretPlace,
};
use tokio::sync::broadcast;

use crate::{
    Options,
    admin::{
        live::LiveEvent,
        session::Sessions,
        status::{ConfigProblem, ConfigState, KeychainState, ServerState, Status},
    },
    auth::{DeviceLogins, Logins},
    fetch::{Fetcher, Guard},
    models::ModelLists,
    no_counts::NoCounts,
    omissions::Omissions,
    recorder::Endings,
    refusals::Refusals,
    responses::Responses,
    rewordings::Rewordings,
    routing::Cooldowns,
    server::ServerMachine,
    sign_in_folder::SignInFolder,
    upstream::{Answer, Call, Upstream},
    vault::Vault,
};

/// Live events that a slow listener may lag behind before it is told to fetch everything again.
const LIVE_EVENTS: usize = 1024;

/// How long things take that nobody configures; tests are in more of a hurry.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The longest silence on a stream before we say that we are still there.
    pub keep_alive: Duration,
    /// For a provider to count tokens, before we say how many they may be.
    pub count: Duration,
    /// For the end mark of a reply that has said why it ends.
    pub end_mark: Duration,
    /// Before the first repetition at one target; doubles with each.
    pub retry: Duration,
    /// How long running streams may go on when the server stops.
    pub grace: Duration,
    /// Between two pieces of the echo's stream.
    pub echo: Duration,
    /// For the head of a client's request, and for each piece of its body.
    pub request: Duration,
    /// Of a provider's login, where the provider counts in seconds.
    pub login_second: Duration,
    /// For lists of models that nobody has asked for yet.
    pub first_lists: Duration,
    /// For each question to what may listen on this computer. A server that is slower is busy; it is found the next
    /// time.
    pub local_server: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(15),
            count: Duration::from_secs(5),
            end_mark: Duration::from_secs(3),
            retry: Duration::from_millis(300),
            grace: Duration::from_secs(3),
            echo: Duration::from_millis(15),
            request: Duration::from_secs(60),
            login_second: Duration::from_secs(1),
            first_lists: Duration::from_secs(2),
            local_server: Duration::from_millis(300),
        }
    }
}

pub(crate) struct App {
    pub(crate) config: ConfigStore,
    pub(crate) secrets: Secrets,
    /// Keeps those accounts fresh that are signed in to.
    pub(crate) logins: Arc<Logins>,
    /// Those that wait for a person.
    pub(crate) device_logins: DeviceLogins,
    /// Where access keys from variables come from.
    pub(crate) environment: Environment,
    pub(crate) log: ExchangeLog,
    /// Who is signed in to the admin API.
    pub(crate) sessions: Sessions,
    pub(crate) live: broadcast::Sender<LiveEvent>,
    pub(crate) server: ServerMachine,
    pub(crate) sign_in_folder: SignInFolder,
    pub(crate) upstream: Upstream,
    pub(crate) cooldowns: Cooldowns,
    pub(crate) models: ModelLists,
    pub(crate) refusals: Refusals,
    pub(crate) responses: Responses,
    /// For providers that want the bytes of images that clients only name.
    pub(crate) fetcher: Fetcher,
    /// Who does not count tokens.
    pub(crate) no_counts: NoCounts,
    /// What providers do not want at all.
    pub(crate) omissions: Omissions,
    /// Who refuses what clients wrote for another model.
    pub(crate) rewordings: Rewordings,
    /// What providers want back that clients do not carry.
    pub(crate) vault: Arc<Vault>,
    /// Rows being finished after their client has its answer.
    pub(crate) endings: Arc<Endings>,
    pub(crate) pace: Pace,
    pub(crate) database_path: PathBuf,
    pub(crate) version: &'static str,
    notices: Mutex<Vec<String>>,
    keychain: Mutex<KeychainState>,
}

impl App {
    pub(crate) fn new(options: Options) -> Arc<Self> {
        Arc::new(Self {
            upstream: Upstream::new(options.version),
            config: options.config,
            logins: Logins::new(options.secrets.clone(), options.version),
            device_logins: DeviceLogins::default(),
            secrets: options.secrets,
            environment: options.environment,
            log: options.log,
            sessions: Sessions::default(),
            live: broadcast::channel(LIVE_EVENTS).0,
            server: ServerMachine::default(),
            sign_in_folder: SignInFolder::beside(&options.database_path),
            cooldowns: Cooldowns::default(),
            models: ModelLists::default(),
            refusals: Refusals::default(),
            responses: Responses::default(),
            fetcher: Fetcher::new(Guard::within(options.reach)),
            no_counts: NoCounts::default(),
            omissions: Omissions::default(),
            rewordings: Rewordings::default(),
            vault: Arc::default(),
            endings: Arc::default(),
            pace: options.pace,
            database_path: options.database_path,
            version: options.version,
            notices: Mutex::new(options.notices),
            keychain: Mutex::new(KeychainState::Available),
        })
    }

    /// Tells whoever watches; nobody needs to.
    pub(crate) fn announce(&self, event: LiveEvent) {
        let _ = self.live.send(event);
    }

    /// Whether these headers are of a page that signed in: it needs no access key.
    pub(crate) fn is_signed_in(&self, headers: &HeaderMap) -> bool {
        self.sessions.is_signed_in(headers)
    }

    /// Where clients reach us at this moment.
    pub(crate) fn listening_at(&self) -> Option<SocketAddr> {
        self.server.address()
    }

    /// Sends to a provider that is somebody else, and waits for the head of its answer.
    ///
    /// # Errors
    /// Of the network, or `InvalidRequest` where the provider is this very gateway.
    pub(crate) fn send(&self, call: Call<'_>) -> impl Future<Output = Result<Answer, ApiError>> {
        self.upstream.send(call, self.listening_at())
    }

    pub(crate) fn status(&self) -> Status {
        let config = self.config.current();
        let problem = self.config.problem().borrow().clone();
        let mut notices = self.notices().clone();
        notices.extend(self.log.problem());
        notices.extend(self.unset_keys(&config));
        Status {
            version: self.version.to_owned(),
            server: self.server.state().borrow().clone(),
            address: config.listen.address.to_string(),
            running_since: self.server.running_since(),
            access_keys: u32::try_from(config.access_keys.len()).unwrap_or(u32::MAX),
            keychain: self
                .keychain
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            config: ConfigState {
                path: self.config.path().display().to_string(),
                problem: problem.map(|problem| ConfigProblem {
                    message: problem.message,
                    wording: problem.wording,
                    line: problem.line.and_then(|line| u32::try_from(line).ok()),
                    column: problem.column.and_then(|column| u32::try_from(column).ok()),
                }),
            },
            notices,
        }
    }

    /// About access keys that come from variables in which there is nothing.
    fn unset_keys(&self, config: &Config) -> Vec<String> {
        let sentence = |key: &AccessKey| {
            let variable = key.missing_variable(&self.environment)?;
            Some(format!(
                "The access key `{}` comes from the variable {variable}, which is not set: no client can use it.",
                key.name
            ))
        };
        config.access_keys.iter().filter_map(sentence).collect()
    }

    fn notices(&self) -> MutexGuard<'_, Vec<String>> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds something people should know, once.
    pub(crate) fn notice(&self, sentence: &str) {
        let mut notices = self.notices();
        if !notices.iter().any(|known| known == sentence) {
            notices.push(sentence.to_owned());
        }
        drop(notices);
        self.announce_status();
    }

    /// What was said by [`Self::notice`] is no longer so.
    pub(crate) fn forget_notice(&self, sentence: &str) {
        self.notices().retain(|known| known != sentence);
        self.announce_status();
    }

    pub(crate) fn announce_status(&self) {
        self.announce(LiveEvent::Status {
            status: Box::new(self.status()),
        });
    }

    /// Asks the keychain how it is, and tells whoever watches of a change; may wait for a person to
    /// unlock it.
    pub(crate) async fn refresh_keychain(&self) {
        let status = self.secrets.status().await;
        let state = match status.place {
            SecretPlace::Memory if status.locked => KeychainState::Locked {
                reason: status.message,
            },
            SecretPlace::Memory => KeychainState::Unavailable {
                reason: status.message,
            },
            SecretPlace::Environment | SecretPlace::File | SecretPlace::Keychain => {
                KeychainState::Available
            }
        };
        let before = {
            let mut known = self.keychain.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *known, state.clone())
        };
        if before != state {
            self.announce_status();
        }
    }

    /// Carries changes of the configuration and of the server to whoever watches, for as long as
    /// the program runs.
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut config = self.config.subscribe();
        let mut problem = self.config.problem();
        let mut server = self.server.state();
        let mut log = self.config.current().log.clone();
        let mut unset = self.unset_keys(&self.config.current());
        loop {
            let changed = tokio::select! {
                changed = config.changed() => {
                    let known = unset;
                    unset = self.unset_keys(&self.config.current());
                    // Without a page nobody would see why all clients are refused.
                    for sentence in unset.iter().filter(|sentence| !known.contains(sentence)) {
                        tracing::warn!("{sentence}");
                    }
                    self.announce(LiveEvent::ConfigChanged);
                    changed
                }
                changed = problem.changed() => changed,
                changed = server.changed() => changed,
            };
            if changed.is_err() {
                return;
            }
            let wanted = self.config.current().log.clone();
            if wanted != log {
                self.log.apply(wanted.clone());
                log = wanted;
            }
            self.announce_status();
        }
    }

    pub(crate) fn server_state(&self) -> ServerState {
        self.server.state().borrow().clone()
    }
}
