//! One turn of a bridged conversation: an exchange like any other, whose answer comes as lines.

use std::{pin::Pin, sync::Arc};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::request::Parts;
use http_body_util::{BodyExt as _, Limited};
use protocol::{Operation, framing::ndjson::NdjsonDecoder, realtime::Turn};

use super::PROTOCOL;
use crate::{app::App, handle, signal::Signal};

/// A failure's text is no longer than this.
const MAX_FAILURE: usize = 1 << 20;

/// The answer to a turn, in the making. Dropped, it takes its request back.
pub(super) struct Running(State);

enum State {
    Lines { body: Body, lines: NdjsonDecoder },
    Waiting(Pin<Box<dyn Future<Output = Response> + Send>>),
}

/// What came of it next.
pub(super) enum Piece {
    End,
    Lines(Vec<Bytes>),
    Refused(Bytes),
}

impl Running {
    /// Takes the steps of an exchange with the head of the socket's own request.
    pub(super) fn start(app: &Arc<App>, head: &Parts, turn: Turn, cut: &Signal) -> Self {
        let mut request = http::Request::new(Body::from(turn.body));
        *request.method_mut() = head.method.clone();
        *request.uri_mut() = head.uri.clone();
        *request.headers_mut() = head.headers.clone();
        let (app, cut) = (Arc::clone(app), cut.clone());
        Self(State::Waiting(Box::pin(handle::exchange(
            app,
            PROTOCOL,
            Operation::Chat,
            request,
            Some(cut),
        ))))
    }

    /// Nothing has come of it, and whoever could make something of it is being stopped.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.0, State::Waiting(_))
    }

    /// May be dropped and asked again.
    pub(super) async fn next(&mut self) -> Piece {
        loop {
            match &mut self.0 {
                State::Waiting(response) => {
                    let response = response.await;
                    let is_good = response.status().is_success();
                    let body = response.into_body();
                    if !is_good {
                        let body = Limited::new(body, MAX_FAILURE).collect().await;
                        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
                        return Piece::Refused(body);
                    }
                    self.0 = State::Lines {
                        body,
                        lines: NdjsonDecoder::default(),
                    };
                }
                State::Lines { body, lines } => {
                    let Some(Ok(frame)) = body.frame().await else {
                        return Piece::End;
                    };
                    let Ok(chunk) = frame.into_data() else {
                        continue;
                    };
                    let mut whole = Vec::new();
                    let pushed =
                        lines.push(&chunk, |line| whole.push(Bytes::copy_from_slice(line)));
                    if pushed.is_err() {
                        return Piece::End;
                    }
                    return Piece::Lines(whole);
                }
            }
        }
    }
}
