//! `patchbay`: the server without a window, for terminals, scripts and machines without a screen.

mod check;
mod greeting;
mod login;
mod serve;
mod sign_in;
mod signals;

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use store::{Environment, Paths};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Any AI client to any provider, on this computer.
#[derive(Parser)]
#[command(name = "patchbay", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Says whether a config file is good, and where it is not.
    CheckConfig { file: PathBuf },
    /// Signs in to an account of a provider that has logins instead of keys.
    Login(login::LoginArguments),
    /// Runs the server until it is told to stop.
    Serve(ServeArguments),
    /// Prints a link that signs a browser in at the running server, once, within ten minutes.
    SignIn(DataArgument),
    /// Prints the version.
    Version,
}

#[derive(clap::Args)]
struct ServeArguments {
    /// The config file; made when settings are first changed.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Another loopback address than the configured one.
    #[arg(long, value_name = "ADDRESS", value_parser = loopback)]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    data: DataArgument,
    /// Keeps keys that are typed in in memory only.
    #[arg(long)]
    no_keychain: bool,
}

#[derive(clap::Args)]
struct DataArgument {
    /// Where the request log is kept.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

impl DataArgument {
    fn exchanges_file(&self) -> Result<PathBuf, Error> {
        let paths = match &self.data {
            Some(folder) => Paths::inside(folder),
            None => Paths::of_user(&Environment::Process).ok_or(Error::Homeless)?,
        };
        Ok(paths.exchanges_file())
    }
}

/// The config file that was named, or the user's own.
fn config_file(named: Option<&PathBuf>) -> Result<PathBuf, Error> {
    match named {
        Some(file) => Ok(file.clone()),
        None => {
            let paths = Paths::of_user(&Environment::Process).ok_or(Error::Homeless)?;
            Ok(paths.config_file)
        }
    }
}

fn loopback(text: &str) -> Result<SocketAddr, &'static str> {
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(address),
        Ok(_) => Err("Patchbay serves this computer only: write 127.0.0.1 or [::1] and a port."),
        Err(_) => Err("Write an IP address and a port, such as 127.0.0.1:7229 or [::1]:7229."),
    }
}

/// Why the program ends before its time.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Config(String),
    #[error("{0}")]
    Login(String),
    #[error(transparent)]
    NoLink(#[from] gateway::NoLink),
    #[error(transparent)]
    NoLogin(#[from] gateway::admin::logins::NoLogin),
    #[error("{0}")]
    NotListening(String),
    #[error("The terminal cannot be written to: {0}.")]
    Output(#[from] io::Error),
    #[error("Patchbay cannot start here: {0}.")]
    Start(io::Error),
    #[error("{0}")]
    RequestLog(#[from] store::exchanges::Error),
    #[error("The system does not say where a user's files are. Pass --config and --data.")]
    Homeless,
}

impl Error {
    /// 1: it did not work; 2: it was asked or configured wrongly.
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Homeless => ExitCode::from(2),
            Self::Login(_)
            | Self::NoLink(_)
            | Self::NoLogin(_)
            | Self::NotListening(_)
            | Self::Output(_)
            | Self::RequestLog(_)
            | Self::Start(_) => ExitCode::from(1),
        }
    }
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::CheckConfig { file } => check::check(&file),
        Command::Login(arguments) => login::login(arguments),
        Command::Serve(arguments) => serve::serve(arguments),
        Command::SignIn(data) => sign_in::sign_in(&data),
        Command::Version => writeln!(io::stdout(), "patchbay {VERSION}").map_err(Error::from),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a terminal there is nobody left to tell.
            let _ = writeln!(io::stderr(), "{error}");
            error.exit_code()
        }
    }
}
