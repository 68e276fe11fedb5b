//! A conversation with a provider that has none: each of its turns is an exchange.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket, close_code};
use http::request::Parts;
use protocol::{
    framing::ndjson::NdjsonDecoder,
    realtime::{Action, Opening, Session},
};

use super::PROTOCOL;
use crate::{
    access::Caller,
    app::App,
    refusals,
    signal::Signal,
    sockets::{Piece, Pulse, Running, request, say_goodbye, sent, why_broken, without_handshake},
};

/// One socket and what is said on it.
pub(super) struct Bridge {
    app: Arc<App>,
    caller: Caller,
    /// Of the handshake: every turn is a request of the same client.
    head: Parts,
    session: Session,
    /// Ends replies in the making.
    cut: Signal,
    running: Option<Running<NdjsonDecoder>>,
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
    pub(super) fn new(
        app: Arc<App>,
        (caller, head): (Caller, Parts),
        opening: Opening,
        cut: Signal,
    ) -> Self {
        Self {
            app,
            caller,
            // The turns are no handshakes.
            head: without_handshake(head),
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
                Happened::Piece(Piece::Frames(lines)) => {
                    for line in lines {
                        self.session.step(&line, &mut actions);
                    }
                }
                Happened::Piece(Piece::Refused(answer)) => {
                    self.running = None;
                    self.session.refuse(answer.body(), &mut actions);
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
                Happened::Received(Some(Err(error))) => break why_broken(&error),
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
        say_goodbye(&mut socket, farewell).await;
    }

    /// `false`: the client is gone.
    async fn carry_out(&mut self, actions: &mut Vec<Action>, socket: &mut WebSocket) -> bool {
        for action in actions.drain(..) {
            match action {
                Action::Cancel => self.running = None,
                Action::Run(turn) => {
                    let (app, head) = (&self.app, &self.head);
                    self.running = Some(match self.caller.check(app) {
                        Ok(()) => {
                            Running::start(app, PROTOCOL, request(head, turn.body), &self.cut)
                        }
                        Err(error) => Running::refused(refusals::of_head(app, head.clone(), error)),
                    });
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

async fn next(running: &mut Option<Running<NdjsonDecoder>>) -> Piece {
    match running {
        Some(running) => running.next().await,
        None => std::future::pending().await,
    }
}
