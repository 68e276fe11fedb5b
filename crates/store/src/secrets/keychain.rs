//! The operating system's keychain: one entry per account, service `patchbay`, user = account id.

use std::sync::{Arc, Mutex, PoisonError};

use keyring_core::{CredentialStore, Entry, Error};

use super::{Secret, SecretError, SecretPlace, SecretStatus, SecretStore, split};

const SERVICE: &str = "patchbay";

/// The keychain as one backend opens it. Opened on first use; a failure is tried again at the next
/// call, because at login the keychain is often up later than we are.
pub struct Keychain {
    backend: KeychainBackend,
    open: Mutex<Option<Arc<CredentialStore>>>,
}

/// How a keychain is opened, and how much one entry of it holds.
#[derive(Clone, Copy)]
pub struct KeychainBackend {
    pub open: fn() -> keyring_core::Result<Arc<CredentialStore>>,
    /// In UTF-16 units.
    pub entry_limit: usize,
    /// What people call it.
    pub name: &'static str,
}

impl KeychainBackend {
    /// The one of this operating system.
    pub fn of_system() -> Self {
        #[cfg(target_os = "macos")]
        return Self {
            open: || Ok(apple_native_keyring_store::keychain::Store::new()?),
            entry_limit: usize::MAX,
            name: "the macOS keychain",
        };
        #[cfg(windows)]
        return Self {
            open: || Ok(windows_native_keyring_store::Store::new()?),
            entry_limit: 1280,
            name: "Windows Credential Manager",
        };
        #[cfg(target_os = "linux")]
        return Self {
            open: || Ok(zbus_secret_service_keyring_store::Store::new()?),
            entry_limit: usize::MAX,
            name: "the desktop's keychain",
        };
        #[cfg(not(any(target_os = "macos", windows, target_os = "linux")))]
        return Self {
            open: || Err(Error::NoDefaultStore),
            entry_limit: usize::MAX,
            name: "a keychain",
        };
    }
}

impl Keychain {
    pub fn new(backend: KeychainBackend) -> Self {
        Self {
            backend,
            open: Mutex::new(None),
        }
    }

    fn opened(&self) -> Result<Arc<CredentialStore>, SecretError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &*open {
            return Ok(Arc::clone(store));
        }
        let store =
            (self.backend.open)().map_err(|error| SecretError::NoKeychain(reason(&error)))?;
        *open = Some(Arc::clone(&store));
        Ok(store)
    }

    /// Runs with the open keychain. One that went away (a daemon that was started anew) is opened
    /// once more.
    fn with<T>(
        &self,
        work: impl Fn(&CredentialStore) -> keyring_core::Result<T>,
    ) -> Result<T, SecretError> {
        match work(&*self.opened()?) {
            Err(Error::PlatformFailure(_)) => {
                *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
                work(&*self.opened()?).map_err(|error| seen(&error))
            }
            result => result.map_err(|error| seen(&error)),
        }
    }
}

impl SecretStore for Keychain {
    fn get(&self, account: &str) -> Result<Option<Secret>, SecretError> {
        self.with(|store| {
            let Some(head) = read(&entry(store, account)?)? else {
                return Ok(None);
            };
            let count = split::parts_of(&head);
            if count == 0 {
                return Ok(Some(Secret::new(head)));
            }
            let mut value = String::new();
            for number in 1..=count {
                match read(&entry(store, &split::part_name(account, number))?)? {
                    Some(part) => value.push_str(&part),
                    // A lost part is a lost key: it must be typed in again.
                    None => return Ok(None),
                }
            }
            Ok(Some(Secret::new(value)))
        })
    }

    fn put(&self, account: &str, secret: &Secret) -> Result<(), SecretError> {
        let (head, parts) = split::split(secret.expose(), self.backend.entry_limit);
        self.with(|store| {
            // The head last: until then a reader finds the old value or a part is missing.
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
        match self.opened() {
            Ok(_) => SecretStatus {
                place: SecretPlace::Keychain,
                message: format!("Keys are kept in {}.", self.backend.name),
            },
            Err(error) => SecretStatus {
                place: SecretPlace::Memory,
                message: format!("{error} Keys are kept in memory until Patchbay ends."),
            },
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
