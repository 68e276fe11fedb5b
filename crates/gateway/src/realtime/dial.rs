//! Opens a socket to a provider that has such conversations itself: a request like any other, whose answer turns its
//! connection into something else.

use std::{sync::Arc, time::Instant};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::{
    ExchangeId, Operation,
    canonical::{ApiError, ErrorKind, Fault},
    upstream_codec,
};
use store::{Config, exchanges::Id};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig},
    },
};

use super::{
    PROTOCOL, has_sockets,
    passage::{Passage, Upstream, broken_off},
};
use crate::{
    app::App,
    credentials::{self, Mask},
    handle, headers, loops,
    recorder::{Outcome, Recorder},
    reply,
    routing::Target,
    speaks::Speaks,
    upstream::{self, Answer, Call},
};

/// Providers may say more in one event than clients.
const MAX_ANSWER: usize = 64 << 20;
const PATH: &str = "/realtime";

/// What a client wants.
pub(super) struct Asked<'a> {
    pub(super) model: &'a str,
    pub(super) hops: u64,
    pub(super) began: Instant,
    pub(super) config: &'a Config,
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
                recorder.passes_through();
                let passage = Passage::new(upstream, target.provider, recorder, &id);
                return Opened::Through(Box::new(passage));
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
) -> Result<(Upstream, Option<Mask>), ApiError> {
    recorder.attempt_begins(target);
    let provider = target.provider;
    let Speaks::Wire(protocol) = target.speaks() else {
        return Err(handle::nobody());
    };
    let codec = upstream_codec(protocol);
    let credential = credentials::to_send(app, target.account).await?;
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
        let mask = Mask::of(&answer);
        return Ok((socket(answer, &key, &provider.id).await?, mask));
    }
    let (answer, body) = answer.into_parts();
    if answer.status.is_success() {
        return Err(no_socket(&provider.id));
    }
    if answer.status.is_redirection() {
        return Err(upstream::redirected(&answer.headers, provider));
    }
    let body = upstream::failure_text(body, provider).await;
    let (error, _) = credentials::failure(codec, &answer, body, credential);
    recorder.receives(&Bytes::from(error.message.clone()));
    Err(error)
}

/// The socket that a provider opened, if it has read our key.
async fn socket(answer: Answer, key: &str, provider: &str) -> Result<Upstream, ApiError> {
    let accepted = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT);
    if accepted.is_none_or(|accepted| accepted != derive_accept_key(key.as_bytes()).as_str()) {
        return Err(no_socket(provider));
    }
    let connection = upstream::upgraded(answer).await;
    let connection = connection.map_err(|error| broken_off(provider, Some(&error)))?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_ANSWER))
        .max_frame_size(Some(MAX_ANSWER));
    let socket = WebSocketStream::from_raw_socket(connection, Role::Client, Some(config));
    Ok(socket.await)
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

fn no_socket(provider: &str) -> ApiError {
    let message = format!("The provider `{provider}` answered, but opened no WebSocket.");
    ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message)
}
