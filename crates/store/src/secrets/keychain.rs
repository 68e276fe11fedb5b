//! The operating system's keychain: one entry per account, service `patchbay`, user = account id.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyring_core::{CredentialStore, Entry, Error};

use super::{Secret, SecretError, SecretPlace, SecretStatus, SecretStore, split};

const SERVICE: &str = "patchbay";

/// The keychain as one backend opens it. Opened on first use; a failure is tried again at the next
/// call, because at login the keychain is often up later than we are.
pub struct Keychain {
    backend: KeychainBackend,
    opened: Mutex<Option<Arc<CredentialStore>>>,
}

/// How a keychain is opened, and how much one entry of it holds.
#[derive(Clone)]
pub struct KeychainBackend {
    open: Arc<Open>,
    entry_limit: usize,
    name: &'static str,
}

type Open = dyn Fn() -> keyring_core::Result<Arc<CredentialStore>> + Send + Sync;

impl KeychainBackend {
    /// `entry_limit` is in UTF-16 units; `name` is what people call it.
    pub fn new(
        name: &'static str,
        entry_limit: usize,
        open: impl Fn() -> keyring_core::Result<Arc<CredentialStore>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            open: Arc::new(open),
            entry_limit,
            name,
        }
    }

    /// The one of this operating system.
    pub fn of_system() -> Self {
        #[cfg(target_os = "macos")]
        return Self::new("the macOS keychain", usize::MAX, || {
            Ok(apple_native_keyring_store::keychain::Store::new()?)
        });
        #[cfg(windows)]
        return Self::new("Windows Credential Manager", 1280, || {
            Ok(windows_native_keyring_store::Store::new()?)
        });
        #[cfg(target_os = "linux")]
        return Self::new("the desktop's keychain", usize::MAX, || {
            Ok(zbus_secret_service_keyring_store::Store::new()?)
        });
        #[cfg(not(any(target_os = "macos", windows, target_os = "linux")))]
        return Self::new("a keychain", usize::MAX, || Err(Error::NoDefaultStore));
    }
}

impl Keychain {
    pub fn new(backend: KeychainBackend) -> Self {
        Self {
            backend,
            opened: Mutex::new(None),
        }
    }

    /// Runs with the open keychain. One that went away (a daemon that was started anew) is opened
    /// once more.
    fn with<T>(
        &self,
        work: impl Fn(&CredentialStore) -> keyring_core::Result<T>,
    ) -> Result<T, SecretError> {
        let mut store = self.take()?;
        let mut result = work(&*store);
        if let Err(Error::PlatformFailure(_)) = result {
            store = self.open()?;
            result = work(&*store);
        }
        // Not reached by a panic, so what panicked is not used again.
        *self.lock() = Some(store);
        result.map_err(|error| seen(&error))
    }

    fn take(&self) -> Result<Arc<CredentialStore>, SecretError> {
        let opened = self.lock().take();
        opened.map_or_else(|| self.open(), Ok)
    }

    fn open(&self) -> Result<Arc<CredentialStore>, SecretError> {
        (self.backend.open)().map_err(|error| {
            let reason = reason(&error);
            tracing::debug!(%reason, "no keychain");
            SecretError::NoKeychain(reason)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<CredentialStore>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for Keychain {
    fn get(&self, account: &str) -> Result<Option<Secret>, SecretError> {
        self.with(|store| {
            let Some(head) = read(&entry(store, account)?)? else {
                return Ok(None);
            };
            let mut parts = Vec::new();
            for number in 1..=split::parts_of(&head) {
                // A lost part is a lost key: it must be typed in again.
                let Some(part) = read(&entry(store, &split::part_name(account, number))?)? else {
                    return Ok(None);
                };
                parts.push(part);
            }
            Ok(split::join(&head, &parts).map(Secret::new))
        })
    }

    fn put(&self, account: &str, secret: &Secret) -> Result<(), SecretError> {
        let (head, parts) = split::split(secret.expose(), self.backend.entry_limit);
        self.with(|store| {
            // The head last: it vouches for its parts, so a crash in between is a missing key,
            // never a wrong one.
            for (index, part) in parts.iter().enumerate() {
                entry(store, &split::part_name(account, index + 1))?.set_password(part)?;
            }
            entry(store, account)?.set_password(&head)?;
            remove_parts(store, account, parts.len() + 1, self.backend.entry_limit)
        })
    }

    fn remove(&self, account: &str) -> Result<(), SecretError> {
        self.with(|store| {
            delete(&entry(store, account)?)?;
            remove_parts(store, account, 1, self.backend.entry_limit)
        })
    }

    fn status(&self) -> SecretStatus {
        match self.with(|_| Ok(())) {
            Ok(_) => SecretStatus {
                place: SecretPlace::Keychain,
                locked: false,
                message: format!("Keys are kept in {}.", self.backend.name),
            },
            Err(error) => super::for_this_session(&error),
        }
    }
}

/// Parts left over from a longer value, from `first` on to the first that is not there.
fn remove_parts(
    store: &CredentialStore,
    account: &str,
    first: usize,
    entry_limit: usize,
) -> keyring_core::Result<()> {
    if entry_limit == usize::MAX {
        return Ok(());
    }
    let mut number = first;
    while delete(&entry(store, &split::part_name(account, number))?)? {
        number += 1;
    }
    Ok(())
}

fn entry(store: &CredentialStore, user: &str) -> keyring_core::Result<Entry> {
    store.build(SERVICE, user, None)
}

fn read(entry: &Entry) -> keyring_core::Result<Option<String>> {
    match entry.get_password() {
        Ok(value) => Ok(Some(value)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether there was one.
fn delete(entry: &Entry) -> keyring_core::Result<bool> {
    match entry.delete_credential() {
        Ok(()) => Ok(true),
        Err(Error::NoEntry) => Ok(false),
        Err(error) => Err(error),
    }
}

fn seen(error: &Error) -> SecretError {
    match error {
        Error::NoStorageAccess(_) => SecretError::Locked,
        other => SecretError::Keychain(reason(other)),
    }
}

/// Some errors carry the stored bytes; their texts must not.
fn reason(error: &Error) -> String {
    match error {
        Error::BadDataFormat(..) | Error::BadEncoding(_) => "an entry is damaged".to_owned(),
        other => other.to_string().trim_end_matches('.').to_owned(),
    }
}

#[cfg(test)]
#[path = "keychain_tests.rs"]
mod tests;
