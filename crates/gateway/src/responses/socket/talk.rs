//! One socket and what is asked on it.

use std::{collections::VecDeque, sync::Arc};

use axum::extract::ws::{Message, WebSocket, close_code};
use bytes::{Bytes, BytesMut};
use futures_util::future::select_all;
use http::{HeaderValue, header, request::Parts};
use protocol::{
    ExchangeId, Operation, Protocol, RawRequest, ReplyContext,
    canonical::{ApiError, Event, Finish, FinishReason, Losses},
    client_codec,
};
use store::exchanges::Id;

use super::{
    Forgotten,
    asked::{self, Asked, Said},
    lane::Lane,
    memory::{Begun, Memory},
    told,
};
use crate::{
    access::Caller,
    app::App,
    clock, refusals,
    signal::Signal,
    sockets::{Piece, Pulse, Running, request, say_goodbye, sent, why_broken, without_handshake},
};

/// Requests without an answer.
const MOST: usize = 32;

pub(super) struct Talk {
    app: Arc<App>,
    protocol: Protocol,
    caller: Caller,
    /// Of the handshake: all that is asked comes from the same client.
    head: Parts,
    /// Ends replies in the making.
    cut: Signal,
    memory: Memory,
    lanes: Vec<Lane>,
    /// The lane that is looked at first: each in turn, that none always comes before the others.
    first: usize,
    /// Behind others of their lane.
    waiting: VecDeque<Asked>,
}

/// What happened first.
enum Happened {
    Beat(bool),
    Cut,
    Piece(usize, Piece),
    Received(Option<Result<Message, axum::Error>>),
    Stop,
}

