//! Launch at login, hidden: the tray is there, the window is not.

use tauri::AppHandle;
use tauri_plugin_autostart::{MacosLauncher, ManagerExt};

/// The argument of a launch at login.
pub(crate) const HIDDEN: &str = "--hidden";

pub(crate) fn plugin<R: tauri::Runtime>() -> tauri::plugin::TauriPlugin<R> {
    tauri_plugin_autostart::init(MacosLauncher::LaunchAgent, Some(vec![HIDDEN]))
}

pub(crate) fn is_enabled(app: &AppHandle) -> bool {
    app.autolaunch().is_enabled().unwrap_or(false)
}

pub(crate) fn set(app: &AppHandle, enabled: bool) -> Result<(), tauri_plugin_autostart::Error> {
    if enabled {
        app.autolaunch().enable()
    } else {
        app.autolaunch().disable()
    }
}
