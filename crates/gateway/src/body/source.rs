//! Where the chunks of a reply come from.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use protocol::canonical::{ApiError, Several};
use tokio::time::Sleep;

use crate::{
    rounds::{Round, Rounds, Stopped},
    upstream,
};

/// More than this is not put together.
const LONGEST_CHUNK: usize = 64 << 10;

pub(crate) enum Source {
    /// The built-in echo: each tick lets its script go on by one piece.
    Ticks {
        left: usize,
        pause: Duration,
        sleep: Option<Pin<Box<Sleep>>>,
    },
    /// Several replies at once, whose chunks are marked for [`Several`].
    Wires {
        /// Each until it has ended.
        wires: Vec<Option<Self>>,
        /// Whose turn it is, so that none waits for the others.
        next: usize,
        provider: String,
    },
    Wire(Wire),
}

/// A provider's answer.
pub(crate) struct Wire {
    /// Read before it was known what the answer is.
    first: Option<Bytes>,
    body: reqwest::Body,
    /// How it ended, until that is told.
    end: Option<Result<(), ApiError>>,
    provider: String,
    /// To be asked for the rest of a reply that pauses.
    rounds: Option<Rounds>,
    /// It has been.
    round: Option<Round>,
    /// It did not go on, until that is told.
    stopped: Option<Box<Stopped>>,
}

const TICK: Bytes = Bytes::from_static(b".");

impl Source {
    /// The next chunk that is not empty; `None` at the end.
    pub(crate) fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, ApiError>> {
        match self {
            Self::Ticks { left, pause, sleep } => {
                if *left == 0 {
                    return Poll::Ready(Ok(None));
                }
                if !pause.is_zero() {
                    let pausing = sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(*pause)));
                    ready!(pausing.as_mut().poll(context));
                    *sleep = None;
                }
                *left -= 1;
                Poll::Ready(Ok(Some(TICK)))
            }
            Self::Wires { wires, next, .. } => {
                let count = wires.len();
                let mut running = false;
                for at in (0..count).map(|step| (*next + step) % count) {
                    let Some(wire) = wires.get_mut(at) else {
                        continue;
                    };
                    let number = u8::try_from(at).unwrap_or(u8::MAX);
                    let chunk = match wire.as_mut().map(|wire| wire.poll_chunk(context)) {
                        None => continue,
                        Some(Poll::Pending) => {
                            running = true;
                            continue;
                        }
                        Some(Poll::Ready(chunk)) => chunk?,
                    };
                    *next = at + 1;
                    if let Some(chunk) = chunk {
                        return Poll::Ready(Ok(Some(Several::chunk(number, &chunk))));
                    }
                    *wire = None;
                    return Poll::Ready(Ok(Some(Several::end(number))));
                }
                if running {
                    Poll::Pending
                } else {
                    Poll::Ready(Ok(None))
                }
            }
            Self::Wire(wire) => wire.poll_chunk(context),
        }
    }

    /// Whether the rest of a reply that paused can be asked for: it comes as the next chunks.
    pub(crate) fn asks_on(&mut self, mark: &str) -> bool {
        match self {
            Self::Ticks { .. } | Self::Wires { .. } => false,
            Self::Wire(wire) => {
                wire.round = wire.rounds.as_mut().and_then(|rounds| rounds.next(mark));
                wire.round.is_some()
            }
        }
    }

    /// Why the rest that was asked for did not come.
    pub(crate) fn stopped(&mut self) -> Option<Box<Stopped>> {
        match self {
            Self::Ticks { .. } | Self::Wires { .. } => None,
            Self::Wire(wire) => wire.stopped.take(),
        }
    }

    /// What the provider sent of a chunk.
    pub(crate) fn bare(&self, chunk: &Bytes) -> Bytes {
        match self {
            Self::Ticks { .. } => Bytes::new(),
            Self::Wire(_) => chunk.clone(),
            Self::Wires { .. } => Several::bare(chunk),
        }
    }

    pub(crate) fn is_wire(&self) -> bool {
        match self {
            Self::Ticks { .. } => false,
            Self::Wire(_) | Self::Wires { .. } => true,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Ticks { .. } => store::config::ECHO,
            Self::Wire(wire) => &wire.provider,
            Self::Wires { provider, .. } => provider,
        }
    }
}

