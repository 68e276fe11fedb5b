//! Between the exchanges and the writer: rows always get in, bodies while there is room.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{Bodies, ExchangeRow};
use crate::config::{BodiesKept, Log};

/// Of bodies that wait to be written; beyond it a body is dropped, never a row.
pub(super) const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

type Done = oneshot::Sender<()>;

pub(super) enum Command {
    Apply(Log),
    DeleteAll(Done),
    Flush(Done),
    Prune(Done),
    Row(Box<ExchangeRow>, Option<Box<Bodies>>),
}

pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

struct Waiting {
    commands: VecDeque<Command>,
    body_bytes: usize,
    settings: Log,
    stopped: bool,
}

/// What the writer finds.
pub(super) enum Taken {
    Commands(Vec<Command>),
    /// Nothing came for a while.
    Nothing,
    /// No more will come, and nothing is left.
    Stopped,
}

impl Queue {
    pub(super) fn new(settings: Log) -> Self {
        let waiting = Waiting {
            commands: VecDeque::new(),
            body_bytes: 0,
            settings,
            stopped: false,
        };
        Self {
            waiting: Mutex::new(waiting),
            changed: Condvar::new(),
        }
    }

    pub(super) fn push_row(&self, row: ExchangeRow, bodies: Option<Bodies>) {
        let mut waiting = self.lock();
        let bodies = bodies.and_then(|bodies| waiting.admit(&row, bodies));
        waiting
            .commands
            .push_back(Command::Row(Box::new(row), bodies));
        self.changed.notify_one();
    }

    pub(super) fn apply(&self, settings: Log) {
        let mut waiting = self.lock();
        waiting.settings = settings.clone();
        waiting.commands.push_back(Command::Apply(settings));
        self.changed.notify_one();
    }

    /// Returns when the writer has done it, and all before it.
    pub(super) async fn ask(&self, command: fn(Done) -> Command) {
        let (done, answered) = oneshot::channel();
        self.lock().commands.push_back(command(done));
        self.changed.notify_one();
        // An error means that the writer is gone, and then there is nothing to wait for.
        let _ = answered.await;
    }

    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_one();
    }

    /// Waits for something to do, then takes up to `most` of it.
    pub(super) fn take(&self, most: usize, patience: Duration) -> Taken {
        let idle = |waiting: &mut Waiting| waiting.commands.is_empty() && !waiting.stopped;
        let (mut waiting, _) = self
            .changed
            .wait_timeout_while(self.lock(), patience, idle)
            .unwrap_or_else(PoisonError::into_inner);
        let count = waiting.commands.len().min(most);
        if count == 0 {
            return if waiting.stopped {
                Taken::Stopped
            } else {
                Taken::Nothing
            };
        }
        let commands: Vec<Command> = waiting.commands.drain(..count).collect();
        for command in &commands {
            if let Command::Row(_, Some(bodies)) = command {
                waiting.body_bytes = waiting.body_bytes.saturating_sub(bodies.size());
            }
        }
        Taken::Commands(commands)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// The bodies as they may be kept, or None.
    fn admit(&mut self, row: &ExchangeRow, mut bodies: Bodies) -> Option<Box<Bodies>> {
        let wanted = match self.settings.bodies {
            BodiesKept::All => true,
            BodiesKept::Errors => row.is_failed(),
            BodiesKept::Off => false,
        };
        if !wanted {
            return None;
        }
        bodies.cut(self.settings.max_body_bytes);
        let size = bodies.size();
        if size == 0 || self.body_bytes + size > MAX_BODY_BYTES {
            return None;
        }
        self.body_bytes += size;
        Some(Box::new(bodies))
    }
}
