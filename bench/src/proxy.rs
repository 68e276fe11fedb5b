//! The yardsticks: the least that a proxy on hyper can do, and one that parses what it forwards.

use bytes::Bytes;
use futures_util::StreamExt;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, BodyStream, Empty, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::serve::Body;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Mode {
    /// Forwards bytes.
    Bare,
    /// Forwards bytes after every `data:` line became a `serde_json::Value`.
    Parsing,
}

#[derive(Clone)]
pub(crate) struct Proxy {
    mode: Mode,
    upstream: String,
    client: Client<HttpConnector, Incoming>,
}

impl Proxy {
    pub(crate) fn new(mode: Mode, upstream: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            mode,
            upstream: upstream.to_owned(),
            client: Client::builder(TokioExecutor::new()).build(connector),
        }
    }

    pub(crate) async fn forward(self, mut request: Request<Incoming>) -> Response<Body> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let Ok(uri) = format!("http://{}{path}", self.upstream).parse::<Uri>() else {
            return failed();
        };
        *request.uri_mut() = uri;
        let Ok(answer) = self.client.request(request).await else {
            return failed();
        };
        let (head, body) = answer.into_parts();
        let body = match self.mode {
            Mode::Bare => body.map_err(Into::into).boxed(),
            Mode::Parsing => parsed(body),
        };
        Response::from_parts(head, body)
    }
}

fn parsed(body: Incoming) -> Body {
    let mut rest = Vec::new();
    let frames = BodyStream::new(body).map(move |frame| {
        let frame: Frame<Bytes> = frame?;
        if let Some(data) = frame.data_ref() {
            rest.extend_from_slice(data);
            while let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = rest.drain(..end + 2).collect();
                if let Some(json) = event.strip_prefix(b"data: ") {
                    // "[DONE]" is no JSON, and that is fine.
                    let value = serde_json::from_slice::<serde_json::Value>(json);
                    std::hint::black_box(value.ok());
                }
            }
        }
        Ok(frame)
    });
    BodyExt::boxed(StreamBody::new(frames))
}

fn failed() -> Response<Body> {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}
