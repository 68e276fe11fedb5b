//! Between the exchanges and the writer: rows always get in, bodies while there is room.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{Bodies, ExchangeRow, Id, Opening};
use crate::config::{BodiesKept, Log};

/// Of bodies that wait to be written; beyond it a body is dropped, never a row.
pub(super) const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// Commands in one transaction.
const BATCH: usize = 2_048;
/// Rows that come within this time are written together: one wake-up and one commit for all, and
/// a short exchange leaves no trace of its beginning.
const GATHER: Duration = Duration::from_millis(40);
/// After so long without a command the writer has time for other things.
const IDLE: Duration = Duration::from_secs(60);

/// Dropped without a word where it could not be done.
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
    /// Of exchanges that have not ended since.
    openings: HashMap<Id, Opening>,
    body_bytes: usize,
    /// One of the commands is waited for.
    is_urgent: bool,
    settings: Log,
    stopped: bool,
}

/// What the writer finds.
pub(super) enum Taken {
    Some(Batch),
    /// Nothing came for a while.
    Nothing,
    /// No more will come, and nothing is left.
    Stopped,
}

/// What is written in one transaction.
pub(super) struct Batch {
    pub(super) openings: Vec<Opening>,
    pub(super) commands: Vec<Command>,
}

impl Queue {
    pub(super) fn new(settings: Log) -> Self {
        let waiting = Waiting {
            commands: VecDeque::new(),
            openings: HashMap::new(),
            body_bytes: 0,
            is_urgent: false,
            settings,
            stopped: false,
        };
        Self {
            waiting: Mutex::new(waiting),
            changed: Condvar::new(),
        }
    }

    pub(super) fn push_opening(&self, opening: Opening) {
        let mut waiting = self.lock();
        let is_first = waiting.is_empty();
        waiting.openings.insert(opening.id, opening);
        if is_first {
            self.changed.notify_one();
        }
    }

    pub(super) fn push_row(&self, row: Box<ExchangeRow>, bodies: Option<Bodies>) {
        let mut waiting = self.lock();
        let bodies = bodies.and_then(|bodies| waiting.admit(&row, bodies));
        let is_first = waiting.is_empty();
        waiting.openings.remove(&row.id);
        waiting.commands.push_back(Command::Row(row, bodies));
        // A writer that already gathers looks by itself: no wake-up for each row.
        if is_first || waiting.commands.len() == BATCH {
            self.changed.notify_one();
        }
    }

    pub(super) fn apply(&self, settings: Log) {
        let mut waiting = self.lock();
        waiting.settings = settings.clone();
        waiting.push_urgent(Command::Apply(settings));
        self.changed.notify_one();
    }

    /// Returns when the writer has done it, and all before it; `false` where that was not possible.
    pub(super) async fn ask(&self, command: fn(Done) -> Command) -> bool {
        let (done, answered) = oneshot::channel();
        self.lock().push_urgent(command(done));
        self.changed.notify_one();
        answered.await.is_ok()
    }

    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_one();
    }

    /// Waits for something to do, lets more of it gather for a moment, then takes a batch.
    pub(super) fn take(&self) -> Taken {
        let idle = |waiting: &mut Waiting| waiting.is_empty() && !waiting.stopped;
        let waiting = self.wait_while(self.lock(), IDLE, idle);
        if waiting.is_empty() {
            return if waiting.stopped {
                Taken::Stopped
            } else {
                Taken::Nothing
            };
        }
        let gathering = |waiting: &mut Waiting| {
            waiting.commands.len() < BATCH && !waiting.is_urgent && !waiting.stopped
        };
        let mut waiting = self.wait_while(waiting, GATHER, gathering);
        let count = waiting.commands.len().min(BATCH);
        waiting.is_urgent &= count < waiting.commands.len();
        let openings = waiting.openings.drain().map(|(_, opening)| opening);
        let openings = openings.collect();
        let commands: Vec<Command> = waiting.commands.drain(..count).collect();
        for command in &commands {
            if let Command::Row(_, Some(bodies)) = command {
                waiting.body_bytes = waiting.body_bytes.saturating_sub(bodies.size());
            }
        }
        Taken::Some(Batch { openings, commands })
    }

    fn wait_while<'a>(
        &self,
        waiting: MutexGuard<'a, Waiting>,
        patience: Duration,
        condition: impl FnMut(&mut Waiting) -> bool,
    ) -> MutexGuard<'a, Waiting> {
        let result = self
            .changed
            .wait_timeout_while(waiting, patience, condition);
        result.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.commands.is_empty() && self.openings.is_empty()
    }

    /// Somebody waits for it.
    fn push_urgent(&mut self, command: Command) {
        self.commands.push_back(command);
        self.is_urgent = true;
    }

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
