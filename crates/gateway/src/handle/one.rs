//! Step 9 of one answer that began well: as it is, translated as it comes, or read whole.

use axum::response::Response;
use bytes::Bytes;
use protocol::{
    EventDecoder, Framing, StreamForm, UpstreamCodec,
    canonical::{ApiError, Event, Events, Response as Reply},
    framing::json::JsonGate,
};
use serde::de::IgnoredAny;

use super::{
    judge::Failure,
    notes,
    prepare::Amends,
    shape::{self, Shape},
    stream,
    whole::{self, MAX_ANSWER},
};
use crate::{
    body::{Source, Wire},
    exchange::Exchange,
    relay::Relay,
    routing::Target,
    upstream::{self, Answer},
};

/// Relays an answer. `more`: another target may still take over.
pub(super) async fn relay(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    answer: Answer,
    passes: bool,
    amends: &Amends,
    more: bool,
) -> Result<Response, Failure> {
    let provider = target.provider;
    let idle = provider.timeouts.idle;
    let wants_stream = exchange.wants_stream();
    let (head, shape, body) = shape::opened(codec, answer, provider, wants_stream).await?;
    match (shape, wants_stream) {
        (Shape::Events(first), true) => {
            let reply = exchange.reply(&target.model);
            let form = exchange.client.stream_form(&reply);
            let passes = passes && fits(&form, codec, &first);
            let wire = Wire::new(first, body, &provider.id).with(amends.rounds.clone());
            let source = Source::Wire(wire);
            let relay = if passes {
                let relay = Relay::PassThrough {
                    tap: Some(codec.event_decoder(&exchange.id)),
                    client: exchange.client,
                    reply: Box::new(reply),
                    gate: form.is_array().then(JsonGate::default),
                    witness: codec
                        .call_mark()
                        .and_then(|_| notes::witness(exchange, target))
                        .map(Box::new),
                    owner: notes::owner(exchange, target),
                };
                (relay, form)
            } else {
                stream::translation(exchange, target, decoder(exchange, codec, amends), amends)?
            };
            // In a box, like all that whole answers do not need: they would carry its size about.
            let head = passes.then_some(&head);
            let answer = stream::answer(exchange, target, source, relay, head, more);
            Box::pin(answer).await
        }
        (Shape::Events(first), false) => {
            // It streams though nobody asked: folded into the whole answer that was asked for.
            let bytes = upstream::collect(body, first, provider, idle, MAX_ANSWER).await?;
            exchange.recorder.receives_whole(&bytes);
            let reply = Box::pin(all_rounds(exchange, target, codec, &bytes, amends)).await?;
            let reply = whole::made(exchange, amends, reply)?;
            whole::answer(exchange, target, reply)
        }
        (Shape::Whole(first), _) => {
            let bytes = upstream::collect(body, first, provider, idle, MAX_ANSWER).await?;
            exchange.recorder.receives_whole(&bytes);
            if !wants_stream && passes && is_one(codec, &bytes) {
                notes::remember(exchange, target, codec, &bytes);
                if let Some(owner) = notes::owner(exchange, target) {
                    owner.reads(&bytes);
                }
                return Ok(whole::passed_through(
                    exchange,
                    codec.protocol(),
                    &head,
                    bytes,
                ));
            }
            let reply = if amends.rounds.is_some() {
                Box::pin(all_rounds(exchange, target, codec, &bytes, amends)).await?
            } else {
                codec.decode_response(&bytes, &exchange.id)?
            };
            let reply = whole::made(exchange, amends, reply)?;
            if wants_stream {
                whole::as_stream(exchange, target, reply)
            } else {
                whole::answer(exchange, target, reply)
            }
        }
    }
}

fn decoder(
    exchange: &Exchange,
    codec: &dyn UpstreamCodec,
    amends: &Amends,
) -> Box<dyn EventDecoder> {
    let mut decoder = codec.event_decoder(&exchange.id);
    if amends.rounds.is_some() {
        decoder.may_go_on();
    }
    decoder
}

/// The reply that a first round begins, with what those behind it hold.
async fn all_rounds(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &dyn UpstreamCodec,
    first: &[u8],
    amends: &Amends,
) -> Result<Reply, ApiError> {
    let (provider, mut rounds) = (target.provider, amends.rounds.clone());
    let mut decoder = decoder(exchange, codec, amends);
    let mut events = Events::new();
    decoder.push(first, &mut events);
    while let (Some(mark), Some(rounds)) = (decoder.paused(), &mut rounds)
        && let Some(round) = rounds.next(mark)
    {
        let body = match round.await {
            Ok(body) => body,
            Err(stopped) => {
                exchange.recorder.round_fails(&stopped);
                let is_part = |event: &Event| matches!(event, Event::PartStart { .. });
                if !events.iter().any(|(_, event)| is_part(event)) {
                    return Err(stopped.error);
                }
                break;
            }
        };
        let idle = provider.timeouts.idle;
        let bytes = upstream::collect(body, Bytes::new(), provider, idle, MAX_ANSWER).await?;
        exchange.recorder.receives(&bytes);
        decoder.go_on();
        decoder.push(&bytes, &mut events);
    }
    decoder.finish(&mut events);
    Reply::from_events(events)
}

/// Whether a stream is of the form that the client asked for, where its protocol has several.
fn fits(form: &StreamForm, codec: &dyn UpstreamCodec, first: &[u8]) -> bool {
    let byte = first.iter().find(|byte| !byte.is_ascii_whitespace());
    let is_json = matches!(byte, Some(b'{' | b'['));
    codec.framing() != Framing::Json || byte.is_none() || is_json != form.is_sse()
}

/// Whether an answer of one piece is really one: where streams are JSON as well, it may be several.
fn is_one(codec: &dyn UpstreamCodec, bytes: &[u8]) -> bool {
    match codec.framing() {
        Framing::Binary | Framing::Sse => true,
        Framing::Json => serde_json::from_slice::<IgnoredAny>(bytes).is_ok(),
    }
}
