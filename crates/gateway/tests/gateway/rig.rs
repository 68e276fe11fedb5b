//! A gateway with a folder, a log and a port of its own.

use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::response::Response;
use gateway::{Gateway, Options, Pace, Reach, admin::status::ServerState};
use serde_json::Value;
use store::{
    ConfigStore, Environment, ExchangeLog, Secrets,
    exchanges::{Bodies, ExchangeRow, Filter},
};
use tower::ServiceExt as _;

use crate::fake::{self, Fake};

pub(crate) struct Rig {
    pub(crate) gateway: Gateway,
    pub(crate) url: String,
    pub(crate) client: reqwest::Client,
    pub(crate) config: ConfigStore,
    log: ExchangeLog,
    _folder: Arc<tempfile::TempDir>,
}

/// Nothing at random, and no waiting.
pub(crate) const PACE: Pace = Pace {
    keep_alive: Duration::from_secs(10),
    count: Duration::from_secs(5),
    end_mark: Duration::from_secs(10),
    retry: Duration::from_millis(1),
    grace: Duration::from_millis(100),
    echo: Duration::ZERO,
    request: Duration::from_secs(10),
    login_second: Duration::from_millis(5),
    first_lists: Duration::from_secs(60),
    local_server: Duration::from_secs(20),
};

/// Speaks up before a slow provider has answered.
pub(crate) const IMPATIENT: Pace = Pace {
    keep_alive: Duration::from_millis(20),
    ..PACE
};

/// What follows `version` and the port in a config of providers that are all the same fake. They may be silent for
/// long: few trials are about patience, and a busy computer is slow.
pub(crate) fn both(fake: &Fake) -> String {
    format!(
        r#"
[[providers]]
id = "openai_chat"
protocol = "openai_chat"
base_url = "{url}/v1"
retries = 0
timeouts = {{ idle = "20s" }}
[[accounts]]
id = "a"
provider = "openai_chat"
key = {{ env = "FAKE_KEY" }}
[[providers]]
id = "anthropic"
protocol = "anthropic"
base_url = "{url}"
retries = 0
timeouts = {{ idle = "20s" }}
[[accounts]]
id = "b"
provider = "anthropic"
key = {{ env = "FAKE_KEY" }}
[[providers]]
id = "openai_responses"
protocol = "openai_responses"
base_url = "{url}/v1"
retries = 0
timeouts = {{ idle = "20s" }}
[[accounts]]
id = "c"
provider = "openai_responses"
key = {{ env = "FAKE_KEY" }}
[[providers]]
id = "ollama"
protocol = "ollama"
base_url = "{url}"
retries = 0
timeouts = {{ idle = "20s" }}
[[accounts]]
id = "d"
provider = "ollama"
key = {{ env = "FAKE_KEY" }}
[[providers]]
id = "gemini"
protocol = "gemini"
base_url = "{url}"
retries = 0
timeouts = {{ idle = "20s" }}
[[accounts]]
id = "e"
provider = "gemini"
key = {{ env = "FAKE_KEY" }}
[[providers]]
id = "amazon_q"
protocol = "amazon_q"
base_url = "{url}"
retries = 0
timeouts = {{ idle = "20s" }}
[[accounts]]
id = "f"
provider = "amazon_q"
key = {{ env = "FAKE_KEY" }}
[log]
bodies = "all"
"#,
        url = fake.url
    )
}

/// The same providers, given up soon when nothing comes.
pub(crate) fn impatient(config: &str) -> String {
    config.replace("idle = \"20s\"", "idle = \"300ms\"")
}

impl Rig {
    pub(crate) async fn with(config: &str) -> Self {
        Self::with_pace(config, PACE).await
    }

    /// With a `[listen]` of its own.
    pub(crate) async fn with_listen(config: &str) -> Self {
        Self::of(&format!("version = 1\n{config}"), PACE, Reach::Internet).await
    }

    /// With an internet that is this computer.
    pub(crate) async fn with_internet(config: &str) -> Self {
        let text = format!("version = 1\n{config}\n[listen]\naddress = \"127.0.0.1:0\"\n");
        Self::of(&text, PACE, Reach::Only([127, 0, 0, 1].into())).await
    }

    pub(crate) async fn with_pace(config: &str, pace: Pace) -> Self {
        let text = format!("version = 1\n{config}\n[listen]\naddress = \"127.0.0.1:0\"\n");
        Self::of(&text, pace, Reach::Internet).await
    }

    async fn of(text: &str, pace: Pace, reach: Reach) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, text).unwrap();
        let config = ConfigStore::open(&file).unwrap();
        let database_path = folder.path().join("exchanges.sqlite");
        let log = ExchangeLog::open(&database_path, config.current().log.clone()).unwrap();
        let environment = Environment::fixed([
            ("FAKE_KEY", fake::KEY),
            ("ACCESS_KEY", "an-access-key"),
            ("WRONG_KEY", "not-the-providers-key"),
        ]);
        let gateway = Gateway::open(Options {
            config: config.clone(),
            secrets: Secrets::in_memory(environment.clone()),
            environment,
            log: log.clone(),
            database_path,
            version: "0.0.0-test",
            notices: Vec::new(),
            pace,
            reach,
        })
        .await;
        let ServerState::Running { address } = gateway.start(None).await else {
            panic!("the server does not run: {:?}", gateway.status().server);
        };
        Self {
            gateway,
            url: format!("http://{address}"),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            config,
            log,
            _folder: Arc::new(folder),
        }
    }

    /// What the app's own page gets, which needs no port. Who lets go of the body has left.
    pub(crate) async fn in_process(&self, path: &str, body: &Value) -> Response {
        let request = http::Request::post(path)
            .header("content-type", "application/json")
            .extension(gateway::InProcess)
            .body(axum::body::Body::from(body.to_string()))
            .unwrap();
        self.gateway.router().oneshot(request).await.unwrap()
    }

    /// Where the config is written.
    pub(crate) fn file(&self) -> PathBuf {
        self._folder.path().join("config.toml")
    }

    /// Stops, and returns every row of the log, oldest first.
    pub(crate) async fn rows(self) -> Vec<ExchangeRow> {
        let log = self.log.clone();
        self.gateway.close().await;
        let page = log.query(Filter::default(), None, 100).await.unwrap();
        page.rows.into_iter().rev().collect()
    }

    /// Stops, and returns the only row and its bodies.
    pub(crate) async fn only_row(self) -> (ExchangeRow, Bodies) {
        let log = self.log.clone();
        let folder = Arc::clone(&self._folder);
        let rows = self.rows().await;
        let [row] = rows.as_slice() else {
            panic!("{} rows instead of one: {rows:#?}", rows.len());
        };
        let (row, bodies) = log.get(row.id).await.unwrap().unwrap();
        drop(folder);
        (row, bodies.unwrap_or_default())
    }
}
