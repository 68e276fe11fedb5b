//! Texts as vectors: the steps of an exchange in which nothing is generated. Passed through to a provider of
//! the client's own protocol, else translated.

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header, response::Parts};
use protocol::{
    Operation, UpstreamCodec,
    canonical::{ApiError, EmbedReply, ErrorKind, Event, Fault, Losses, TargetModel},
    tokens,
};
use store::config::Provider;

use super::{
    judge::Failure,
    prepare::Prepared,
    shape::{self, Shape, not_an_answer},
    whole::{self, MAX_ANSWER},
};
use crate::{
    capabilities,
    exchange::Exchange,
    routing::Target,
    upstream::{self, Answer},
};

/// In one request, to a provider that takes few at once: decision 0194.
const MOST_TEXTS: usize = 10_000;

/// Step 6.
pub(super) fn prepare(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
) -> Result<Prepared, ApiError> {
    let path = codec.path(Operation::Embed, &target.model, false);
    if codec.protocol() == exchange.protocol() && exchange.client.passes(exchange.raw()) {
        return Ok(Prepared::as_it_is(exchange, target, path));
    }
    let model = TargetModel {
        name: target.model.clone().into_owned(),
        capabilities: capabilities::of(codec.protocol(), target.provider, &target.model),
    };
    let request = exchange.embed_request()?;
    let mut losses = Losses::default();
    let own_fields = &request.own_fields;
    let at_once = codec.most_embedded();
    if let Some(at_once) = at_once
        && request.inputs.len() > MOST_TEXTS
    {
        let error = too_many(request.inputs.len(), at_once);
        return Err(own_fields.error(error));
    }
    let batches = request.apart(at_once).into_iter();
    let encoded = batches.map(|batch| codec.encode_embed_request(&batch, &model, &mut losses));
    let encoded: Result<Vec<_>, _> = encoded.collect();
    exchange.recorder.loses(&own_fields.losses(&losses));
    let prepared = encoded.map_err(|error| own_fields.error(error))?;
    let prepared = prepared
        .into_iter()
        .map(|encoded| Prepared::translated(path.clone(), encoded));
    let prepared = prepared.reduce(|mut all, next| {
        all.bodies.extend(next.bodies);
        all
    });
    prepared.ok_or_else(|| ApiError::invalid_request("There is nothing to embed."))
}

/// Step 9.
pub(super) async fn relay(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    answers: Vec<Answer>,
    passes: bool,
) -> Result<Response, Failure> {
    let provider = target.provider;
    let mut reply: Option<EmbedReply> = None;
    for answer in answers {
        let read = whole(codec, answer, provider).await;
        let decoded = match read {
            Ok((head, bytes)) => {
                exchange.recorder.receives_whole(&bytes);
                if passes {
                    let protocol = codec.protocol();
                    return Ok(whole::passed_through(exchange, protocol, &head, bytes));
                }
                codec.decode_embed_reply(&bytes)
            }
            Err(error) => Err(error),
        };
        match decoded {
            Ok(next) => reply = EmbedReply::behind(reply, next),
            Err(error) => {
                note_cost(exchange, reply);
                return Err(error.into());
            }
        }
    }
    let request = exchange.embed_request()?;
    let reply = reply.unwrap_or_default();
    let (wanted, given) = (request.inputs.len(), reply.vectors.len());
    if wanted != given {
        note_cost(exchange, Some(reply));
        let what = format!("{given} vectors for {wanted} texts");
        return Err(not_an_answer(provider, &what).into());
    }
    let mut context = exchange.reply(&target.model);
    let estimate = tokens::estimate_inputs(&request.inputs);
    context.estimated_input_tokens = Some(estimate);
    match reply.usage {
        Some(usage) => exchange.recorder.observe_whole(&[(0, Event::Usage(usage))]),
        None => exchange.recorder.estimates_input(estimate),
    }
    let mut losses = Losses::default();
    let client = exchange.client;
    let bytes = client.encode_embed_reply(&reply, &request, &context, &mut losses);
    exchange.recorder.loses(&losses);
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(whole::answered(
        exchange,
        StatusCode::OK,
        headers,
        bytes,
        None,
    ))
}

/// Notes what vectors cost that nobody gets.
pub(super) async fn spent(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    answers: Vec<Answer>,
) {
    let mut reply = None;
    for answer in answers {
        let read = whole(codec, answer, target.provider).await;
        if let Ok(next) = read.and_then(|(_, bytes)| codec.decode_embed_reply(&bytes)) {
            reply = EmbedReply::behind(reply, next);
        }
    }
    note_cost(exchange, reply);
}

fn note_cost(exchange: &mut Exchange, reply: Option<EmbedReply>) {
    if let Some(usage) = reply.and_then(|reply| reply.usage) {
        exchange.recorder.observe_whole(&[(0, Event::Usage(usage))]);
    }
}

async fn whole(
    codec: &'static dyn UpstreamCodec,
    answer: Answer,
    provider: &Provider,
) -> Result<(Parts, Bytes), ApiError> {
    let (head, shape, body) = shape::opened(codec, answer, provider, false).await?;
    let Shape::Whole(first) = shape else {
        return Err(not_an_answer(provider, "a stream instead of vectors"));
    };
    let idle = provider.timeouts.idle;
    let bytes = upstream::collect(body, first, provider, idle, MAX_ANSWER).await?;
    Ok((head, bytes))
}

fn too_many(texts: usize, at_once: usize) -> ApiError {
    let message = format!(
        "`input` holds {texts} texts. This model's provider takes {at_once} at once, and Patchbay asks for at most {MOST_TEXTS} in one request. Send them in several."
    );
    ApiError::invalid_request(message).with_param("input")
}

pub(super) fn no_echo() -> ApiError {
    let message = "The built-in model gives no embeddings; choose a model of another provider.";
    ApiError::new(ErrorKind::NotFound, Fault::Client, message)
        .with_code("operation_not_supported")
        .with_param("model")
}
