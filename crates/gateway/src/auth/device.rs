//! Logins on another page: a person types a code there, or opens a link, and we ask until it is done.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use protocol::canonical::ApiError;
use store::{
    Secret,
    config::{Account, EditError, KeySource, Provider},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    amazon_q::{self, Login},
    lock,
    oidc::{Device, Oidc, Refused, Registration, Tokens},
};
use crate::{
    admin::live::LiveEvent,
    app::App,
    clock::unix_seconds,
    sentence::{Sentence, sentence},
    upstream::is_local,
};

/// What a service asks for that does not say how often to ask.
const USUAL_INTERVAL: u64 = 5;
/// Added by every word to slow down.
const SLOWER: u64 = 5;
/// Longer than this no code lives.
const LONGEST: u64 = 3600;
/// Finished logins are remembered up to this many.
const REMEMBERED: usize = 32;

/// What a login is to become.
pub(crate) struct Plan {
    pub(crate) account: String,
    /// Of an organisation; a personal login's where it is missing.
    pub(crate) start_url: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) profile: Option<String>,
    /// Another place for logins than the vendor's own.
    pub(crate) url: Option<String>,
}

/// A login that was begun.
#[derive(Clone)]
pub(crate) struct DeviceLogin {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) account: String,
    pub(crate) user_code: String,
    pub(crate) verification_url: String,
    /// The same with the code in it.
    pub(crate) verification_url_complete: Option<String>,
    pub(crate) expires_at: SystemTime,
    pub(crate) state: State,
    cancel: CancellationToken,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum State {
    Cancelled,
    Denied,
    Done,
    Expired,
    Failed(String),
    Waiting,
}

/// The logins of this session, by id.
#[derive(Default)]
pub(crate) struct DeviceLogins(Mutex<HashMap<String, DeviceLogin>>);

impl DeviceLogins {
    pub(crate) fn get(&self, id: &str) -> Option<DeviceLogin> {
        lock(&self.0).get(id).cloned()
    }

    /// False where there is no such login.
    pub(crate) fn cancel(&self, id: &str) -> bool {
        let mut known = lock(&self.0);
        let Some(login) = known.get_mut(id) else {
            return false;
        };
        login.cancel.cancel();
        if login.state == State::Waiting {
            login.state = State::Cancelled;
        }
        true
    }

    /// Begins a login, and asks in the background until it is done, refused, too late or cancelled.
    ///
    /// # Errors
    /// What the service for logins said, or why it did not answer.
    pub(crate) async fn begin(
        app: &Arc<App>,
        provider: &Provider,
        plan: Plan,
    ) -> Result<DeviceLogin, ApiError> {
        let client = app.logins.client()?;
        let region = plan
            .region
            .clone()
            .unwrap_or_else(|| amazon_q::REGION.to_owned());
        let base = amazon_q::base(plan.url.as_deref(), &region);
        let oidc = Oidc {
            client: &client,
            base: &base,
        };
        let registration = oidc
            .register(amazon_q::CLIENT_NAME, &amazon_q::SCOPES)
            .await?;
        let start_url = plan.start_url.as_deref().unwrap_or(amazon_q::START_URL);
        let device = oidc.start(&registration, start_url).await?;
        let lifetime = Duration::from_secs(device.expires_in.min(LONGEST));
        let login = DeviceLogin {
            id: new_id(),
            provider: provider.id.clone(),
            account: plan.account.clone(),
            user_code: device.user_code.clone(),
            verification_url: device.verification_uri.clone(),
            verification_url_complete: device.verification_uri_complete.clone(),
            expires_at: SystemTime::now() + lifetime,
            state: State::Waiting,
            cancel: CancellationToken::new(),
        };
        app.device_logins.remember(login.clone());
        let waiting = Waiting {
            app: Arc::clone(app),
            provider: provider.clone(),
            plan,
            region,
            base,
            registration,
            device,
            until: Instant::now() + lifetime,
        };
        let (app, id, cancel) = (Arc::clone(app), login.id.clone(), login.cancel.clone());
        tokio::spawn(async move {
            let state = waiting.run(cancel).await;
            app.device_logins.ended(&id, state);
            app.announce(LiveEvent::ConfigChanged);
        });
        Ok(login)
    }

    fn remember(&self, login: DeviceLogin) {
        let mut known = lock(&self.0);
        if known.len() >= REMEMBERED {
            known.retain(|_, login| login.state == State::Waiting);
        }
        known.insert(login.id.clone(), login);
    }

    fn ended(&self, id: &str, state: State) {
        if let Some(login) = lock(&self.0).get_mut(id) {
            login.state = state;
        }
    }
}

/// One login, while a person has not decided.
struct Waiting {
    app: Arc<App>,
    provider: Provider,
    plan: Plan,
    region: String,
    base: String,
    registration: Registration,
    device: Device,
    until: Instant,
}

