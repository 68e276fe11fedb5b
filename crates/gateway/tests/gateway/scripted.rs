//! A provider that answers as a test tells it to, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Uri},
    response::Response,
};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;

type Script = dyn Fn(&str, &Value) -> Response + Send + Sync;

pub(crate) struct Scripted {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Scripted {
    /// `script` makes an answer of the path and the body.
    pub(crate) async fn start(
        script: impl Fn(&str, &Value) -> Response + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let heard = Arc::clone(&asked);
        let router = Router::new().fallback(move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let (script, heard) = (Arc::clone(&script), Arc::clone(&heard));
            async move {
                let answer = script(uri.path(), &read(&body));
                heard.lock().unwrap().push((headers, body));
                answer
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, asked, task }
    }

    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked_raw().iter().map(read).collect()
    }

    /// The same, byte for byte.
    pub(crate) fn asked_raw(&self) -> Vec<Bytes> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(_, body)| body.clone()).collect()
    }

    pub(crate) fn headers(&self) -> Vec<HeaderMap> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(headers, _)| headers.clone()).collect()
    }

    /// The config of it as a provider `lab` of a protocol.
    pub(crate) fn config(&self, protocol: &str) -> String {
        format!(
            "[[providers]]\nid = \"lab\"\nprotocol = \"{protocol}\"\nbase_url = \"{}\"\nretries = 0\n[log]\nbodies = \"all\"\n",
            self.url
        )
    }
}

fn read(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

pub(crate) fn json(body: &Value) -> Response {
    Response::builder()
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .unwrap()
}

/// Server-sent events: the name is the value's `type`, where it has one.
pub(crate) fn events(values: &[Value]) -> Response {
    streamed(frames(values).into())
}

/// The same, after which the stream stays open.
pub(crate) fn held(values: &[Value]) -> Response {
    let first = Bytes::from(frames(values));
    let first = stream::once(async { Ok::<_, std::io::Error>(first) });
    streamed(Body::from_stream(first.chain(stream::pending())))
}

fn frames(values: &[Value]) -> String {
    let frames = values.iter().map(|value| match value["type"].as_str() {
        Some(name) => format!("event: {name}\ndata: {value}\n\n"),
        None => format!("data: {value}\n\n"),
    });
    frames.collect()
}

fn streamed(body: Body) -> Response {
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(body)
        .unwrap()
}
