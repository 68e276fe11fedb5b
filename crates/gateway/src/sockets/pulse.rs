//! Whether a client is still there: asked now and then, given up after some silence.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior};

/// So many questions may stay without an answer.
const PATIENCE: u32 = 4;

/// The pulse of one socket.
pub(crate) struct Pulse {
    every: Duration,
    interval: Interval,
    last_heard: Instant,
}

impl Pulse {
    pub(crate) fn new(every: Duration) -> Self {
        let now = Instant::now();
        let mut interval = tokio::time::interval_at(now + every, every);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            every,
            interval,
            last_heard: now,
        }
    }

    /// Something came.
    pub(crate) fn heard(&mut self) {
        self.last_heard = Instant::now();
    }

    /// Waits until it is time to ask; `false`: nobody has answered for too long.
    pub(crate) async fn beat(&mut self) -> bool {
        self.interval.tick().await;
        self.last_heard.elapsed() < self.every * PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_ends_after_four_questions() {
        let mut pulse = Pulse::new(Duration::from_secs(15));
        for _ in 0..3 {
            assert!(pulse.beat().await);
        }
        pulse.heard();
        for _ in 0..3 {
            assert!(pulse.beat().await);
        }
        assert!(!pulse.beat().await);
    }
}
