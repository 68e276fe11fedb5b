//! The keychain over keyring-core's mock: entries, splitting, failures.

use std::sync::atomic::{AtomicUsize, Ordering};

use keyring_core::{api::CredentialStoreApi as _, mock};

use super::*;

const LIMIT: usize = 40;

fn keychain() -> (Keychain, Arc<mock::Store>) {
    let store = mock::Store::new().unwrap();
    let opened = Arc::clone(&store);
    let backend = KeychainBackend::new("the mock", LIMIT, move || Ok(opened.clone()));
    (Keychain::new(backend), store)
}

/// What people would see in the keychain, as user and value.
fn entries(store: &mock::Store) -> Vec<(String, String)> {
    let found = store.search(&[("service", SERVICE)].into()).unwrap();
    let mut entries: Vec<_> = found
        .iter()
        .filter_map(|entry| Some((entry.get_specifiers()?.1, entry.get_password().ok()?)))
        .collect();
    entries.sort();
    entries
}

fn fail(store: &mock::Store, user: &str, error: Error) {
    let entry = store.build(SERVICE, user, None).unwrap();
    entry
        .as_any()
        .downcast_ref::<mock::Cred>()
        .unwrap()
        .set_error(error);
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

#[test]
fn a_short_value_is_one_entry_that_people_can_find() {
    let (keychain, store) = keychain();
    assert_eq!(keychain.get("main").unwrap(), None);
    keychain.put("main", &secret("sk-1")).unwrap();
    assert_eq!(keychain.get("main").unwrap(), Some(secret("sk-1")));
    assert_eq!(entries(&store), [("main".to_owned(), "sk-1".to_owned())]);
    keychain.remove("main").unwrap();
    keychain.remove("main").unwrap();
    assert_eq!(keychain.get("main").unwrap(), None);
}

#[test]
fn a_long_value_is_split_and_leaves_no_orphans() {
    let (keychain, store) = keychain();
    let long = secret(&"äöü😀".repeat(30));
    keychain.put("main", &long).unwrap();
    assert_eq!(keychain.get("main").unwrap(), Some(long));
    assert_eq!(entries(&store).len(), 5);
    assert!(
        entries(&store)
            .iter()
            .all(|(_, value)| value.encode_utf16().count() <= LIMIT)
    );
    keychain.put("main", &secret(&"x".repeat(50))).unwrap();
    assert_eq!(entries(&store).len(), 3);
    keychain.put("main", &secret("short")).unwrap();
    assert_eq!(entries(&store).len(), 1);
    keychain.put("main", &secret(&"x".repeat(50))).unwrap();
    keychain.remove("main").unwrap();
    assert_eq!(entries(&store), []);
}

#[test]
fn a_write_cut_short_is_a_missing_key_and_never_a_wrong_one() {
    let (keychain, store) = keychain();
    keychain.put("main", &secret(&"a".repeat(100))).unwrap();
    fail(
        &store,
        "main#2",
        Error::Invalid("x".to_owned(), "y".to_owned()),
    );
    keychain.put("main", &secret(&"b".repeat(100))).unwrap_err();
    assert_eq!(keychain.get("main").unwrap(), None);
}

#[test]
fn a_keychain_that_comes_late_is_found_at_the_next_call() {
    let (_, store) = keychain();
    let calls = AtomicUsize::new(0);
    let backend = KeychainBackend::new("the mock", LIMIT, move || {
        match calls.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => Err(Error::NoDefaultStore),
            _ => Ok(store.clone()),
        }
    });
    let keychain = Keychain::new(backend);
    assert!(matches!(
        keychain.get("main"),
        Err(SecretError::NoKeychain(_))
    ));
    assert_eq!(keychain.status().place, SecretPlace::Memory);
    keychain.put("main", &secret("sk-1")).unwrap();
    assert_eq!(keychain.status().place, SecretPlace::Keychain);
}

#[test]
fn a_keychain_that_was_started_anew_is_opened_again() {
    let (_, first) = keychain();
    let (_, second) = keychain();
    let stores = [first.clone(), second.clone()];
    let calls = AtomicUsize::new(0);
    let backend = KeychainBackend::new("the mock", LIMIT, move || {
        Ok(stores[calls.fetch_add(1, Ordering::Relaxed)].clone())
    });
    let keychain = Keychain::new(backend);
    keychain.put("main", &secret("sk-1")).unwrap();
    second
        .build(SERVICE, "main", None)
        .unwrap()
        .set_password("sk-2")
        .unwrap();
    fail(&first, "main", Error::PlatformFailure("gone".into()));
    assert_eq!(keychain.get("main").unwrap(), Some(secret("sk-2")));
}

#[test]
fn failures_are_told_apart_and_show_no_bytes() {
    let (keychain, store) = keychain();
    fail(&store, "main", Error::NoStorageAccess("locked".into()));
    assert_eq!(keychain.get("main"), Err(SecretError::Locked));
    fail(&store, "main", Error::BadEncoding(b"canary".to_vec()));
    let error = keychain.get("main").unwrap_err();
    assert_eq!(
        error,
        SecretError::Keychain("an entry is damaged".to_owned())
    );
    fail(
        &store,
        "main",
        Error::BadDataFormat(b"canary".to_vec(), "canary".into()),
    );
    assert!(!format!("{:?}", keychain.get("main")).contains("canary"));
}
