//! The language of the tray: the page's setting, kept for launches that open no page.

use std::{fs, io, path::Path};

/// As the page's settings name them.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
pub(crate) enum Language {
    /// That of the person's session.
    #[default]
    #[serde(rename = "system")]
    System,
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-CN")]
    Chinese,
}

const FILE: &str = "language.json";

impl Language {
    /// What was last kept in this folder. A file that cannot be read is none.
    pub(crate) fn kept_in(folder: &Path) -> Self {
        let text = fs::read(folder.join(FILE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub(crate) fn keep_in(self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(FILE), serde_json::to_vec(&self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_choice_is_known_at_the_next_launch() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("not-there-yet");
        assert_eq!(Language::kept_in(&inside), Language::System);
        for choice in [Language::Chinese, Language::English, Language::System] {
            choice.keep_in(&inside).unwrap();
            assert_eq!(Language::kept_in(&inside), choice);
        }
    }

    #[test]
    fn a_damaged_file_is_no_choice() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "\"zh-").unwrap();
        assert_eq!(Language::kept_in(folder.path()), Language::System);
    }
}
