//! The key of an account, wherever it is kept: the one door to secrets for the rest of the program.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    Credential, InMemory, KeySummary, Keychain, KeychainBackend, Secret, SecretError, SecretPlace,
    SecretStatus, SecretStore, credential, worker::Worker,
};
use crate::{
    Environment,
    config::{Account, KeySource},
};

/// Long enough to type a password into a prompt.
const PATIENCE: Duration = Duration::from_secs(30);
/// No key is longer; a path to something else is noticed early.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Secrets {
    inner: Arc<Inner>,
}

struct Inner {
    keychain: Worker,
    /// Where keys go when the keychain cannot take them.
    session: InMemory,
    known: Mutex<Known>,
    /// Why the last key that was put is only in `session`, or the last one could not be read.
    refusal: Mutex<Option<SecretError>>,
    environment: Environment,
}

/// What was read from the keychain or put into it.
#[derive(Default)]
struct Known {
    entries: HashMap<String, (Credential, SecretPlace)>,
    /// A key that was read before the last of them may be gone or another one by now.
    changes: u64,
}

impl Known {
    fn forget(&mut self, account: &str) {
        self.changes += 1;
        self.entries.remove(account);
    }
}

impl Secrets {
    /// With this computer's keychain, which is opened when it is first needed.
    pub fn open() -> Self {
        let keychain = Keychain::new(KeychainBackend::of_system());
        Self::new(Arc::new(keychain), Environment::Process)
    }

    /// Without a keychain, for tests and for those who want none.
    pub fn in_memory(environment: Environment) -> Self {
        Self::new(Arc::new(InMemory::default()), environment)
    }

    pub fn new(keychain: Arc<dyn SecretStore>, environment: Environment) -> Self {
        Self::with_patience(keychain, environment, PATIENCE)
    }

