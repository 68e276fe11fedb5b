//! Reads and writes the file, and says what runs.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use super::EditError;
use crate::{
    atomic_file,
    config::{Config, ConfigError, Edit, KeySource, on_disk},
};

/// How often an edit starts again because the file changed meanwhile.
const EDIT_ATTEMPTS: usize = 5;

pub(super) struct Live {
    pub(super) path: PathBuf,
    pub(super) config: watch::Sender<Arc<Config>>,
    pub(super) problem: watch::Sender<Option<ConfigError>>,
    /// The text that runs; None before the file exists. Held while the file is read or written.
    running: Mutex<Option<String>>,
}

impl Live {
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let live = Self {
            path: std::path::absolute(path)?,
            config: watch::Sender::new(Arc::default()),
            problem: watch::Sender::new(None),
            running: Mutex::new(None),
        };
        live.look();
        Ok(live)
    }

    /// After a change on disk: runs the new text if it is good, else keeps the old one and says why,
    /// once for each problem.
    pub(super) fn reload(&self) {
        if self.look()
            && let Some(problem) = self.problem.borrow().as_ref()
        {
            tracing::warn!(%problem, "the config file has a problem; the last good one keeps running");
        }
    }

    /// Takes in what is on disk; whether what is wrong with it has changed.
    fn look(&self) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match on_disk::text(&self.path) {
            Ok(Some(text)) if running.as_ref() == Some(&text) => self.show(None),
            Ok(Some(text)) => self.run(&mut running, text),
            Ok(None) if running.is_none() => {
                self.put_in_force(Config::default());
                self.show(None)
            }
            Ok(None) => self.show(Some(ConfigError::nowhere(
                "The config file is gone. Patchbay keeps what it last read and writes it again with the next change.",
            ))),
            Err(problem) => self.show(Some(problem)),
        }
    }

    pub(super) fn edit(&self, change: &dyn Fn(&mut Edit)) -> Result<Arc<Config>, EditError> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..EDIT_ATTEMPTS {
            let before = on_disk::text(&self.path).map_err(EditError::Unreadable)?;
            if let Some(text) = &before
                && let Err(problem) = Config::parse(text)
            {
                self.show(Some(problem.clone()));
                return Err(EditError::Unreadable(problem));
            }
            let base = before.as_deref().or(running.as_deref()).unwrap_or_default();
            let mut edit = Edit::of(base).map_err(EditError::Refused)?;
            change(&mut edit);
            let text = edit.into_text();
            Config::parse(&text).map_err(EditError::Refused)?;
            if before.as_ref() != Some(&text) {
                let staged = atomic_file::stage(&self.path, &text)?;
                if on_disk::text(&self.path).map_err(EditError::Unreadable)? != before {
                    continue;
                }
                staged.commit()?;
            }
            self.run(&mut running, text);
            return Ok(self.config.borrow().clone());
        }
        Err(EditError::Busy)
    }

    /// Whether the problem to show has changed.
    fn run(&self, running: &mut Option<String>, text: String) -> bool {
        match Config::parse(&text) {
            Err(problem) => self.show(Some(problem)),
            Ok(mut config) => {
                self.anchor(&mut config);
                *running = Some(text);
                let changed = self.show(None);
                self.put_in_force(config);
                changed
            }
        }
    }

    fn put_in_force(&self, config: Config) {
        self.config.send_if_modified(|current| {
            let differs = **current != config;
            if differs {
                *current = Arc::new(config);
            }
            differs
        });
    }

    fn show(&self, problem: Option<ConfigError>) -> bool {
        self.problem.send_if_modified(|shown| {
            let changed = *shown != problem;
            *shown = problem;
            changed
        })
    }

    /// Key files are found from the config file, wherever the program was started.
    fn anchor(&self, config: &mut Config) {
        for account in &mut config.accounts {
            if let KeySource::File(file) = &mut account.key {
                *file = self.path.with_file_name(&*file);
            }
        }
    }
}
