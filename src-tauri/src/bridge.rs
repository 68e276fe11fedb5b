//! The page's way into the router, without a port: `ui/src/host.ts` states the contract.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::{Router, body::Body};
use futures_util::StreamExt;
use gateway::InProcess;
use http::{HeaderName, HeaderValue, Method, Request};
use tauri::{
    State,
    ipc::{Channel, InvokeResponseBody},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

#[derive(Debug, serde::Deserialize)]
pub(crate) struct BridgeRequest {
    id: String,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<BridgeBody>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
enum BridgeBody {
    Bytes(Vec<u8>),
    Text(String),
}

#[derive(Debug, serde::Serialize)]
pub(crate) struct BridgeResponse {
    status: u16,
    headers: Vec<(String, String)>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum BridgeError {
    #[error("The page sent a request that is not HTTP: {0}")]
    Request(#[from] http::Error),
}

// Tauri hands a command's error to the page as JSON; ours is the sentence.
impl serde::Serialize for BridgeError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

/// Ids that were cancelled and are not under way are remembered up to this many.
const MOST_EARLY: usize = 64;

/// Answers the page's requests, and lets the page abort them.
pub(crate) struct Bridge {
    router: Router,
    running: Mutex<Running>,
}

/// The requests under way, by the page's id.
#[derive(Default)]
struct Running {
    under_way: HashMap<String, CancellationToken>,
    /// Commands may overtake each other: the request may still come. Most have ended in the same moment.
    cancelled_early: VecDeque<String>,
}

impl Bridge {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            running: Mutex::default(),
        }
    }

    fn begin(&self, id: &str) -> CancellationToken {
        let mut running = self.lock();
        let token = CancellationToken::new();
        if running.cancelled_early.iter().any(|early| early == id) {
            running.cancelled_early.retain(|early| early != id);
            token.cancel();
        } else {
            running.under_way.insert(id.to_owned(), token.clone());
        }
        token
    }

    fn end(&self, id: &str) {
        self.lock().under_way.remove(id);
    }

    fn cancel(&self, id: String) {
        let mut running = self.lock();
        if let Some(token) = running.under_way.remove(&id) {
            token.cancel();
            return;
        }
        if running.cancelled_early.len() >= MOST_EARLY {
            running.cancelled_early.pop_front();
        }
        running.cancelled_early.push_back(id);
    }

    /// The page is gone, and nobody reads what it asked for: a channel to it takes everything all the same.
    pub(crate) fn cancel_all(&self) {
        for (_, token) in self.lock().under_way.drain() {
            token.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers as soon as the head of the answer is there; its body follows on the channel.
#[tauri::command]
pub(crate) async fn fetch(
    request: BridgeRequest,
    body: Channel<InvokeResponseBody>,
    bridge: State<'_, std::sync::Arc<Bridge>>,
) -> Result<BridgeResponse, BridgeError> {
    let id = request.id.clone();
    let request = http_request(request)?;
    let cancelled = bridge.begin(&id);
    let answer = tokio::select! {
        biased;
        () = cancelled.cancelled() => {
            bridge.end(&id);
            return Ok(BridgeResponse { status: 499, headers: Vec::new() });
        }
        // A router's future answers every failure itself.
        answer = bridge.router.clone().oneshot(request) => answer.unwrap_or_else(|never| match never {}),
    };
    let head = BridgeResponse {
        status: answer.status().as_u16(),
        headers: answer
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.to_string(), value.into_owned())
            })
            .collect(),
    };
    let bridge = bridge.inner().clone();
    tokio::spawn(async move {
        tokio::select! {
            () = forward(answer.into_body(), &body) => {}
            // Dropping the body tells the exchange that its client left.
            () = cancelled.cancelled() => {}
        }
        bridge.end(&id);
    });
    Ok(head)
}

#[tauri::command]
#[expect(
    clippy::needless_pass_by_value,
    reason = "commands take their arguments by value"
)]
pub(crate) fn cancel_fetch(id: String, bridge: State<'_, std::sync::Arc<Bridge>>) {
    bridge.cancel(id);
}

fn http_request(request: BridgeRequest) -> Result<Request<Body>, http::Error> {
    let body = match request.body {
        None => Body::empty(),
        Some(BridgeBody::Bytes(bytes)) => Body::from(bytes),
        Some(BridgeBody::Text(text)) => Body::from(text),
    };
    let mut http_request = Request::builder()
        .method(Method::from_bytes(request.method.as_bytes())?)
        .uri(request.path)
        .body(body)?;
    for (name, value) in request.headers {
        http_request.headers_mut().append(
            HeaderName::from_bytes(name.as_bytes())?,
            HeaderValue::from_str(&value)?,
        );
    }
    http_request.extensions_mut().insert(InProcess);
    Ok(http_request)
}

async fn forward(body: Body, channel: &Channel<InvokeResponseBody>) {
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let sent = match chunk {
            Ok(chunk) => channel.send(InvokeResponseBody::Raw(chunk.to_vec())),
            Err(error) => {
                let message = serde_json::json!({ "error": error.to_string() });
                let _ = channel.send(InvokeResponseBody::Json(message.to_string()));
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
    let _ = channel.send(InvokeResponseBody::Json(r#"{"end":true}"#.to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_cancelled_before_it_comes_and_while_it_runs() {
        let bridge = Bridge::new(Router::new());
        bridge.cancel("early".to_owned());
        assert!(bridge.begin("early").is_cancelled());
        let token = bridge.begin("late");
        assert!(!token.is_cancelled());
        bridge.cancel("late".to_owned());
        assert!(token.is_cancelled());
        // Of one that has ended nothing stays for ever.
        for number in 0..2 * MOST_EARLY {
            bridge.cancel(number.to_string());
        }
        let running = bridge.lock();
        assert_eq!(running.cancelled_early.len(), MOST_EARLY);
        assert!(running.under_way.is_empty());
    }

    #[test]
    fn with_the_page_go_all_its_requests() {
        let bridge = Bridge::new(Router::new());
        let tokens = ["answer", "live"].map(|id| bridge.begin(id));
        bridge.cancel_all();
        assert!(tokens.iter().all(CancellationToken::is_cancelled));
        // What a reloaded page asks for is its own.
        assert!(!bridge.begin("live").is_cancelled());
    }
}
