//! One thread for a store that blocks: a prompt that nobody answers holds up that thread alone.

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{SecretError, SecretStore};

type Job = Box<dyn FnOnce(&dyn SecretStore) + Send>;

/// Runs calls on the thread, one after the other.
pub(super) struct Worker {
    store: Arc<dyn SecretStore>,
    /// How long a call may take: time to type a password, not to forget about it.
    patience: Duration,
    running: Mutex<Option<Running>>,
}

struct Running {
    jobs: mpsc::Sender<Job>,
    unfinished: Arc<AtomicUsize>,
    /// When a caller's patience ended.
    overdue_since: Option<Instant>,
}

impl Worker {
    pub(super) fn new(store: Arc<dyn SecretStore>, patience: Duration) -> Self {
        Self {
            store,
            patience,
            running: Mutex::new(None),
        }
    }

    /// [`SecretError::Waiting`] when it takes too long, and at once while an older call still does.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn SecretStore) -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let (answer, answered) = oneshot::channel();
        self.send(Box::new(move |store| {
            // Nobody listens any more once the caller's patience has ended.
            let _ = answer.send(work(store));
        }))?;
        match tokio::time::timeout(self.patience, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(SecretError::Keychain("it failed unexpectedly".to_owned())),
            Err(_) => {
                if let Some(running) = &mut *self.lock() {
                    running.overdue_since.get_or_insert_with(Instant::now);
                }
                Err(SecretError::Waiting)
            }
        }
    }

    fn send(&self, job: Job) -> Result<(), SecretError> {
        let mut slot = self.lock();
        if let Some(running) = &mut *slot
            && let Some(since) = running.overdue_since
        {
            if running.unfinished.load(Ordering::Acquire) == 0 {
                running.overdue_since = None;
            } else if since.elapsed() < self.patience {
                return Err(SecretError::Waiting);
            } else {
                // Given up: the old thread ends by itself if its call ever does.
                *slot = None;
            }
        }
        let job = match &*slot {
            Some(running) => match running.send(job) {
                Ok(()) => return Ok(()),
                Err(job) => job,
            },
            None => job,
        };
        let running = self
            .start()
            .map_err(|error| SecretError::Keychain(error.to_string()))?;
        // Cannot fail: the thread waits for it.
        let _ = running.send(job);
        *slot = Some(running);
        Ok(())
    }

    fn start(&self) -> io::Result<Running> {
        let (jobs, received) = mpsc::channel::<Job>();
        let unfinished = Arc::new(AtomicUsize::new(0));
        let (store, counter) = (Arc::clone(&self.store), Arc::clone(&unfinished));
        thread::Builder::new()
            .name("patchbay-keychain".to_owned())
            .spawn(move || {
                for job in received {
                    // A panic in the operating system's library is this call's failure; its
                    // caller sees that no answer came.
                    let _ = panic::catch_unwind(AssertUnwindSafe(|| job(&*store)));
                    counter.fetch_sub(1, Ordering::Release);
                }
            })?;
        Ok(Running {
            jobs,
            unfinished,
            overdue_since: None,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn send(&self, job: Job) -> Result<(), Job> {
        self.unfinished.fetch_add(1, Ordering::AcqRel);
        self.jobs.send(job).map_err(|mpsc::SendError(job)| job)
    }
}
