//! Straight to a model server on this computer. Without TLS, proxies, compression and redirects, all that the
//! full client does for them would be paid for nothing, with every request.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use reqwest::Url;

use super::{Answer, POOL_IDLE, Pieces};

const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");

pub(super) type Client = legacy::Client<HttpConnector, Pieces>;

pub(super) fn client(connect: Duration) -> Client {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(connect));
    connector.set_nodelay(true);
    legacy::Client::builder(TokioExecutor::new())
        .pool_idle_timeout(POOL_IDLE)
        .pool_timer(TokioTimer::new())
        .build(connector)
}

/// One address, in the forms in which each request needs it.
pub(super) struct Way {
    client: Client,
    uri: Uri,
    host: HeaderValue,
}

impl Way {
    /// `None` for an address that HTTP cannot express.
    pub(super) fn new(client: Client, url: &Url) -> Option<Self> {
        let uri: Uri = url.as_str().parse().ok()?;
        let host = HeaderValue::from_str(&url[url::Position::BeforeHost..url::Position::AfterPort]);
        Some(Self {
            client,
            uri,
            host: host.ok()?,
        })
    }

    pub(super) async fn send(
        &self,
        method: Method,
        headers: HeaderMap,
        body: Vec<Bytes>,
    ) -> Result<Answer, legacy::Error> {
        let mut request = Request::new(Pieces::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        let headers = request.headers_mut();
        headers.entry(header::ACCEPT).or_insert(ANYTHING);
        headers.insert(header::HOST, self.host.clone());
        let answer = self.client.request(request).await?;
        Ok(answer.map(reqwest::Body::wrap))
    }
}
