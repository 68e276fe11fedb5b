//! Accounts that are signed in to instead of having a key: how a login begins, and how it stays fresh.
//!
//! Tokens are renewed a little before they end, by one request at a time for an account, and kept before they are
//! used: a renewal may make the token void that it was made with, so a lost answer would be a lost account.

mod amazon_q;
mod device;
mod import;
mod oidc;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::{
    canonical::{ApiError, ErrorKind, Fault},
    upstream_codec,
};
use reqwest::Client;
use store::{
    Secret, Secrets,
    config::{Account, ProviderProtocol},
    secrets::{Credential, SecretError},
};
use tokio::time::Instant;

use self::{amazon_q::Login, oidc::Refused};
pub(crate) use self::{
    amazon_q::{is_profile, is_region},
    device::{DeviceLogin, DeviceLogins, Plan, State, place},
    import::{free_id, imported},
};
use crate::{clock::unix_seconds, credentials::NO_CREDENTIAL, speaks::Speaks};

/// Seconds before its end at which a token is renewed.
const EARLY: u64 = 300;
/// A token that lasts this long is good enough while somebody else renews it.
const ENOUGH: u64 = 30;
/// A token that is so new is not the reason for a refusal.
const NEW: Duration = Duration::from_secs(20);

/// Whether accounts of a provider that speaks this are signed in to.
pub(crate) fn has_logins(protocol: ProviderProtocol) -> bool {
    match Speaks::of(protocol) {
        Speaks::Echo => false,
        Speaks::Wire(protocol) => upstream_codec(protocol).signs_in(),
    }
}

/// What an account signs in with at this moment.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) secret: Secret,
    /// The account's profile at the provider.
    pub(crate) profile: Option<String>,
    login: Option<Box<Login>>,
}

impl Token {
    pub(crate) fn key(secret: Secret) -> Self {
        Self {
            secret,
            profile: None,
            login: None,
        }
    }

    /// Where the account's requests go instead of to `base_url`.
    pub(crate) fn service(&self, base_url: &str) -> Option<&'static str> {
        self.login.as_ref()?.service(base_url)
    }
}

/// Keeps logins fresh. Shared with the tasks that renew them, which nobody's hang-up stops.
pub(crate) struct Logins {
    secrets: Secrets,
    user_agent: String,
    client: Mutex<Option<Client>>,
    /// By account: whoever holds it renews.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    renewed: Mutex<HashMap<String, Instant>>,
    /// The tokens that renew nothing any more.
    ended: Mutex<HashSet<Ended>>,
}

/// An account, and the token that was refused.
type Ended = (String, String);

/// What may be shown of a login.
pub(crate) struct LoginSummary {
    pub(crate) start_url: Option<String>,
    pub(crate) region: String,
    pub(crate) profile: Option<String>,
    /// A person has to sign in again.
    pub(crate) ended: bool,
}

impl Logins {
    pub(crate) fn new(secrets: Secrets, version: &str) -> Arc<Self> {
        Arc::new(Self {
            secrets,
            user_agent: format!("patchbay/{version}"),
            client: Mutex::default(),
            turns: Mutex::default(),
            renewed: Mutex::default(),
            ended: Mutex::default(),
        })
    }

    /// What is known of an account's login without asking anybody; `None` where it has none.
    pub(crate) async fn summary(&self, account: &Account) -> Option<LoginSummary> {
        let Ok(Credential::Login(kept)) = self.kept(account).await else {
            return None;
        };
        let login = Login::read(&kept);
        let ended = login
            .as_ref()
            .is_none_or(|login| login.is_over(unix_seconds()) || self.has_ended(account, login));
        Some(LoginSummary {
            start_url: login.as_ref().and_then(|login| login.start_url.clone()),
            profile: login.as_ref().and_then(|login| login.profile.clone()),
            region: login.map_or_else(|| amazon_q::REGION.to_owned(), |login| login.region),
            ended,
        })
    }

    /// What an account signs in with. A login that has ended is read anew: `patchbay login`, a program of its own, may
    /// have put another one in its place.
    async fn kept(&self, account: &Account) -> Result<Credential, SecretError> {
        let known = self.secrets.credential(account).await?;
        let Credential::Login(kept) = &known else {
            return Ok(known);
        };
        match Login::read(kept) {
            Some(login) if self.has_ended(account, &login) => {
                Ok(self.secrets.reread(account).await.unwrap_or(known))
            }
            Some(_) | None => Ok(known),
        }
    }

    fn has_ended(&self, account: &Account, login: &Login) -> bool {
        lock(&self.ended).contains(&mark(account, login))
    }

    /// The token to send, renewed first where it is about to end.
    ///
    /// # Errors
    /// A sentence that says how to sign in again, or why that could not be found out.
    pub(crate) async fn fresh(
        self: &Arc<Self>,
        account: &Account,
        kept: &Secret,
    ) -> Result<Token, ApiError> {
        let login = Login::read(kept).ok_or_else(|| unreadable(account))?;
        let now = unix_seconds();
        if login.lasts(now, EARLY) {
            return token(login, account);
        }
        let somebody_renews = || self.turn(&account.id).try_lock().is_err();
        if login.lasts(now, ENOUGH) && somebody_renews() {
            return token(login, account);
        }
        let lasts = login.lasts(now, 0);
        match self.renew(account, login.access_token.clone()).await {
            Ok(renewed) => token(renewed, account),
            Err(error) if lasts && error.kind == ErrorKind::Unreachable => {
                tracing::warn!(%error, account = account.id, "a login is not renewed yet");
                token(login, account)
            }
            Err(error) => Err(error),
        }
    }

