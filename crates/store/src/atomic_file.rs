//! Replaces a file whole: a reader, or a crash, sees the old text or the new one, never a mixture.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

/// The new file, complete and on disk, under another name.
pub(crate) struct Staged {
    file: NamedTempFile,
    target: PathBuf,
}

/// Writes `text` beside the file. A symlink stays one and its target is replaced; permissions are
/// kept; a new file is for its owner only.
pub(crate) fn stage(path: &Path, text: &str) -> io::Result<Staged> {
    let target = follow(path)?;
    let folder = folder_of(&target);
    fs::create_dir_all(folder)?;
    // Made for its owner only; `set_permissions` then widens it to what the old file had.
    let mut file = tempfile::Builder::new()
        .prefix(".patchbay-")
        .suffix(".new")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(old) = fs::metadata(&target) {
        fs::set_permissions(file.path(), old.permissions())?;
    }
    file.as_file().sync_all()?;
    Ok(Staged { file, target })
}

impl Staged {
    /// Moves it into place. Dropped instead, it leaves nothing behind.
    pub(crate) fn commit(self) -> io::Result<()> {
        self.file
            .persist(&self.target)
            .map_err(|error| error.error)?;
        sync_folder(&self.target)
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."))
}

/// Where a chain of symlinks ends, also when nothing is there yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..16 {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other(
        "the symlink leads to another one too often",
    ))
}

/// The rename itself is on disk only once the folder is.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(folder_of(path))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
