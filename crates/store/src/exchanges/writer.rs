//! The one thread that writes: takes what waits, writes it in one transaction, prunes now and then.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    Error, ExchangeRow,
    database::{Place, is_busy, is_damage},
    prune,
    queue::{Batch, Command, Queue, Taken},
    read::Reader,
    write,
};
use crate::config::Log;

/// Rows after which the limits are looked at again.
const PRUNE_ROWS: usize = 1_000;
/// Where rows wait for another program to let go of the file.
const WAITING: &str =
    "Another program holds the request log's file. Requests are recorded when it lets go.";
/// Settings that came by mistake can be taken back before anything goes by them: of a file that is only half
/// written, of a second program that has other ones.
const SECOND_THOUGHTS: Duration = Duration::from_secs(60);

pub(super) fn start(
    place: Place,
    settings: Log,
    queue: &Arc<Queue>,
    reader: &Arc<Reader>,
    problem: &Arc<Mutex<Option<String>>>,
) -> io::Result<JoinHandle<()>> {
    let mut writer = Writer {
        place,
        settings,
        reader: Arc::clone(reader),
        problem: Arc::clone(problem),
        rows_since_prune: PRUNE_ROWS,
        prune_from: Instant::now() + SECOND_THOUGHTS,
        failing: false,
    };
    let queue = Arc::clone(queue);
    thread::Builder::new()
        .name("patchbay-exchanges".to_owned())
        .spawn(move || writer.run(&queue))
}

struct Writer {
    place: Place,
    settings: Log,
    reader: Arc<Reader>,
    problem: Arc<Mutex<Option<String>>>,
    rows_since_prune: usize,
    prune_from: Instant,
    failing: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Written {
    Yes,
    No,
    /// Another program holds the file.
    NotYet,
}

impl Writer {
    fn run(&mut self, queue: &Queue) {
        loop {
            match queue.take() {
                Taken::Some(batch) => {
                    let written = self.write(&batch);
                    self.settle(queue, batch, written);
                    if self.rows_since_prune >= PRUNE_ROWS {
                        self.prune_when_due(Instant::now());
                    }
                }
                Taken::Nothing => self.prune_when_due(Instant::now()),
                Taken::Stopped => return,
            }
        }
    }

    /// All rows of a batch at once, or none; what else it asks for comes after them.
    fn write(&mut self, batch: &Batch) -> Written {
        let mut result = self.transaction(batch);
        if let Err(Error::Sqlite(error)) = &result
            && is_damage(error)
        {
            result = self.begin_anew().and_then(|()| self.transaction(batch));
        }
        let written = match result {
            Ok(()) => {
                if self.failing {
                    self.tell(None);
                }
                Written::Yes
            }
            Err(Error::Sqlite(error)) if is_busy(&error) && !batch.is_last => {
                tracing::warn!(%error, "exchanges wait to be written");
                self.tell(Some(WAITING.to_owned()));
                Written::NotYet
            }
            Err(error) => {
                tracing::error!(%error, "exchanges were not written");
                self.tell(Some(match error {
                    // Said without the error's own sentence, which is about reading.
                    Error::Sqlite(error) => format!("Requests are not being recorded: {error}."),
                    error => format!("Requests are not being recorded. {error}"),
                }));
                Written::No
            }
        };
        self.failing = written != Written::Yes;
        written
    }

    /// Does what else a batch asks for. Rows that could not be written yet go back; nobody waits for them.
    fn settle(&mut self, queue: &Queue, batch: Batch, written: Written) {
        let mut rows = Vec::new();
        for command in batch.commands {
            match command {
                Command::Row(..) if written == Written::NotYet => rows.push(command),
                command => self.obey(command, written == Written::Yes),
            }
        }
        if written == Written::NotYet {
            queue.put_back(batch.openings, rows);
        }
    }

    fn transaction(&mut self, batch: &Batch) -> Result<(), Error> {
        let transaction = self.place.database.transaction()?;
        let mut rows = write::Rows::of(&transaction)?;
        for command in &batch.commands {
            match command {
                Command::Row(row, bodies) => {
                    rows.put(row)?;
                    if let Some(bodies) = bodies {
                        rows.put_bodies(row.id, bodies)?;
                    }
                    self.rows_since_prune += 1;
                }
                // What was recorded before it goes; what comes after it in the batch stays.
                Command::DeleteAll(_) => write::delete_all(&transaction)?,
                Command::Apply(_) | Command::Flush(_) | Command::Prune(_) => {}
            }
        }
        for opening in &batch.openings {
            rows.put(&ExchangeRow::from(opening.clone()))?;
            self.rows_since_prune += 1;
        }
        drop(rows);
        transaction.commit()?;
        Ok(())
    }

    fn obey(&mut self, command: Command, is_written: bool) {
        let done = match command {
            Command::Apply(settings) => {
                self.settings = settings;
                self.rows_since_prune = PRUNE_ROWS;
                self.prune_from = Instant::now() + SECOND_THOUGHTS;
                return;
            }
            Command::Row(..) => return,
            Command::DeleteAll(_) if !is_written => return,
            Command::DeleteAll(done) => {
                self.shrink();
                done
            }
            Command::Flush(done) => done,
            Command::Prune(done) => {
                self.prune();
                done
            }
        };
        // Whoever asked may have stopped waiting.
        let _ = done.send(());
    }

    fn prune_when_due(&mut self, now: Instant) {
        if now >= self.prune_from {
            self.prune();
        }
    }

    fn prune(&mut self) {
        self.rows_since_prune = 0;
        if !self.place.locks.may_prune() {
            return;
        }
        if let Err(error) = prune::prune(&self.place.database, &self.settings) {
            tracing::warn!(%error, "the request log was not pruned");
        }
    }

    /// What was deleted shall be gone from the disk too, the write-ahead log included.
    fn shrink(&self) {
        let database = &self.place.database;
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let shrunk = prune::free(database).and_then(|()| Ok(database.execute_batch(checkpoint)?));
        if let Err(error) = shrunk {
            tracing::warn!(%error, "the request log's file was not made smaller");
        }
    }

    fn begin_anew(&mut self) -> Result<(), Error> {
        self.reader.close();
        let sentence = self.place.replace()?;
        tracing::error!("{sentence}");
        self.tell(Some(sentence));
        Ok(())
    }

    fn tell(&self, problem: Option<String>) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
