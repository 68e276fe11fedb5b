//! Answers that are all there before anything of them goes out.

use axum::{body::Body, response::Response};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header, response::Parts};
use protocol::{
    Protocol,
    canonical::{ApiError, Event, Events, Losses, Response as Reply},
};

use super::{judge::Failure, notes, prepare::Amends, stream};
use crate::{
    body::WholeBody,
    exchange::Exchange,
    headers,
    recorder::{Outcome, Unread},
    reply,
    routing::Target,
};

/// A whole answer is no larger than this.
pub(super) const MAX_ANSWER: usize = 256 << 20;

/// The reply as it was asked for. One that is not is paid for all the same.
pub(super) fn made(
    exchange: &mut Exchange,
    amends: &Amends,
    reply: Reply,
) -> Result<Reply, ApiError> {
    let usage = reply.usage;
    amends.made(reply).inspect_err(|_| {
        if let Some(usage) = usage {
            let event = Event::Usage(usage);
            exchange.recorder.observe_whole(&[(0, event)]);
        }
    })
}

/// A whole answer in the client's protocol.
pub(super) fn answer(
    exchange: &mut Exchange,
    target: &Target<'_>,
    reply: Reply,
) -> Result<Response, Failure> {
    let request = exchange.request()?;
    let mut losses = Losses::default();
    let context = exchange.reply(&target.model);
    let bytes = exchange
        .client
        .encode_response(&reply, &request, &context, &mut losses);
    if let Some(keep) = &exchange.keep {
        keep.put(&bytes);
    }
    observed(exchange, target, reply);
    exchange.recorder.loses(&losses);
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(answered(exchange, StatusCode::OK, headers, bytes, None))
}

/// A whole answer as the stream that the client asked for.
pub(super) fn as_stream(
    exchange: &mut Exchange,
    target: &Target<'_>,
    reply: Reply,
) -> Result<Response, Failure> {
    let request = exchange.request()?;
    let context = exchange.reply(&target.model);
    let mut encoder = exchange.client.event_encoder(&request, &context);
    let mut losses = Losses::default();
    let mut out = BytesMut::new();
    for (choice, event) in &observed(exchange, target, reply) {
        encoder.push(*choice, event, &mut out, &mut losses);
    }
    encoder.ends(&mut out, &mut losses);
    if let Some(keep) = &exchange.keep
        && let Some(whole) = encoder.whole()
    {
        keep.put(&whole);
    }
    exchange.recorder.loses(&losses);
    let headers = stream::form_headers(&exchange.client.stream_form(&context));
    Ok(answered(
        exchange,
        StatusCode::OK,
        headers,
        out.freeze(),
        None,
    ))
}

/// The events of a reply, shown to the row and to the vault.
fn observed(exchange: &mut Exchange, target: &Target<'_>, reply: Reply) -> Events {
    let events = reply.into_events();
    if let Some(mut witness) = notes::witness(exchange, target) {
        witness.observe(&events);
    }
    exchange.recorder.observe_whole(&events);
    events
}

/// An answer of one piece that goes on as it is; it is looked into afterwards, for the log alone.
pub(super) fn passed_through(
    exchange: &mut Exchange,
    protocol: Protocol,
    head: &Parts,
    bytes: Bytes,
) -> Response {
    let mut headers = headers::for_client(&head.headers);
    if !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
    }
    exchange.recorder.passes_through();
    let unread = Unread {
        protocol,
        operation: exchange.operation,
        body: bytes.clone(),
    };
    answered(exchange, head.status, headers, bytes, Some(unread))
}

pub(super) fn answered(
    exchange: &mut Exchange,
    status: StatusCode,
    mut headers: HeaderMap,
    bytes: Bytes,
    unread: Option<Unread>,
) -> Response {
    reply::mark(&mut headers, Some(&exchange.id));
    exchange.recorder.mark_losses(&mut headers);
    exchange.recorder.answers(status, &headers);
    let body = WholeBody::new(bytes, exchange.recorder.take(), Outcome::Done, unread);
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
