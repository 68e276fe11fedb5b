//! The listener and its state, which is the truth for tray, window and command line.

mod alarm;
mod front;
mod unreadable;

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::body::Body;
use futures_util::FutureExt as _;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinError, JoinHandle, JoinSet},
};
use tokio_util::task::TaskTracker;

pub(crate) use self::front::router;
use self::{alarm::Alarm, front::Front, unreadable::Answering};
use crate::{
    admin::status::{FailedReason, ServerState},
    app::App,
    clock, port_holder,
    signal::Signal,
};

/// After the grace, for the last words of streams.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// After a failed `accept`, when the computer has no more file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(crate) struct ServerMachine {
    state: watch::Sender<ServerState>,
    running: tokio::sync::Mutex<Option<Running>>,
    open: Mutex<Option<Open>>,
}

/// An open port.
#[derive(Clone, Copy)]
struct Open {
    address: SocketAddr,
    since_ms: u64,
}

/// What a request from the network knows of the port that it came in by.
pub(crate) struct Door {
    /// The port is being closed: whoever says nothing goes now.
    pub(crate) stop: Signal,
    /// Whoever still talks says its last words.
    pub(crate) cut: Signal,
    /// Sockets, which outlive their connections' requests and are waited for.
    pub(crate) sockets: TaskTracker,
}

struct Running {
    stop: Signal,
    task: JoinHandle<()>,
}

impl Default for ServerMachine {
    fn default() -> Self {
        Self {
            state: watch::Sender::new(ServerState::Stopped),
            running: tokio::sync::Mutex::default(),
            open: Mutex::default(),
        }
    }
}

impl ServerMachine {
    pub(crate) fn state(&self) -> watch::Receiver<ServerState> {
        self.state.subscribe()
    }

    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.open().map(|open| open.address)
    }

    /// Unix milliseconds.
    pub(crate) fn running_since(&self) -> Option<u64> {
        self.open().map(|open| open.since_ms)
    }

    fn open(&self) -> Option<Open> {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_open(&self, open: Option<Open>) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = open;
    }

    fn turn(&self, state: ServerState) -> ServerState {
        self.state.send_replace(state.clone());
        state
    }
}

pub(crate) async fn start(app: &Arc<App>, address: Option<SocketAddr>) -> ServerState {
    let mut running = app.server.running.lock().await;
    if running.is_some() {
        return app.server_state();
    }
    open(app, &mut running, address).await
}

pub(crate) async fn stop(app: &Arc<App>) -> ServerState {
    close(app, &mut *app.server.running.lock().await).await;
    app.server.turn(ServerState::Stopped)
}

/// Opens the port from the configuration and closes the one before it, which answers what it was asked: so a page
/// learns of the move, and finds the new port open. It is never `Stopped` between the two, which would mean that
/// somebody wanted an end.
pub(crate) async fn move_to_configured(app: &Arc<App>) -> ServerState {
    let mut running = app.server.running.lock().await;
    let (before, left) = (running.take(), app.server.address());
    let state = open(app, &mut running, None).await;
    let Some(before) = before else { return state };
    before.stop.give();
    if let Some(left) = left {
        app.sign_in_folder.closed(left);
    }
    match running.take() {
        Some(Running { stop, task }) => {
            // Whoever stops the one waits for the other, too.
            let task = tokio::spawn(async move {
                for ended in [before.task.await, task.await] {
                    told_of_disorder(ended);
                }
            });
            *running = Some(Running { stop, task });
        }
        None => app.server.set_open(None),
    }
    state
}

/// Why this address could not be listened on now.
///
/// # Errors
/// As the server's state would say it.
pub(crate) async fn check_free(address: SocketAddr) -> Result<(), FailedReason> {
    match TcpListener::bind(address).await {
        Ok(_) => Ok(()),
        Err(error) => Err(why_not(address, &error).await),
    }
}

