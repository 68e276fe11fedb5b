//! One reply on a socket: an exchange like any other, whose answer is taken apart into frames.

use std::{pin::Pin, sync::Arc};

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use http::request::Parts;
use http_body_util::{BodyExt as _, Limited};
use protocol::{
    Operation, Protocol,
    canonical::ApiError,
    framing::{ndjson::NdjsonDecoder, sse::SseDecoder},
};

use crate::{app::App, handle, reply::Plain, signal::Signal};

/// A failure's text is no longer than this.
const MAX_FAILURE: usize = 1 << 20;

/// How an answer's frames are told apart.
pub(crate) trait Frames: Default {
    /// The contents of those that a chunk completes.
    ///
    /// # Errors
    /// Where one is too large.
    fn split(&mut self, chunk: &[u8]) -> Result<Vec<Bytes>, ApiError>;

    /// At the end, the content of a last one that was not ended; nothing the second time.
    fn rest(&mut self) -> Vec<Bytes>;
}

impl Frames for NdjsonDecoder {
    fn split(&mut self, chunk: &[u8]) -> Result<Vec<Bytes>, ApiError> {
        let mut whole = Vec::new();
        self.push(chunk, |line| whole.push(Bytes::copy_from_slice(line)))?;
        Ok(whole)
    }

    fn rest(&mut self) -> Vec<Bytes> {
        let mut whole = Vec::new();
        self.finish(|line| whole.push(Bytes::copy_from_slice(line)));
        whole
    }
}

impl Frames for SseDecoder {
    fn split(&mut self, chunk: &[u8]) -> Result<Vec<Bytes>, ApiError> {
        let mut whole = Vec::new();
        self.push(chunk, |frame| {
            whole.push(Bytes::copy_from_slice(frame.data));
        })?;
        Ok(whole)
    }

    fn rest(&mut self) -> Vec<Bytes> {
        let mut whole = Vec::new();
        self.finish(|frame| whole.push(Bytes::copy_from_slice(frame.data)));
        whole
    }
}

/// One that is posted, with the head of the socket's own request.
pub(crate) fn request(head: &Parts, body: Bytes) -> Request {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = head.uri.clone();
    *request.headers_mut() = head.headers.clone();
    request
}

/// The answer, in the making. Dropped, it takes its request back.
pub(crate) struct Running<F>(State<F>);

enum State<F> {
    Begun { body: Body, frames: F },
    Waiting(Pin<Box<dyn Future<Output = Result<Body, Plain>> + Send>>),
}

/// What came of it next.
pub(crate) enum Piece {
    End,
    Frames(Vec<Bytes>),
    Refused(Plain),
}

impl<F: Frames> Running<F> {
    /// Takes the steps of an exchange.
    pub(crate) fn start(
        app: &Arc<App>,
        protocol: Protocol,
        request: Request,
        cut: &Signal,
    ) -> Self {
        let (app, cut) = (Arc::clone(app), cut.clone());
        Self(State::Waiting(Box::pin(async move {
            let answer = handle::exchange(app, protocol, Operation::Chat, request, Some(cut)).await;
            if answer.status().is_success() {
                return Ok(answer.into_body());
            }
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, MAX_FAILURE).collect().await;
            let body = body.map(|body| body.to_bytes()).unwrap_or_default();
            Err(Plain::from_parts(head, body))
        })))
    }

    /// Nothing comes of it.
    pub(crate) fn refused(answer: Plain) -> Self {
        Self(State::Waiting(Box::pin(std::future::ready(Err(answer)))))
    }

    /// Nothing has come of it, and whoever could make something of it is being stopped.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.0, State::Waiting(_))
    }

    /// May be dropped and asked again.
    pub(crate) async fn next(&mut self) -> Piece {
        loop {
            match &mut self.0 {
                State::Waiting(answer) => match answer.await {
                    Ok(body) => {
                        let frames = F::default();
                        self.0 = State::Begun { body, frames };
                    }
                    Err(refusal) => return Piece::Refused(refusal),
                },
                State::Begun { body, frames } => {
                    let Some(Ok(frame)) = body.frame().await else {
                        let rest = frames.rest();
                        return if rest.is_empty() {
                            Piece::End
                        } else {
                            Piece::Frames(rest)
                        };
                    };
                    let Ok(chunk) = frame.into_data() else {
                        continue;
                    };
                    return frames.split(&chunk).map_or(Piece::End, Piece::Frames);
                }
            }
        }
    }
}
