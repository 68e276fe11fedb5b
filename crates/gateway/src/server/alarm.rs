//! The clock of a client's connection: how long it may take over the head of a request.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt;
use tokio::time::{self, Sleep};

/// Of one connection, one at a time. hyper wants a new one for each request and throws it away when the head has come;
/// to put one into tokio's clock and to take it out again each time takes the clock's lock twice, for which all
/// connections queue.
#[derive(Default)]
pub(super) struct Alarm(Arc<Resting>);

#[derive(Default)]
struct Resting(Mutex<Option<Pin<Box<Sleep>>>>);

struct Set {
    sleep: Option<Pin<Box<Sleep>>>,
    resting: Arc<Resting>,
}

impl rt::Timer for Alarm {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        let sleep = match self.0.held().take() {
            Some(mut sleep) => {
                sleep.as_mut().reset(deadline.into());
                sleep
            }
            None => Box::pin(time::sleep_until(deadline.into())),
        };
        Box::pin(Set {
            sleep: Some(sleep),
            resting: Arc::clone(&self.0),
        })
    }

    fn now(&self) -> Instant {
        time::Instant::now().into()
    }
}

impl Resting {
    fn held(&self) -> MutexGuard<'_, Option<Pin<Box<Sleep>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl rt::Sleep for Set {}

impl Future for Set {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().poll(context),
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        *self.resting.held() = self.sleep.take();
    }
}

#[cfg(test)]
mod tests {
    use hyper::rt::Timer as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_rings_when_it_was_set_for_last_however_often_it_was_set() {
        let alarm = Alarm::default();
        for _ in 0..3 {
            let began = time::Instant::now();
            drop(alarm.sleep(Duration::from_secs(10)));
            time::advance(Duration::from_secs(5)).await;
            drop(alarm.sleep(Duration::from_secs(60)));
            alarm.sleep(Duration::from_secs(10)).await;
            let lasted = began.elapsed();
            assert!(lasted >= Duration::from_secs(15), "{lasted:?}");
            assert!(lasted < Duration::from_secs(16), "{lasted:?}");
        }
    }
}
