//! A conversation with a provider that has them itself: every message goes on as it is, without the key that was sent
//! for it, and is listened to for the log alone. One row for all of it.

use std::{error::Error, time::Instant};

use axum::extract::ws::{self, Message, WebSocket};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use protocol::{
    ExchangeId,
    canonical::{ApiError, ErrorKind, Event, Fault, Usage},
    realtime::Tap,
};
use store::config::Provider;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message as Sent,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::{
    access::Caller,
    app::App,
    credentials::Mask,
    recorder::{Outcome, Recorder},
    signal::Signal,
    sockets::{LAST_WORDS, Pulse, SEND, say_goodbye, sent, why_broken},
};

pub(super) type Upstream = WebSocketStream<TokioIo<Upgraded>>;

/// A connection to a provider that stands.
pub(super) struct Passage {
    upstream: Upstream,
    provider: String,
    /// What the provider may not repeat.
    mask: Option<Mask>,
    recorder: Recorder,
    tap: Tap,
    /// Of all replies so far.
    cost: Option<Usage>,
}

const BROKEN_OFF: (u16, &str) = (ws::close_code::ERROR, "The provider broke off.");
/// Less than a hundred letters fit into a goodbye.
const NOT_LET_IN: (u16, &str) = (
    ws::close_code::POLICY,
    "The access key or the page that this was opened with is not let in any more.",
);

/// What happened first.
enum Happened {
    Answered(Option<Result<Sent, tokio_tungstenite::tungstenite::Error>>),
    Beat(bool),
    Cut,
    Edited,
    Received(Option<Result<Message, axum::Error>>),
}

impl Passage {
    pub(super) fn new(
        (upstream, mask): (Upstream, Option<Mask>),
        provider: &Provider,
        recorder: Recorder,
        exchange: &ExchangeId,
    ) -> Self {
        Self {
            upstream,
            provider: provider.id.clone(),
            mask,
            recorder,
            tap: Tap::new(exchange),
            cost: None,
        }
    }

    /// Goes on until one of both has enough, the server stops, or the caller is not let in any more.
    pub(super) async fn run(
        mut self,
        mut client: WebSocket,
        mut pulse: Pulse,
        cut: &Signal,
        (app, caller): (&App, &Caller),
    ) {
        let mut edits = app.config.subscribe();
        // It may have been edited since the door was opened.
        edits.mark_changed();
        // Nobody knows here whether a reply is being made, so that a stop gives all the same grace.
        let mut cutting = cut.listen();
        let outcome = loop {
            let happened = tokio::select! {
                message = self.upstream.next() => Happened::Answered(message),
                message = client.recv() => Happened::Received(message),
                alive = pulse.beat() => Happened::Beat(alive),
                () = &mut cutting => Happened::Cut,
                Ok(()) = edits.changed() => Happened::Edited,
            };
            match happened {
                Happened::Answered(Some(Ok(message))) => {
                    let message = self.masked(message);
                    self.listen(&message);
                    let is_last = matches!(message, Sent::Close(_));
                    let Some(message) = for_client(message) else {
                        continue;
                    };
                    if !sent(&mut client, message).await {
                        break Outcome::ClientLeft;
                    }
                    if is_last {
                        break Outcome::Done;
                    }
                }
                Happened::Answered(other) => {
                    let why = other.and_then(Result::err);
                    let why = why.as_ref().map(|why| why as &dyn Error);
                    let error = broken_off(&self.provider, why);
                    say_goodbye(&mut client, BROKEN_OFF).await;
                    break Outcome::Failed(error);
                }
                Happened::Received(Some(Ok(message))) => {
                    pulse.heard();
                    let is_last = matches!(message, Message::Close(_));
                    let Some(message) = for_provider(message) else {
                        continue;
                    };
                    // One that takes nothing more is not there either.
                    let sent = tokio::time::timeout(SEND, self.upstream.send(message)).await;
                    let failed: &dyn Error = match &sent {
                        Ok(Ok(())) if !is_last => continue,
                        Ok(Ok(())) => {
                            // Read on, the socket says goodbye in turn.
                            let _ = tokio::time::timeout(LAST_WORDS, client.recv()).await;
                            break Outcome::Done;
                        }
                        Ok(Err(error)) => error,
                        Err(late) => late,
                    };
                    let error = broken_off(&self.provider, Some(failed));
                    say_goodbye(&mut client, BROKEN_OFF).await;
                    break Outcome::Failed(error);
                }
                Happened::Received(Some(Err(error))) => {
                    let why = why_broken(&error);
                    say_goodbye(&mut client, why).await;
                    let (code, reason) = why;
                    if code == ws::close_code::SIZE {
                        let error = ApiError::new(ErrorKind::TooLarge, Fault::Client, reason);
                        break Outcome::Failed(error);
                    }
                    break Outcome::ClientLeft;
                }
                Happened::Received(None) => break Outcome::ClientLeft,
                Happened::Beat(true) => {
                    if !sent(&mut client, Message::Ping(Bytes::new())).await {
                        break Outcome::ClientLeft;
                    }
                }
                Happened::Beat(false) => break Outcome::ClientLeft,
                Happened::Edited => {
                    if let Err(error) = caller.check(app) {
                        say_goodbye(&mut client, NOT_LET_IN).await;
                        break Outcome::Failed(error);
                    }
                }
                Happened::Cut => {
                    let why = (ws::close_code::AWAY, "Patchbay was stopped.");
                    say_goodbye(&mut client, why).await;
                    break Outcome::Done;
                }
            }
        };
        let goodbye = self.upstream.close(None);
        let _ = tokio::time::timeout(LAST_WORDS, goodbye).await;
        self.recorder.close(outcome, None);
    }

