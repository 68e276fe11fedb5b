//! Steps 5 to 7 and 9: one try at one target.

use std::sync::Arc;

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::future::try_join_all;
use http::{HeaderMap, HeaderValue, StatusCode, header, response::Parts};
use protocol::{
    EventDecoder, Framing, Operation, Protocol, StreamForm, UpstreamCodec,
    canonical::{ApiError, ErrorKind, Events, Fault, Losses, Request, Response as Reply},
    framing::json::JsonGate,
    upstream_codec,
};
use serde::de::IgnoredAny;
use store::config::Provider;

use super::{
    count, embed,
    judge::{self, Failure},
    prepare::{self, Amends},
    several,
};
use crate::{
    app::App,
    body::{Source, Stream, WholeBody, Wire},
    credentials, echo,
    exchange::Exchange,
    headers, loops,
    recorder::{Outcome, Unread},
    relay::{Relay, Translation},
    reply,
    responses::{Origin, OwnerNote},
    rewordings,
    rounds::Rounds,
    routing::Target,
    speaks::Speaks,
    upstream::{self, Answer, Call},
    vault::{Owner, Witness},
};

/// A whole answer is no larger than this.
pub(super) const MAX_ANSWER: usize = 256 << 20;

/// What a successful answer turned out to be, whatever was asked for.
pub(super) enum Shape {
    Events(Bytes),
    Whole(Bytes),
}

/// Tries one target. `more`: another try may follow this one.
pub(crate) async fn attempt(
    exchange: &mut Exchange,
    target: &Target<'_>,
    more: bool,
) -> Result<Response, Failure> {
    exchange.recorder.attempt_begins(target);
    if exchange.operation.generates() && target.speaks() != Speaks::Wire(exchange.protocol()) {
        let request = exchange.request()?;
        if let Some(reply) = exchange.client.without_model(&request) {
            return if exchange.wants_stream() {
                at_once(exchange, target, reply)
            } else {
                whole(exchange, target, reply)
            };
        }
    }
    let is_same = target.speaks() == Speaks::Wire(exchange.protocol());
    if exchange.operation == Operation::Compact && !is_same {
        return Err(no_compaction().into());
    }
    let protocol = match target.speaks() {
        Speaks::Echo if exchange.operation == Operation::Embed => {
            return Err(embed::no_echo().into());
        }
        Speaks::Echo => return echo_answers(exchange, target).await,
        Speaks::Wire(protocol) => protocol,
    };
    let hops = loops::check_hops(&exchange.head.headers)?;
    let codec = upstream_codec(protocol);
    // 5 authorize
    let credential = credentials::to_send(&exchange.app, target.account).await?;
    // 6 prepare
    let mut prepared = if exchange.operation == Operation::Embed {
        embed::prepare(exchange, target, codec)?
    } else {
        prepare::prepare(exchange, target, codec).await?
    };
    if std::mem::take(&mut exchange.without_state) {
        prepared.loses_state(exchange, codec);
    }
    loops::count_hop(&mut prepared.headers, target.provider, hops);
    let first = prepared.bodies.first();
    exchange.recorder.sends(
        &prepared.headers,
        first.map_or(&[], Vec::as_slice),
        credential.as_ref(),
    );
    let (mut amends, passes) = (prepared.amends, prepared.passes);
    // What we wrote ourselves may be written otherwise; a client's own bytes may not.
    let ours = first.and_then(|pieces| pieces.first()).cloned();
    let ours = ours.filter(|_| !passes && exchange.operation.generates());
    // 7 send
    let call = Call {
        method: http::Method::POST,
        provider: target.provider,
        codec,
        path: &prepared.path,
        query: prepared.query.as_deref(),
        headers: prepared.headers,
        credential: credential.as_ref(),
        body: Vec::new(),
        stream: exchange.wants_stream(),
    };
    if let ([_], Some(body), true) = (prepared.bodies.as_slice(), &ours, codec.pauses()) {
        amends.rounds = Some(Rounds::behind(&exchange.app, &call, body.clone()));
    }
    let mut answers = asked(&exchange.app, call, prepared.bodies).await?;
    // 8 judge
    let failed = answers
        .iter()
        .position(|answer| !answer.status().is_success());
    let answer = answers.swap_remove(failed.unwrap_or(0));
    exchange
        .recorder
        .upstream_answers(answer.status(), answer.headers());
    if failed.is_some() {
        let mut failure = judge::failed(exchange, target, codec, answer, credential).await;
        failure.goes_without = ours.is_some_and(|sent| {
            judge::goes_without(exchange, target, codec, &failure.error, &sent)
        });
        if codec.refuses_state(&failure.error) {
            (exchange.without_state, failure.goes_without) = (true, true);
        } else {
            failure.may_be_reworded = passes
                && exchange.operation == Operation::Chat
                && rewordings::may_help(exchange, target, codec, &failure.error);
        }
        return Err(failure);
    }
    // 9 relay
    if exchange.operation == Operation::Embed {
        return embed::relay(exchange, target, codec, answer, passes).await;
    }
    if exchange.operation == Operation::CountTokens && !passes {
        return count::relay(exchange, target, codec, answer).await;
    }
    if answers.is_empty() {
        return relay(exchange, target, codec, answer, passes, &amends, more).await;
    }
    answers.push(answer);
    several::relay(exchange, target, codec, answers, &amends, more).await
}

