//! The connections to one server, each of which carries one request after another. Nobody works on a connection
//! but whoever uses it: a task of its own would be woken, and would wake, with every piece of an answer.

use std::{
    future::poll_fn,
    mem,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body::{Body, Frame, SizeHint};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::time::{self, Instant, Sleep};
use tower::Service as _;

use super::super::{POOL_IDLE, Pieces};

/// Of connecting, or of HTTP; what caused it is below. Or [`NoAnswer`].
pub(in crate::upstream) type Error = Box<dyn std::error::Error + Send + Sync>;

/// The head of the answer did not come in time.
#[derive(Debug, thiserror::Error)]
#[error("no answer in time")]
pub(in crate::upstream) struct NoAnswer;

pub(super) struct Pool {
    server: Uri,
    connector: HttpConnector,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    connections: Vec<(Connection, Instant)>,
    /// Somebody looks after them.
    is_swept: bool,
}

struct Connection {
    requests: SendRequest<Pieces>,
    work: Pin<Box<dyn Future<Output = hyper::Result<()>> + Send + Sync>>,
    /// Its work is done, well or not.
    ended: bool,
    /// Of the request that it carries. Set anew for each, which costs less than a new one: the clock still holds it.
    alarm: Pin<Box<Sleep>>,
}

impl Pool {
    pub(super) fn new(server: Uri, patience: Duration) -> Arc<Self> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(patience));
        connector.set_nodelay(true);
        Arc::new(Self {
            server,
            connector,
            idle: Mutex::default(),
        })
    }

    /// Sends over a connection that is idle, else over a new one. `patience`: for the head of the answer.
    pub(super) async fn send(
        self: &Arc<Self>,
        mut request: Request<Pieces>,
        patience: Duration,
    ) -> Result<Response<Lent>, Error> {
        let until = Instant::now() + patience;
        while let Some(mut connection) = self.take() {
            if !connection.is_ready() {
                continue;
            }
            let mut answer = pin!(connection.requests.try_send_request(request));
            match connection.during(answer.as_mut(), until).await? {
                Ok(answer) => return Ok(self.lend(answer, connection)),
                Err(mut failed) => match failed.take_message() {
                    // The server hung up on it in that moment, and saw nothing of the request.
                    Some(unsent) => request = unsent,
                    None => return Err(failed.into_error().into()),
                },
            }
        }
        // In a box: rare, and as large as all the rest.
        let answer = time::timeout_at(until, self.send_anew(request, until));
        Box::pin(answer)
            .await
            .unwrap_or_else(|_| Err(NoAnswer.into()))
    }

    async fn send_anew(
        self: &Arc<Self>,
        request: Request<Pieces>,
        until: Instant,
    ) -> Result<Response<Lent>, Error> {
        let stream = self.connector.clone().call(self.server.clone()).await?;
        let (requests, work) = http1::handshake(stream).await?;
        let mut connection = Connection {
            requests,
            work: Box::pin(work.with_upgrades()),
            ended: false,
            alarm: Box::pin(time::sleep_until(until)),
        };
        let mut answer = pin!(connection.requests.send_request(request));
        let answer = connection.during(answer.as_mut(), until).await??;
        Ok(self.lend(answer, connection))
    }

    /// The one that was used last, so that those nobody needs grow old.
    fn take(&self) -> Option<Connection> {
        self.idle()
            .connections
            .pop()
            .map(|(connection, _)| connection)
    }

    fn lend(
        self: &Arc<Self>,
        answer: Response<Incoming>,
        connection: Connection,
    ) -> Response<Lent> {
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            // It goes on for as long as what it has become, unless its work is done with that.
            if !connection.ended {
                tokio::spawn(connection.work);
            }
            return answer.map(|body| Lent { body, lease: None });
        }
        answer.map(|body| {
            let mut lent = Lent {
                body,
                lease: Some((connection, Arc::clone(self))),
            };
            if lent.body.is_end_stream() {
                lent.give_back();
            }
            lent
        })
    }

    fn put_back(self: &Arc<Self>, connection: Connection) {
        let mut idle = self.idle();
        idle.connections.push((connection, Instant::now()));
        if !mem::replace(&mut idle.is_swept, true) {
            tokio::spawn(Self::sweep(Arc::downgrade(self)));
        }
    }

    /// Closes what nobody has needed for long, until nothing is left.
    async fn sweep(pool: Weak<Self>) {
        loop {
            time::sleep(POOL_IDLE).await;
            let Some(pool) = pool.upgrade() else {
                return;
            };
            let mut idle = pool.idle();
            let is_needed = |(_, since): &(_, Instant)| since.elapsed() < POOL_IDLE;
            idle.connections.retain(is_needed);
            if idle.connections.is_empty() {
                idle.is_swept = false;
                return;
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Whether it can be used again: what happened to it in the meantime is only seen now.
    fn is_ready(&mut self) -> bool {
        self.go_on(&mut unheard());
        !self.ended && self.requests.is_ready()
    }

    /// Goes on with its work until an answer to a request has come.
    async fn during<A>(
        &mut self,
        mut answer: Pin<&mut impl Future<Output = A>>,
        until: Instant,
    ) -> Result<A, NoAnswer> {
        self.alarm.as_mut().reset(until);
        poll_fn(|context| {
            match self.poll_during(context, |context| answer.as_mut().poll(context)) {
                Poll::Ready(answer) => Poll::Ready(Ok(answer)),
                Poll::Pending => self.alarm.as_mut().poll(context).map(|()| Err(NoAnswer)),
            }
        })
        .await
    }

    /// What comes of work on the connection alone: only that is waited for, and nobody is woken by what he does
    /// himself.
    fn poll_during<T>(
        &mut self,
        context: &mut Context<'_>,
        mut wanted: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        if let Poll::Ready(found) = wanted(&mut unheard()) {
            return Poll::Ready(found);
        }
        self.go_on(&mut unheard());
        if let Poll::Ready(found) = wanted(&mut unheard()) {
            return Poll::Ready(found);
        }
        self.go_on(context);
        wanted(&mut unheard())
    }

    fn go_on(&mut self, context: &mut Context<'_>) {
        if !self.ended
            && let Poll::Ready(result) = self.work.as_mut().poll(context)
        {
            self.ended = true;
            if let Err(error) = result {
                tracing::debug!(%error, "a connection to a local provider ended");
            }
        }
    }
}

/// Of whoever asks again anyway.
fn unheard() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// An answer's body, which gives its connection back at its end. Dropped before that it ends the connection.
pub(super) struct Lent {
    body: Incoming,
    lease: Option<(Connection, Arc<Pool>)>,
}

impl Lent {
    fn give_back(&mut self) {
        if let Some((connection, pool)) = self.lease.take() {
            pool.put_back(connection);
        }
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Self { body, lease } = &mut *self;
        let mut next = |context: &mut Context<'_>| Pin::new(&mut *body).poll_frame(context);
        let frame = ready!(match lease {
            Some((connection, _)) => connection.poll_during(context, next),
            None => next(context),
        });
        match &frame {
            Some(Err(_)) => self.lease = None,
            Some(Ok(_)) if !self.body.is_end_stream() => {}
            None | Some(Ok(_)) => self.give_back(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
