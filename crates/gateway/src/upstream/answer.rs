//! Reads what a provider answers, as long as it goes on.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use protocol::canonical::ApiError;
use store::config::Provider;

use super::{Answer, cut_short, failures, silent};
use crate::{body::to_keep, codings, patience::within};

/// A failure's text is no longer than this.
const MAX_FAILURE: usize = 1 << 20;

/// An answer that has to be unpacked is no larger than this, packed or not.
const MAX_PACKED: usize = 64 << 20;

/// The connection behind an answer that turns it into something else.
///
/// # Errors
/// When it broke off in that moment.
pub(crate) async fn upgraded(mut answer: Answer) -> Result<TokioIo<Upgraded>, hyper::Error> {
    hyper::upgrade::on(&mut answer).await.map(TokioIo::new)
}

/// The next chunk of an answer that is not empty; `None` at its end.
///
/// # Errors
/// When it breaks off or falls silent.
pub(crate) async fn next_chunk(
    body: &mut reqwest::Body,
    provider: &Provider,
    idle: Duration,
) -> Result<Option<Bytes>, ApiError> {
    loop {
        let frame = within(idle, body.frame()).await;
        let frame = frame.ok_or_else(|| silent(&provider.id, idle))?;
        match frame {
            None => return Ok(None),
            Some(Err(error)) => return Err(cut_short(&provider.id, &error)),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data()
                    && !data.is_empty()
                {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// A packed answer as it was before: some servers pack what is asked for as it is. It is read whole for that.
///
/// # Errors
/// When it breaks off, falls silent or is endless, or is not in a coding that is known here.
pub(super) async fn unpacked(answer: Answer, provider: &Provider) -> Result<Answer, ApiError> {
    let (mut head, body) = answer.into_parts();
    let idle = provider.timeouts.idle;
    let mut whole = collect(body, Bytes::new(), provider, idle, MAX_PACKED).await?;
    if !whole.is_empty() {
        let plain = codings::unpacked_answer(&head.headers, whole, MAX_PACKED).await;
        whole = plain.map_err(|_| failures::packed(provider))?;
    }
    head.headers.remove(header::CONTENT_ENCODING);
    head.headers.remove(header::CONTENT_LENGTH);
    Ok(Answer::from_parts(head, whole.into()))
}

/// All of an answer's body behind its `first` chunk.
///
/// # Errors
/// When it breaks off, falls silent or is endless.
pub(crate) async fn collect(
    mut body: reqwest::Body,
    first: Bytes,
    provider: &Provider,
    idle: Duration,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let mut whole = BytesMut::new();
    let mut only = first;
    while let Some(chunk) = next_chunk(&mut body, provider, idle).await? {
        if only.is_empty() && whole.is_empty() {
            only = chunk;
            continue;
        }
        if whole.is_empty() {
            let expected = body.size_hint().lower();
            let more = usize::try_from(expected).unwrap_or(0).min(limit);
            whole.reserve(only.len() + chunk.len() + more);
            whole.extend_from_slice(&std::mem::take(&mut only));
        }
        if whole.len() + chunk.len() > limit {
            return Err(failures::endless(provider));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(if whole.is_empty() {
        to_keep(only)
    } else {
        whole.freeze()
    })
}

/// What a failure says; nothing where it does not come whole, for its status says enough.
pub(crate) async fn failure_text(body: reqwest::Body, provider: &Provider) -> Bytes {
    let idle = provider.timeouts.idle;
    let text = collect(body, Bytes::new(), provider, idle, MAX_FAILURE).await;
    text.unwrap_or_default()
}
