//! What conversations over a socket have in common, whatever is said on them.

mod pulse;
mod running;

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use http::{HeaderMap, HeaderName, StatusCode, header, request::Parts};
use protocol::canonical::ApiError;
use tokio_tungstenite::tungstenite;

pub(crate) use self::{
    pulse::Pulse,
    running::{Piece, Running, request},
};

/// An end that takes nothing for so long is not there.
pub(crate) const SEND: Duration = Duration::from_secs(30);
/// For the goodbye of a socket that ends.
pub(crate) const LAST_WORDS: Duration = Duration::from_millis(300);

/// Whether a request wants its connection to become a socket.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    let mut wanted = headers.get_all(header::UPGRADE).iter();
    wanted.any(|name| name.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

pub(crate) fn not_opened() -> ApiError {
    let message = "This address is a WebSocket: open it with a WebSocket client (`Connection: Upgrade`, `Upgrade: websocket`, version 13).";
    let mut error = ApiError::invalid_request(message).with_code("websocket_required");
    error.status = Some(StatusCode::UPGRADE_REQUIRED.as_u16());
    error
}

/// The head of a handshake as that of the requests that are made on its socket, which are no handshakes.
pub(crate) fn without_handshake(mut head: Parts) -> Parts {
    for name in [
        header::CONNECTION,
        header::SEC_WEBSOCKET_EXTENSIONS,
        header::SEC_WEBSOCKET_KEY,
        header::SEC_WEBSOCKET_VERSION,
        header::UPGRADE,
    ] {
        head.headers.remove(name);
    }
    let names = head.headers.keys();
    let names = names.filter(|name| name.as_str().starts_with("sec-fetch-"));
    for name in names.cloned().collect::<Vec<HeaderName>>() {
        head.headers.remove(name);
    }
    head
}

/// `false`: the client is gone.
pub(crate) async fn sent(client: &mut WebSocket, message: Message) -> bool {
    let sent = tokio::time::timeout(SEND, client.send(message)).await;
    matches!(sent, Ok(Ok(())))
}

pub(crate) async fn say_goodbye(client: &mut WebSocket, (code, reason): (u16, &'static str)) {
    let frame = CloseFrame {
        code,
        reason: reason.into(),
    };
    let goodbye = client.send(Message::Close(Some(frame)));
    let _ = tokio::time::timeout(LAST_WORDS, goodbye).await;
}

/// What to say when nothing more can be read.
pub(crate) fn why_broken(error: &axum::Error) -> (u16, &'static str) {
    tracing::debug!(%error, "a socket broke off");
    let cause = std::error::Error::source(error);
    let cause = cause.and_then(|cause| cause.downcast_ref());
    if matches!(cause, Some(tungstenite::Error::Capacity(_))) {
        (close_code::SIZE, "A message is too large.")
    } else {
        (close_code::PROTOCOL, "This is no WebSocket frame.")
    }
}
