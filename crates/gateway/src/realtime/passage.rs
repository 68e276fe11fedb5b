//! A conversation with a provider that has them itself: every message goes on as it is, and is listened to for
//! the log alone. One row for all of it.

use std::{error::Error, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::ws::{self, Message, WebSocket},
    response::Response,
};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::{
    ExchangeId, FailedAnswer, Operation,
    canonical::{ApiError, ErrorKind, Event, Fault, Usage},
    realtime::Tap,
    upstream_codec,
};
use store::{Config, exchanges::Id};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message as Sent,
        handshake::{client::generate_key, derive_accept_key},
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::{LAST_WORDS, PROTOCOL, SEND, has_sockets, pulse::Pulse, sent};
use crate::{
    app::App,
    credentials, handle, headers, loops,
    recorder::{Outcome, Recorder},
    reply,
    routing::Target,
    signal::Signal,
    speaks::Speaks,
    upstream::{self, Call},
};

/// A failure's text is no longer than this.
const MAX_FAILURE: usize = 1 << 20;
/// Providers may say more in one event than clients.
const MAX_ANSWER: usize = 64 << 20;
const PATH: &str = "/realtime";

type Upstream = WebSocketStream<TokioIo<Upgraded>>;

/// What a client wants.
pub(super) struct Asked<'a> {
    pub(super) model: &'a str,
    pub(super) hops: u64,
    pub(super) began: Instant,
    pub(super) config: &'a Config,
}

/// A connection to a provider that stands.
pub(super) struct Passage {
    upstream: Upstream,
    provider: String,
    recorder: Recorder,
    tap: Tap,
    /// Of all replies so far.
    cost: Option<Usage>,
}

/// What came of the attempt to get through.
pub(super) enum Opened {
    /// The providers know nothing of such conversations: a bridge can have the handshake. Its row is written.
    NoSuchPath(Box<Parts>),
    /// The answer for the client; its row is written.
    Refused(Box<Response>),
    Through(Box<Passage>),
}

/// Tries the targets in order until one opens its door.
pub(super) async fn open(
    app: &Arc<App>,
    head: Parts,
    asked: Asked<'_>,
    targets: &[Target<'_>],
) -> Opened {
    let row_id = Id::next();
    let id = ExchangeId(row_id.to_string());
    let head = Arc::new(head);
    let operation = (PROTOCOL, Some(Operation::Chat));
    let log = &asked.config.log;
    let mut recorder = Recorder::open(app, log, row_id, &head, operation, asked.began);
    recorder.reads(&Bytes::new());
    recorder.asked(Some(asked.model), true);
    recorder.passes_through();
    let mut failure = None;
    let mut somebody_has_it = false;
    for target in handle::in_order(app, targets) {
        // Where the others end up, a bridge would have to begin anew.
        if !has_sockets(target) {
            continue;
        }
        let mut tried = dial(app, &head, asked.hops, target, &mut recorder).await;
        if let Err(error) = &tried
            && error.kind == ErrorKind::Authentication
            && credentials::renewed(app, target.account).await
        {
            recorder.attempt_ends(Some(error));
            tried = dial(app, &head, asked.hops, target, &mut recorder).await;
        }
        match tried {
            Ok(upstream) => {
                app.cooldowns.succeeded(target.key());
                recorder.answers(StatusCode::SWITCHING_PROTOCOLS, &HeaderMap::new());
                return Opened::Through(Box::new(Passage {
                    upstream,
                    provider: target.provider.id.clone(),
                    recorder,
                    tap: Tap::new(&id),
                    cost: None,
                }));
            }
            Err(error) => {
                recorder.attempt_ends(Some(&error));
                let now = tokio::time::Instant::now();
                app.cooldowns.failed(target.key(), &error, now);
                let has_it = !upstream::is_no_such_path(&error);
                somebody_has_it |= has_it;
                let moves_on = handle::moves_on(&error);
                failure = Some(error);
                if has_it && !moves_on {
                    break;
                }
            }
        }
    }
    if failure.is_some() && !somebody_has_it {
        recorder.answers(StatusCode::SWITCHING_PROTOCOLS, &HeaderMap::new());
        recorder.close(Outcome::Done, None);
        return Opened::NoSuchPath(Box::new(Arc::unwrap_or_clone(head)));
    }
    let error = failure.unwrap_or_else(handle::nobody);
    let answer = reply::failure(PROTOCOL, &head.uri, &error, Some(&id));
    recorder.answers(answer.status(), answer.headers());
    recorder.hands_out(answer.body());
    recorder.close(Outcome::Failed(error), None);
    Opened::Refused(Box::new(answer.map(Body::from)))
}

async fn dial(
    app: &App,
    head: &Parts,
    hops: u64,
    target: &Target<'_>,
    recorder: &mut Recorder,
) -> Result<Upstream, ApiError> {
    recorder.attempt_begins(target);
    let provider = target.provider;
    let Speaks::Wire(protocol) = target.speaks() else {
        return Err(handle::nobody());
    };
    let codec = upstream_codec(protocol);
    let credential = credentials::fresh(app, target.account)
        .await
        .map_err(|error| ApiError {
            fault: Fault::Provider,
            ..error
        })?;
    let key = generate_key();
    let mut headers = handshake(&head.headers, &key);
    loops::count_hop(&mut headers, provider, hops);
    recorder.sends(&headers, &[], credential.as_ref());
    let query = query(head.uri.query(), &target.model);
    let call = Call {
        method: Method::GET,
        provider,
        codec,
        path: PATH,
        query: Some(&query),
        headers,
        credential: credential.as_ref(),
        body: Vec::new(),
        stream: true,
    };
    let answer = app.send(call).await?;
    recorder.upstream_answers(answer.status(), answer.headers());
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        let accepted = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT);
        if accepted.is_none_or(|accepted| accepted != derive_accept_key(key.as_bytes()).as_str()) {
            return Err(no_socket(&provider.id));
        }
        let connection = upstream::upgraded(answer).await;
        let connection = connection.map_err(|error| broken_off(&provider.id, Some(&error)))?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_ANSWER))
            .max_frame_size(Some(MAX_ANSWER));
        let upstream = WebSocketStream::from_raw_socket(connection, Role::Client, Some(config));
        return Ok(upstream.await);
    }
    let (answer, body) = answer.into_parts();
    if answer.status.is_success() {
        return Err(no_socket(&provider.id));
    }
    if answer.status.is_redirection() {
        return Err(upstream::redirected(&answer.headers, provider));
    }
    let idle = provider.timeouts.idle;
    let body = upstream::collect(body, Bytes::new(), provider, idle, MAX_FAILURE).await;
    let secrets: Vec<_> = credential.into_iter().map(|token| token.secret).collect();
    let body = credentials::taken_out(body.unwrap_or_default(), &secrets);
    let mut error = codec.decode_error(FailedAnswer {
        status: answer.status.as_u16(),
        headers: &answer.headers,
        body: &body,
    });
    error.message = store::redact::redact_text(&error.message, &secrets);
    recorder.receives(&Bytes::from(error.message.clone()));
    Err(error)
}

