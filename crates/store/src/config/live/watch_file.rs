//! Notices that the config file changed. Folders are watched, not the file: editors replace it.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode},
};

use super::reload::Live;

/// A writer that pauses this long has finished; several events of one save become one reading.
const QUIET: Duration = Duration::from_millis(40);
/// A file written without end is still read now and then.
const QUIET_ROUNDS: usize = 50;
/// For changes that nothing tells of.
const LOOK: Duration = Duration::from_secs(2);

/// Watches until the watcher is dropped, which also ends the thread.
pub(super) fn watch(live: &Arc<Live>) -> notify::Result<RecommendedWatcher> {
    let (sender, receiver) = mpsc::channel();
    let mut place = Place::of(&live.path);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.map_or(true, |event| place.is_touched_by(&event)) {
            // The receiver is gone only when the store is.
            let _ = sender.send(());
        }
    })?;
    for folder in folders(&live.path) {
        fs::create_dir_all(&folder)?;
        watcher.watch(&folder, RecursiveMode::NonRecursive)?;
    }
    let live = Arc::downgrade(live);
    thread::Builder::new()
        .name("patchbay-config".to_owned())
        .spawn(move || {
            // A folder that was replaced, or is another computer's, tells nothing of itself.
            while receiver.recv_timeout(LOOK) != Err(RecvTimeoutError::Disconnected) {
                let mut rounds = 0;
                while rounds < QUIET_ROUNDS && receiver.recv_timeout(QUIET).is_ok() {
                    rounds += 1;
                }
                let Some(live) = live.upgrade() else {
                    return;
                };
                live.reload();
            }
        })?;
    Ok(watcher)
}

/// Reads the file again and again until the store is gone.
pub(super) fn look_now_and_then(live: &Arc<Live>) -> io::Result<()> {
    let live = Arc::downgrade(live);
    let looking = thread::Builder::new().name("patchbay-config".to_owned());
    looking.spawn(move || {
        while let Some(live) = live.upgrade() {
            live.reload();
            drop(live);
            thread::sleep(LOOK);
        }
    })?;
    Ok(())
}

/// The file's own folder, and the one of the file that a symlink leads to.
fn folders(path: &Path) -> BTreeSet<PathBuf> {
    let target = target_of(path);
    [path, &target]
        .into_iter()
        .filter_map(Path::parent)
        .map(Path::to_owned)
        .collect()
}

/// Which file is meant among all those in the watched folders.
struct Place {
    path: PathBuf,
    /// Where a symlink led when last looked.
    target: PathBuf,
}

impl Place {
    fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            target: target_of(path),
        }
    }

    /// Whether the file may read differently after this.
    fn is_touched_by(&mut self, event: &notify::Event) -> bool {
        if let EventKind::Access(access) = event.kind
            && access != AccessKind::Close(AccessMode::Write)
        {
            return false;
        }
        // A link between the file's name and its target may have changed, under any name.
        let target = target_of(&self.path);
        let led_elsewhere = self.target != target;
        self.target = target;
        led_elsewhere
            || event.need_rescan()
            || event.paths.is_empty()
            || event.paths.iter().any(|path| self.is_named(path))
    }

    /// By the name alone: the system may spell the folder in another way.
    fn is_named(&self, path: &Path) -> bool {
        let name = path.file_name();
        name == self.path.file_name() || name == self.target.file_name()
    }
}

fn target_of(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use notify::Event;

    use super::*;

    #[test]
    fn only_the_file_itself_is_a_reason_to_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "").unwrap();
        let mut place = Place::of(&path);
        let on = |name: &str| Event::new(EventKind::Any).add_path(folder.path().join(name));
        assert!(place.is_touched_by(&on("config.toml")));
        assert!(place.is_touched_by(&on("config.toml~").add_path(path.clone())));
        assert!(place.is_touched_by(&Event::new(EventKind::Other)));
        assert!(!place.is_touched_by(&on("config.toml~")));
        assert!(!place.is_touched_by(&on("stderr.txt")));
        let read = Event::new(EventKind::Access(AccessKind::Read)).add_path(path);
        assert!(!place.is_touched_by(&read));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_wherever_it_is_turned() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for version in ["one", "two"] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("real.toml"), version).unwrap();
        }
        symlink("one", at("now")).unwrap();
        symlink("now/real.toml", at("config.toml")).unwrap();
        let mut place = Place::of(&at("config.toml"));
        let on = |path: PathBuf| Event::new(EventKind::Any).add_path(path);
        assert!(place.is_touched_by(&on(at("one").join("real.toml"))));
        assert!(!place.is_touched_by(&on(at("now"))));
        fs::remove_file(at("now")).unwrap();
        symlink("two", at("now")).unwrap();
        assert!(place.is_touched_by(&on(at("now"))));
        assert!(!place.is_touched_by(&on(at("now"))));
    }
}
