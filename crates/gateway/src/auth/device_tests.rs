//! A login that is given up while it is being kept.

use std::sync::mpsc;

use axum::{Json, Router, routing::post};
use serde_json::json;
use store::secrets::{InMemory, SecretError, SecretStatus, SecretStore};
use tokio::{net::TcpListener, sync::Notify};

use super::*;
use crate::admin::rig::Rig;

/// Takes a key only once it may.
struct Slow {
    keys: InMemory,
    is_asked: Notify,
    may_take: Mutex<mpsc::Receiver<()>>,
}

impl SecretStore for Slow {
    fn get(&self, account: &str) -> Result<Option<Secret>, SecretError> {
        self.keys.get(account)
    }

    fn put(&self, account: &str, secret: &Secret) -> Result<(), SecretError> {
        self.is_asked.notify_one();
        self.may_take.lock().unwrap().recv().unwrap();
        self.keys.put(account, secret)
    }

    fn remove(&self, account: &str) -> Result<(), SecretError> {
        self.keys.remove(account)
    }

    fn status(&self) -> SecretStatus {
        self.keys.status()
    }
}

/// A service for logins whose person has agreed already.
async fn service() -> String {
    let client = json!({"clientId": "c", "clientSecret": "s", "clientSecretExpiresAt": 0});
    let device = json!({"deviceCode": "d", "userCode": "u", "verificationUri": "https://a.example",
        "expiresIn": 600, "interval": 1});
    let tokens = json!({"accessToken": "a", "refreshToken": "r", "expiresIn": 3600});
    let router = Router::new()
        .route("/client/register", post(async || Json(client)))
        .route("/device_authorization", post(async || Json(device)))
        .route("/token", post(async || Json(tokens)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_login_is_kept_whole_or_not_at_all() {
    let (take, may_take) = mpsc::channel();
    let keychain = Arc::new(Slow {
        keys: InMemory::default(),
        is_asked: Notify::new(),
        may_take: Mutex::new(may_take),
    });
    let url = service().await;
    let config = format!(
        "version = 1\n[[providers]]\nid = \"q\"\nprotocol = \"amazon_q\"\nbase_url = \"{url}\"\n"
    );
    let rig = Rig::with_keychain(&config, Arc::<Slow>::clone(&keychain));
    let provider = rig.app.config.current().provider("q").unwrap().clone();
    let plan = Plan {
        account: "q".to_owned(),
        start_url: None,
        region: None,
        profile: None,
        url: Some(url),
    };
    let login = DeviceLogins::begin(&rig.app, &provider, plan)
        .await
        .unwrap();
    keychain.is_asked.notified().await;
    let mut changes = rig.app.config.subscribe();
    assert!(rig.app.device_logins.cancel(&login.id));
    take.send(()).unwrap();
    let changed = tokio::time::timeout(Duration::from_secs(20), changes.changed()).await;
    changed.unwrap().unwrap();
    assert!(rig.app.config.current().account("q").is_some());
    assert!(keychain.get("q").unwrap().is_some());
}