impl Waiting {
    async fn run(self, cancel: CancellationToken) -> State {
        let tokens = tokio::select! {
            () = cancel.cancelled() => return State::Cancelled,
            tokens = self.tokens() => tokens,
        };
        // From here on it is too late to cancel: half of what is kept would be a key without an account.
        match tokens {
            Ok(tokens) => match self.keep(tokens).await {
                Ok(()) => State::Done,
                Err(error) => State::Failed(error.to_string()),
            },
            Err(state) => state,
        }
    }

    async fn tokens(&self) -> Result<Tokens, State> {
        let failed = |error: ApiError| State::Failed(error.message);
        let client = self.app.logins.client().map_err(failed)?;
        let oidc = Oidc {
            client: &client,
            base: &self.base,
        };
        let mut interval = self.device.interval.unwrap_or(USUAL_INTERVAL).max(1);
        let mut trouble = None;
        loop {
            let pause = self
                .app
                .pace
                .login_second
                .saturating_mul(u32::try_from(interval).unwrap_or(u32::MAX));
            if Instant::now() + pause >= self.until {
                // What kept us from hearing of it is more than that it is late.
                return Err(trouble.map_or(State::Expired, State::Failed));
            }
            tokio::time::sleep(pause).await;
            match oidc
                .poll(&self.registration, &self.device.device_code)
                .await
            {
                Ok(tokens) => return Ok(tokens),
                Err(Refused::Pending) => trouble = None,
                Err(Refused::SlowDown) => interval += SLOWER,
                Err(Refused::Denied) => return Err(State::Denied),
                Err(Refused::Expired) => return Err(State::Expired),
                Err(Refused::Over(sentence)) => return Err(State::Failed(sentence)),
                Err(Refused::Trouble(error)) => trouble = Some(error.message),
            }
        }
    }

    async fn keep(self, tokens: Tokens) -> Result<(), NotKept> {
        let refresh_token = tokens.refresh_token.clone().ok_or(NotKept::Nothing)?;
        let mut login = Login {
            access_token: None,
            expires_at: 0,
            refresh_token,
            registration: Some(self.registration),
            region: self.region,
            start_url: self.plan.start_url.clone(),
            profile: self.plan.profile.clone(),
            url: self.plan.url.clone(),
        };
        let access_token = tokens.access_token.clone();
        login.take(tokens, unix_seconds());
        if login.profile.is_none() && self.plan.start_url.is_some() {
            login.profile = first_profile(&self.app, &self.provider, &access_token).await;
        }
        let account = Account {
            id: self.plan.account,
            provider: self.provider.id,
            key: KeySource::Keychain,
        };
        add(&self.app, account, &login).await
    }
}

/// Why a login was good and is no account all the same.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotKept {
    #[error("{0}")]
    Config(#[from] EditError),
    #[error("{}", .0.message)]
    Keychain(ApiError),
    #[error("The service gave nothing to stay signed in with.")]
    Nothing,
}

/// The login goes to the keychain first, and then the account into the configuration.
pub(super) async fn add(app: &Arc<App>, account: Account, login: &Login) -> Result<(), NotKept> {
    let kept = app.logins.keep(&account.id, login).await;
    kept.map_err(NotKept::Keychain)?;
    if app.config.current().account(&account.id) != Some(&account) {
        let edited = app.config.edit(move |edit| edit.put_account(&account));
        edited.await?;
    }
    app.announce(LiveEvent::ConfigChanged);
    app.refresh_keychain().await;
    Ok(())
}

/// A place for logins: secrets go there.
///
/// # Errors
/// A sentence that says what it must be.
pub(crate) fn place(url: &str) -> Result<String, Sentence> {
    let parsed = Url::parse(url).ok().filter(Url::has_host);
    match parsed {
        Some(parsed)
            if parsed.scheme() == "https" || is_local(&parsed) && parsed.scheme() == "http" =>
        {
            Ok(url.trim_end_matches('/').to_owned())
        }
        Some(_) | None => Err(sentence!(
            "login_place",
            "Logins are done over https only, or on this computer."
        )),
    }
}

/// The profile that an organisation gave this login, in whichever region it is.
async fn first_profile(app: &App, provider: &Provider, access_token: &Secret) -> Option<String> {
    let client = app.logins.client().ok()?;
    for service in amazon_q::services(&provider.base_url) {
        match amazon_q::profiles(&client, service, access_token).await {
            Ok(profiles) if profiles.is_empty() => {}
            Ok(profiles) => return profiles.into_iter().next(),
            Err(error) => tracing::warn!(%error, "no list of profiles"),
        }
    }
    None
}

/// Fit for an address; guessing it gives nobody anything.
fn new_id() -> String {
    let mut bytes = [0_u8; 12];
    if getrandom::fill(&mut bytes).is_err() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_nanos().to_be_bytes();
        bytes.copy_from_slice(&now[4..]);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
