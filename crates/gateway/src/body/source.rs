//! Where the chunks of a reply come from.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::Body as _;
use protocol::canonical::ApiError;
use tokio::time::Sleep;

use crate::upstream;

pub(crate) enum Source {
    /// The built-in echo: each tick lets its script go on by one piece.
    Ticks {
        left: usize,
        pause: Duration,
        sleep: Option<Pin<Box<Sleep>>>,
    },
    Wire {
        /// Read before it was known what the answer is.
        first: Option<Bytes>,
        body: reqwest::Body,
        provider: String,
    },
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
            Self::Wire {
                first,
                body,
                provider,
            } => {
                if let Some(first) = first.take() {
                    return Poll::Ready(Ok(Some(first)));
                }
                loop {
                    match ready!(Pin::new(&mut *body).poll_frame(context)) {
                        None => return Poll::Ready(Ok(None)),
                        Some(Err(error)) => {
                            return Poll::Ready(Err(upstream::cut_short(provider, &error)));
                        }
                        Some(Ok(frame)) => {
                            if let Ok(data) = frame.into_data()
                                && !data.is_empty()
                            {
                                return Poll::Ready(Ok(Some(data)));
                            }
                        }
                    }
                }
            }
        }
    }

    pub(crate) fn is_wire(&self) -> bool {
        match self {
            Self::Ticks { .. } => false,
            Self::Wire { .. } => true,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Ticks { .. } => store::config::ECHO,
            Self::Wire { provider, .. } => provider,
        }
    }
}
