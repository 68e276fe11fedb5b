//! What only the host of the page can do; everything else is a request to the router (`bridge.rs`).

use std::path::PathBuf;

use tauri::{AppHandle, Manager, State, image::Image, ipc::Response};
use tauri_plugin_clipboard_manager::ClipboardExt;
use tauri_plugin_opener::OpenerExt;

use crate::{Shell, autostart, language::Language};

#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error("Launch at login could not be changed: {0}")]
    Autostart(#[from] tauri_plugin_autostart::Error),
    #[error("The clipboard does not answer: {0}")]
    Clipboard(#[from] tauri_plugin_clipboard_manager::Error),
    #[error("The image on the clipboard could not be read: {0}")]
    Image(#[from] png::EncodingError),
    #[error("Only addresses on the web are opened.")]
    NotOnTheWeb,
    #[error("It could not be opened: {0}")]
    Open(#[from] tauri_plugin_opener::Error),
    #[error("The tray does not answer: {0}")]
    Tray(#[from] tauri::Error),
}

// Tauri hands a command's error to the page as JSON; ours is the sentence.
impl serde::Serialize for CommandError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Folder {
    Config,
    Data,
    Logs,
}

#[tauri::command]
pub(crate) async fn copy_text(app: AppHandle, text: String) -> Result<(), CommandError> {
    Ok(app.clipboard().write_text(text)?)
}

/// The clipboard's image as a PNG file; empty when there is none.
#[tauri::command]
pub(crate) async fn read_clipboard_image(app: AppHandle) -> Result<Response, CommandError> {
    // "No image" and "no clipboard" look the same here, and mean the same to a paste.
    let Ok(image) = app.clipboard().read_image() else {
        return Ok(Response::new(Vec::new()));
    };
    Ok(Response::new(png_file(&image)?))
}

#[tauri::command]
pub(crate) async fn autostart(app: AppHandle) -> bool {
    autostart::is_enabled(&app)
}

#[tauri::command]
pub(crate) async fn set_autostart(app: AppHandle, enabled: bool) -> Result<(), CommandError> {
    let set = autostart::set(&app, enabled);
    if let Some(tray) = app.state::<Shell>().tray() {
        tray.show_autostart(&app)?;
    }
    Ok(set?)
}

/// The page's choice, for the tray: at once, and at launches without a page.
#[tauri::command]
#[expect(
    clippy::needless_pass_by_value,
    reason = "commands take their arguments by value"
)]
pub(crate) fn set_language(language: Language, shell: State<'_, Shell>) {
    if shell.language.send_replace(language) == language {
        return;
    }
    if let Err(error) = language.keep_in(&shell.paths.data_dir) {
        tracing::warn!(%error, "the language is not kept for the next start");
    }
}

#[tauri::command]
pub(crate) async fn open_external(app: AppHandle, url: String) -> Result<(), CommandError> {
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(CommandError::NotOnTheWeb);
    }
    Ok(app.opener().open_url(url, None::<&str>)?)
}

#[tauri::command]
pub(crate) async fn reveal_folder(
    app: AppHandle,
    folder: Folder,
    shell: State<'_, Shell>,
) -> Result<(), CommandError> {
    let paths = &shell.paths;
    let path: PathBuf = match folder {
        Folder::Config => paths
            .config_file
            .parent()
            .map(Into::into)
            .unwrap_or_default(),
        Folder::Data => paths.data_dir.clone(),
        Folder::Logs => paths.log_dir.clone(),
    };
    Ok(app
        .opener()
        .open_path(path.to_string_lossy(), None::<&str>)?)
}

#[tauri::command]
pub(crate) async fn quit(app: AppHandle) {
    app.exit(0);
}

fn png_file(image: &Image<'_>) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, image.width(), image.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(image.rgba())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clipboard_image_becomes_a_png_file() {
        let image = Image::new_owned(vec![9, 8, 7, 255, 1, 2, 3, 255], 2, 1);
        let file = png_file(&image).unwrap();
        let again = Image::from_bytes(&file).unwrap();
        assert_eq!(
            (again.rgba(), again.width(), again.height()),
            (image.rgba(), 2, 1)
        );
    }
}
