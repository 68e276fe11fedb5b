//! The key of an account, wherever it is kept, and when the keychain fails.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    task::Poll,
    time::Duration,
};

use store::{
    Environment, Secret, Secrets,
    config::{Account, KeySource},
    secrets::{
        Credential, InMemory, KeySummary, SecretError, SecretPlace, SecretStatus, SecretStore,
    },
};

/// A keychain that can be absent, hang, or break.
#[derive(Default)]
struct Fake {
    entries: InMemory,
    absent: AtomicBool,
    locked: AtomicBool,
    panics: AtomicBool,
    reads: AtomicUsize,
    /// A read waits until something can be received.
    hold: Mutex<Option<mpsc::Receiver<()>>>,
}

impl Fake {
    fn check(&self) -> Result<(), SecretError> {
        assert!(!self.panics.swap(false, Ordering::Relaxed), "told to");
        if self.absent.load(Ordering::Relaxed) {
            return Err(SecretError::NoKeychain("none here".to_owned()));
        }
        match self.locked.load(Ordering::Relaxed) {
            true => Err(SecretError::Locked),
            false => Ok(()),
        }
    }
}

impl SecretStore for Fake {
    fn get(&self, account: &str) -> Result<Option<Secret>, SecretError> {
        self.check()?;
        self.reads.fetch_add(1, Ordering::Relaxed);
        if let Some(hold) = &*self.hold.lock().unwrap() {
            let _ = hold.recv();
        }
        self.entries.get(account)
    }

    fn put(&self, account: &str, secret: &Secret) -> Result<(), SecretError> {
        self.check()?;
        self.entries.put(account, secret)
    }

    fn remove(&self, account: &str) -> Result<(), SecretError> {
        self.check()?;
        self.entries.remove(account)
    }

    fn status(&self) -> SecretStatus {
        let absent = self.absent.load(Ordering::Relaxed);
        SecretStatus {
            place: if absent {
                SecretPlace::Memory
            } else {
                SecretPlace::Keychain
            },
            locked: false,
            message: "A fake.".to_owned(),
        }
    }
}

const LONG: &str = "sk-canary-0123456789-abcd";

fn account(id: &str, key: KeySource) -> Account {
    Account {
        id: id.to_owned(),
        provider: "openai".to_owned(),
        key,
    }
}