    /// As [`Secrets::new`]; a call to the keychain may take `patience`.
    pub fn with_patience(
        keychain: Arc<dyn SecretStore>,
        environment: Environment,
        patience: Duration,
    ) -> Self {
        let inner = Inner {
            keychain: Worker::new(keychain, patience),
            session: InMemory::default(),
            known: Mutex::default(),
            refusal: Mutex::default(),
            environment,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// What this account signs in with.
    pub async fn credential(&self, account: &Account) -> Result<Credential, SecretError> {
        match &account.key {
            KeySource::Env(variable) => self.read_variable(account, variable).map(Credential::Key),
            KeySource::File(path) => read_file(account, path).await.map(Credential::Key),
            KeySource::Keychain => self
                .read_keychain(&account.id)
                .await
                .map(|(credential, _)| credential),
        }
    }

    /// As [`Secrets::credential`], from the keychain itself: another program may have put something else there. What was
    /// known stays where the keychain does not answer.
    pub async fn reread(&self, account: &Account) -> Result<Credential, SecretError> {
        let (before, changes) = {
            let mut known = self.known();
            (known.entries.remove(&account.id), known.changes)
        };
        let read = self.credential(account).await;
        if let (Some(before), Err(error)) = (before, &read)
            && !matches!(error, SecretError::NotSet(_))
        {
            let mut known = self.known();
            if known.changes == changes {
                known.entries.insert(account.id.clone(), before);
            }
        }
        read
    }

    /// Keeps a key in the keychain, or for this session when that does not take it; says which.
    pub async fn put(&self, account: &str, key: Secret) -> Result<SecretPlace, SecretError> {
        self.put_credential(account, Credential::Key(key)).await
    }

    /// As [`Secrets::put`]; of a login it is the whole JSON text that is kept.
    pub async fn put_credential(
        &self,
        account: &str,
        credential: Credential,
    ) -> Result<SecretPlace, SecretError> {
        let id = account.to_owned();
        let entry = credential::encode(&credential);
        let kept = entry.clone();
        let put = self.inner.keychain.call(move |store| {
            store.put(&id, &entry)?;
            Ok(store.status().place)
        });
        match put.await {
            Ok(place) => {
                // An older key of this session must not come back.
                self.inner.session.remove(account)?;
                let mut known = self.known();
                known.changes += 1;
                known
                    .entries
                    .insert(account.to_owned(), (credential, place));
                drop(known);
                *self.refusal() = None;
                Ok(place)
            }
            Err(error) => {
                tracing::warn!(%error, account, "a key is kept for this session only");
                self.known().forget(account);
                self.inner.session.put(account, &kept)?;
                *self.refusal() = Some(error);
                Ok(SecretPlace::Memory)
            }
        }
    }

    /// Forgets a key everywhere. A computer without a keychain has nothing more to forget.
    pub async fn remove(&self, account: &str) -> Result<(), SecretError> {
        self.known().forget(account);
        self.inner.session.remove(account)?;
        let id = account.to_owned();
        let remove = self.inner.keychain.call(move |store| store.remove(&id));
        let removed = remove.await;
        // Somebody may have read it before it went.
        self.known().forget(account);
        match removed {
            Err(SecretError::NoKeychain(_)) => Ok(()),
            result => result,
        }
    }

    /// All that may be shown of an account's key.
    pub async fn summary(&self, account: &Account) -> KeySummary {
        let (source, key) = match &account.key {
            KeySource::Env(_) => (SecretPlace::Environment, self.credential(account).await),
            KeySource::File(_) => (SecretPlace::File, self.credential(account).await),
            KeySource::Keychain => match self.read_keychain(&account.id).await {
                Ok((credential, place)) => (place, Ok(credential)),
                Err(error) => (SecretPlace::Keychain, Err(error)),
            },
        };
        KeySummary {
            set: key.is_ok(),
            last_four: match &key {
                Ok(Credential::Key(key)) => key.last_four(),
                Ok(Credential::Login(_)) | Err(_) => None,
            },
            source,
            error: key.err(),
        }
    }

    /// Where new keys would be kept now.
    pub async fn status(&self) -> SecretStatus {
        let refusal = self.refusal().clone();
        let status = match refusal {
            Some(error) => Err(error),
            None => self.inner.keychain.call(|store| Ok(store.status())).await,
        };
        status.unwrap_or_else(|error| super::for_this_session(&error))
    }

    fn read_variable(&self, account: &Account, variable: &str) -> Result<Secret, SecretError> {
        match self.inner.environment.variable(variable) {
            Some(value) => Ok(Secret::new(value)),
            None => Err(SecretError::VariableNotSet {
                account: account.id.clone(),
                variable: variable.to_owned(),
            }),
        }
    }

    async fn read_keychain(&self, account: &str) -> Result<(Credential, SecretPlace), SecretError> {
        let session = self.inner.session.get(account)?;
        if let Some(credential) = session.as_ref().and_then(credential::decode) {
            return Ok((credential, SecretPlace::Memory));
        }
        let changes = {
            let known = self.known();
            if let Some(known) = known.entries.get(account) {
                return Ok(known.clone());
            }
            known.changes
        };
        let id = account.to_owned();
        let read = self
            .inner
            .keychain
            .call(move |store| Ok((store.get(&id)?, store.status().place)));
        let read = read.await;
        match &read {
            // A locked keychain looks like any other until it is asked for a key.
            Err(error) if error.is_locked() => *self.refusal() = Some(error.clone()),
            Ok((Some(_), _)) => *self.refusal() = None,
            Ok((None, _)) | Err(_) => {}
        }
        let (entry, place) = read?;
        let Some(credential) = entry.as_ref().and_then(credential::decode) else {
            return Err(SecretError::NotSet(account.to_owned()));
        };
        let mut known = self.known();
        if known.changes == changes {
            let entry = (credential.clone(), place);
            known.entries.insert(account.to_owned(), entry);
        }
        drop(known);
        Ok((credential, place))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.inner
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn refusal(&self) -> MutexGuard<'_, Option<SecretError>> {
        self.inner
            .refusal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Read anew each time: whoever rotates the file needs no restart.
async fn read_file(account: &Account, path: &Path) -> Result<Secret, SecretError> {
    let unusable = |reason: String| SecretError::UnusableFile {
        account: account.id.clone(),
        path: path.display().to_string(),
        reason,
    };
    let owned = path.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let metadata = fs::metadata(&owned)?;
        if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
            return Err(std::io::Error::other("it is not a small text file"));
        }
        fs::read_to_string(&owned)
    });
    let text = read
        .await
        .map_err(|error| unusable(error.to_string()))?
        .map_err(|error| unusable(error.to_string()))?;
    let key = text.trim();
    if key.is_empty() {
        return Err(unusable("it is empty".to_owned()));
    }
    Ok(Secret::new(key.to_owned()))
}
