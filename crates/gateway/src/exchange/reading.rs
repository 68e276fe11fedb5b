//! Reads the body of a request and unpacks it, with a limit on its size and on each silence in it.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, StatusCode, header, request::Parts};
use http_body_util::BodyExt as _;
use protocol::canonical::{ApiError, ErrorKind, Fault};

use crate::{body::to_keep, codings, patience::within};

/// Long contexts and images are big; more than this is a mistake.
const MAX_BODY: usize = 100 << 20;

/// The whole body, unpacked. `patience` is for each piece of it.
pub(crate) async fn read(body: Body, head: &Parts, patience: Duration) -> Result<Bytes, ApiError> {
    let body = received(body, head, patience).await?;
    codings::unpacked(&head.headers, body, MAX_BODY).await
}

/// In one allocation of the right size, or none if it came in one piece.
async fn received(mut body: Body, head: &Parts, patience: Duration) -> Result<Bytes, ApiError> {
    let announced = head
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| HeaderValue::to_str(length).ok())
        .and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY) {
        return Err(too_large());
    }
    let mut first: Option<Bytes> = None;
    let mut whole = BytesMut::new();
    loop {
        let frame = within(patience, body.frame()).await;
        let Some(frame) = frame.ok_or_else(|| too_slow(patience))? else {
            break;
        };
        let frame = frame.map_err(|_| {
            ApiError::invalid_request("The request broke off before its body was complete.")
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.is_none() {
            first = Some(data);
            continue;
        }
        if whole.is_empty() {
            let first = first.as_deref().unwrap_or_default();
            let room = announced.unwrap_or(first.len() * 2 + data.len());
            whole.reserve(room.min(MAX_BODY));
            whole.extend_from_slice(first);
        }
        if whole.len() + data.len() > MAX_BODY {
            return Err(too_large());
        }
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() {
        first.map(to_keep).unwrap_or_default()
    } else {
        whole.freeze()
    })
}

fn too_slow(patience: Duration) -> ApiError {
    let seconds = patience.as_secs_f64();
    let mut error = ApiError::new(
        ErrorKind::Timeout,
        Fault::Client,
        format!(
            "The request stopped in the middle of its body: nothing more came for {seconds} seconds. Send it again."
        ),
    );
    error.status = Some(StatusCode::REQUEST_TIMEOUT.as_u16());
    error
}

fn too_large() -> ApiError {
    ApiError::new(
        ErrorKind::TooLarge,
        Fault::Client,
        "The request is larger than 100 MB. Send smaller images or files.",
    )
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};

    use super::*;

    /// Pieces of a body, each so long after the one before.
    fn slow(pieces: &'static [(u64, &'static str)]) -> Body {
        Body::from_stream(stream::iter(pieces).then(|(seconds, piece)| async {
            tokio::time::sleep(Duration::from_secs(*seconds)).await;
            Ok::<_, std::convert::Infallible>(*piece)
        }))
    }

    async fn read_of(body: Body) -> Result<Bytes, ApiError> {
        let (head, ()) = http::Request::new(()).into_parts();
        read(body, &head, Duration::from_secs(60)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_read_as_long_as_it_goes_on() {
        let body = slow(&[(50, "{\"a\""), (59, ":"), (59, "1}")]);
        assert_eq!(read_of(body).await.unwrap(), "{\"a\":1}");
        let error = read_of(slow(&[(1, "{"), (61, "}")])).await.unwrap_err();
        assert_eq!((error.http_status(), error.kind), (408, ErrorKind::Timeout));
        assert_eq!(
            error.message,
            "The request stopped in the middle of its body: nothing more came for 60 seconds. Send it again."
        );
    }
}
