//! The config of the running program: read, watched on disk, edited with care.

mod reload;
mod watch_file;

use std::{io, path::Path, sync::Arc};

use tokio::sync::watch;

use self::reload::Live;
use super::{Config, ConfigError, Edit, Log};

/// The config file and what the program runs with. Cheap to clone; all clones are the same store.
#[derive(Clone)]
pub struct ConfigStore {
    live: Arc<Live>,
    // Watching ends with the last clone. `None` where the file is looked at from time to time.
    _watcher: Option<Arc<notify::RecommendedWatcher>>,
}

impl ConfigStore {
    /// Reads the file and watches it. A missing file is a config of defaults.
    pub fn open(path: &Path) -> Result<Self, EditError> {
        let live = Live::read(path)?;
        if let Some(problem) = live.problem.borrow().clone() {
            return Err(EditError::Unreadable(problem));
        }
        Ok(Self::watch(live))
    }

    /// As [`ConfigStore::open`], but with a bad file it starts with the defaults and shows the
    /// problem. The log then keeps all that it has and adds no body: the file may have asked for that.
    pub fn open_anyway(path: &Path) -> Result<Self, EditError> {
        let live = Live::read(path)?;
        if let Some(problem) = live.problem.borrow().as_ref() {
            tracing::warn!(%problem, "the config file has a problem; the defaults run");
            live.config
                .send_modify(|config| Arc::make_mut(config).log = Log::cautious());
        }
        Ok(Self::watch(live))
    }

    pub fn current(&self) -> Arc<Config> {
        self.live.config.borrow().clone()
    }

    pub fn subscribe(&self) -> watch::Receiver<Arc<Config>> {
        self.live.config.subscribe()
    }

    /// What is wrong with the file on disk, while the last good config keeps running.
    pub fn problem(&self) -> watch::Receiver<Option<ConfigError>> {
        self.live.problem.subscribe()
    }

    pub fn path(&self) -> &Path {
        &self.live.path
    }

    /// Changes the file: all that `change` does, or nothing. It may be called more than once, when
    /// somebody else writes the file in the same moment. The new config runs when this returns.
    pub async fn edit(
        &self,
        change: impl Fn(&mut Edit) + Send + 'static,
    ) -> Result<Arc<Config>, EditError> {
        let live = Arc::clone(&self.live);
        tokio::task::spawn_blocking(move || live.edit(&change))
            .await
            .map_err(io::Error::other)?
    }

    fn watch(live: Live) -> Self {
        let live = Arc::new(live);
        let watcher = watch_file::watch(&live);
        // Of what was written between the reading and the watching nobody tells.
        live.reload();
        Self::watched(live, watcher)
    }

    /// The system may have no watch left, when other programs use them all.
    fn watched(live: Arc<Live>, watcher: notify::Result<notify::RecommendedWatcher>) -> Self {
        let watcher = watcher.or_else(|error| {
            tracing::info!(%error, "the config file cannot be watched; it is looked at every two seconds");
            watch_file::look_now_and_then(&live).map_err(|error| {
                tracing::warn!(%error, "the config file is not watched; edits need a restart");
            })?;
            Err(())
        });
        Self {
            live,
            _watcher: watcher.ok().map(Arc::new),
        }
    }
}

/// Why a config could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error("The config file keeps changing while it is edited. Try again.")]
    Busy,
    #[error("The config file cannot be read or written: {0}.")]
    Io(#[from] io::Error),
    /// The change itself would make a bad config; nothing was written.
    #[error("{0}")]
    Refused(ConfigError),
    /// The file on disk has a problem, which a person must repair first.
    #[error("{}", unreadable(.0))]
    Unreadable(ConfigError),
}

fn unreadable(problem: &ConfigError) -> String {
    if problem.line.is_some() {
        format!("The config file has a problem, at {problem}")
    } else {
        problem.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::*;

    #[test]
    fn an_edit_between_the_first_reading_and_the_watching_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "version = 1\n").unwrap();
        let live = Live::read(&path).unwrap();
        fs::write(&path, "version = 1\n[requests]\nparallel_choices = 3\n").unwrap();
        let store = ConfigStore::watch(live);
        assert_eq!(store.current().requests.parallel_choices, 3);
    }

    #[tokio::test]
    async fn an_edit_is_noticed_where_the_system_has_no_watch_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "version = 1\n").unwrap();
        let none_left = Err(notify::Error::generic("Too many open files"));
        let live = Arc::new(Live::read(&path).unwrap());
        let store = ConfigStore::watched(live, none_left);
        let mut config = store.subscribe();
        fs::write(&path, "version = 1\n[requests]\nparallel_choices = 3\n").unwrap();
        let changed = tokio::time::timeout(Duration::from_secs(30), config.changed());
        changed.await.unwrap().unwrap();
        assert_eq!(store.current().requests.parallel_choices, 3);
    }
}
