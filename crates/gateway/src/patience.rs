//! Waiting, but not forever.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

/// What comes of some work, or `None` when it is not done by the end of the limit. No timer is made for what is done
/// already, as it mostly is where this is asked.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let first = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
    match first {
        Poll::Ready(done) => Some(done),
        Poll::Pending => tokio::time::timeout(limit, work).await.ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::future;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_for_as_long_as_it_may_and_no_longer() {
        let (second, began) = (Duration::from_secs(1), Instant::now());
        assert_eq!(within(Duration::ZERO, future::ready(1)).await, Some(1));
        assert_eq!(within(second * 2, sleep(second)).await, Some(()));
        assert_eq!(began.elapsed().as_secs(), 1);
        assert_eq!(within(second, future::pending::<()>()).await, None);
        assert_eq!(began.elapsed().as_secs(), 2);
    }
}
