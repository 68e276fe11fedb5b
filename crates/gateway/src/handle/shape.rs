//! What a provider's answer is, told by how it begins.

use bytes::Bytes;
use http::{HeaderMap, response::Parts};
use protocol::{
    Framing, UpstreamCodec,
    canonical::{ApiError, ErrorKind, Fault},
};
use store::config::Provider;

use crate::{
    headers,
    upstream::{self, Answer},
};

/// What a successful answer turned out to be, whatever was asked for.
pub(super) enum Shape {
    Events(Bytes),
    Whole(Bytes),
}

impl Shape {
    /// Decides by the first byte, and by the content type where the byte says nothing: both are wrong at
    /// times, and one is missing at times.
    fn of(
        codec: &dyn UpstreamCodec,
        headers: &HeaderMap,
        first: Bytes,
        provider: &Provider,
        wants_stream: bool,
    ) -> Result<Self, ApiError> {
        let essence = headers::essence(headers);
        let byte = first
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&first)
            .iter()
            .find(|byte| !byte.is_ascii_whitespace());
        let events = essence.eq_ignore_ascii_case("text/event-stream");
        match (codec.framing(), byte) {
            // The length of a frame, which has limits.
            (Framing::Binary, Some(0..=1)) => return Ok(Self::Events(first)),
            (Framing::Json, Some(b'{' | b'[')) if wants_stream || essence.ends_with("ndjson") => {
                return Ok(Self::Events(first));
            }
            (Framing::Binary | Framing::Json | Framing::Sse, _) => {}
        }
        match byte {
            Some(b'{' | b'[') => Ok(Self::Whole(first)),
            // `data:`, `event:`, `id:`, `retry:`, or a comment.
            Some(b'd' | b'e' | b'i' | b'r' | b':') => Ok(Self::Events(first)),
            Some(_) | None if events => Ok(Self::Events(first)),
            Some(b'<') => Err(not_an_answer(
                provider,
                "a web page instead of an answer. Check its base URL",
            )),
            Some(_) => Err(not_an_answer(provider, "something that is no answer")),
            None => Err(not_an_answer(provider, "an empty answer")),
        }
    }
}

/// The head of an answer that began well, how its body begins, and the rest of that.
pub(super) async fn opened(
    codec: &dyn UpstreamCodec,
    answer: Answer,
    provider: &Provider,
    wants_stream: bool,
) -> Result<(Parts, Shape, reqwest::Body), ApiError> {
    let (head, mut body) = answer.into_parts();
    let first = upstream::next_chunk(&mut body, provider, provider.timeouts.idle).await?;
    let first = first.unwrap_or_default();
    let shape = Shape::of(codec, &head.headers, first, provider, wants_stream)?;
    Ok((head, shape, body))
}

/// Where there should have been one.
pub(super) fn no_answer() -> ApiError {
    let message = "The provider gave no answer.";
    ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message)
}

pub(super) fn not_an_answer(provider: &Provider, what: &str) -> ApiError {
    let message = format!("The provider `{}` sent {what}.", provider.id);
    ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message)
}