/// The answers to a call with each of some bodies, all at once.
async fn asked(
    app: &App,
    call: Call<'_>,
    mut bodies: Vec<Vec<Bytes>>,
) -> Result<Vec<Answer>, ApiError> {
    if bodies.len() <= 1 {
        let body = bodies.pop().unwrap_or_default();
        return Ok(vec![app.send(Call { body, ..call }).await?]);
    }
    let calls = bodies.into_iter().map(|body| {
        let call = call.clone();
        app.send(Call { body, ..call })
    });
    try_join_all(calls).await
}

async fn relay(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    answer: Answer,
    passes: bool,
    amends: &Amends,
    more: bool,
) -> Result<Response, Failure> {
    let provider = target.provider;
    let (head, mut body) = answer.into_parts();
    let idle = provider.timeouts.idle;
    let first = upstream::next_chunk(&mut body, provider, idle).await?;
    let first = first.unwrap_or_default();
    match (
        shape(
            codec,
            &head.headers,
            first,
            provider,
            exchange.wants_stream(),
        )?,
        exchange.wants_stream(),
    ) {
        (Shape::Events(first), true) => {
            let form = exchange.client.stream_form(&exchange.reply(&target.model));
            let passes = passes && fits(&form, codec, &first);
            let wire = Wire::new(first, body, &provider.id).with(amends.rounds.clone());
            let source = Source::Wire(wire);
            let relay = if passes {
                Relay::PassThrough {
                    tap: Some(codec.event_decoder(&exchange.id)),
                    client: exchange.client,
                    reply: Box::new(exchange.reply(&target.model)),
                    gate: form.is_array().then(JsonGate::default),
                    witness: codec
                        .call_mark()
                        .and_then(|_| witness(exchange, target))
                        .map(Box::new),
                    owner: owner(exchange, target),
                }
            } else {
                translation(exchange, target, codec.event_decoder(&exchange.id), amends)?
            };
            stream(
                exchange,
                target,
                source,
                relay,
                passes.then_some(&head),
                more,
            )
            .await
        }
        (Shape::Events(first), false) => {
            // It streams though nobody asked: folded into the whole answer that was asked for.
            let bytes = upstream::collect(body, first, provider, idle, MAX_ANSWER).await?;
            exchange.recorder.receives_whole(&bytes);
            let reply = all_rounds(exchange, target, codec, &bytes, amends).await?;
            whole(exchange, target, amends.made(reply)?)
        }
        (Shape::Whole(first), wants_stream) => {
            let bytes = upstream::collect(body, first, provider, idle, MAX_ANSWER).await?;
            exchange.recorder.receives_whole(&bytes);
            if !wants_stream && passes && is_one(codec, &bytes) {
                remember(exchange, target, codec, &bytes);
                if let Some(owner) = owner(exchange, target) {
                    owner.reads(&bytes);
                }
                return Ok(passed_through(exchange, codec.protocol(), &head, bytes));
            }
            let reply = if amends.rounds.is_some() {
                all_rounds(exchange, target, codec, &bytes, amends).await?
            } else {
                codec.decode_response(&bytes, &exchange.id)?
            };
            let reply = amends.made(reply)?;
            if wants_stream {
                at_once(exchange, target, reply)
            } else {
                whole(exchange, target, reply)
            }
        }
    }
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
    let mut decoder = codec.event_decoder(&exchange.id);
    let mut events = Events::new();
    decoder.push(first, &mut events);
    while let (Some(mark), Some(rounds)) = (decoder.paused(), &mut rounds)
        && let Some(round) = rounds.next(mark)
        && let Some(body) = round.await
    {
        let idle = provider.timeouts.idle;
        let bytes = upstream::collect(body, Bytes::new(), provider, idle, MAX_ANSWER).await?;
        exchange.recorder.receives(&bytes);
        decoder.go_on();
        decoder.push(&bytes, &mut events);
    }
    decoder.finish(&mut events);
    Reply::from_events(events)
}

