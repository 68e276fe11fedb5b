//! The product's request log: one row per exchange in SQLite, bodies apart. Writing never makes
//! anybody wait, and never fails towards the caller.

mod bodies;
mod database;
mod filter;
mod id;
mod locks;
mod migrations;
mod page;
mod prune;
mod queue;
mod read;
mod row;
mod stats;
mod write;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

pub use self::{
    bodies::{Bodies, Body},
    filter::{Filter, StatusFilter},
    id::{Id, NotAnId},
    page::{Cursor, Page},
    row::{Attempt, ErrorSource, ExchangeRow, ExchangeState, LossRow, Opening, Text, Timing, Word},
    stats::{Route, Stats},
};
use self::{
    database::Place,
    queue::{Command, Queue},
    read::Reader,
};
use crate::config::Log;

/// How long a question waits for what was recorded before it.
const READ_PATIENCE: Duration = Duration::from_secs(2);

/// Cheap to clone; the last clone to go writes what is left and closes the file.
#[derive(Clone)]
pub struct ExchangeLog {
    inner: Arc<Inner>,
}

struct Inner {
    queue: Arc<Queue>,
    reader: Arc<Reader>,
    problem: Arc<Mutex<Option<String>>>,
    writer: Option<std::thread::JoinHandle<()>>,
}

/// Why the log cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("The request log's file cannot be used: {0}.")]
    Io(#[from] std::io::Error),
    #[error("The requests could not be deleted: the log's file cannot be written to.")]
    NotDeleted,
    #[error("The request log holds a row that is not readable: {0}.")]
    Row(#[from] serde_json::Error),
    #[error("The request log cannot be read: {0}.")]
    Sqlite(#[from] rusqlite::Error),
    #[error(
        "The request log was written by a newer Patchbay (version {found}; this one knows {known})."
    )]
    TooNew { found: u32, known: usize },
}

impl ExchangeLog {
    /// Opens the file, or makes it. A damaged one is set aside and a new one begun; where none can
    /// be kept, the log lasts for this session: [`ExchangeLog::problem`] says so.
    pub fn open(path: &Path, settings: Log) -> Result<Self, Error> {
        let (place, problem) = Place::open(path)?;
        let problem = Arc::new(Mutex::new(problem));
        let queue = Arc::new(Queue::new(settings.clone()));
        let reader = Arc::new(Reader::new(place.path.clone()));
        let writer = writer::start(place, settings, &queue, &reader, &problem)?;
        let inner = Inner {
            queue,
            reader,
            problem,
            writer: Some(writer),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Writes the row of an exchange that has begun, so that a crash leaves a trace.
    pub fn open_row(&self, opening: Opening) {
        self.inner.queue.push_opening(opening);
    }

    /// Writes the row of an exchange that has ended, in place of the one it began with. The bodies
    /// are kept if the settings say so and the queue has room for them; the row always is.
    pub fn record(&self, row: impl Into<Box<ExchangeRow>>, bodies: Option<Bodies>) {
        self.inner.queue.push_row(row.into(), bodies);
    }

    /// From now on keeps what these settings say, and in a minute prunes by them.
    pub fn apply(&self, settings: Log) {
        self.inner.queue.apply(settings);
    }

    /// Newest first, from `cursor` on. Like every question here it sees what was recorded before.
    pub async fn query(
        &self,
        filter: Filter,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        self.read(move |database| page::query(database, &filter, cursor.as_ref(), limit))
            .await
    }

    /// One exchange and what was kept of its bodies.
    pub async fn get(&self, id: Id) -> Result<Option<(ExchangeRow, Option<Bodies>)>, Error> {
        self.read(move |database| read::get(database, id)).await
    }

    /// Sums over the exchanges that began at or after this Unix time in milliseconds.
    pub async fn stats_since(&self, since_ms: i64) -> Result<Stats, Error> {
        self.read(move |database| stats::since(database, Id::at(since_ms)))
            .await
    }

    /// Forgets every exchange, those still in the queue included.
    pub async fn delete_all(&self) -> Result<(), Error> {
        let is_done = self.inner.queue.ask(Command::DeleteAll).await;
        is_done.then_some(()).ok_or(Error::NotDeleted)
    }

    /// Drops what is older or more than the settings allow, unless another program does that; also happens by itself.
    pub async fn prune(&self) {
        self.inner.queue.ask(Command::Prune).await;
    }

    /// Returns when everything recorded before is on disk.
    pub async fn flush(&self) {
        self.inner.queue.ask(Command::Flush).await;
    }

    /// A sentence about what is wrong with the log now, for people.
    pub fn problem(&self) -> Option<String> {
        let problem = self.inner.problem.lock();
        problem.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        // Who heard of an exchange finds it. A writer that is far behind is not waited for.
        let _ = tokio::time::timeout(READ_PATIENCE, self.flush()).await;
        let reader = Arc::clone(&self.inner.reader);
        tokio::task::spawn_blocking(move || reader.with(work))
            .await
            .map_err(std::io::Error::other)?
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.stop();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer of the request log ended in a panic");
        }
    }
}
