//! Exchanges whose client has its answer: their rows are made here, several at a time.
//!
//! A task for each would cost more than the row itself where many exchanges end at once.

use std::{
    mem,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{runtime::Handle, time};
use tokio_util::task::TaskTracker;

/// Those that end within this time share one task.
const GATHER: Duration = Duration::from_millis(2);
/// After so many others on this worker have their turn.
const TURN: usize = 16;

type Ending = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub(crate) struct Endings {
    waiting: Mutex<Vec<Ending>>,
    tasks: TaskTracker,
}

impl Endings {
    /// Sees to it soon; at once when the program is ending.
    pub(super) fn push(self: &Arc<Self>, ending: Ending) {
        let Ok(runtime) = Handle::try_current() else {
            return ending();
        };
        let mut waiting = self.waiting();
        waiting.push(ending);
        if waiting.len() == 1 {
            let endings = Arc::clone(self);
            let work = async move {
                time::sleep(GATHER).await;
                endings.settle().await;
            };
            self.tasks.spawn_on(work, &runtime);
        }
    }

    async fn settle(&self) {
        let waiting = mem::take(&mut *self.waiting());
        for (index, ending) in waiting.into_iter().enumerate() {
            if index % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
            // One that fails takes no other with it.
            if panic::catch_unwind(AssertUnwindSafe(ending)).is_err() {
                tracing::error!("the row of an exchange was not made: its ending panicked");
            }
        }
    }

    /// Returns when all rows are made.
    pub(crate) async fn wait(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Ending>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_that_ended_are_seen_to_whatever_one_of_them_does() {
        let endings = Arc::new(Endings::default());
        let made = Arc::new(AtomicUsize::new(0));
        for number in 0..TURN * 3 {
            let made = Arc::clone(&made);
            endings.push(Box::new(move || {
                assert_ne!(number, TURN, "one of them fails");
                made.fetch_add(1, Ordering::Relaxed);
            }));
        }
        assert_eq!(made.load(Ordering::Relaxed), 0, "no client waits for them");
        endings.wait().await;
        assert_eq!(made.load(Ordering::Relaxed), TURN * 3 - 1);
    }

    #[test]
    fn without_a_runtime_it_is_done_at_once() {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&made);
        Arc::new(Endings::default()).push(Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        }));
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }
}