/// Decides by the first byte, and by the content type where the byte says nothing: both are wrong at
/// times, and one is missing at times.
pub(super) fn shape(
    codec: &dyn UpstreamCodec,
    headers: &HeaderMap,
    first: Bytes,
    provider: &Provider,
    wants_stream: bool,
) -> Result<Shape, ApiError> {
    let essence = headers::essence(headers);
    let byte = first
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&first)
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    let events = essence.eq_ignore_ascii_case("text/event-stream");
    match (codec.framing(), byte) {
        // The length of a frame, which has limits.
        (Framing::Binary, Some(0..=1)) => return Ok(Shape::Events(first)),
        (Framing::Json, Some(b'{' | b'[')) if wants_stream || essence.ends_with("ndjson") => {
            return Ok(Shape::Events(first));
        }
        (Framing::Binary | Framing::Json | Framing::Sse, _) => {}
    }
    match byte {
        Some(b'{' | b'[') => Ok(Shape::Whole(first)),
        // `data:`, `event:`, `id:`, `retry:`, or a comment.
        Some(b'd' | b'e' | b'i' | b'r' | b':') => Ok(Shape::Events(first)),
        Some(_) | None if events => Ok(Shape::Events(first)),
        Some(b'<') => Err(not_an_answer(
            provider,
            "a web page instead of an answer. Check its base URL",
        )),
        Some(_) => Err(not_an_answer(provider, "something that is no answer")),
        None => Err(not_an_answer(provider, "an empty answer")),
    }
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
    let unread = unread.is_counted().then_some(unread);
    answered(exchange, head.status, headers, bytes, unread)
}

/// A whole answer in the client's protocol.
pub(super) fn whole(
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
    let events = reply.into_events();
    if let Some(mut witness) = witness(exchange, target) {
        witness.observe(&events);
    }
    if let Some(keep) = &exchange.keep {
        keep.put(&bytes);
    }
    exchange.recorder.observe_whole(&events);
    exchange.lose(losses);
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(answered(exchange, StatusCode::OK, headers, bytes, None))
}

/// A whole answer as the stream that the client asked for.
pub(super) fn at_once(
    exchange: &mut Exchange,
    target: &Target<'_>,
    reply: Reply,
) -> Result<Response, Failure> {
    let request = exchange.request()?;
    let context = exchange.reply(&target.model);
    let mut encoder = exchange.client.event_encoder(&request, &context);
    let mut losses = Losses::default();
    let mut out = bytes::BytesMut::new();
    let events = reply.into_events();
    if let Some(mut witness) = witness(exchange, target) {
        witness.observe(&events);
    }
    exchange.recorder.observe_whole(&events);
    for (choice, event) in &events {
        encoder.push(*choice, event, &mut out, &mut losses);
    }
    encoder.ends(&mut out, &mut losses);
    if let Some(keep) = &exchange.keep
        && let Some(whole) = encoder.whole()
    {
        keep.put(&whole);
    }
    exchange.lose(losses);
    let headers = stream_headers(&exchange.client.stream_form(&context));
    Ok(answered(
        exchange,
        StatusCode::OK,
        headers,
        out.freeze(),
        None,
    ))
}

