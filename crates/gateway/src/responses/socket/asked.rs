//! What a client says on a socket.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use protocol::canonical::ApiError;
use serde::Deserialize;

const BETA: HeaderName = HeaderName::from_static("openai-beta");
/// How clients opt in to sockets.
const OPT_IN: &str = "responses_websockets";

/// A request for a reply, as it was written.
pub(super) struct Asked {
    pub(super) text: Bytes,
    /// Requests of one lane are answered one after another, those of others beside them.
    pub(super) lane: Option<String>,
    /// Only to be gone on from: nothing is to be said to it.
    pub(super) is_warm_up: bool,
}

pub(super) enum Said {
    Ask(Asked),
    /// That something was read, which nobody needs to know here.
    Aside,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    stream_id: Option<String>,
    generate: Option<bool>,
}

#[derive(Deserialize)]
struct Laned {
    stream_id: Option<String>,
}

/// The lane of a message that is refused, as far as it can be read.
pub(super) fn lane(text: &[u8]) -> Option<String> {
    let Laned { stream_id } = serde_json::from_slice(text).ok()?;
    stream_id
}

/// # Errors
/// `InvalidRequest` for what is no message of the protocol.
pub(super) fn read(text: Bytes) -> Result<Said, ApiError> {
    let head: Head<'_> = serde_json::from_slice(&text).map_err(|error| {
        ApiError::invalid_request(format!("This message cannot be read: {error}."))
            .with_code("invalid_event")
    })?;
    match &*head.kind {
        "response.create" => {
            let (lane, is_warm_up) = (head.stream_id, head.generate == Some(false));
            Ok(Said::Ask(Asked {
                text,
                lane,
                is_warm_up,
            }))
        }
        "response.processed" => Ok(Said::Aside),
        other => {
            let kind: String = other.chars().take(80).collect();
            let message = format!(
                "Messages of the type `{kind}` are not known here. Send `response.create`."
            );
            Err(ApiError::invalid_request(message)
                .with_param("type")
                .with_code("unknown_event"))
        }
    }
}

/// What is no text.
pub(super) fn binary() -> ApiError {
    ApiError::invalid_request("Messages are JSON, sent as text.").with_code("invalid_event")
}

/// More at once than one client has a use for.
pub(super) fn too_many(most: usize) -> ApiError {
    let message = format!("{most} requests of this connection have no answer yet. Wait for one.");
    ApiError::invalid_request(message).with_code("too_many_requests")
}

/// The opt-in is none for a provider that is posted to.
pub(super) fn without_opt_in(headers: &mut HeaderMap) {
    let opted = headers.get_all(BETA).into_iter();
    let opted = opted.filter_map(|value| value.to_str().ok());
    let rest: Vec<&str> = opted
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|item| !item.is_empty() && !item.starts_with(OPT_IN))
        .collect();
    let rest = HeaderValue::try_from(rest.join(", "));
    headers.remove(BETA);
    if let Ok(rest) = rest
        && !rest.is_empty()
    {
        headers.insert(BETA, rest);
    }
}
