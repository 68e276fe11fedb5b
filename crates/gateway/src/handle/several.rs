//! Several answers to one request from a provider that gives one at a time: as many requests at once, and
//! one answer of them all. They are one attempt: the first failure is the failure of all.

use bytes::Bytes;
use futures_util::future::{join_all, try_join_all};
use protocol::{
    ExchangeId, UpstreamCodec,
    canonical::{ApiError, Event, Events, Response as Reply, Several},
};
use store::config::Provider;

use super::{
    judge::Failure,
    prepare::Amends,
    shape::{self, Shape},
    stream,
    whole::{self, MAX_ANSWER},
};
use crate::{
    body::{Source, Wire},
    exchange::Exchange,
    routing::Target,
    upstream::{self, Answer},
};

/// Relays answers that have all begun well.
pub(super) async fn relay(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    answers: Vec<Answer>,
    amends: &Amends,
    more: bool,
) -> Result<axum::response::Response, Failure> {
    let provider = target.provider;
    let wants_stream = exchange.wants_stream();
    let begun = answers
        .into_iter()
        .map(|answer| shape::opened(codec, answer, provider, wants_stream));
    let begun: Vec<_> = if wants_stream {
        let begun = try_join_all(begun).await?;
        begun.into_iter().map(Ok).collect()
    } else {
        join_all(begun).await
    };
    let ids = (0..begun.len()).map(|number| ExchangeId(format!("{}_{number}", exchange.id.0)));
    let streams = begun
        .iter()
        .all(|begun| matches!(begun, Ok((_, Shape::Events(_), _))));
    if wants_stream && streams {
        let decoders = ids.map(|id| codec.event_decoder(&id)).collect();
        let wires = begun.into_iter().flatten().map(|(_, shape, body)| {
            let (Shape::Events(first) | Shape::Whole(first)) = shape;
            Some(Source::Wire(Wire::new(first, body, &provider.id)))
        });
        let source = Source::Wires {
            wires: wires.collect(),
            next: 0,
            provider: provider.id.clone(),
        };
        let decoder = Box::new(Several::new(decoders));
        let relay = stream::translation(exchange, target, decoder, amends)?;
        return stream::answer(exchange, target, source, relay, None, more).await;
    }
    let read = begun.into_iter().zip(ids).map(async |(begun, id)| {
        let (_, shape, body) = begun?;
        whole_reply(codec, provider, shape, body, &id).await
    });
    let read = join_all(read).await;
    let (mut replies, mut failure) = (Vec::with_capacity(read.len()), None);
    for one in read {
        let reply = one.and_then(|(bytes, reply)| {
            exchange.recorder.receives_whole(&bytes);
            reply
        });
        match reply {
            Ok(reply) => replies.push(reply),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if let Some(error) = failure {
        note_cost(exchange, replies);
        return Err(error.into());
    }
    let reply = Reply::of_several(replies);
    let reply = reply.ok_or_else(shape::no_answer)?;
    let reply = whole::made(exchange, amends, reply)?;
    if wants_stream {
        whole::as_stream(exchange, target, reply)
    } else {
        whole::answer(exchange, target, reply)
    }
}

/// Notes what whole answers cost that nobody gets.
pub(super) async fn spent(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    answers: Vec<Answer>,
) {
    let (provider, id) = (target.provider, exchange.id.clone());
    let replies = answers.into_iter().map(async |answer| {
        let (_, shape, body) = shape::opened(codec, answer, provider, false).await?;
        let (_, reply) = whole_reply(codec, provider, shape, body, &id).await?;
        reply
    });
    let replies = join_all(replies).await.into_iter().flatten();
    note_cost(exchange, replies.collect());
}

fn note_cost(exchange: &mut Exchange, replies: Vec<Reply>) {
    if let Some(usage) = Reply::of_several(replies).and_then(|reply| reply.usage) {
        exchange.recorder.observe_whole(&[(0, Event::Usage(usage))]);
    }
}

/// The bytes of an answer, and what they say.
async fn whole_reply(
    codec: &'static dyn UpstreamCodec,
    provider: &Provider,
    shape: Shape,
    body: reqwest::Body,
    id: &ExchangeId,
) -> Result<(Bytes, Result<Reply, ApiError>), ApiError> {
    let (streams, first) = match shape {
        Shape::Events(first) => (true, first),
        Shape::Whole(first) => (false, first),
    };
    let idle = provider.timeouts.idle;
    let bytes = upstream::collect(body, first, provider, idle, MAX_ANSWER).await?;
    let reply = if streams {
        let mut decoder = codec.event_decoder(id);
        let mut events = Events::new();
        decoder.push(&bytes, &mut events);
        decoder.finish(&mut events);
        Reply::from_events(events)
    } else {
        codec.decode_response(&bytes, id)
    };
    Ok((bytes, reply))
}
