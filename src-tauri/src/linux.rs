//! What Linux desktops need beside the rest.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitCode},
};

use futures_util::StreamExt;
use zbus::{Connection, fdo::DBusProxy};

/// Says what to do when there is no display; GTK itself would only panic.
pub(crate) fn no_display() -> Option<ExitCode> {
    let display = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if display("DISPLAY") || display("WAYLAND_DISPLAY") {
        return None;
    }
    crate::complain(
        "Patchbay found no display (neither DISPLAY nor WAYLAND_DISPLAY is set). \
         Use `patchbay serve` for the same server with its UI in the browser.",
    );
    Some(ExitCode::FAILURE)
}

/// WebKitGTK shows an empty window with NVIDIA's driver unless its DMA-BUF renderer is off
/// (tauri-apps/tauri#9394). The variable must be set before GTK starts, so the program starts itself
/// again with it; a person who set it to anything is obeyed.
pub(crate) fn work_around_nvidia() {
    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SWITCH).is_some() || !Path::new("/proc/driver/nvidia/version").exists() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    // Returns only if it failed, and then the program goes on as it is.
    let _ = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(SWITCH, OsStr::new("1"))
        .exec();
}

/// The name on the session bus of whoever shows trays (a panel, a shell extension).
const TRAY_HOST: &str = "org.kde.StatusNotifierWatcher";

/// Calls `appeared` each time a tray host comes up, until it says that it needs no more. Desktops start
/// their panels after the programs that launch at login.
pub(crate) async fn follow_tray_host(appeared: impl Fn() -> bool) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let names = DBusProxy::new(&bus).await?;
    let mut owners = names
        .receive_name_owner_changed_with_args(&[(0, TRAY_HOST)])
        .await?;
    while let Some(change) = owners.next().await {
        if change.args()?.new_owner().is_some() && appeared() {
            return Ok(());
        }
    }
    Ok(())
}
