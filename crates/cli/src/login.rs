//! `patchbay login`.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use gateway::{
    Gateway, Options, Pace, Reach,
    admin::logins::{Login, LoginInput, LoginState},
};
use store::{ConfigStore, Environment, ExchangeLog, Secrets, secrets::SecretPlace};

use crate::{Error, VERSION, config_file};

/// How often we look whether the person is done.
const LOOK: Duration = Duration::from_millis(200);

const NO_KEYCHAIN: &str = "This computer has no keychain that Patchbay can use, so a login of this command would be lost when it ends. Run `patchbay serve` and sign in on its page under Providers: it keeps the login until it is stopped.";
const LOCKED: &str = "The login was good, but the keychain is locked, so it could not be kept. Unlock the keychain and sign in again.";

#[derive(clap::Args)]
pub(crate) struct LoginArguments {
    /// The provider's id, such as `amazon-q`; a well-known one is added.
    provider: String,
    /// The account to sign in again, or the id of a new one.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The start page of your organisation, for other than personal logins.
    #[arg(long, value_name = "URL")]
    start_url: Option<String>,
    /// The region of your organisation's logins, such as `eu-central-1`.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Your organisation's profile (`arn:aws:…`); looked for where it is not given.
    #[arg(long, value_name = "ARN")]
    profile: Option<String>,
    /// Another service for logins than the provider's own.
    #[arg(long, value_name = "URL", hide = true)]
    login_url: Option<String>,
    /// The config file; made where it is missing.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Only prints the page's address.
    #[arg(long)]
    no_browser: bool,
    /// Keeps nothing; to try whether a login works.
    #[arg(long, hide = true)]
    no_keychain: bool,
}

pub(crate) fn login(arguments: LoginArguments) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Start)?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: LoginArguments) -> Result<(), Error> {
    let config_file = config_file(arguments.config.as_ref())?;
    let config = ConfigStore::open(&config_file)
        .map_err(|error| Error::Config(format!("{}: {error}", config_file.display())))?;
    let secrets = if arguments.no_keychain {
        Secrets::in_memory(Environment::Process)
    } else {
        Secrets::open()
    };
    if !arguments.no_keychain && secrets.status().await.place == SecretPlace::Memory {
        return Err(Error::Login(NO_KEYCHAIN.to_owned()));
    }
    let (accounts, kept) = (config.clone(), secrets.clone());
    // A login leaves no row, and a running server has the true log open.
    let folder = tempfile::tempdir().map_err(Error::Start)?;
    let database_path = folder.path().join("exchanges.sqlite");
    let log = ExchangeLog::open(&database_path, config.current().log.clone())?;
    let gateway = Gateway::open(Options {
        config,
        secrets,
        environment: Environment::Process,
        log,
        database_path,
        version: VERSION,
        notices: Vec::new(),
        pace: Pace::default(),
        reach: Reach::default(),
    })
    .await;
    let keeps = !arguments.no_keychain;
    let ended = signed_in(&gateway, arguments).await;
    gateway.close().await;
    let login = ended?;
    let config = accounts.current();
    // It may have been locked all the time.
    if let Some(account) = config.account(&login.account)
        && keeps
        && kept.summary(account).await.source == SecretPlace::Memory
    {
        return Err(Error::Login(LOCKED.to_owned()));
    }
    let Login {
        account, provider, ..
    } = login;
    writeln!(
        io::stdout(),
        "Signed in: the account {account} of {provider} is ready."
    )?;
    Ok(())
}

async fn signed_in(gateway: &Gateway, arguments: LoginArguments) -> Result<Login, Error> {
    let input = LoginInput {
        provider: arguments.provider,
        account: arguments.account,
        start_url: arguments.start_url,
        region: arguments.region,
        profile: arguments.profile,
        login_url: arguments.login_url,
    };
    let login = gateway.begin_login(input).await?;
    let complete = login.verification_url_complete.as_deref();
    let page = complete.unwrap_or(&login.verification_url);
    let mut out = io::stdout();
    writeln!(out, "Open {page}")?;
    writeln!(out, "and check that it shows the code {}", login.user_code)?;
    out.flush()?;
    if !arguments.no_browser {
        open(page);
    }
    loop {
        tokio::time::sleep(LOOK).await;
        match gateway.login(&login.id).map(|login| login.state) {
            Some(LoginState::Waiting) => {}
            Some(LoginState::Done) => return Ok(login),
            Some(LoginState::Failed { message }) => return Err(Error::Login(message)),
            Some(LoginState::Denied) => {
                let message = "The login was refused on the page.";
                return Err(Error::Login(message.to_owned()));
            }
            Some(LoginState::Expired) => {
                let message = "The code was not used in time. Try again.";
                return Err(Error::Login(message.to_owned()));
            }
            Some(LoginState::Cancelled) | None => {
                return Err(Error::Login("The login was cancelled.".to_owned()));
            }
        }
    }
}

/// Shows the page where there is a way to; who has none reads its address.
fn open(page: &str) {
    // An address of another kind could be a program to some of these.
    if !page.starts_with("https://") {
        return;
    }
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else {
        Command::new("xdg-open")
    };
    let started = command
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    drop(started);
}