    /// Renews a login whose token the provider refused; false where that would not help.
    pub(crate) async fn renewed(self: &Arc<Self>, account: &Account) -> bool {
        let Ok(Credential::Login(kept)) = self.secrets.credential(account).await else {
            return false;
        };
        let known = lock(&self.renewed).get(&account.id).copied();
        if known.is_some_and(|at| at.elapsed() < NEW) {
            return false;
        }
        let Some(login) = Login::read(&kept) else {
            return false;
        };
        match self.renew(account, login.access_token).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, account = account.id, "a login is not renewed");
                false
            }
        }
    }

    /// Renews the login unless another token than `stale` is there by now.
    async fn renew(
        self: &Arc<Self>,
        account: &Account,
        stale: Option<Secret>,
    ) -> Result<Login, ApiError> {
        let (logins, account) = (Arc::clone(self), account.clone());
        // A task of its own: it goes on when the request that waits for it is given up.
        let task = tokio::spawn(async move { logins.renew_in_turn(&account, stale).await });
        task.await
            .unwrap_or_else(|_| Err(trouble("The login could not be renewed.".to_owned())))
    }

    async fn renew_in_turn(
        &self,
        account: &Account,
        stale: Option<Secret>,
    ) -> Result<Login, ApiError> {
        let turn = self.turn(&account.id);
        let _turn = turn.lock().await;
        let (kept, mut login) = login_of(self.kept(account).await, account)?;
        if login.access_token != stale && login.access_token.is_some() {
            return Ok(login);
        }
        if self.has_ended(account, &login) {
            return Err(over(account, "It was refused before."));
        }
        let mark = mark(account, &login);
        let client = self.client()?;
        match login.renew(&client, unix_seconds()).await {
            Ok(tokens) => {
                // Meanwhile a person may have signed in anew, or removed the account: what they did counts.
                let (now, other) = login_of(self.secrets.credential(account).await, account)?;
                if now != kept {
                    return Ok(other);
                }
                login.take(tokens, unix_seconds());
                self.keep(&account.id, &login).await?;
                lock(&self.renewed).insert(account.id.clone(), Instant::now());
                Ok(login)
            }
            Err(Refused::Over(why)) => {
                lock(&self.ended).insert(mark);
                Err(over(account, &why))
            }
            Err(Refused::Denied | Refused::Expired) => {
                lock(&self.ended).insert(mark);
                Err(over(account, "It was refused there."))
            }
            Err(Refused::Trouble(error)) => Err(error),
            Err(Refused::Pending | Refused::SlowDown) => Err(trouble(
                "The service for logins asks to be asked again later.".to_owned(),
            )),
        }
    }

    async fn keep(&self, account: &str, login: &Login) -> Result<(), ApiError> {
        let credential = Credential::Login(login.write());
        let kept = self.secrets.put_credential(account, credential).await;
        kept.map(|_| ()).map_err(|error| trouble(error.to_string()))
    }

    fn turn(&self, account: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = lock(&self.turns);
        Arc::clone(turns.entry(account.to_owned()).or_default())
    }

    /// Made when first needed.
    fn client(&self) -> Result<Client, ApiError> {
        let mut known = lock(&self.client);
        if let Some(client) = &*known {
            return Ok(client.clone());
        }
        let client = oidc::client(&self.user_agent)?;
        *known = Some(client.clone());
        Ok(client)
    }
}

/// An account's login, as it is kept and read.
fn login_of(
    credential: Result<Credential, SecretError>,
    account: &Account,
) -> Result<(Secret, Login), ApiError> {
    match credential {
        Ok(Credential::Login(kept)) => {
            let login = Login::read(&kept).ok_or_else(|| unreadable(account))?;
            Ok((kept, login))
        }
        Ok(Credential::Key(_)) => Err(unreadable(account)),
        // It was removed.
        Err(error @ SecretError::NotSet(_)) => Err(refused(error.to_string())),
        Err(error) => Err(trouble(error.to_string())),
    }
}

fn mark(account: &Account, login: &Login) -> Ended {
    let token = login.refresh_token.expose();
    (account.id.clone(), token.to_owned())
}

fn token(login: Login, account: &Account) -> Result<Token, ApiError> {
    let secret = login.access_token.clone();
    Ok(Token {
        secret: secret.ok_or_else(|| unreadable(account))?,
        profile: login.profile.clone(),
        login: Some(Box::new(login)),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn over(account: &Account, why: &str) -> ApiError {
    let id = &account.id;
    let why = why.trim_end_matches('.');
    let message = format!("The login of the account `{id}` has ended: {why}. Sign in again.");
    refused(message)
}

fn unreadable(account: &Account) -> ApiError {
    let id = &account.id;
    refused(format!(
        "The login of the account `{id}` is not readable. Sign in again."
    ))
}

fn refused(message: String) -> ApiError {
    ApiError::new(ErrorKind::Authentication, Fault::Client, message).with_code(NO_CREDENTIAL)
}

fn trouble(message: String) -> ApiError {
    ApiError::new(ErrorKind::Unreachable, Fault::Network, message)
}
