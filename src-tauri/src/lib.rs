//! The desktop shell: one server, one tray, one window. It knows Tauri and nothing of wire formats.

mod autostart;
mod bridge;
mod commands;
mod language;
#[cfg(target_os = "linux")]
mod linux;
mod strings;
mod tray;
mod window;

use std::{
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use gateway::{Gateway, Options, Pace, Reach, admin::status::ServerState};
use store::{ConfigStore, Environment, ExchangeLog, Paths, Secrets, config::EditError};
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};
use tauri_plugin_log::{RotationStrategy, Target, TargetKind};
use tokio::sync::watch;

use crate::{bridge::Bridge, language::Language, strings::Strings, tray::Tray};

/// What every part of the shell may ask for.
pub(crate) struct Shell {
    pub(crate) gateway: Gateway,
    pub(crate) paths: Paths,
    /// What the tray speaks.
    pub(crate) language: watch::Sender<Language>,
    tray: Mutex<Option<Tray>>,
}

impl Shell {
    /// `None` where no program shows trays. A copy: changes of a tray wait for the main thread, which may
    /// itself be asking for the tray, so no lock may be held across them.
    pub(crate) fn tray(&self) -> Option<Tray> {
        let tray = self.tray.lock();
        tray.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_tray(&self, tray: Option<Tray>) {
        *self.tray.lock().unwrap_or_else(PoisonError::into_inner) = tray;
    }
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("This user has no home folder to keep settings in.")]
    NoHome,
    #[error(transparent)]
    Config(Box<EditError>),
    #[error(transparent)]
    Log(#[from] store::exchanges::Error),
    #[error("The desktop did not start: {0}")]
    Desktop(#[from] tauri::Error),
    #[error("The runtime did not start: {0}")]
    Runtime(#[from] std::io::Error),
}

/// Runs the program until it is quit.
pub fn run() -> ExitCode {
    #[cfg(target_os = "linux")]
    {
        if let Some(code) = linux::no_display() {
            return code;
        }
        linux::work_around_nvidia();
    }
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), Error> {
    let paths = Paths::of_user(&Environment::Process).ok_or(Error::NoHome)?;
    let runtime = tokio::runtime::Runtime::new()?;
    tauri::async_runtime::set(runtime.handle().clone());

    let log_paths = paths.clone();
    let app = tauri::Builder::default()
        // First: a second launch ends in here, before anything of it opens a file or a port.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            window::open(app);
        }))
        .plugin(diagnostics(&log_paths))
        .plugin(autostart::plugin())
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_opener::init())
        .invoke_handler(tauri::generate_handler![
            bridge::fetch,
            bridge::cancel_fetch,
            commands::copy_text,
            commands::read_clipboard_image,
            commands::autostart,
            commands::set_autostart,
            commands::set_language,
            commands::open_external,
            commands::reveal_folder,
            commands::quit,
        ])
        .setup(move |app| {
            // An error that is handed back here is a panic of Tauri's.
            if let Err(error) = set_up(app.handle(), paths) {
                complain(&error.to_string());
                app.handle().exit(1);
            }
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(on_event);
    Ok(())
}

fn set_up(app: &AppHandle, paths: Paths) -> Result<(), Error> {
    let gateway = open_gateway(&paths)?;
    app.manage(Arc::new(Bridge::new(gateway.router())));
    app.manage(Shell {
        gateway: gateway.clone(),
        language: watch::Sender::new(Language::kept_in(&paths.data_dir)),
        paths,
        tray: Mutex::new(None),
    });
    show_tray(app);
    #[cfg(target_os = "linux")]
    follow_tray_host(app.clone());
    follow_state(app.clone(), gateway.clone());
    end_on_signal(app.clone());
    tauri::async_runtime::spawn(async move { gateway.start(None).await });
    let hidden = std::env::args().any(|argument| argument == autostart::HIDDEN);
    // Without a tray a hidden program could never be found again.
    if !hidden || app.state::<Shell>().tray().is_none() {
        window::open(app);
    }
    Ok(())
}

fn open_gateway(paths: &Paths) -> Result<Gateway, Error> {
    // A bad file is no reason to show nothing: the window says where its mistake is.
    let config = ConfigStore::open_anyway(&paths.config_file)
        .map_err(|error| Error::Config(Box::new(error)))?;
    let log = ExchangeLog::open(&paths.exchanges_file(), config.current().log.clone())?;
    let options = Options {
        config,
        secrets: Secrets::open(),
        environment: Environment::Process,
        log,
        database_path: paths.exchanges_file(),
        version: env!("CARGO_PKG_VERSION"),
        notices: Vec::new(),
        pace: Pace::default(),
        reach: Reach::default(),
    };
    Ok(tauri::async_runtime::block_on(Gateway::open(options)))
}

const NO_TRAY: &str = "This desktop shows no tray icons, so closing the window ends Patchbay.";

fn show_tray(app: &AppHandle) {
    let shell = app.state::<Shell>();
    match Tray::new(app) {
        Ok(tray) => {
            let state = shell.gateway.state().borrow().clone();
            let language = *shell.language.borrow();
            show_state(&tray, &state, language);
            shell.set_tray(Some(tray));
            shell.gateway.forget_notice(NO_TRAY);
        }
        Err(error) => {
            tracing::warn!(%error, "no tray");
            shell.gateway.notice(NO_TRAY);
        }
    }
}

/// A panel may start after us.
#[cfg(target_os = "linux")]
fn follow_tray_host(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        let try_again = || {
            let handle = app.clone();
            // GTK wants its menus made on the main thread.
            let queued = app.run_on_main_thread(move || {
                if handle.state::<Shell>().tray().is_none() {
                    show_tray(&handle);
                }
            });
            queued.is_err()
        };
        if let Err(error) = linux::follow_tray_host(try_again).await {
            tracing::info!(%error, "no session bus to look for a tray host on");
        }
    });
}