fn main() -> Account {
    account("main", KeySource::Keychain)
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn secrets(fake: &Arc<Fake>) -> Secrets {
    Secrets::new(
        fake.clone(),
        Environment::fixed([("KEY", LONG), ("EMPTY", "")]),
    )
}

async fn key(secrets: &Secrets, account: &Account) -> Result<Secret, SecretError> {
    match secrets.credential(account).await? {
        Credential::Key(key) => Ok(key),
        Credential::Login(_) => Err(SecretError::NotSet(account.id.clone())),
    }
}

#[tokio::test]
async fn a_key_is_read_once_and_survives_in_the_keychain() {
    let fake = Arc::new(Fake::default());
    let before = secrets(&fake);
    assert_eq!(
        key(&before, &main()).await,
        Err(SecretError::NotSet("main".to_owned()))
    );
    assert_eq!(
        before.put("main", secret(LONG)).await,
        Ok(SecretPlace::Keychain)
    );

    let after = secrets(&fake);
    let reads = fake.reads.load(Ordering::Relaxed);
    for _ in 0..3 {
        assert_eq!(key(&after, &main()).await, Ok(secret(LONG)));
    }
    assert_eq!(fake.reads.load(Ordering::Relaxed), reads + 1);
    let expected = KeySummary {
        set: true,
        last_four: Some("abcd".to_owned()),
        source: SecretPlace::Keychain,
        error: None,
    };
    assert_eq!(after.summary(&main()).await, expected);
    after.remove("main").await.unwrap();
    assert_eq!(
        key(&after, &main()).await,
        Err(SecretError::NotSet("main".to_owned()))
    );
    assert_eq!(fake.entries.get("main"), Ok(None));
}

#[tokio::test]
async fn what_another_program_put_there_is_found_when_it_is_looked_for() {
    let fake = Arc::new(Fake::default());
    let secrets = secrets(&fake);
    secrets.put("main", secret(LONG)).await.unwrap();
    fake.put("main", &secret("another")).unwrap();
    assert_eq!(key(&secrets, &main()).await, Ok(secret(LONG)));
    secrets.reread(&main()).await.unwrap();
    assert_eq!(key(&secrets, &main()).await, Ok(secret("another")));

    // Where the keychain does not answer, the one that is known counts.
    fake.locked.store(true, Ordering::Relaxed);
    assert!(secrets.reread(&main()).await.is_err());
    assert_eq!(key(&secrets, &main()).await, Ok(secret("another")));
    fake.locked.store(false, Ordering::Relaxed);
    fake.remove("main").unwrap();
    assert!(secrets.reread(&main()).await.is_err());
    let gone = Err(SecretError::NotSet("main".to_owned()));
    assert_eq!(key(&secrets, &main()).await, gone);
}

#[tokio::test]
async fn without_a_keychain_keys_last_for_the_session() {
    let fake = Arc::new(Fake::default());
    fake.absent.store(true, Ordering::Relaxed);
    let secrets = secrets(&fake);
    assert_eq!(
        secrets.put("main", secret(LONG)).await,
        Ok(SecretPlace::Memory)
    );
    assert_eq!(key(&secrets, &main()).await, Ok(secret(LONG)));
    assert_eq!(secrets.summary(&main()).await.source, SecretPlace::Memory);
    assert_eq!(secrets.status().await.place, SecretPlace::Memory);
    assert!(
        secrets
            .status()
            .await
            .message
            .contains("until Patchbay ends")
    );

    // One that appears later takes the next key.
    fake.absent.store(false, Ordering::Relaxed);
    assert_eq!(
        secrets.put("main", secret("new")).await,
        Ok(SecretPlace::Keychain)
    );
    assert_eq!(key(&secrets, &main()).await, Ok(secret("new")));
    assert_eq!(secrets.status().await.place, SecretPlace::Keychain);

    fake.absent.store(true, Ordering::Relaxed);
    secrets.remove("main").await.unwrap();
    assert!(matches!(
        key(&secrets, &main()).await,
        Err(SecretError::NoKeychain(_))
    ));
}

#[tokio::test]
async fn a_locked_keychain_is_told_as_soon_as_a_key_is_asked_for() {
    let fake = Arc::new(Fake::default());
    fake.put("main", &secret(LONG)).unwrap();
    fake.locked.store(true, Ordering::Relaxed);
    let secrets = secrets(&fake);
    assert!(!secrets.status().await.locked, "nobody has asked yet");
    assert_eq!(key(&secrets, &main()).await, Err(SecretError::Locked));
    let told = secrets.status().await;
    assert_eq!((told.place, told.locked), (SecretPlace::Memory, true));

    let other = account("other", KeySource::Keychain);
    let place = secrets.put("other", secret(LONG)).await;
    assert_eq!(place, Ok(SecretPlace::Memory));
    assert_eq!(key(&secrets, &other).await, Ok(secret(LONG)));

    fake.locked.store(false, Ordering::Relaxed);
    assert_eq!(key(&secrets, &main()).await, Ok(secret(LONG)));
    let told = secrets.status().await;
    assert_eq!((told.place, told.locked), (SecretPlace::Keychain, false));
}

#[tokio::test]
async fn a_prompt_that_nobody_answers_holds_up_nobody() {
    let fake = Arc::new(Fake::default());
    fake.entries.put("main", &secret(LONG)).unwrap();
    let (release, hold) = mpsc::channel();
    *fake.hold.lock().unwrap() = Some(hold);
    let patience = Duration::from_secs(1);
    let secrets = Secrets::with_patience(fake.clone(), Environment::fixed([]), patience);

    assert_eq!(key(&secrets, &main()).await, Err(SecretError::Waiting));
    // The second call does not even begin to wait.
    let main_account = main();
    let mut second = pin!(key(&secrets, &main_account));
    let at_once = poll_fn(|context| Poll::Ready(second.as_mut().poll(context))).await;
    assert_eq!(at_once, Poll::Ready(Err(SecretError::Waiting)));

    // Answered at last: the same thread goes on.
    for _ in 0..2 {
        release.send(()).unwrap();
    }
    drop(release);
    let mut read = key(&secrets, &main()).await;
    while read == Err(SecretError::Waiting) {
        tokio::task::yield_now().await;
        read = key(&secrets, &main()).await;
    }
    assert_eq!(read, Ok(secret(LONG)));
}

#[tokio::test]
async fn a_key_that_is_removed_while_it_is_read_is_gone() {
    let fake = Arc::new(Fake::default());
    fake.entries.put("main", &secret(LONG)).unwrap();
    let (release, hold) = mpsc::channel();
    *fake.hold.lock().unwrap() = Some(hold);
    let secrets = secrets(&fake);
    let main_account = main();
    let mut read = pin!(key(&secrets, &main_account));
    let waits = poll_fn(|context| Poll::Ready(read.as_mut().poll(context))).await;
    assert_eq!(waits, Poll::Pending);
    let mut remove = pin!(secrets.remove("main"));
    let waits = poll_fn(|context| Poll::Ready(remove.as_mut().poll(context))).await;
    assert_eq!(waits, Poll::Pending);
    drop(release);
    remove.await.unwrap();
    assert_eq!(read.await, Ok(secret(LONG)), "it was asked for before");
    let gone = Err(SecretError::NotSet("main".to_owned()));
    assert_eq!(key(&secrets, &main_account).await, gone);
}

#[tokio::test]
async fn a_keychain_that_hangs_for_good_is_given_up_and_tried_anew() {
    let fake = Arc::new(Fake::default());
    fake.entries.put("main", &secret(LONG)).unwrap();
    let (release, hold) = mpsc::channel();
    *fake.hold.lock().unwrap() = Some(hold);
    let patience = Duration::from_millis(50);
    let secrets = Secrets::with_patience(fake.clone(), Environment::fixed([]), patience);
    assert_eq!(key(&secrets, &main()).await, Err(SecretError::Waiting));
    // `put` does not hang in this fake, but only a new thread can run it now.
    while secrets.put("other", secret("x")).await == Ok(SecretPlace::Memory) {
        tokio::task::yield_now().await;
    }
    assert!(fake.entries.get("other").unwrap().is_some());
    drop(release);
}

#[tokio::test]
async fn a_keychain_that_panics_is_an_error_and_nothing_more() {
    let fake = Arc::new(Fake::default());
    let secrets = secrets(&fake);
    fake.panics.store(true, Ordering::Relaxed);
    assert!(matches!(
        key(&secrets, &main()).await,
        Err(SecretError::Keychain(_))
    ));
    assert_eq!(
        secrets.put("main", secret("x")).await,
        Ok(SecretPlace::Keychain)
    );
}

#[tokio::test]
async fn variables_and_files_are_read_each_time() {
    let secrets = secrets(&Arc::new(Fake::default()));
    let env = |name: &str| account("e", KeySource::Env(name.to_owned()));
    assert_eq!(key(&secrets, &env("KEY")).await, Ok(secret(LONG)));
    let summary = secrets.summary(&env("EMPTY")).await;
    assert_eq!(
        (summary.set, summary.source),
        (false, SecretPlace::Environment)
    );
    assert_eq!(
        summary.error.unwrap().to_string(),
        "The environment variable EMPTY of the account `e` is not set."
    );

    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("key");
    let file = account("f", KeySource::File(path.clone()));
    assert!(matches!(
        key(&secrets, &file).await,
        Err(SecretError::UnusableFile { .. })
    ));
    for text in ["sk-1", "  sk-1\r\n"] {
        fs::write(&path, text).unwrap();
        assert_eq!(key(&secrets, &file).await, Ok(secret("sk-1")));
    }
    for bad in [" \n".as_bytes(), b"\xff\xfe", &[b'x'; 100_000]] {
        fs::write(&path, bad).unwrap();
        assert!(key(&secrets, &file).await.is_err());
    }
    let directory = account("f", KeySource::File(folder.path().to_owned()));
    assert!(key(&secrets, &directory).await.is_err());
}

#[tokio::test]
async fn without_any_store_keys_are_in_memory() {
    let secrets = Secrets::in_memory(Environment::fixed([]));
    assert_eq!(
        secrets.put("main", secret(LONG)).await,
        Ok(SecretPlace::Memory)
    );
    assert_eq!(key(&secrets, &main()).await, Ok(secret(LONG)));
    assert_eq!(secrets.summary(&main()).await.source, SecretPlace::Memory);
}
