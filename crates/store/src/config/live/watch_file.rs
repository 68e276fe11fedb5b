//! Notices that the config file changed. Folders are watched, not the file: editors replace it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::reload::Live;

/// A writer that pauses this long has finished; several events of one save become one reading.
const QUIET: Duration = Duration::from_millis(40);
/// A file written without end is still read now and then.
const QUIET_ROUNDS: usize = 50;

/// Watches until the watcher is dropped, which also ends the thread.
pub(super) fn watch(live: &Arc<Live>) -> notify::Result<RecommendedWatcher> {
    let (sender, receiver) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let reads_only = matches!(event, Ok(notify::Event { kind: EventKind::Access(access), .. })
            if access != notify::event::AccessKind::Close(notify::event::AccessMode::Write));
        if !reads_only {
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
            while receiver.recv().is_ok() {
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

/// The file's own folder, and the one of the file that a symlink leads to.
fn folders(path: &Path) -> BTreeSet<PathBuf> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    [path, &target]
        .into_iter()
        .filter_map(Path::parent)
        .map(Path::to_owned)
        .collect()
}
