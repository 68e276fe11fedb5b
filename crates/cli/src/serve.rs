//! `patchbay serve`.

use std::io::{self, IsTerminal as _, Write as _};

use gateway::{
    Gateway, Options, Pace, Reach,
    admin::status::{FailedReason, KeychainState, ServerState, Status},
};
use store::{Config, ConfigStore, Environment, ExchangeLog, Secrets, secrets::SecretPlace};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::{
    Error, ServeArguments, VERSION, config_file,
    greeting::{Greeting, access_key_word, program},
    signals::Signals,
};

/// The variable that says how much is told on stderr (`debug`, `gateway=trace`).
const LOG_VARIABLE: &str = "PATCHBAY_LOG";
/// A failed start is the program's last word anyway.
const USUAL_LOG: &str = "warn,gateway=info,gateway::start=off,store=info";

pub(crate) fn serve(arguments: ServeArguments) -> Result<(), Error> {
    tell_on_stderr();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::Start)?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: ServeArguments) -> Result<(), Error> {
    let mut signals = Signals::listen().map_err(Error::Start)?;
    let config_file = config_file(arguments.config.as_ref())?;
    let database_path = arguments.data.exchanges_file()?;
    if arguments.config.is_some() && !config_file.exists() {
        // A misspelt name must not open a server without the access keys that were meant.
        let file = config_file.display();
        return Err(Error::Config(format!(
            "{file}: There is no such file. Make one that holds `version = 1`, or leave --config out."
        )));
    }
    let config = ConfigStore::open(&config_file)
        .map_err(|error| Error::Config(format!("{}: {error}", config_file.display())))?;
    let environment = Environment::Process;
    let secrets = if arguments.no_keychain {
        Secrets::in_memory(environment.clone())
    } else {
        let secrets = Secrets::open();
        tokio::spawn(tell_of_keychain(secrets.clone()));
        secrets
    };
    let log = ExchangeLog::open(&database_path, config.current().log.clone())?;
    let told = config.current();
    let gateway = Gateway::open(Options {
        config,
        secrets,
        environment,
        log,
        database_path,
        version: VERSION,
        notices: Vec::new(),
        pace: Pace::default(),
        reach: Reach::default(),
    })
    .await;
    let served = serve_until(&gateway, &told, arguments.listen, &mut signals).await;
    // Whoever asks twice does not want to wait.
    tokio::select! {
        () = gateway.close() => served,
        () = signals.next() => std::process::exit(130),
    }
}

async fn serve_until(
    gateway: &Gateway,
    config: &Config,
    listen: Option<std::net::SocketAddr>,
    signals: &mut Signals,
) -> Result<(), Error> {
    let address = match gateway.start(listen).await {
        ServerState::Running { address } => address,
        ServerState::Failed { reason } => return Err(not_listening(reason)),
        ServerState::Starting | ServerState::Stopped | ServerState::Stopping => {
            let message = "The server did not start.".to_owned();
            return Err(Error::NotListening(message));
        }
    };
    let status = gateway.status();
    let notices = notices(&status);
    Greeting {
        address: &address,
        program: &program(),
        sign_in_link: gateway.sign_in_link().as_deref(),
        access_key: access_key_word(config, &Environment::Process).as_deref(),
        notices: &notices,
    }
    .print()?;
    tokio::select! {
        () = signals.next() => {
            tracing::info!("stopping");
            Ok(())
        }
        ended = closed(gateway.state()) => ended,
    }
}

/// Returns once a page in a browser has stopped the server: without its port nothing could ever start it
/// again.
async fn closed(mut state: watch::Receiver<ServerState>) -> Result<(), Error> {
    let is_closed =
        |state: &ServerState| matches!(state, ServerState::Failed { .. } | ServerState::Stopped);
    let closed = state.wait_for(is_closed).await.map(|state| state.clone());
    match closed {
        Ok(ServerState::Failed { reason }) => Err(not_listening(reason)),
        Ok(_) | Err(_) => {
            writeln!(io::stdout(), "Stopped in the browser.")?;
            Ok(())
        }
    }
}

fn not_listening(reason: FailedReason) -> Error {
    let offer = reason.free_address.map_or_else(String::new, |free| {
        format!(" {free} is free: pass `--listen {free}`.")
    });
    Error::NotListening(format!("{}{offer}", reason.message))
}

fn notices(status: &Status) -> Vec<String> {
    let mut notices = status.notices.clone();
    match &status.keychain {
        KeychainState::Available => {}
        KeychainState::Locked { reason } | KeychainState::Unavailable { reason } => {
            notices.push(reason.clone());
        }
    }
    notices
}

/// Says where keys are kept if the keychain does not take them; it may take its time to say so itself.
async fn tell_of_keychain(secrets: Secrets) {
    let status = secrets.status().await;
    if status.place == SecretPlace::Memory {
        tracing::warn!("{}", status.message);
    }
}

/// Diagnostics for developers; what people read goes to stdout.
fn tell_on_stderr() {
    let filter =
        EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new(USUAL_LOG));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
}
