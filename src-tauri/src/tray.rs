//! The tray: shows the server's state and carries the few things one wants without a window.

use gateway::admin::status::ServerState;
use tauri::{
    AppHandle, Manager, Wry,
    image::Image,
    menu::{CheckMenuItem, IsMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};
use tauri_plugin_clipboard_manager::ClipboardExt;
use tauri_plugin_opener::OpenerExt;

use crate::{Shell, autostart, commands::CommandError, strings::Strings, window};

/// Every word the tray uses from `tray.json`.
#[cfg(test)]
pub(crate) const WORDS: &[&str] = &[
    "open",
    "openBrowser",
    "copy",
    "start",
    "stop",
    "autostart",
    "quit",
    "running",
    "stopped",
    "failed",
    "starting",
    "stopping",
];

/// The tray while it stands. Its menu is never replaced, because it may be open (GTK crashes then):
/// only texts and switches change.
#[derive(Clone)]
pub(crate) struct Tray {
    icon: TrayIcon,
    status: MenuItem<Wry>,
    /// Entries with a text of their own: the id is its key in `tray.json`.
    entries: [MenuItem<Wry>; 6],
    autostart: CheckMenuItem<Wry>,
}

/// Keys in `tray.json`, and ids in the menu.
mod entry {
    pub(super) const AUTOSTART: &str = "autostart";
    pub(super) const BROWSER: &str = "openBrowser";
    pub(super) const COPY: &str = "copy";
    pub(super) const OPEN: &str = "open";
    pub(super) const QUIT: &str = "quit";
    pub(super) const START: &str = "start";
    pub(super) const STOP: &str = "stop";
}

impl Tray {
    /// Without words until it is shown something.
    ///
    /// # Errors
    /// On Linux, when no program on this desktop shows trays.
    pub(crate) fn new(app: &AppHandle) -> tauri::Result<Self> {
        let item = |id| MenuItem::with_id(app, id, "", true, None::<&str>);
        let status = MenuItem::with_id(app, "status", "", false, None::<&str>)?;
        let open = item(entry::OPEN)?;
        let browser = item(entry::BROWSER)?;
        let copy = item(entry::COPY)?;
        let start = item(entry::START)?;
        let stop = item(entry::STOP)?;
        let quit = item(entry::QUIT)?;
        let enabled = autostart::is_enabled(app);
        let autostart =
            CheckMenuItem::with_id(app, entry::AUTOSTART, "", true, enabled, None::<&str>)?;
        let line = || PredefinedMenuItem::separator(app);
        let (line_1, line_2, line_3) = (line()?, line()?, line()?);
        let items: [&dyn IsMenuItem<Wry>; 11] = [
            &status, &line_1, &open, &browser, &copy, &line_2, &start, &stop, &autostart, &line_3,
            &quit,
        ];
        let menu = Menu::with_items(app, &items)?;
        let icon = TrayIconBuilder::with_id("patchbay")
            .title("Patchbay")
            .tooltip("Patchbay")
            .icon(icon_of(&ServerState::Stopped)?)
            .icon_as_template(cfg!(target_os = "macos"))
            .menu(&menu)
            .on_menu_event(chosen)
            .build(app)?;
        Ok(Self {
            icon,
            status,
            entries: [open, browser, copy, start, stop, quit],
            autostart,
        })
    }

    /// Starting and stopping keep the icon of the state being left.
    pub(crate) fn show(&self, state: &ServerState, strings: &Strings) -> tauri::Result<()> {
        let text = match state {
            ServerState::Failed { reason } => strings.with("failed", "reason", &reason.message),
            ServerState::Running { address } => strings.with("running", "address", address),
            ServerState::Starting => strings.get("starting").to_owned(),
            ServerState::Stopped => strings.get("stopped").to_owned(),
            ServerState::Stopping => strings.get("stopping").to_owned(),
        };
        let running = matches!(state, ServerState::Running { .. });
        let idle = matches!(state, ServerState::Stopped | ServerState::Failed { .. });
        self.status.set_text(&text)?;
        for item in &self.entries {
            let key = item.id().as_ref();
            item.set_text(strings.get(key))?;
            item.set_enabled(match key {
                entry::START => idle,
                entry::BROWSER | entry::COPY | entry::STOP => running,
                _ => true,
            })?;
        }
        self.autostart.set_text(strings.get(entry::AUTOSTART))?;
        self.icon.set_tooltip(Some(format!("Patchbay: {text}")))?;
        if running || idle {
            self.icon.set_icon(Some(icon_of(state)?))?;
        }
        Ok(())
    }

    /// The box shows what is, also when a change failed.
    pub(crate) fn show_autostart(&self, app: &AppHandle) -> tauri::Result<()> {
        self.autostart.set_checked(autostart::is_enabled(app))
    }
}

fn icon_of(state: &ServerState) -> tauri::Result<Image<'static>> {
    // macOS colours its template itself; other panels are dark far more often than not.
    macro_rules! icon {
        ($state:literal) => {
            if cfg!(target_os = "macos") {
                include_bytes!(concat!("../../icons/tray-", $state, "-template.png")).as_slice()
            } else {
                include_bytes!(concat!("../../icons/tray-", $state, "-light.png")).as_slice()
            }
        };
    }
    Image::from_bytes(match state {
        ServerState::Failed { .. } => icon!("failed"),
        ServerState::Running { .. } => icon!("running"),
        ServerState::Starting | ServerState::Stopped | ServerState::Stopping => icon!("stopped"),
    })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the menu hands its events over by value"
)]
fn chosen(app: &AppHandle, event: MenuEvent) {
    let gateway = app.state::<Shell>().gateway.clone();
    let done = match event.id().as_ref() {
        entry::OPEN => {
            window::open(app);
            Ok(())
        }
        entry::BROWSER => gateway.sign_in_link().map_or(Ok(()), |link| {
            Ok(app.opener().open_url(link, None::<&str>)?)
        }),
        entry::COPY => gateway
            .base_url()
            .map_or(Ok(()), |url| Ok(app.clipboard().write_text(url)?)),
        entry::START => {
            tauri::async_runtime::spawn(async move { gateway.start(None).await });
            Ok(())
        }
        entry::STOP => {
            tauri::async_runtime::spawn(async move { gateway.stop().await });
            Ok(())
        }
        entry::AUTOSTART => toggle_autostart(app),
        entry::QUIT => {
            app.exit(0);
            Ok(())
        }
        _ => Ok(()),
    };
    if let Err(error) = done {
        tracing::error!(%error, item = event.id().as_ref(), "a tray item failed");
    }
}

fn toggle_autostart(app: &AppHandle) -> Result<(), CommandError> {
    let wanted = !autostart::is_enabled(app);
    let set = autostart::set(app, wanted);
    if let Some(tray) = app.state::<Shell>().tray() {
        tray.show_autostart(app)?;
    }
    Ok(set?)
}
