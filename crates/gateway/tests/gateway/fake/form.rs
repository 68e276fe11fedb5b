//! How an answer comes: whole or in chunks, in which frames, and what goes wrong on the way.

use std::{io, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::{StreamExt as _, stream};

use super::{SLOW, Seen, amazon_q, ollama};
use crate::ask::Dialect;

/// What becomes of a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// Every byte comes alone.
    Bytes,
    /// A chunk that never ends a frame and is followed by nothing.
    Cut,
    Endless,
    /// The connection closes without an end mark.
    Ends,
    /// A silence in the middle.
    Pause,
    /// A silence in the middle that does not end.
    Silent,
    Slow,
}

/// What is left of a model's name, and how its answer comes.
pub(super) fn part_of(model: &str) -> (&str, Option<Part>) {
    let known = |prefix: &str| {
        Some(match prefix {
            "bytes" => Part::Bytes,
            "cut" => Part::Cut,
            "endless" => Part::Endless,
            "ends" => Part::Ends,
            "pause" => Part::Pause,
            "silent" => Part::Silent,
            "slow" => Part::Slow,
            _ => return None,
        })
    };
    let split = model.split_once('-');
    let split = split.and_then(|(prefix, rest)| Some((rest, Some(known(prefix)?))));
    split.unwrap_or((model, None))
}

/// How an answer comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    Array,
    Binary,
    Events,
    Lines,
    Whole,
}

impl Form {
    /// Of the streams of a protocol.
    pub(super) fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::AmazonQ => Self::Binary,
            Dialect::Ollama => Self::Lines,
            Dialect::Anthropic | Dialect::Gemini | Dialect::OpenAi | Dialect::Responses => {
                Self::Events
            }
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Array | Self::Whole => "application/json",
            Self::Binary => "application/vnd.amazon.eventstream",
            Self::Events => "text/event-stream; charset=utf-8",
            Self::Lines => "application/x-ndjson",
        }
    }

    /// A chunk that is cut in the middle.
    fn cut(self) -> &'static [u8] {
        match self {
            Self::Array => b"\n,\n{\"cut",
            Self::Binary => &[0, 0, 0, 90, 0, 0],
            Self::Events => b"data: {\"cut",
            Self::Lines | Self::Whole => b"{\"cut",
        }
    }

    /// A chunk that says nothing.
    fn nothing(self) -> Vec<u8> {
        match self {
            Self::Array | Self::Whole => b"\n".to_vec(),
            Self::Binary => amazon_q::nothing(),
            Self::Events => b": still here\n\n".to_vec(),
            Self::Lines => ollama::NOTHING.as_bytes().to_vec(),
        }
    }
}

pub(super) fn events(
    form: Form,
    chunks: Vec<Vec<u8>>,
    part: Option<Part>,
    seen: &Arc<Seen>,
) -> Response {
    let mut response = untyped(form, chunks, part, seen);
    let content_type = form.content_type().parse().unwrap();
    response.headers_mut().insert("content-type", content_type);
    response
}

pub(super) fn untyped(
    form: Form,
    mut chunks: Vec<Vec<u8>>,
    part: Option<Part>,
    seen: &Arc<Seen>,
) -> Response {
    let half = chunks.len() / 2 + 1;
    if part == Some(Part::Bytes) {
        let bytes = chunks
            .concat()
            .into_iter()
            .map(|byte| Ok::<_, io::Error>(Bytes::from(vec![byte])));
        return Response::new(Body::from_stream(stream::iter(bytes)));
    }
    let rest = match part {
        None | Some(Part::Bytes | Part::Slow) => Vec::new(),
        Some(_) => chunks.split_off(half),
    };
    if part == Some(Part::Cut) {
        chunks.push(form.cut().to_vec());
    }
    let told = stream::iter(chunks).map(|chunk| Ok(Bytes::from(chunk)));
    let body = match part {
        None | Some(Part::Bytes | Part::Ends | Part::Slow) => Body::from_stream(told),
        Some(Part::Pause) => {
            let rest = stream::once(async move {
                tokio::time::sleep(SLOW).await;
                Ok(Bytes::from(rest.concat()))
            });
            Body::from_stream(told.chain(rest))
        }
        Some(Part::Silent) => Body::from_stream(told.chain(stream::pending())),
        Some(Part::Cut) => {
            let broken = stream::once(async {
                // What was written before is to arrive.
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err(io::Error::other("cut"))
            });
            Body::from_stream(told.chain(broken))
        }
        Some(Part::Endless) => {
            let guard = HangUp(Arc::clone(seen));
            let endless = stream::repeat(()).then(move |()| {
                let _ = &guard;
                async move {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    Ok::<_, io::Error>(Bytes::from(form.nothing()))
                }
            });
            Body::from_stream(told.chain(endless))
        }
    };
    Response::new(body)
}

/// A chunk of a stream that is cut in the middle.
pub(crate) fn cut(dialect: Dialect) -> &'static str {
    std::str::from_utf8(Form::of(dialect).cut()).unwrap()
}

struct HangUp(Arc<Seen>);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.hung_up.notify_one();
    }
}
