//! Secrets that end with the program: for tests, and for computers without a keychain.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Secret, SecretError, SecretPlace, SecretStatus, SecretStore};

#[derive(Default)]
pub struct InMemory {
    secrets: Mutex<HashMap<String, Secret>>,
}

impl InMemory {
    fn secrets(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for InMemory {
    fn get(&self, account: &str) -> Result<Option<Secret>, SecretError> {
        Ok(self.secrets().get(account).cloned())
    }

    fn put(&self, account: &str, secret: &Secret) -> Result<(), SecretError> {
        self.secrets().insert(account.to_owned(), secret.clone());
        Ok(())
    }

    fn remove(&self, account: &str) -> Result<(), SecretError> {
        self.secrets().remove(account);
        Ok(())
    }

    fn status(&self) -> SecretStatus {
        SecretStatus {
            place: SecretPlace::Memory,
            locked: false,
            message: "Keys are kept in memory until Patchbay ends; nothing is saved.".to_owned(),
        }
    }
}
