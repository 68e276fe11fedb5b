//! A streamed answer: chunks in, chunks out, nothing on the way that waits for anything else.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame};
use protocol::{
    StreamForm,
    canonical::{ApiError, Event, Events, PartKind},
};
use tokio::time::{Instant, Sleep};

use super::Source;
use crate::{
    app::Pace,
    recorder::{Outcome, Recorder},
    relay::Relay,
    reply,
    signal::Signal,
    upstream,
};

/// After its end mark, or a pause, a provider that keeps the connection open keeps nobody waiting.
const LINGER: Duration = Duration::from_millis(200);

/// A reply between its provider and its client.
pub(crate) struct Stream {
    source: Source,
    relay: Relay,
    recorder: Recorder,
    form: StreamForm,
    /// Chunks that wait for the reply's first real piece.
    held: VecDeque<Bytes>,
    /// A scratch list, to spare an allocation a chunk.
    seen: Events,
    /// The first real piece has come: nobody else takes over from here.
    begun: bool,
    /// The client has something of it.
    spoken: bool,
    /// Choices that have begun and not ended.
    open: usize,
    /// Everything has been said, well or not.
    over: bool,
    /// The last chunk for the client ended with a frame.
    at_frame_end: bool,
    ended: bool,
    /// The provider was asked to go on behind a pause, and has not begun to.
    resumes: bool,
    timer: Timer,
    /// Whoever serves the connection looks at all its streams again when this is given.
    cut: Option<Signal>,
}

struct Timer {
    sleep: Pin<Box<Sleep>>,
    idle: Duration,
    end_mark: Duration,
    keep_alive: Duration,
    last_in: Instant,
    last_out: Instant,
    /// The task that the sleep will wake, and the silence that it was set for.
    waiting: Option<(Waker, Duration)>,
}

/// What came of waiting.
enum Due {
    KeepAlive,
    Silence,
}

impl Stream {
    pub(crate) fn new(
        source: Source,
        relay: Relay,
        recorder: Recorder,
        form: StreamForm,
        idle: Duration,
        pace: &Pace,
        cut: Option<Signal>,
    ) -> Self {
        let now = Instant::now();
        Self {
            source,
            relay,
            recorder,
            form,
            held: VecDeque::new(),
            seen: Events::new(),
            begun: false,
            spoken: false,
            open: 0,
            over: false,
            at_frame_end: true,
            ended: false,
            resumes: false,
            timer: Timer {
                sleep: Box::pin(tokio::time::sleep_until(now + idle.min(pace.keep_alive))),
                idle,
                end_mark: pace.end_mark,
                keep_alive: pace.keep_alive,
                last_in: now,
                last_out: now,
                waiting: None,
            },
            cut,
        }
    }

    /// Reads up to the first real piece and holds back what comes before it, so that until then another
    /// target can still take over unseen.
    ///
    /// # Errors
    /// The reply's failure before that, with the recorder to go on with.
    pub(crate) async fn begin(mut self) -> Result<Self, (Box<ApiError>, Recorder)> {
        while !self.begun && !self.ended {
            let step = poll_fn(|context| self.poll_step(context)).await;
            if let Some(chunk) = step {
                self.held.push_back(chunk);
            }
            let failed = self.seen.iter().find_map(|(_, event)| match event {
                Event::Error(error) => Some(error.clone()),
                _ => None,
            });
            if let (Some(error), false) = (failed, self.begun) {
                return Err((Box::new(error), self.recorder.take()));
            }
        }
        Ok(self)
    }

    /// The rest of the reply, to be handed to the client.
    pub(crate) fn into_body(self) -> StreamBody {
        StreamBody(Box::new(self))
    }

    pub(crate) fn recorder(&mut self) -> &mut Recorder {
        &mut self.recorder
    }

