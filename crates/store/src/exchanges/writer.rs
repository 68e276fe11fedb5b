//! The one thread that writes: takes what waits, writes it in one transaction, prunes now and then.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use super::{
    Error, ExchangeRow,
    database::{Place, is_damage},
    prune,
    queue::{Batch, Command, Queue, Taken},
    read::Reader,
    write,
};
use crate::config::Log;

/// Rows after which the limits are looked at again.
const PRUNE_ROWS: usize = 1_000;

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
        rows_since_prune: 0,
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
    failing: bool,
}

impl Writer {
    fn run(&mut self, queue: &Queue) {
        self.prune();
        loop {
            match queue.take() {
                Taken::Some(batch) => {
                    let is_written = self.write(&batch);
                    for command in batch.commands {
                        self.obey(command, is_written);
                    }
                    if self.rows_since_prune >= PRUNE_ROWS {
                        self.prune();
                    }
                }
                Taken::Nothing => self.prune(),
                Taken::Stopped => return,
            }
        }
    }

    /// All rows of a batch at once, or `false` and none; what else it asks for comes after them.
    fn write(&mut self, batch: &Batch) -> bool {
        let mut result = self.transaction(batch);
        if let Err(Error::Sqlite(error)) = &result
            && is_damage(error)
        {
            result = self.begin_anew().and_then(|()| self.transaction(batch));
        }
        let is_written = result.is_ok();
        if let Err(error) = result {
            tracing::error!(%error, "exchanges were not written");
            self.tell(Some(format!("Requests are not being recorded. {error}")));
        } else if self.failing {
            self.tell(None);
        }
        self.failing = !is_written;
        is_written
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
                self.prune();
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

    fn prune(&mut self) {
        self.rows_since_prune = 0;
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
