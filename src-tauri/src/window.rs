//! The one window: made when it is asked for, destroyed when it is closed, because a hidden one keeps its memory.

use std::sync::Arc;

use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindowBuilder, webview::PageLoadEvent};

use crate::bridge::Bridge;

const LABEL: &str = "main";

/// Shows the window, from any thread.
pub(crate) fn open(app: &AppHandle) {
    let handle = app.clone();
    // GTK and AppKit want their windows made on the main thread.
    let queued = app.run_on_main_thread(move || {
        if let Err(error) = show(&handle) {
            tracing::error!(%error, "the window could not be opened");
        }
    });
    if let Err(error) = queued {
        tracing::error!(%error, "the window could not be opened");
    }
}

fn show(app: &AppHandle) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(LABEL) {
        window.unminimize()?;
        window.show()?;
        return window.set_focus();
    }
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Patchbay")
        .inner_size(1280.0, 800.0)
        .min_inner_size(720.0, 480.0)
        // The page takes dropped images itself.
        .disable_drag_drop_handler()
        // What the page saves goes to the folder of downloads: macOS saves nothing unless somebody answers here.
        .on_download(|_, _| true)
        .on_page_load(|window, page| {
            if page.event() == PageLoadEvent::Started {
                // Of the page before it, which was reloaded.
                window.state::<Arc<Bridge>>().cancel_all();
            }
        })
        .build()?;
    Ok(())
}
