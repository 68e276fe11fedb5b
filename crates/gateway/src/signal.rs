//! What is told once to many tasks that work on something else. Whether it was told is asked with every step
//! of theirs, so asking costs next to nothing.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

#[derive(Clone, Default)]
pub(crate) struct Signal(Arc<Told>);

#[derive(Default)]
struct Told {
    is_given: AtomicBool,
    /// Wakes those who listen.
    token: CancellationToken,
}

impl Signal {
    pub(crate) fn give(&self) {
        self.0.is_given.store(true, Ordering::Release);
        self.0.token.cancel();
    }

    pub(crate) fn is_given(&self) -> bool {
        self.0.is_given.load(Ordering::Acquire)
    }

    /// Resolves once it is given.
    pub(crate) fn listen(&self) -> Listening {
        Listening {
            signal: self.clone(),
            waiting: Box::pin(self.0.token.clone().cancelled_owned()),
            task: None,
        }
    }
}

/// Waits for a signal, and may do so again and again.
pub(crate) struct Listening {
    signal: Signal,
    waiting: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Will be woken.
    task: Option<Waker>,
}

impl Future for Listening {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.signal.is_given() {
            return Poll::Ready(());
        }
        let task = context.waker();
        if self
            .task
            .as_ref()
            .is_some_and(|known| known.will_wake(task))
        {
            return Poll::Pending;
        }
        self.task = Some(task.clone());
        self.waiting.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time;

    use super::*;

    #[tokio::test]
    async fn all_who_listen_hear_it_whichever_task_they_are_in() {
        let signal = Signal::default();
        let mut moved = signal.listen();
        let early = time::timeout(Duration::ZERO, &mut moved).await;
        assert!(early.is_err() && !signal.is_given());
        let elsewhere = tokio::spawn(moved);
        let (other, late) = (tokio::spawn(signal.listen()), signal.clone());
        tokio::task::yield_now().await;
        late.give();
        elsewhere.await.unwrap();
        other.await.unwrap();
        signal.listen().await;
        assert!(signal.is_given());
    }
}