impl Wire {
    pub(crate) fn new(first: Bytes, body: reqwest::Body, provider: &str) -> Self {
        Self {
            first: Some(first),
            body,
            end: None,
            provider: provider.to_owned(),
            rounds: None,
            round: None,
            stopped: None,
        }
    }

    pub(crate) fn with(self, rounds: Option<Rounds>) -> Self {
        Self { rounds, ..self }
    }

    /// All that is there already comes as one chunk: each that goes out costs a call of the system.
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, ApiError>> {
        if let Some(round) = &mut self.round {
            let body = ready!(round.as_mut().poll(context));
            self.round = None;
            match body {
                Ok(body) => (self.body, self.end) = (body, None),
                Err(stopped) => {
                    (self.rounds, self.stopped) = (None, Some(stopped));
                    return Poll::Ready(Ok(None));
                }
            }
        }
        let mut only = self.first.take().unwrap_or_default();
        let mut several = BytesMut::new();
        while self.end.is_none() && only.len() + several.len() < LONGEST_CHUNK {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Pending if only.is_empty() => return Poll::Pending,
                Poll::Pending => break,
                Poll::Ready(None) => self.end = Some(Ok(())),
                Poll::Ready(Some(Err(error))) => {
                    self.end = Some(Err(upstream::cut_short(&self.provider, &error)));
                }
                Poll::Ready(Some(Ok(frame))) => {
                    let data = frame.into_data().unwrap_or_default();
                    if only.is_empty() {
                        only = data;
                        continue;
                    }
                    if several.is_empty() {
                        several.extend_from_slice(&only);
                    }
                    several.extend_from_slice(&data);
                }
            }
        }
        if !several.is_empty() {
            only = several.freeze();
        }
        if !only.is_empty() {
            return Poll::Ready(Ok(Some(only)));
        }
        Poll::Ready(self.end.take().unwrap_or(Ok(())).map(|()| None))
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, io};

    use futures_util::{FutureExt as _, stream};
    use http_body::Frame;
    use http_body_util::StreamBody;
    use tokio::sync::mpsc;

    use super::*;

    async fn next(source: &mut Source) -> Result<Option<Bytes>, ApiError> {
        poll_fn(|context| source.poll_chunk(context)).await
    }

    #[tokio::test]
    async fn what_is_there_comes_at_once_and_nothing_waits_for_more() {
        let (provider, mut frames) = mpsc::channel::<Result<Frame<Bytes>, io::Error>>(9);
        let frames = stream::poll_fn(move |context| frames.poll_recv(context));
        let body = reqwest::Body::wrap(StreamBody::new(frames));
        let mut source = Source::Wire(Wire::new("a".into(), body, "p"));
        provider.send(Ok(Frame::data("b".into()))).await.unwrap();
        provider.send(Ok(Frame::data("c".into()))).await.unwrap();
        assert_eq!(next(&mut source).await.unwrap().unwrap(), "abc");
        assert!(next(&mut source).now_or_never().is_none());
        provider.send(Ok(Frame::data("d".into()))).await.unwrap();
        let broken = io::Error::other("broken");
        provider.send(Err(broken)).await.unwrap();
        assert_eq!(next(&mut source).await.unwrap().unwrap(), "d");
        let error = next(&mut source).await.unwrap_err();
        assert!(error.message.contains("broken"), "{}", error.message);
    }

    #[tokio::test]
    async fn much_of_it_comes_bit_by_bit() {
        let frame = Bytes::from(vec![b'x'; LONGEST_CHUNK / 2]);
        let frames = vec![frame.clone(); 5].into_iter();
        let frames = frames.map(|frame| Ok::<_, io::Error>(Frame::data(frame)));
        let frames = StreamBody::new(stream::iter(frames));
        let wire = Wire::new(Bytes::new(), reqwest::Body::wrap(frames), "p");
        let mut source = Source::Wire(wire);
        let mut lengths = Vec::new();
        while let Some(chunk) = next(&mut source).await.unwrap() {
            lengths.push(chunk.len());
        }
        assert_eq!(lengths.len(), 3, "{lengths:?}");
        assert_eq!(lengths.iter().sum::<usize>(), frame.len() * 5);
    }
}
