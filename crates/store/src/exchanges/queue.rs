//! Between the exchanges and the writer: rows always get in, bodies while there is room.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{Bodies, ExchangeRow, Id, Opening};
use crate::config::Log;

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
    /// The program ends: what cannot be written now never is.
    pub(super) is_last: bool,
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
        // Cut while nobody waits for the lock: what stays of a long body is copied.
        let bodies = bodies.and_then(|bodies| self.as_kept(&row, bodies));
        let mut waiting = self.lock();
        let bodies = bodies.filter(|bodies| waiting.admit(bodies));
        let is_first = waiting.is_empty();
        waiting.openings.remove(&row.id);
        waiting.commands.push_back(Command::Row(row, bodies));
        // A writer that already gathers looks by itself: no wake-up for each row.
        if is_first || waiting.commands.len() == BATCH {
            self.changed.notify_one();
        }
    }

    /// Back to the front goes what could not be written yet.
    pub(super) fn put_back(&self, openings: Vec<Opening>, rows: Vec<Command>) {
        let mut waiting = self.lock();
        let ended: HashSet<Id> = waiting.commands.iter().filter_map(Command::ended).collect();
        for opening in openings {
            if !ended.contains(&opening.id) {
                waiting.openings.insert(opening.id, opening);
            }
        }
        for row in rows.into_iter().rev() {
            waiting.body_bytes += row.body_bytes();
            waiting.commands.push_front(row);
        }
    }

    pub(super) fn apply(&self, settings: Log) {
        self.lock().settings = settings.clone();
        self.push(Command::Apply(settings));
    }

    /// Returns when the writer has done it, and all before it; `false` where that was not possible.
    pub(super) async fn ask(&self, command: fn(Done) -> Command) -> bool {
        let (done, answered) = oneshot::channel();
        self.push(command(done));
        answered.await.is_ok()
    }

    /// Somebody waits for it.
    pub(super) fn push(&self, command: Command) {
        let mut waiting = self.lock();
        waiting.commands.push_back(command);
        waiting.is_urgent = true;
        self.changed.notify_one();
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
            waiting.body_bytes = waiting.body_bytes.saturating_sub(command.body_bytes());
        }
        Taken::Some(Batch {
            openings,
            commands,
            is_last: waiting.stopped,
        })
    }

    /// The bodies as the settings keep them, or None.
    fn as_kept(&self, row: &ExchangeRow, mut bodies: Bodies) -> Option<Box<Bodies>> {
        let waiting = self.lock();
        let is_wanted = waiting.settings.bodies.wants(row.is_failed());
        let max_bytes = waiting.settings.max_body_bytes;
        drop(waiting);
        is_wanted.then(|| {
            bodies.cut(max_bytes);
            Box::new(bodies)
        })
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

    /// Whether there is room for them, which is then theirs.
    fn admit(&mut self, bodies: &Bodies) -> bool {
        let size = bodies.size();
        let is_fitting = size > 0 && self.body_bytes + size <= MAX_BODY_BYTES;
        if is_fitting {
            self.body_bytes += size;
        }
        is_fitting
    }
}

impl Command {
    fn ended(&self) -> Option<Id> {
        match self {
            Self::Row(row, _) => Some(row.id),
            Self::Apply(_) | Self::DeleteAll(_) | Self::Flush(_) | Self::Prune(_) => None,
        }
    }

    fn body_bytes(&self) -> usize {
        match self {
            Self::Row(_, Some(bodies)) => bodies.size(),
            Self::Row(_, None)
            | Self::Apply(_)
            | Self::DeleteAll(_)
            | Self::Flush(_)
            | Self::Prune(_) => 0,
        }
    }
}