/// The client's own headers, with a handshake of ours.
fn handshake(from: &HeaderMap, key: &str) -> HeaderMap {
    let mut headers = headers::for_provider(from);
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(
        header::SEC_WEBSOCKET_VERSION,
        HeaderValue::from_static("13"),
    );
    if let Ok(key) = HeaderValue::from_str(key) {
        headers.insert(header::SEC_WEBSOCKET_KEY, key);
    }
    if let Some(offered) = from.get(header::SEC_WEBSOCKET_PROTOCOL) {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, offered.clone());
    }
    headers
}

/// The client's query with the name that the provider knows.
fn query(from: Option<&str>, model: &str) -> String {
    let model = utf8_percent_encode(model, NON_ALPHANUMERIC).to_string();
    let mut pairs = vec![format!(
        "model={}",
        model.replace("%2D", "-").replace("%2E", ".")
    )];
    let rest = from
        .and_then(headers::query_for_provider)
        .unwrap_or_default();
    let rest = rest.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !matches!(name, "" | "dialect" | "model")
    });
    pairs.extend(rest.map(str::to_owned));
    pairs.join("&")
}

/// What happened first.
enum Happened {
    Answered(Option<Result<Sent, tokio_tungstenite::tungstenite::Error>>),
    Beat(bool),
    Cut,
    Received(Option<Result<Message, axum::Error>>),
}

impl Passage {
    /// Goes on until one of both has enough, or the server stops.
    pub(super) async fn run(mut self, mut client: WebSocket, mut pulse: Pulse, cut: &Signal) {
        // Nobody knows here whether a reply is being made, so that a stop gives all the same grace.
        let mut cutting = cut.listen();
        let outcome = loop {
            let happened = tokio::select! {
                message = self.upstream.next() => Happened::Answered(message),
                message = client.recv() => Happened::Received(message),
                alive = pulse.beat() => Happened::Beat(alive),
                () = &mut cutting => Happened::Cut,
            };
            match happened {
                Happened::Answered(Some(Ok(message))) => {
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
                    let frame = ws::CloseFrame {
                        code: ws::close_code::ERROR,
                        reason: "The provider broke off.".into(),
                    };
                    sent(&mut client, Message::Close(Some(frame))).await;
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
                    break Outcome::Failed(broken_off(&self.provider, Some(failed)));
                }
                Happened::Received(Some(Err(_)) | None) => break Outcome::ClientLeft,
                Happened::Beat(true) => {
                    if !sent(&mut client, Message::Ping(Bytes::new())).await {
                        break Outcome::ClientLeft;
                    }
                }
                Happened::Beat(false) => break Outcome::ClientLeft,
                Happened::Cut => {
                    let frame = ws::CloseFrame {
                        code: ws::close_code::AWAY,
                        reason: "Patchbay was stopped.".into(),
                    };
                    let goodbye = client.send(Message::Close(Some(frame)));
                    let _ = tokio::time::timeout(LAST_WORDS, goodbye).await;
                    break Outcome::Done;
                }
            }
        };
        let goodbye = self.upstream.close(None);
        let _ = tokio::time::timeout(LAST_WORDS, goodbye).await;
        self.recorder.close(outcome, None);
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

fn no_socket(provider: &str) -> ApiError {
    let message = format!("The provider `{provider}` answered, but opened no WebSocket.");
    ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message)
}

fn broken_off(provider: &str, why: Option<&dyn Error>) -> ApiError {
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    let message = format!("The connection to the provider `{provider}` broke off{why}.");
    ApiError::new(ErrorKind::Unreachable, Fault::Network, message)
}
