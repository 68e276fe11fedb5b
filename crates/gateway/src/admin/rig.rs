//! An admin API in process, on a config, a database and secrets of its own.

use std::{fs, sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request, response::Response};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use store::{
    ConfigStore, Environment, ExchangeLog, Paths, Secrets,
    config::{BodiesKept, Log},
    secrets::{InMemory, SecretStore},
};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::router_with;
use crate::{Options, Pace, Reach, access::InProcess, app::App, local_servers::Probe};

/// Two providers, an account of each kind and a few aliases, written by a person.
pub(super) const CONFIG: &str = r#"# Ann's set-up
version = 1

[[providers]]
id = "openai"            # the paid one
protocol = "openai_chat"
base_url = "https://api.openai.com/v1"
headers = { x-team = "blue" }

[[providers]]
id = "lab"
protocol = "gemini"
base_url = "http://127.0.0.1:9/v1"
timeouts = { connect = "500ms" }
retries = 3

[[accounts]]
id = "openai-main"
provider = "openai"
key = { keychain = true }

[[accounts]]
id = "openai-ci"
provider = "openai"
key = { env = "CI_KEY" }

# Names that our tools know.
[[aliases]]
name = "fast"
targets = ["openai/gpt-4o-mini", "echo/echo"] # cheap first

[[aliases]]
name = "gpt-*"
targets = ["openai/gpt-*"]
"#;

pub(crate) struct Rig {
    pub(crate) app: Arc<App>,
    folder: TempDir,
    router: Router,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

impl Rig {
    pub(crate) fn new(config: &str) -> Self {
        Self::with_probes(config, Vec::new())
    }

    pub(super) fn with_probes(config: &str, probes: Vec<Probe>) -> Self {
        Self::of(config, probes, Arc::new(InMemory::default()))
    }

    pub(crate) fn with_keychain(config: &str, keychain: Arc<dyn SecretStore>) -> Self {
        Self::of(config, Vec::new(), keychain)
    }

    fn of(config: &str, probes: Vec<Probe>, keychain: Arc<dyn SecretStore>) -> Self {
        let folder = TempDir::new().unwrap();
        let paths = Paths::inside(folder.path());
        fs::write(&paths.config_file, config).unwrap();
        let log = Log {
            bodies: BodiesKept::All,
            ..Log::default()
        };
        let environment = Environment::fixed([("CI_KEY", "sk-ci-0123456789abcdef")]);
        let app = App::new(Options {
            config: ConfigStore::open_anyway(&paths.config_file).unwrap(),
            secrets: Secrets::new(keychain, environment.clone()),
            environment,
            log: ExchangeLog::open(&paths.exchanges_file(), log).unwrap(),
            database_path: paths.exchanges_file(),
            version: "0.0.0-test",
            notices: Vec::new(),
            pace: Pace {
                grace: Duration::from_secs(60),
                login_second: Duration::from_millis(5),
                first_lists: Duration::from_secs(60),
                local_server: Duration::from_secs(20),
                ..Pace::default()
            },
            reach: Reach::default(),
        });
        Self {
            router: router_with(Arc::clone(&app), probes),
            app,
            folder,
        }
    }

    /// Sends a request as it is.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.open(request).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// As [`Self::send`], with the body still to come.
    pub(super) async fn open(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// As the window does.
    pub(super) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .extension(InProcess);
        self.send(match body {
            Some(json) => request
                .header("content-type", "application/json")
                .body(Body::from(json.to_string()))
                .unwrap(),
            None => request.body(Body::empty()).unwrap(),
        })
        .await
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }

    /// Must succeed.
    pub(super) async fn put(&self, path: &str, body: Value) -> Value {
        let answer = self.call("PUT", path, Some(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }

    /// One line: status, code, field and sentence.
    pub(super) async fn refusal(&self, method: &str, path: &str, body: Option<Value>) -> String {
        let answer = self.call(method, path, body).await;
        assert!(
            !answer.text.is_empty(),
            "{method} {path}: {}",
            answer.status
        );
        refusal_of(&answer)
    }

    pub(super) fn config_text(&self) -> String {
        fs::read_to_string(self.folder.path().join("config.toml")).unwrap()
    }

    pub(super) fn write_config(&self, text: &str) {
        fs::write(self.folder.path().join("config.toml"), text).unwrap();
    }

    /// All that lies in the folder: config, database, whatever else was written.
    pub(super) async fn everything_on_disk(&self) -> Vec<u8> {
        self.app.log.flush().await;
        let mut folders = vec![self.folder.path().to_owned()];
        let mut bytes = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    bytes.extend(fs::read(path).unwrap());
                }
            }
        }
        bytes
    }
}

pub(super) fn refusal_of(answer: &Answer) -> String {
    assert!(
        answer.status.is_client_error() || answer.status.is_server_error(),
        "{}",
        answer.text
    );
    let failure = answer.json();
    let error = &failure["error"];
    let word = |key: &str| error[key].as_str().unwrap_or("-").to_owned();
    format!(
        "{} {} {} | {}",
        answer.status.as_u16(),
        word("code"),
        word("field"),
        word("message")
    )
}
