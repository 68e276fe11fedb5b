//! A conversation with a provider that has none: each of its turns is an exchange.

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use http::request::Parts;
use protocol::realtime::{Action, Opening, Session};
use tokio_tungstenite::tungstenite;

use super::{
    LAST_WORDS,
    pulse::Pulse,
    reply::{Piece, Running},
    sent,
};
use crate::{app::App, signal::Signal};

/// One socket and what is said on it.
pub(super) struct Bridge {
    app: Arc<App>,
    /// Of the handshake: every turn is a request of the same client.
    head: Parts,
    session: Session,
    /// Ends replies in the making.
    cut: Signal,
    running: Option<Running>,
}

/// What happened first.
enum Happened {
    Beat(bool),
    Cut,
    Piece(Piece),
    Received(Option<Result<Message, axum::Error>>),
    Stop,
}

impl Bridge {
    pub(super) fn new(app: Arc<App>, mut head: Parts, opening: Opening, cut: Signal) -> Self {
        // The turns are no handshakes.
        for name in [
            http::header::CONNECTION,
            http::header::SEC_WEBSOCKET_EXTENSIONS,
            http::header::SEC_WEBSOCKET_KEY,
            http::header::SEC_WEBSOCKET_VERSION,
            http::header::UPGRADE,
        ] {
            head.headers.remove(name);
        }
        Self {
            app,
            head,
            session: Session::new(opening),
            cut,
            running: None,
        }
    }

    /// Goes on until one of both has enough, or the server stops.
    pub(super) async fn run(mut self, mut socket: WebSocket, mut pulse: Pulse, stop: &Signal) {
        let mut actions = Vec::new();
        self.session.open(&mut actions);
        let (mut stopping, mut cutting) = (stop.listen(), self.cut.listen());
        let mut is_cut = false;
        let farewell = loop {
            if !self.carry_out(&mut actions, &mut socket).await {
                return;
            }
            let is_idle = self.running.is_none();
            let happened = tokio::select! {
                piece = next(&mut self.running) => Happened::Piece(piece),
                message = socket.recv() => Happened::Received(message),
                alive = pulse.beat() => Happened::Beat(alive),
                () = &mut stopping, if is_idle => Happened::Stop,
                () = &mut cutting, if !is_cut => Happened::Cut,
            };
            match happened {
                Happened::Piece(Piece::Lines(lines)) => {
                    for line in lines {
                        self.session.step(&line, &mut actions);
                    }
                }
                Happened::Piece(Piece::Refused(body)) => {
                    self.running = None;
                    self.session.refuse(&body, &mut actions);
                }
                Happened::Piece(Piece::End) => {
                    self.running = None;
                    self.session.end(&mut actions);
                }
                Happened::Received(Some(Ok(message))) => {
                    pulse.heard();
                    match message {
                        Message::Text(text) => self.session.receive(&text, &mut actions),
                        Message::Binary(_) => self.session.receive_binary(&mut actions),
                        Message::Ping(_) | Message::Pong(_) => {}
                        // Read on, the socket says goodbye in turn.
                        Message::Close(_) => self.running = None,
                    }
                }
                Happened::Received(Some(Err(error))) => {
                    tracing::debug!(%error, "a socket broke off");
                    break too_large_or_broken(&error);
                }
                Happened::Received(None) => return,
                Happened::Beat(true) => {
                    if !sent(&mut socket, Message::Ping(bytes::Bytes::new())).await {
                        return;
                    }
                }
                Happened::Beat(false) => {
                    break (close_code::AWAY, "The client has not answered for a while.");
                }
                Happened::Cut => {
                    is_cut = true;
                    // Replies that have begun see it for themselves.
                    if self.running.as_ref().is_some_and(Running::is_waiting) {
                        self.running = None;
                        self.session.end(&mut actions);
                    }
                }
                Happened::Stop => break (close_code::AWAY, "Patchbay was stopped."),
            }
        };
        let (code, reason) = farewell;
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        let goodbye = socket.send(Message::Close(Some(frame)));
        let _ = tokio::time::timeout(LAST_WORDS, goodbye).await;
    }

    /// `false`: the client is gone.
    async fn carry_out(&mut self, actions: &mut Vec<Action>, socket: &mut WebSocket) -> bool {
        for action in actions.drain(..) {
            match action {
                Action::Cancel => self.running = None,
                Action::Run(turn) => {
                    self.running = Some(Running::start(&self.app, &self.head, turn, &self.cut));
                }
                Action::Send(text) => {
                    if !sent(socket, Message::Text(text.into())).await {
                        return false;
                    }
                }
            }
        }
        true
    }
}

async fn next(running: &mut Option<Running>) -> Piece {
    match running {
        Some(running) => running.next().await,
        None => std::future::pending().await,
    }
}

fn too_large_or_broken(error: &axum::Error) -> (u16, &'static str) {
    let cause = std::error::Error::source(error);
    let cause = cause.and_then(|cause| cause.downcast_ref());
    if matches!(cause, Some(tungstenite::Error::Capacity(_))) {
        (close_code::SIZE, "An event is larger than 16 MB.")
    } else {
        (close_code::PROTOCOL, "This is no WebSocket frame.")
    }
}