    /// Without the key that the provider was sent.
    fn masked(&self, message: Sent) -> Sent {
        let without = |text: &str| self.mask.as_ref().and_then(|mask| mask.without(text));
        match message {
            Sent::Text(text) => match without(&text) {
                Some(other) => Sent::text(other),
                None => Sent::Text(text),
            },
            Sent::Close(Some(frame)) => {
                let reason = match without(&frame.reason) {
                    Some(other) => other.into(),
                    None => frame.reason,
                };
                Sent::Close(Some(CloseFrame { reason, ..frame }))
            }
            other => other,
        }
    }

    /// For the log; whatever it hears, the message goes on as it is.
    fn listen(&mut self, message: &Sent) {
        let Sent::Text(text) = message else {
            return;
        };
        let line = [text.as_bytes(), b"\n"].concat();
        let line = Bytes::from(line);
        self.recorder.receives(&line);
        self.recorder.hands_out(&line);
        if let Some(mut heard) = self.tap.hear(text) {
            for (_, event) in &mut heard.events {
                if let Event::Usage(usage) = event {
                    *usage = self.cost.map_or(*usage, |cost| cost.plus(usage));
                    self.cost = Some(*usage);
                }
            }
            self.recorder.observe(&heard.events, Instant::now());
        }
    }
}

fn for_client(message: Sent) -> Option<Message> {
    match message {
        Sent::Text(text) => Some(Message::Text(text.as_str().into())),
        Sent::Binary(bytes) => Some(Message::Binary(bytes)),
        Sent::Close(frame) => Some(Message::Close(frame.map(|frame| ws::CloseFrame {
            code: frame.code.into(),
            reason: frame.reason.as_str().into(),
        }))),
        // Each end keeps its own connection alive.
        Sent::Ping(_) | Sent::Pong(_) | Sent::Frame(_) => None,
    }
}

fn for_provider(message: Message) -> Option<Sent> {
    match message {
        Message::Text(text) => Some(Sent::Text(text.as_str().into())),
        Message::Binary(bytes) => Some(Sent::Binary(bytes)),
        Message::Close(frame) => Some(Sent::Close(frame.map(|frame| CloseFrame {
            code: CloseCode::from(frame.code),
            reason: frame.reason.as_str().into(),
        }))),
        Message::Ping(_) | Message::Pong(_) => None,
    }
}

pub(super) fn broken_off(provider: &str, why: Option<&dyn Error>) -> ApiError {
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    let message = format!("The connection to the provider `{provider}` broke off{why}.");
    ApiError::new(ErrorKind::Unreachable, Fault::Network, message)
}
