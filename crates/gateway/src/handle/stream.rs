//! Answers that go out while they come in.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header, response::Parts};
use protocol::{
    EventDecoder, StreamForm,
    canonical::{ApiError, Losses},
};

use super::{judge::Failure, notes, prepare::Amends};
use crate::{
    body::{Source, Stream},
    exchange::Exchange,
    headers,
    relay::{Relay, Translation},
    reply,
    routing::Target,
};

/// A streamed answer, once its first real piece is there. `head`: of an answer that is passed through.
pub(super) async fn answer(
    exchange: &mut Exchange,
    target: &Target<'_>,
    source: Source,
    (relay, form): (Relay, StreamForm),
    head: Option<&Parts>,
    more: bool,
) -> Result<Response, Failure> {
    let stream = Stream::new(
        source,
        relay,
        exchange.recorder.take(),
        form.clone(),
        target.provider.timeouts.idle,
        &exchange.app.pace,
        exchange.cut.clone(),
    );
    // What is passed through is held back only for the sake of another target.
    let mut stream = if head.is_none() || more {
        match stream.begin().await {
            Ok(stream) => stream,
            Err((error, recorder)) => {
                exchange.recorder = recorder;
                return Err((*error).into());
            }
        }
    } else {
        stream
    };
    let mut headers = match head {
        Some(head) => headers::for_client(&head.headers),
        None => HeaderMap::new(),
    };
    for (name, value) in form_headers(&form) {
        if let Some(name) = name
            && (name != header::CONTENT_TYPE
                || !headers::essence(&headers)
                    .eq_ignore_ascii_case(headers::essence_of(form.content_type)))
        {
            headers.insert(name, value);
        }
    }
    reply::mark(&mut headers, Some(&exchange.id));
    let recorder = stream.recorder();
    recorder.mark_losses(&mut headers);
    recorder.answers(StatusCode::OK, &headers);
    if head.is_some() {
        recorder.passes_through();
    }
    let mut response = Response::new(Body::new(stream.into_body()));
    *response.headers_mut() = headers;
    Ok(response)
}

pub(super) fn form_headers(form: &StreamForm) -> HeaderMap {
    let content_type = HeaderValue::from_static(form.content_type);
    [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ]
    .into_iter()
    .collect()
}

/// From what a decoder understands to what the client speaks, in the form in which it hears it.
pub(super) fn translation(
    exchange: &mut Exchange,
    target: &Target<'_>,
    decoder: Box<dyn EventDecoder>,
    amends: &Amends,
) -> Result<(Relay, StreamForm), ApiError> {
    let request = exchange.request()?;
    let reply = exchange.reply(&target.model);
    let relay = Relay::Translate(Box::new(Translation {
        decoder,
        undo: amends.undo.replay(),
        overseer: amends.demands.oversee(),
        encoder: exchange.client.event_encoder(&request, &reply),
        began: exchange.began,
        losses: Losses::default(),
        witness: notes::witness(exchange, target),
        keep: exchange.keep.clone(),
    }));
    Ok((relay, exchange.client.stream_form(&reply)))
}
