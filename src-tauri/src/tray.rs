//! The tray: shows the server's state and carries the few things one wants without a window.

use std::sync::Arc;

use gateway::admin::status::ServerState;
use tauri::{
    AppHandle, Manager, Wry,
    image::Image,
    menu::{CheckMenuItem, IsMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};
use tauri_plugin_clipboard_manager::ClipboardExt;
use tauri_plugin_opener::OpenerExt;

use crate::{Shell, autostart, strings::Strings, window};

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
    strings: Arc<Strings>,
    status: MenuItem<Wry>,
    start: MenuItem<Wry>,
    stop: MenuItem<Wry>,
    copy: MenuItem<Wry>,
    browser: MenuItem<Wry>,
    autostart: CheckMenuItem<Wry>,
}

impl Tray {
    /// # Errors
    /// On Linux, when no program on this desktop shows trays.
    pub(crate) fn new(app: &AppHandle) -> tauri::Result<Self> {
        let strings = Strings::of_session();
        let item = |id: &str, word: &str| {
            MenuItem::with_id(app, id, strings.get(word), true, None::<&str>)
        };
        let status = MenuItem::with_id(app, "status", strings.get("stopped"), false, None::<&str>)?;
        let open = item("open", "open")?;
        let browser = item("open_browser", "openBrowser")?;
        let copy = item("copy", "copy")?;
        let start = item("start", "start")?;
        let stop = item("stop", "stop")?;
        let autostart = CheckMenuItem::with_id(
            app,
            "autostart",
            strings.get("autostart"),
            true,
            autostart::is_enabled(app),
            None::<&str>,
        )?;
        let quit = item("quit", "quit")?;
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
            strings: Arc::new(strings),
            status,
            start,
            stop,
            copy,
            browser,
            autostart,
        })
    }

    /// Starting and stopping keep the icon of the state being left.
    pub(crate) fn show(&self, state: &ServerState) -> tauri::Result<()> {
        let text = match state {
            ServerState::Failed { reason } => {
                self.strings.with("failed", "reason", &reason.message)
            }
            ServerState::Running { address } => self.strings.with("running", "address", address),
            ServerState::Starting => self.strings.get("starting").to_owned(),
            ServerState::Stopped => self.strings.get("stopped").to_owned(),
            ServerState::Stopping => self.strings.get("stopping").to_owned(),
        };
        let running = matches!(state, ServerState::Running { .. });
        let idle = matches!(state, ServerState::Stopped | ServerState::Failed { .. });
        self.status.set_text(&text)?;
        self.start.set_enabled(idle)?;
        self.stop.set_enabled(running)?;
        self.browser.set_enabled(running)?;
        self.copy.set_enabled(running)?;
        self.icon.set_tooltip(Some(format!("Patchbay: {text}")))?;
        if running || idle {
            self.icon.set_icon(Some(icon_of(state)?))?;
        }
        Ok(())
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
    let failed = match event.id().as_ref() {
        "open" => {
            window::open(app);
            None
        }
        "open_browser" => gateway
            .sign_in_link()
            .and_then(|link| app.opener().open_url(link, None::<&str>).err())
            .map(|error| error.to_string()),
        "copy" => gateway
            .base_url()
            .and_then(|url| app.clipboard().write_text(url).err())
            .map(|error| error.to_string()),
        "start" => {
            tauri::async_runtime::spawn(async move { gateway.start(None).await });
            None
        }
        "stop" => {
            tauri::async_runtime::spawn(async move { gateway.stop().await });
            None
        }
        "autostart" => toggle_autostart(app).err(),
        "quit" => {
            app.exit(0);
            None
        }
        _ => None,
    };
    if let Some(error) = failed {
        tracing::error!(%error, item = event.id().as_ref(), "a tray item failed");
    }
}

fn toggle_autostart(app: &AppHandle) -> Result<(), String> {
    let wanted = !autostart::is_enabled(app);
    let result = autostart::set(app, wanted).map_err(|error| error.to_string());
    // The box shows what is, also when the change failed.
    if let Some(tray) = app.state::<Shell>().tray() {
        tray.autostart
            .set_checked(autostart::is_enabled(app))
            .map_err(|error| error.to_string())?;
    }
    result
}