    /// The next chunk for the client, keep-alives included; `None` at the end.
    fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.seen.clear();
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            if self.over && self.relay.is_cut() {
                return Poll::Ready(self.finish(None));
            }
            let chunk = match self.source.poll_chunk(context) {
                Poll::Ready(Ok(Some(chunk))) => chunk,
                Poll::Ready(Ok(None)) if self.asks_on() => continue,
                Poll::Ready(Ok(None)) => {
                    let cause = self.stopped();
                    return Poll::Ready(self.finish(cause));
                }
                Poll::Ready(Err(cause)) => return Poll::Ready(self.finish(Some(cause))),
                Poll::Pending => return self.poll_others(context),
            };
            self.timer.last_in = Instant::now();
            if self.source.is_wire() {
                self.recorder.receives(&self.source.bare(&chunk));
            }
            if std::mem::take(&mut self.resumes) {
                self.relay.go_on();
            }
            let out = self.relay.push(chunk, &mut self.seen);
            self.observe();
            if !out.is_empty() || !self.seen.is_empty() && !self.begun {
                return Poll::Ready(Some(out));
            }
            self.seen.clear();
        }
    }

    /// Whether the provider only paused, and is asked for the rest.
    fn asks_on(&mut self) -> bool {
        let mark = self.relay.paused();
        self.resumes = mark.is_some_and(|mark| self.source.asks_on(mark));
        if self.resumes {
            self.timer.last_in = Instant::now();
        }
        self.resumes
    }

    /// Notes that the provider did not go on; the failure is the reply's own where nothing has been said yet.
    fn stopped(&mut self) -> Option<ApiError> {
        let stopped = self.source.stopped()?;
        self.recorder.round_fails(&stopped);
        (!self.begun).then_some(stopped.error)
    }

    /// Nothing to read: is it time to say something, or to give up?
    fn poll_others(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.cut.as_ref().is_some_and(Signal::is_given) {
            self.cut = None;
            return Poll::Ready(self.finish(Some(reply::stopped("in the middle of this reply"))));
        }
        let paused = !self.resumes && self.relay.paused().is_some();
        // What is passed through may go on behind its end mark.
        let lingers = paused || self.over && self.relay.translates();
        let ends = !lingers && self.relay.awaits_end_mark();
        let patience = if lingers {
            LINGER
        } else if ends {
            self.timer.end_mark.min(self.timer.idle)
        } else {
            self.timer.idle
        };
        match self.timer.poll(context, patience) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Due::Silence) if paused && self.asks_on() => self.poll_step(context),
            Poll::Ready(Due::Silence) if paused || ends || self.over => {
                Poll::Ready(self.finish(None))
            }
            Poll::Ready(Due::Silence) => {
                let cause = upstream::silent(self.source.name(), self.timer.idle);
                Poll::Ready(self.finish(Some(cause)))
            }
            Poll::Ready(Due::KeepAlive) => {
                // In the middle of a frame it would break it; before the beginning it is not ours to send.
                self.timer.last_out = Instant::now();
                let is_under_way = self.begun || self.spoken;
                if !is_under_way || !self.at_frame_end || self.over {
                    return self.poll_others(context);
                }
                let said = self.relay.keep_alive();
                Poll::Ready(Some(said.unwrap_or_else(|| self.form.keep_alive.clone())))
            }
        }
    }

    fn finish(&mut self, cause: Option<ApiError>) -> Option<Bytes> {
        self.ended = true;
        self.timer.last_in = Instant::now();
        self.seen.clear();
        let out = self.relay.finish(cause, self.over, &mut self.seen);
        self.observe();
        if out.is_empty() {
            return None;
        }
        if self.at_frame_end {
            return Some(out);
        }
        // Ends the frame that was cut in the middle.
        Some([self.form.frame_end, &out].concat().into())
    }

    /// Notes what was seen and what it means for the rest of the reply.
    fn observe(&mut self) {
        self.recorder
            .observe(&self.seen, self.timer.last_in.into_std());
        for (_, event) in &self.seen {
            match event {
                Event::Error(_) => self.over = true,
                Event::Finish(_) => {
                    self.begun = true;
                    self.open = self.open.saturating_sub(1);
                    self.over = self.open == 0;
                }
                Event::PartDelta { .. }
                | Event::PartStart {
                    part: PartKind::Image(_) | PartKind::ToolCall { .. },
                    ..
                } => self.begun = true,
                Event::Start { .. } => {
                    self.open += 1;
                    self.over = false;
                }
                Event::Loss(_)
                | Event::Note(_)
                | Event::PartEnd { .. }
                | Event::PartStart { .. }
                | Event::Ping
                | Event::Usage(_) => {}
            }
        }
        if self.over && self.begun {
            self.recorder.completes();
        }
    }

    fn hand_out(&mut self, chunk: &Bytes) {
        self.spoken = true;
        self.timer.last_out = self.timer.last_out.max(self.timer.last_in);
        // Of an array only whole elements go out.
        self.at_frame_end = self.form.is_array()
            || chunk.ends_with(self.form.frame_end)
            || chunk.ends_with(b"\r\n\r\n");
        self.recorder.hands_out(chunk);
    }

    fn close(&mut self) {
        self.tell_losses();
        self.recorder.take().close(Outcome::Done, None);
    }

    fn tell_losses(&self) {
        if let Some(losses) = self.relay.losses() {
            self.recorder.loses(losses);
        }
    }
}

/// Also of a reply that its client did not hear to the end.
impl Drop for Stream {
    fn drop(&mut self) {
        self.tell_losses();
    }
}

impl Timer {
    /// Set once and looked at again when it fires: no chunk pays for it.
    fn poll(&mut self, context: &mut Context<'_>, patience: Duration) -> Poll<Due> {
        let waits = self
            .waiting
            .as_ref()
            .is_some_and(|(task, before)| *before == patience && task.will_wake(context.waker()));
        if waits && !self.sleep.is_elapsed() {
            return Poll::Pending;
        }
        loop {
            let silence = self.last_in + patience;
            let quiet = self.last_out + self.keep_alive;
            let now = Instant::now();
            if silence <= now {
                return Poll::Ready(Due::Silence);
            }
            if quiet <= now {
                return Poll::Ready(Due::KeepAlive);
            }
            let next = silence.min(quiet);
            if self.sleep.deadline() > next || self.sleep.is_elapsed() {
                self.sleep.as_mut().reset(next);
            }
            if self.sleep.as_mut().poll(context).is_pending() {
                self.waiting = Some((context.waker().clone(), patience));
                return Poll::Pending;
            }
        }
    }
}

/// The body of a reply that has begun.
pub(crate) struct StreamBody(Box<Stream>);

impl Body for StreamBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let stream = &mut *self.0;
        loop {
            let chunk = match stream.held.pop_front() {
                Some(chunk) => Some(chunk),
                None => match stream.poll_step(context) {
                    Poll::Ready(chunk) => chunk,
                    Poll::Pending => return Poll::Pending,
                },
            };
            match chunk {
                Some(chunk) if chunk.is_empty() => {}
                Some(chunk) => {
                    stream.hand_out(&chunk);
                    if stream.ended && stream.held.is_empty() {
                        stream.close();
                    }
                    return Poll::Ready(Some(Ok(Frame::data(chunk))));
                }
                None => {
                    stream.close();
                    return Poll::Ready(None);
                }
            }
        }
    }
}