async fn open(
    app: &Arc<App>,
    running: &mut Option<Running>,
    address: Option<SocketAddr>,
) -> ServerState {
    let address = address.unwrap_or_else(|| app.config.current().listen.address);
    if !address.ip().is_loopback() {
        let message = format!(
            "Patchbay serves this computer only, and {address} is open to others. Use 127.0.0.1 or [::1] and a port."
        );
        return app.server.turn(ServerState::Failed {
            reason: FailedReason {
                message,
                holder: None,
                free_address: None,
            },
        });
    }
    app.server.turn(ServerState::Starting);
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok::<_, io::Error>((listener, address))
    };
    match bound.await {
        Ok((listener, address)) => {
            // Who gets an answer at this address finds it written down, too.
            if let Err(error) = app.sign_in_folder.opened(address) {
                tracing::warn!(%error, "`patchbay sign-in` will not find this server");
            }
            let stop = Signal::default();
            let serving = serve(listener, Front::new(app), stop.clone(), app.pace.grace);
            *running = Some(Running {
                stop,
                task: tokio::spawn(serving),
            });
            app.server.set_open(Some(Open {
                address,
                since_ms: clock::unix_ms(),
            }));
            app.server.turn(ServerState::Running {
                address: address.to_string(),
            })
        }
        Err(error) => {
            let reason = why_not(address, &error).await;
            tracing::warn!(target: "gateway::start", "{}", reason.message);
            app.server.turn(ServerState::Failed { reason })
        }
    }
}

async fn close(app: &Arc<App>, running: &mut Option<Running>) {
    if let Some(Running { stop, task }) = running.take() {
        app.server.turn(ServerState::Stopping);
        if let Some(address) = app.server.address() {
            app.sign_in_folder.closed(address);
        }
        stop.give();
        told_of_disorder(task.await);
        app.server.set_open(None);
    }
}

fn told_of_disorder(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "the server ended in disorder");
    }
}

/// Accepts until told to stop, then closes the port first and the connections after it.
async fn serve(listener: TcpListener, front: Front, stop: Signal, grace: Duration) {
    let door = Arc::new(Door {
        stop,
        cut: Signal::default(),
        sockets: TaskTracker::new(),
    });
    let mut stopping = door.stop.listen();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = &mut stopping => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, front.clone(), Arc::clone(&door)));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    door.sockets.close();
    if tokio::time::timeout(grace, drained(&mut connections, &door))
        .await
        .is_err()
    {
        door.cut.give();
        let _ = tokio::time::timeout(LAST_WORDS, drained(&mut connections, &door)).await;
    }
    connections.shutdown().await;
}

async fn drained(connections: &mut JoinSet<()>, door: &Door) {
    while connections.join_next().await.is_some() {}
    door.sockets.wait().await;
}

async fn connection(stream: TcpStream, front: Front, door: Arc<Door>) {
    // Without it the last bytes of a chunk wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let patience = front.app.pace.request;
    let (mut stop, mut cut) = (door.stop.listen(), door.cut.listen());
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        front
            .clone()
            .answer(request.map(Body::new), Some(Arc::clone(&door)))
            .map(Ok::<_, Infallible>)
    });
    // Whoever sends nothing, or half a head, gives its place to others.
    let connection = http1::Builder::new()
        .timer(Alarm::default())
        .header_read_timeout(patience)
        .serve_connection(Answering::new(TokioIo::new(stream)), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let (mut stopping, mut cutting) = (false, false);
    let ended = loop {
        tokio::select! {
            biased;
            ended = &mut connection => break ended,
            () = &mut stop, if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            // Polled once more, its streams see it for themselves.
            () = &mut cut, if !cutting => cutting = true,
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a client's connection broke off");
    }
}

/// Why the port could not be opened, and what would help.
async fn why_not(address: SocketAddr, error: &io::Error) -> FailedReason {
    let port = address.port();
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            let holder = port_holder::ask(address).await;
            FailedReason {
                message: format!(
                    "Port {port} is in use by {}.",
                    port_holder::describe(&holder)
                ),
                holder: Some(holder),
                free_address: port_holder::next_free(address).map(|free| free.to_string()),
            }
        }
        io::ErrorKind::PermissionDenied => FailedReason {
            message: format!(
                "This computer does not let Patchbay open port {port}. Choose one above 1023."
            ),
            holder: None,
            free_address: port_holder::next_free(address).map(|free| free.to_string()),
        },
        _ => FailedReason {
            message: format!("Patchbay cannot listen on {address}: {error}."),
            holder: None,
            free_address: None,
        },
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
