//! Straight to a model server on this computer. Without TLS, proxies, compression and redirects, all that the
//! full client does for them would be paid for nothing, with every request.

mod pool;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::TryFutureExt as _;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use reqwest::Url;

use self::pool::Pool;
use super::{ANYTHING, Answer, Pieces};

pub(super) use self::pool::{Error, NoAnswer};

/// All connections with the same patience, by the server they lead to.
#[derive(Clone)]
pub(super) struct Connections {
    patience: Duration,
    servers: Arc<Mutex<HashMap<Uri, Arc<Pool>>>>,
}

impl Connections {
    /// `patience`: for a connection to be accepted.
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            patience,
            servers: Arc::default(),
        }
    }

    fn to(&self, server: Uri) -> Arc<Pool> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = servers.entry(server);
        let pool = pool.or_insert_with_key(|server| Pool::new(server.clone(), self.patience));
        Arc::clone(pool)
    }
}

/// One address, in the forms in which each request needs it.
pub(super) struct Way {
    pool: Arc<Pool>,
    /// Path and query alone.
    uri: Uri,
    host: HeaderValue,
}

impl Way {
    /// `None` for an address that HTTP cannot express.
    pub(super) fn new(connections: &Connections, url: &Url) -> Option<Self> {
        let whole: Uri = url.as_str().parse().ok()?;
        let server = Uri::builder()
            .scheme(whole.scheme()?.clone())
            .authority(whole.authority()?.clone())
            .path_and_query("/");
        let host = HeaderValue::from_str(&url[url::Position::BeforeHost..url::Position::AfterPort]);
        Some(Self {
            pool: connections.to(server.build().ok()?),
            uri: whole.into_parts().path_and_query?.into(),
            host: host.ok()?,
        })
    }

    /// `patience`: for the head of the answer.
    pub(super) fn send(
        &self,
        method: Method,
        headers: HeaderMap,
        body: Vec<Bytes>,
        patience: Duration,
    ) -> impl Future<Output = Result<Answer, Error>> {
        let mut request = Request::new(Pieces::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        let headers = request.headers_mut();
        headers.entry(header::ACCEPT).or_insert(ANYTHING);
        headers.insert(header::HOST, self.host.clone());
        let answer = self.pool.send(request, patience);
        answer.map_ok(|answer| answer.map(reqwest::Body::wrap))
    }
}
