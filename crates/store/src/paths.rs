//! Where Patchbay's files are: what a person edits, what the program keeps, what it writes down
//! for developers.

use std::path::PathBuf;

use crate::Environment;

/// The folders and files of one user.
#[derive(Clone, Debug, PartialEq)]
pub struct Paths {
    pub config_file: PathBuf,
    pub data_dir: PathBuf,
    pub log_dir: PathBuf,
}

impl Paths {
    /// The places this operating system gives to programs; None if it names no home.
    pub fn of_user(environment: &Environment) -> Option<Self> {
        let folder = |name: &str| {
            let path = PathBuf::from(environment.variable(name)?);
            path.is_absolute().then_some(path)
        };
        if cfg!(target_os = "macos") {
            let library = folder("HOME")?.join("Library");
            let support = library.join("Application Support/Patchbay");
            return Some(Self {
                config_file: support.join("config.toml"),
                data_dir: support,
                log_dir: library.join("Logs/Patchbay"),
            });
        }
        if cfg!(windows) {
            let local = folder("LOCALAPPDATA")?.join("Patchbay");
            return Some(Self {
                config_file: folder("APPDATA")?.join("Patchbay").join("config.toml"),
                log_dir: local.join("logs"),
                data_dir: local,
            });
        }
        let base = |name: &str, inside_home: &str| {
            folder(name).or_else(|| Some(folder("HOME")?.join(inside_home)))
        };
        Some(Self {
            config_file: base("XDG_CONFIG_HOME", ".config")?.join("patchbay/config.toml"),
            data_dir: base("XDG_DATA_HOME", ".local/share")?.join("patchbay"),
            log_dir: base("XDG_STATE_HOME", ".local/state")?.join("patchbay/logs"),
        })
    }

    /// Everything in one folder: tests, and programs that carry their own set-up.
    pub fn inside(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self {
            config_file: folder.join("config.toml"),
            log_dir: folder.join("logs"),
            data_dir: folder,
        }
    }

    /// The database of exchanges.
    pub fn exchanges_file(&self) -> PathBuf {
        self.data_dir.join("exchanges.sqlite")
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn follows_the_xdg_rules() {
        let environment = Environment::fixed([
            ("HOME", "/home/ann"),
            ("XDG_DATA_HOME", "/data"),
            ("XDG_STATE_HOME", "relative/is/ignored"),
        ]);
        let paths = Paths::of_user(&environment).unwrap();
        let expected = Paths {
            config_file: "/home/ann/.config/patchbay/config.toml".into(),
            data_dir: "/data/patchbay".into(),
            log_dir: "/home/ann/.local/state/patchbay/logs".into(),
        };
        assert_eq!(paths, expected);
    }

    #[test]
    fn without_a_home_there_is_no_place() {
        assert_eq!(Paths::of_user(&Environment::fixed([])), None);
    }
}
