//! What happens, as it happens.

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::stream::{self, Stream};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};

use super::{
    Admin,
    exchanges::ExchangeSummary,
    session::SessionKind,
    status::{ServerState, Status},
};

/// Proxies and sleepy computers drop a connection on which nothing is said.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LiveEvent {
    /// Providers, accounts, aliases or settings changed: fetch them again.
    ConfigChanged,
    /// A row was opened or changed.
    Exchange {
        exchange: Box<ExchangeSummary>,
    },
    /// Rows were deleted: fetch the list again.
    ExchangesDeleted,
    /// Events were lost because this listener was too slow: fetch everything again.
    Missed,
    Status {
        status: Box<Status>,
    },
}

/// The state of things first, then every change until the listener goes. A page's stream ends with
/// the server, which would wait for it otherwise; the window's goes on.
pub(super) async fn follow(
    State(admin): State<Arc<Admin>>,
    Extension(kind): Extension<SessionKind>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let listener = Listener {
        // Before the status is read, so that no change falls between the two.
        events: admin.app.live.subscribe(),
        server: match kind {
            SessionKind::Browser => Some(admin.app.server.state()),
            SessionKind::Window => None,
        },
        step: Step::Begin,
        admin,
    };
    let events = stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        let event = Event::default().json_data(&event).unwrap_or_default();
        Some((Ok(event), listener))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

struct Listener {
    admin: Arc<Admin>,
    events: broadcast::Receiver<LiveEvent>,
    /// Of whom the stream must not outlive it.
    server: Option<watch::Receiver<ServerState>>,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Begin,
    End,
    Follow,
}

impl Listener {
    async fn next(&mut self) -> Option<LiveEvent> {
        match self.step {
            Step::Begin => {
                self.step = Step::Follow;
                Some(self.status())
            }
            Step::End => None,
            Step::Follow => tokio::select! {
                biased;
                () = stopping(self.server.as_mut()) => {
                    self.step = Step::End;
                    Some(self.status())
                }
                event = self.events.recv() => match event {
                    Ok(event) => Some(event),
                    Err(RecvError::Lagged(_)) => Some(LiveEvent::Missed),
                    Err(RecvError::Closed) => None,
                },
            },
        }
    }

    fn status(&self) -> LiveEvent {
        let status = Box::new(self.admin.app.status());
        LiveEvent::Status { status }
    }
}

/// Never, if there is no server to watch.
async fn stopping(server: Option<&mut watch::Receiver<ServerState>>) {
    let Some(server) = server else {
        return pending().await;
    };
    let stops = |state: &ServerState| matches!(state, ServerState::Stopped | ServerState::Stopping);
    // An error means that the program ends.
    let _ = server.wait_for(stops).await;
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
