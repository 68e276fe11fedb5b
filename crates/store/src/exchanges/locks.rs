//! Several programs may have one log open on purpose. Locks beside the file say whether a program is alone with it,
//! and which of them prunes. The system lets go of them when a program ends, however it ends.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use super::database::{beside, create_private};

/// What cannot be locked is treated as if nobody else were there: no lock may stand in the log's way.
pub(super) struct Locks {
    /// Shared by all that have the log open.
    _open: Option<File>,
    prune: Option<File>,
    prune_path: PathBuf,
}

impl Locks {
    /// And whether nobody else had the log open a moment ago.
    pub(super) fn of(log: &Path) -> (Self, bool) {
        let open = create_private(&beside(log, ".open.lock")).ok();
        let is_alone = open.as_ref().is_none_or(is_alone);
        let open = open.filter(|file| file.try_lock_shared().is_ok());
        let locks = Self {
            _open: open,
            prune: None,
            prune_path: beside(log, ".prune.lock"),
        };
        (locks, is_alone)
    }

    /// From the first time on until the program ends.
    pub(super) fn may_prune(&mut self) -> bool {
        if self.prune.is_some() {
            return true;
        }
        let Ok(file) = create_private(&self.prune_path) else {
            return true;
        };
        match file.try_lock() {
            Ok(()) => {
                self.prune = Some(file);
                true
            }
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(_)) => true,
        }
    }
}

/// Held for no longer than the question takes: another program may be starting too.
fn is_alone(file: &File) -> bool {
    match file.try_lock() {
        // What cannot be let go of is let go of with the file.
        Ok(()) => file.unlock().is_ok(),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => true,
    }
}