/// A terminal or the system asks the program to end: it does so in order, like Quit.
fn end_on_signal(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        if asked_to_end().await.is_ok() {
            app.exit(0);
        }
    });
}

#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn show_state(tray: &Tray, state: &ServerState, language: Language) {
    if let Err(error) = tray.show(state, &Strings::of(language)) {
        tracing::warn!(%error, "the tray could not show the state");
    }
}

/// The tray shows what the server's own state machine says, in the language of the page.
fn follow_state(app: AppHandle, gateway: Gateway) {
    tauri::async_runtime::spawn(async move {
        let mut states = gateway.state();
        let mut languages = app.state::<Shell>().language.subscribe();
        loop {
            let state: ServerState = states.borrow_and_update().clone();
            let language = *languages.borrow_and_update();
            if let Some(tray) = app.state::<Shell>().tray() {
                show_state(&tray, &state, language);
            }
            let changed = tokio::select! {
                changed = states.changed() => changed,
                changed = languages.changed() => changed,
            };
            if changed.is_err() {
                return;
            }
        }
    });
}

fn on_event(app: &AppHandle, event: RunEvent) {
    match event {
        // The last window was closed: the server and the tray go on.
        RunEvent::ExitRequested {
            code: None, api, ..
        } if app.state::<Shell>().tray().is_some() => api.prevent_exit(),
        RunEvent::WindowEvent {
            event: WindowEvent::Destroyed,
            ..
        } => {
            if let Some(bridge) = app.try_state::<Arc<Bridge>>() {
                bridge.cancel_all();
            }
        }
        RunEvent::Exit => {
            // There is none where it could not be set up.
            if let Some(shell) = app.try_state::<Shell>() {
                // Windows would keep a ghost of the icon.
                shell.set_tray(None);
                tauri::async_runtime::block_on(shell.gateway.clone().close());
            }
        }
        _ => {}
    }
}

/// Diagnostics for developers, rotated; the request log is the store's.
fn diagnostics<R: tauri::Runtime>(paths: &Paths) -> tauri::plugin::TauriPlugin<R> {
    tauri_plugin_log::Builder::new()
        .clear_targets()
        .target(Target::new(TargetKind::Stderr))
        .target(Target::new(TargetKind::Folder {
            path: paths.log_dir.clone(),
            file_name: Some("patchbay".to_owned()),
        }))
        .max_file_size(2_000_000)
        .rotation_strategy(RotationStrategy::KeepSome(5))
        .level(tauri_plugin_log::log::LevelFilter::Info)
        // They write handshakes and frames at Info.
        .level_for("zbus", tauri_plugin_log::log::LevelFilter::Warn)
        .level_for("tracing", tauri_plugin_log::log::LevelFilter::Warn)
        .build()
}

#[expect(
    clippy::print_stderr,
    reason = "there is no log yet and no window to say it in"
)]
fn complain(sentence: &str) {
    eprintln!("{sentence}");
}
