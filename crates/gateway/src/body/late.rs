//! The body of a streamed answer whose provider is slow: its headers have gone out, so that the client
//! sees that we are there, but which target answers is still open.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Body as AnyBody;
use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};
use protocol::{
    ClientCodec, ReplyContext, StreamForm,
    canonical::{ApiError, Event, Losses, Request},
};
use tokio::time::{Instant, Sleep};

use super::WholeBody;
use crate::recorder::{Outcome, Recorder};

/// The body that begins in the end, or the failure that takes its place.
pub(crate) type Begun = Result<AnyBody, (Box<ApiError>, Recorder)>;

pub(crate) struct LateBody {
    state: State,
    client: &'static dyn ClientCodec,
    form: StreamForm,
    reply: ReplyContext,
    keep_alive: Duration,
    sleep: Pin<Box<Sleep>>,
    /// The first keep-alive leaves together with the headers.
    greeted: bool,
}

enum State {
    Begun(AnyBody),
    Waiting(Pin<Box<dyn Future<Output = Begun> + Send>>),
}

impl LateBody {
    pub(crate) fn new(
        waiting: Pin<Box<dyn Future<Output = Begun> + Send>>,
        client: &'static dyn ClientCodec,
        reply: ReplyContext,
        keep_alive: Duration,
    ) -> Self {
        Self {
            state: State::Waiting(waiting),
            client,
            form: client.stream_form(&reply),
            reply,
            keep_alive,
            sleep: Box::pin(tokio::time::sleep(keep_alive)),
            greeted: false,
        }
    }

    /// A failure as the stream's only event, now that a status cannot say it any more.
    fn failed(&self, error: ApiError, recorder: Recorder) -> AnyBody {
        let mut out = BytesMut::new();
        let mut encoder = self.client.event_encoder(&Request::default(), &self.reply);
        let event = Event::Error(error.clone());
        encoder.push(0, &event, &mut out, &mut Losses::default());
        AnyBody::new(WholeBody::new(
            out.freeze(),
            recorder,
            Outcome::Failed(error),
            None,
        ))
    }

    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match &mut self.state {
                State::Begun(body) => {
                    return match Pin::new(body).poll_frame(context) {
                        Poll::Pending => Poll::Pending,
                        Poll::Ready(Some(Ok(frame))) => Poll::Ready(frame.into_data().ok()),
                        // Our own bodies never fail: a failure is an event in them.
                        Poll::Ready(None | Some(Err(_))) => Poll::Ready(None),
                    };
                }
                State::Waiting(waiting) => {
                    if !self.greeted {
                        self.greeted = true;
                        return Poll::Ready(Some(self.greeting()));
                    }
                    match waiting.as_mut().poll(context) {
                        Poll::Ready(Ok(body)) => self.state = State::Begun(body),
                        Poll::Ready(Err((error, recorder))) => {
                            self.state = State::Begun(self.failed(*error, recorder));
                        }
                        Poll::Pending => {
                            if self.sleep.as_mut().poll(context).is_pending() {
                                return Poll::Pending;
                            }
                            let next = Instant::now() + self.keep_alive;
                            self.sleep.as_mut().reset(next);
                            return Poll::Ready(Some(self.greeting()));
                        }
                    }
                }
            }
        }
    }

    fn greeting(&self) -> Bytes {
        self.form.keep_alive.clone()
    }
}

impl Body for LateBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll_data(context)
            .map(|data| data.map(|data| Ok(Frame::data(data))))
    }
}
