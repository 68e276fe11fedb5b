//! The server as a library: every AI client protocol in, any provider out.

mod access;
pub mod admin;
mod app;
mod auth;
mod body;
mod capabilities;
mod catalogue;
mod client_api;
mod clients;
mod clock;
mod codings;
mod credentials;
mod echo;
mod endpoints;
mod exchange;
mod fetch;
mod handle;
mod headers;
mod local_servers;
mod loops;
mod models;
mod no_counts;
mod omissions;
mod patience;
mod port_holder;
mod presets;
mod realtime;
mod recorder;
mod refusals;
mod relay;
mod reply;
mod responses;
mod rewordings;
mod rounds;
mod routing;
mod sentence;
mod server;
mod sign_in_folder;
mod signal;
mod sockets;
mod speaks;
mod ui;
mod unread;
mod upstream;
mod vault;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use store::{ConfigStore, Environment, ExchangeLog, Secrets};
use tokio::sync::watch;

pub use self::{
    access::InProcess,
    app::Pace,
    fetch::Reach,
    sign_in_folder::{NoLink, SignInFolder},
};
use self::{
    admin::{
        logins::{Login, LoginInput, NoLogin},
        status::{ServerState, Status},
    },
    app::App,
};

/// The whole program without a face. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Gateway(Arc<App>);

/// What a gateway is made of.
pub struct Options {
    pub config: ConfigStore,
    pub secrets: Secrets,
    /// Where access keys from variables come from.
    pub environment: Environment,
    pub log: ExchangeLog,
    pub database_path: PathBuf,
    pub version: &'static str,
    /// Something people should know from the start.
    pub notices: Vec<String>,
    pub pace: Pace,
    pub reach: Reach,
}

impl Gateway {
    /// Everything but the open port.
    pub async fn open(options: Options) -> Self {
        let app = App::new(options);
        tokio::spawn(Arc::clone(&app).watch());
        let asking = Arc::clone(&app);
        // A keychain may wait for a person: nothing else waits with it.
        tokio::spawn(async move { asking.refresh_keychain().await });
        Self(app)
    }

    /// Opens the port: this one, or the one in the configuration. Never moves to another silently.
    pub async fn start(&self, address: Option<SocketAddr>) -> ServerState {
        server::start(&self.0, address).await
    }

    /// Closes the port: it is free when this returns. Running streams get a short grace and then
    /// end in their protocol's error.
    pub async fn stop(&self) -> ServerState {
        server::stop(&self.0).await
    }

    pub fn state(&self) -> watch::Receiver<ServerState> {
        self.0.server.state()
    }

    pub fn status(&self) -> Status {
        self.0.status()
    }

    /// Where OpenAI clients are pointed at; `None` while the server does not listen.
    pub fn base_url(&self) -> Option<String> {
        let address = self.0.listening_at()?;
        Some(format!("http://{address}/v1"))
    }

    /// Shows a sentence that people should know, in the window and the browser.
    pub fn notice(&self, sentence: &str) {
        self.0.notice(sentence);
    }

    /// Takes a notice back.
    pub fn forget_notice(&self, sentence: &str) {
        self.0.forget_notice(sentence);
    }

    /// All routes, for the window in process: its requests carry [`InProcess`] and are signed in.
    pub fn router(&self) -> axum::Router {
        server::router(&self.0)
    }

    /// A link that signs a browser in, once; `None` while the server does not listen.
    pub fn sign_in_link(&self) -> Option<String> {
        let address = self.0.listening_at()?;
        match self.0.sessions.new_link() {
            Ok(path) => Some(format!("http://{address}{path}")),
            Err(error) => {
                tracing::error!(%error, "the system gives no random bytes for a link");
                None
            }
        }
    }

    /// Begins a login; a well-known provider is added first where it is missing.
    pub async fn begin_login(&self, input: LoginInput) -> Result<Login, NoLogin> {
        admin::logins::begin_here(&self.0, input).await
    }

    /// How a login is at this moment; `None` when there is none of this id.
    pub fn login(&self, id: &str) -> Option<Login> {
        admin::logins::current(&self.0, id)
    }

    /// Stops, and returns when the log is on disk.
    pub async fn close(self) {
        self.stop().await;
        self.0.endings.wait().await;
        self.0.log.flush().await;
    }
}
