//! Opening the file: for writing, for reading, and when it is damaged.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Error, Id, locks::Locks, migrations, prune::now_ms};

const STOPPED: &str = "Patchbay stopped before this ended.";

/// An open database and where it is.
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) database: Connection,
    pub(super) locks: Locks,
    /// Holds the folder of a log that lasts for this session only.
    _session: Option<tempfile::TempDir>,
}

impl Place {
    /// The database at `path`, else a new one there, else one for this session; with a sentence
    /// about what happened.
    pub(super) fn open(path: &Path) -> Result<(Self, Option<String>), Error> {
        match open_or_replace(path) {
            Ok((database, problem)) => Ok((Self::of(path, database, None), problem)),
            Err(error) => {
                tracing::error!(%error, path = %path.display(), "the request log is kept for this session only");
                let session = tempfile::tempdir()?;
                let path = session.path().join("exchanges.sqlite");
                let database = open(&path)?;
                Ok((
                    Self::of(&path, database, Some(session)),
                    Some(format!("{error} Requests are kept until Patchbay ends.")),
                ))
            }
        }
    }

    fn of(path: &Path, database: Connection, session: Option<tempfile::TempDir>) -> Self {
        let now = Id::at(now_ms());
        let (locks, is_alone) = Locks::of(path);
        if is_alone && let Err(error) = end_what_was_left(&database, now) {
            tracing::warn!(%error, "what a stop left open was not marked");
        }
        Self {
            path: path.to_owned(),
            database,
            locks,
            _session: session,
        }
    }

    /// After damage found while writing: the same place, begun anew.
    pub(super) fn replace(&mut self) -> Result<String, Error> {
        // The old connection must be gone before its file is.
        self.database = Connection::open_in_memory()?;
        let aside = set_aside(&self.path)?;
        self.database = open(&self.path)?;
        Ok(damaged(&aside))
    }
}

pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// A connection that cannot write.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, rusqlite::Error> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    database.busy_timeout(Duration::from_secs(5))?;
    Ok(database)
}

fn open_or_replace(path: &Path) -> Result<(Connection, Option<String>), Error> {
    match open(path) {
        Err(Error::Sqlite(error)) if is_damage(&error) => {
            let aside = set_aside(path)?;
            Ok((open(path)?, Some(damaged(&aside))))
        }
        result => result.map(|database| (database, None)),
    }
}

fn open(path: &Path) -> Result<Connection, Error> {
    create_private(path)?;
    let mut database = Connection::open(path)?;
    database.busy_timeout(Duration::from_secs(5))?;
    // Takes effect in a new file only, and must come before its first table.
    database.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    // A power cut may lose the last rows, never the file.
    database.pragma_update(None, "synchronous", "NORMAL")?;
    database.pragma_update(None, "foreign_keys", true)?;
    // Pages that many rows change are then copied into the file once for all of them.
    database.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    // Much deleting makes a long write-ahead log; no more of it stays than twice what is usual.
    database.pragma_update(None, "journal_size_limit", 32 << 20)?;
    migrations::run(&mut database)?;
    Ok(database)
}

/// What began before `now`: a program that starts in the same moment may have begun something since.
fn end_what_was_left(database: &Connection, now: Id) -> Result<(), rusqlite::Error> {
    database.execute(
        "UPDATE exchanges SET state = 'failed', failed = 1, error_kind = 'gateway_fault',
             error_source = 'patchbay', error_message = ?1
         WHERE state <> 'done' AND state = 'streaming' AND id < ?2",
        (STOPPED, now),
    )?;
    Ok(())
}

/// For its owner only: it may hold what people wrote.
pub(super) fn create_private(path: &Path) -> io::Result<fs::File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    // Windows locks no file that is open for appending alone.
    options.create(true).read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Moves a damaged file out of the way; what can be saved from it is still there.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let aside = beside(path, &format!(".corrupt-{}", now.as_millis()));
    fs::rename(path, &aside)?;
    for suffix in ["-wal", "-shm"] {
        match fs::remove_file(beside(path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn damaged(aside: &Path) -> String {
    format!(
        "The request log was damaged. It was set aside as {} and a new one was begun.",
        aside.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_found_damaged_while_writing_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exchanges.sqlite");
        let (mut place, problem) = Place::open(&path).unwrap();
        assert_eq!(problem, None);
        place
            .database
            .execute_batch("CREATE TABLE of_the_old_file (x)")
            .unwrap();
        let sentence = place.replace().unwrap();
        assert!(sentence.contains(".corrupt-"), "{sentence}");
        let tables =
            "SELECT count(*) FROM sqlite_schema WHERE name IN ('exchanges', 'of_the_old_file')";
        let count: i64 = place
            .database
            .query_row(tables, [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 1);
        assert_eq!(
            folder
                .path()
                .read_dir()
                .unwrap()
                .filter(|entry| {
                    entry
                        .as_ref()
                        .unwrap()
                        .file_name()
                        .to_string_lossy()
                        .contains(".corrupt-")
                })
                .count(),
            1
        );
    }
}