pub(super) fn answered(
    exchange: &mut Exchange,
    status: StatusCode,
    mut headers: HeaderMap,
    bytes: Bytes,
    unread: Option<Unread>,
) -> Response {
    reply::mark(&mut headers, Some(&exchange.id));
    exchange.losses.mark(&mut headers);
    exchange.recorder.answers(status, &headers);
    let body = WholeBody::new(bytes, exchange.recorder.take(), Outcome::Done, unread);
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// A streamed answer, once its first real piece is there. `head`: of an answer that is passed through.
pub(super) async fn stream(
    exchange: &mut Exchange,
    target: &Target<'_>,
    source: Source,
    relay: Relay,
    head: Option<&Parts>,
    more: bool,
) -> Result<Response, Failure> {
    if head.is_some() {
        exchange.recorder.passes_through();
    }
    let form = exchange.client.stream_form(&exchange.reply(&target.model));
    let stream = Stream::new(
        source,
        relay,
        exchange.recorder.take(),
        form.clone(),
        target.provider.timeouts.idle,
        exchange.app.pace.keep_alive,
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
    for (name, value) in stream_headers(&form) {
        if let Some(name) = name
            && (name != header::CONTENT_TYPE
                || !headers::essence(&headers)
                    .eq_ignore_ascii_case(headers::essence_of(form.content_type)))
        {
            headers.insert(name, value);
        }
    }
    reply::mark(&mut headers, Some(&exchange.id));
    exchange.losses.mark(&mut headers);
    stream.recorder().answers(StatusCode::OK, &headers);
    let mut response = Response::new(Body::new(stream.into_body()));
    *response.headers_mut() = headers;
    Ok(response)
}

fn stream_headers(form: &StreamForm) -> HeaderMap {
    let content_type = HeaderValue::from_static(form.content_type);
    [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ]
    .into_iter()
    .collect()
}

/// From what a decoder understands to what the client speaks.
pub(super) fn translation(
    exchange: &mut Exchange,
    target: &Target<'_>,
    decoder: Box<dyn EventDecoder>,
    amends: &Amends,
) -> Result<Relay, ApiError> {
    let request = exchange.request()?;
    let reply = exchange.reply(&target.model);
    Ok(Relay::Translate(Box::new(Translation {
        decoder,
        undo: amends.undo.replay(),
        overseer: amends.demands.oversee(),
        encoder: exchange.client.event_encoder(&request, &reply),
        began: exchange.began,
        losses: Losses::default(),
        witness: witness(exchange, target),
        keep: exchange.keep.clone(),
    })))
}

/// Who keeps what the target wants back with the results of its tool calls.
fn witness(exchange: &Exchange, target: &Target<'_>) -> Option<Witness> {
    match target.speaks() {
        Speaks::Echo => None,
        Speaks::Wire(_) => {
            let vault = &exchange.app.vault;
            Some(Witness::new(vault, Owner::of(target), exchange.asked()))
        }
    }
}

/// The same for a whole answer that is passed through: the next request may come before its row is made.
fn remember(exchange: &Exchange, target: &Target<'_>, codec: &dyn UpstreamCodec, bytes: &Bytes) {
    let mark = codec.call_mark().map(str::as_bytes);
    if mark.is_none_or(|mark| memchr::memmem::find(bytes, mark).is_none()) {
        return;
    }
    if let Some(mut witness) = witness(exchange, target)
        && let Ok(events) = codec.decode_whole(bytes, &exchange.id)
    {
        witness.observe(&events);
    }
}

/// Who notes that a reply is with this target, where its client may come back to it.
fn owner(exchange: &Exchange, target: &Target<'_>) -> Option<OwnerNote> {
    let is_kept = exchange.operation == Operation::Chat && exchange.client.keeps_replies();
    let origin = || Origin::new(target.provider, target.account);
    is_kept.then(|| OwnerNote::new(&exchange.app, origin()))
}

/// The built-in provider, which needs no network.
async fn echo_answers(exchange: &mut Exchange, target: &Target<'_>) -> Result<Response, Failure> {
    if target.model != echo::MODEL {
        return Err(no_such_echo(&target.model).into());
    }
    let request: Arc<Request> = exchange.request()?;
    let mut losses = Losses::default();
    let script = echo::Script::new(&request, &exchange.id, &mut losses);
    exchange.lose(request.own_fields.losses(&losses));
    let mut script = script.map_err(|error| request.own_fields.error(error))?;
    if !exchange.wants_stream() {
        let mut events = Events::new();
        script.finish(&mut events);
        let reply = Reply::from_events(events)?;
        return whole(exchange, target, reply);
    }
    let source = Source::Ticks {
        left: script.len(),
        pause: exchange.app.pace.echo,
        sleep: None,
    };
    let relay = translation(exchange, target, Box::new(script), &Amends::default())?;
    stream(exchange, target, source, relay, None, false).await
}

/// Where there should have been one.
pub(super) fn no_answer() -> ApiError {
    let message = "The provider gave no answer.";
    ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message)
}

fn no_such_echo(model: &str) -> ApiError {
    let message = format!(
        "The built-in provider has one model, `{}/{}`, not `{model}`.",
        store::config::ECHO,
        echo::MODEL
    );
    ApiError::new(ErrorKind::NotFound, Fault::Client, message)
        .with_code("model_not_found")
        .with_param("model")
}

/// Shortened here, the conversation would be unreadable to whoever goes on with it.
fn no_compaction() -> ApiError {
    ApiError::invalid_request(
        "This model's provider does not compact conversations, as only providers of this protocol do. Ask the model for a summary in words instead.",
    )
    .with_code("unsupported_parameter")
}

pub(super) fn not_an_answer(provider: &Provider, what: &str) -> ApiError {
    let message = format!("The provider `{}` sent {what}.", provider.id);
    ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message)
}