impl Talk {
    pub(super) fn new(
        app: Arc<App>,
        protocol: Protocol,
        (caller, head): (Caller, Parts),
        cut: Signal,
    ) -> Self {
        let mut head = without_handshake(head);
        asked::without_opt_in(&mut head.headers);
        // As it would be posted.
        let json = HeaderValue::from_static("application/json");
        head.headers.insert(header::CONTENT_TYPE, json);
        Self {
            app,
            protocol,
            caller,
            head,
            cut,
            memory: Memory::default(),
            lanes: Vec::new(),
            first: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Goes on until one of both has enough, or the server stops.
    pub(super) async fn run(mut self, mut socket: WebSocket, mut pulse: Pulse, stop: &Signal) {
        let (mut stopping, mut cutting) = (stop.listen(), self.cut.listen());
        let mut is_cut = false;
        let farewell = loop {
            let is_idle = self.lanes.is_empty();
            self.first = self.first.wrapping_add(1);
            let happened = tokio::select! {
                (at, piece) = next(&mut self.lanes, self.first) => Happened::Piece(at, piece),
                message = socket.recv() => Happened::Received(message),
                alive = pulse.beat() => Happened::Beat(alive),
                () = &mut stopping, if is_idle => Happened::Stop,
                () = &mut cutting, if !is_cut => Happened::Cut,
            };
            let told = match happened {
                Happened::Piece(at, piece) => self.go_on(at, piece),
                Happened::Received(Some(Ok(message))) => {
                    pulse.heard();
                    match message {
                        Message::Text(text) => self.receive(text.into()),
                        Message::Binary(_) => vec![self.refuse(asked::binary(), None)],
                        Message::Ping(_) | Message::Pong(_) => continue,
                        // Read on, the socket says goodbye in turn.
                        Message::Close(_) => {
                            self.waiting.clear();
                            self.lanes.clear();
                            continue;
                        }
                    }
                }
                Happened::Received(Some(Err(error))) => break why_broken(&error),
                Happened::Received(None) => return,
                Happened::Beat(true) => {
                    if !sent(&mut socket, Message::Ping(Bytes::new())).await {
                        return;
                    }
                    continue;
                }
                Happened::Beat(false) => {
                    break (close_code::AWAY, "The client has not answered for a while.");
                }
                // Replies in the making see it for themselves when they are looked at again.
                Happened::Cut => {
                    is_cut = true;
                    self.waiting.clear();
                    continue;
                }
                Happened::Stop => break (close_code::AWAY, "Patchbay was stopped."),
            };
            for text in told {
                if !sent(&mut socket, Message::Text(text.into())).await {
                    return;
                }
            }
        };
        say_goodbye(&mut socket, farewell).await;
    }

    /// What the client is told now.
    fn receive(&mut self, text: Bytes) -> Vec<String> {
        match asked::read(text.clone()) {
            Ok(Said::Ask(asked)) if self.lanes.len() + self.waiting.len() >= MOST => {
                vec![self.refuse(asked::too_many(MOST), asked.lane.as_deref())]
            }
            Ok(Said::Ask(asked)) => {
                self.waiting.push_back(asked);
                self.begin()
            }
            Ok(Said::Aside) => Vec::new(),
            Err(error) => vec![self.refuse(error, asked::lane(&text).as_deref())],
        }
    }

    fn go_on(&mut self, at: usize, piece: Piece) -> Vec<String> {
        let (mut told, is_last) = self.lanes[at].tell(self.protocol, piece, &self.memory);
        if is_last {
            self.lanes.remove(at);
            told.extend(self.begin());
        }
        told
    }

    /// Begins whatever has nothing before it in its lane.
    fn begin(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        let is_free = |talk: &Self, asked: &Asked| {
            let mut busy = talk.lanes.iter();
            !busy.any(|lane| lane.name == asked.lane)
        };
        while let Some(at) = self.waiting.iter().position(|asked| is_free(self, asked))
            && let Some(asked) = self.waiting.remove(at)
        {
            // The socket may have been opened long ago.
            if let Err(error) = self.caller.check(&self.app) {
                told.push(self.refuse(error, asked.lane.as_deref()));
                continue;
            }
            let posted = self.memory.posted(&asked);
            match posted.turn {
                Some(turn) if asked.is_warm_up => {
                    told.extend(self.warmed_up(&posted.body, turn, asked.lane.as_deref()));
                }
                turn => {
                    let mut request = request(&self.head, posted.body);
                    if posted.is_forgotten {
                        request.extensions_mut().insert(Forgotten);
                    }
                    let running = Running::start(&self.app, self.protocol, request, &self.cut);
                    self.lanes.push(Lane::new(asked.lane, running, turn));
                }
            }
        }
        told
    }

    /// A reply that says nothing, to be gone on from. No provider is asked for it.
    fn warmed_up(&self, body: &Bytes, turn: Begun, lane: Option<&str>) -> Vec<String> {
        let client = client_codec(self.protocol);
        let raw = RawRequest {
            operation: Operation::Chat,
            path: self.head.uri.path(),
            query: None,
            headers: &self.head.headers,
            body,
        };
        // What is wrong with it is told where it is to be carried out.
        let request = client.decode_request(raw, &mut Losses::default());
        let request = request.unwrap_or_default();
        let exchange = Id::next().to_string();
        let (id, model) = (format!("resp_{exchange}"), request.model.clone());
        let reply = ReplyContext {
            exchange: ExchangeId(exchange),
            model: model.clone(),
            created: clock::unix_seconds(),
            estimated_input_tokens: None,
            query: None,
            operation: Operation::Chat,
            elapsed: std::time::Duration::ZERO,
            previous: None,
        };
        let mut encoder = client.event_encoder(&request, &reply);
        let mut stream = BytesMut::new();
        let finish = Finish::new(FinishReason::Stop, None);
        for event in [
            Event::Start {
                id: id.clone(),
                model,
            },
            Event::Finish(finish),
        ] {
            encoder.push(0, &event, &mut stream, &mut Losses::default());
        }
        self.memory.put(id, turn, Vec::new());
        told::events(&stream, lane)
    }

    /// What is asked of nobody, as a row too.
    fn refuse(&self, error: ApiError, lane: Option<&str>) -> String {
        let answer = refusals::of_head(&self.app, self.head.clone(), error);
        told::refusal(&answer, lane)
    }
}

async fn next(lanes: &mut [Lane], first: usize) -> (usize, Piece) {
    if lanes.is_empty() {
        return std::future::pending().await;
    }
    let count = lanes.len();
    let first = first % count;
    let (later, sooner) = lanes.split_at_mut(first);
    let in_turn = sooner.iter_mut().chain(later);
    let pieces = in_turn.map(|lane| Box::pin(lane.running.next()));
    let (piece, at, _) = select_all(pieces).await;
    ((first + at) % count, piece)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Plain;

    #[tokio::test]
    async fn each_lane_is_looked_at_first_in_its_turn() {
        let ready = || Lane::new(None, Running::refused(Plain::default()), None);
        let mut lanes = [ready(), ready(), ready()];
        for (first, expected) in [(4, 1), (2, 2), (3, 0)] {
            assert_eq!(next(&mut lanes, first).await.0, expected);
        }
    }
}
