//! Reads the config file's text; whatever stands in the way is a problem to show.

use std::{fs, io, path::Path};

use super::ConfigError;

/// None when there is no file.
pub(super) fn text(path: &Path) -> Result<Option<String>, ConfigError> {
    match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes());
            ConfigError::at(&text, &(good..good), "This is not UTF-8 text.")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(_) if path.is_dir() => Err(ConfigError::nowhere(
            "This is a folder. Name a file in it, such as `config.toml`.",
        )),
        Err(error) => Err(ConfigError::nowhere(format!(
            "The config file cannot be read: {error}."
        ))),
    }
}
