//! Hears out a client that is refused before its body was read. The connection would close under what it still
//! sends, and it would tell of a lost connection, or lose its next request, instead of showing the refusal.

use std::time::Duration;

use axum::{body::Body, extract::Request};
use http_body_util::BodyExt as _;

/// A conversation with images; who sends more is cut off.
const MAX_BYTES: usize = 32 << 20;
const PATIENCE: Duration = Duration::from_secs(2);

/// The request without its body, once that has come.
pub(crate) async fn heard_out(request: Request) -> Request {
    let (head, mut body) = request.into_parts();
    let rest = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, bytes::Bytes::len);
            if bytes > MAX_BYTES {
                break;
            }
        }
    };
    // Late is as good as never: the connection closes then.
    drop(tokio::time::timeout(PATIENCE, rest).await);
    Request::from_parts(head, Body::empty())
}
