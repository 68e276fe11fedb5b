//! Requests without a readable head. hyper answers them by itself, with a status and nothing else, and hands them to
//! nobody: its answer is recognised on the way out and gets a sentence.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    str,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use http::{StatusCode, Uri, header};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use protocol::{Protocol, canonical::ApiError};
use tokio::time::Sleep;

use crate::reply;

/// As hyper's answers to failures of the client begin.
const FAILURE: &[u8] = b"HTTP/1.1 4";
/// Its answers have no others.
const ITS_HEADERS: [&str; 3] = ["connection", "content-length", "date"];

/// What a client may still say that was refused, until the connection closes under it.
const MAX_HEARD: usize = 8 << 20;
const PATIENCE: Duration = Duration::from_secs(2);

/// A client's connection.
pub(super) struct Answering<S> {
    stream: S,
    refusal: Option<Refusal>,
}

/// An answer in place of hyper's.
struct Refusal {
    rest: Bytes,
    said: bool,
    heard: usize,
    patience: Pin<Box<Sleep>>,
}

impl<S> Answering<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            refusal: None,
        }
    }
}

impl<S: Write + Unpin> Answering<S> {
    /// Writes the sentence in place of what hyper wrote.
    fn poll_refuse(
        refusal: &mut Refusal,
        stream: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while refusal.rest.has_remaining() {
            let written = ready!(Pin::new(&mut *stream).poll_write(context, &refusal.rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            refusal.rest.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    /// Whether this is hyper's own answer, from now on to be replaced.
    fn replaces(&mut self, bytes: &[u8]) -> bool {
        if self.refusal.is_none()
            && bytes.starts_with(FAILURE)
            && let Some(status) = status_of(bytes)
        {
            self.refusal = Some(Refusal {
                rest: sentence(status),
                said: false,
                heard: 0,
                patience: Box::pin(tokio::time::sleep(PATIENCE)),
            });
        }
        self.refusal.is_some()
    }
}

impl<S: Read + Unpin> Read for Answering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: Read + Write + Unpin> Write for Answering<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.replaces(bytes)
            && let Some(refusal) = &mut this.refusal
        {
            ready!(Self::poll_refuse(refusal, &mut this.stream, context))?;
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match pieces {
            [only] => self.poll_write(context, only),
            _ => Pin::new(&mut self.stream).poll_write_vectored(context, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Hears out a client that was refused: what is unread when a connection closes takes the answer with it.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let Some(refusal) = &mut this.refusal else {
            return Pin::new(&mut this.stream).poll_shutdown(context);
        };
        if !refusal.said {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
            refusal.said = true;
        }
        let mut room = [0; 8192];
        while refusal.heard < MAX_HEARD {
            let mut buffer = ReadBuf::new(&mut room);
            let heard = Pin::new(&mut this.stream).poll_read(context, buffer.unfilled());
            match heard {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    refusal.heard += buffer.filled().len();
                }
                Poll::Ready(_) => break,
                Poll::Pending => return refusal.patience.as_mut().poll(context).map(Ok),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// The status of an answer that hyper made by itself. Those of ours have a body.
fn status_of(bytes: &[u8]) -> Option<StatusCode> {
    let head = str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let is_its = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap_or_default();
        ITS_HEADERS.contains(&name) && (name != "content-length" || value == "0")
    };
    lines.all(is_its).then_some(status)
}

fn sentence(status: StatusCode) -> Bytes {
    let message = match status {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "This request has more headers than can be read: at most 100, and 400 KB in all."
        }
        StatusCode::URI_TOO_LONG => {
            "The address of this request is too long: at most 65,000 characters."
        }
        _ => {
            "This is no HTTP request that can be read: its first line or one of its headers is malformed."
        }
    };
    let mut error = ApiError::invalid_request(message).with_code("unreadable_request");
    error.status = Some(status.as_u16());
    // Nobody knows what the client speaks.
    let (head, body) = reply::failure(Protocol::USUAL, &Uri::default(), &error, None).into_parts();
    let mut answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\n").into_bytes();
    for (name, value) in &head.headers {
        if name != header::CONTENT_LENGTH {
            answer.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
    }
    answer.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
    answer.extend_from_slice(&body);
    answer.into()
}
