//! Counting a prompt's tokens: asked of a provider that counts, else estimated here, at once. There is always an
//! answer.

use std::{sync::Arc, time::Duration};

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use protocol::{
    UpstreamCodec,
    canonical::{ApiError, ErrorKind, Event, Fault, Losses, Usage},
    tokens, upstream_codec,
};

use super::{
    Failure,
    attempt::attempt,
    conclude,
    shape::not_an_answer,
    whole::{self, MAX_ANSWER},
};
use crate::{
    exchange::Exchange,
    routing::{self, Target},
    speaks::Speaks,
    upstream::{self, Answer},
};

pub(super) async fn answer(mut exchange: Exchange) -> Response {
    let config = Arc::clone(&exchange.config);
    let app = Arc::clone(&exchange.app);
    let asked = exchange.envelope.model.clone();
    let route = match routing::route(&config, &app.models, asked.as_deref()) {
        Ok(route) => route.bound_to(exchange.owner.as_ref()),
        Err(error) => return conclude(exchange, Err(error.into())),
    };
    let same = Speaks::Wire(exchange.protocol());
    if let Some(target) = route
        .targets
        .first()
        .filter(|target| target.speaks() == same || counts(target))
        .filter(|target| !app.no_counts.knows(target))
    {
        let patience = app.pace.count;
        let tried = tokio::time::timeout(patience, attempt(&mut exchange, target, false)).await;
        match tried.unwrap_or_else(|_| Err(too_slow(target, patience).into())) {
            Ok(response) => return response,
            // What we wrote ourselves is not the client's to mend.
            Err(failure) if target.speaks() == same && is_final(&failure.error) => {
                return conclude(exchange, Err(failure));
            }
            Err(Failure { mut error, .. }) => {
                if upstream::is_no_such_path(&error) {
                    app.no_counts.learn(target);
                }
                exchange.recorder.redact(&mut error);
                exchange.recorder.attempt_ends(Some(&error));
                exchange.recorder.forgets_losses();
            }
        }
    }
    match exchange.request() {
        Ok(request) => estimated(exchange, tokens::estimate(&request)),
        Err(error) => conclude(exchange, Err(error.into())),
    }
}

/// Whether a target can be asked by clients of all protocols.
fn counts(target: &Target<'_>) -> bool {
    match target.speaks() {
        Speaks::Echo => false,
        Speaks::Wire(protocol) => upstream_codec(protocol).counts_tokens(),
    }
}

/// Whether an estimate would hide something that the client can mend. A provider that only does not
/// count, or does not answer, is no reason to send its client away.
fn is_final(error: &ApiError) -> bool {
    match error.kind {
        ErrorKind::ContextTooLong | ErrorKind::InvalidRequest | ErrorKind::TooLarge => true,
        ErrorKind::Authentication
        | ErrorKind::GatewayFault
        | ErrorKind::MethodNotAllowed
        | ErrorKind::NotFound
        | ErrorKind::Overloaded
        | ErrorKind::Permission
        | ErrorKind::ProviderFault
        | ErrorKind::RateLimited
        | ErrorKind::Timeout
        | ErrorKind::Unreachable => false,
    }
}

fn too_slow(target: &Target<'_>, patience: Duration) -> ApiError {
    let message = format!(
        "The provider `{}` did not count the tokens within {} seconds.",
        target.provider.id,
        patience.as_secs_f64()
    );
    ApiError::new(ErrorKind::Timeout, Fault::Provider, message)
}

/// Step 9, in another protocol than the client's.
pub(super) async fn relay(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    answer: Answer,
) -> Result<Response, Failure> {
    let provider = target.provider;
    let (_, body) = answer.into_parts();
    let idle = provider.timeouts.idle;
    let bytes = upstream::collect(body, Bytes::new(), provider, idle, MAX_ANSWER).await?;
    exchange.recorder.receives(&bytes);
    let Some(tokens) = codec.decode_token_count(&bytes) else {
        return Err(not_an_answer(provider, "something that is no count of tokens").into());
    };
    let usage = Usage {
        input: Some(tokens),
        ..Usage::default()
    };
    exchange.recorder.observe_whole(&[(0, Event::Usage(usage))]);
    Ok(counted(exchange, tokens))
}

fn estimated(mut exchange: Exchange, tokens: u64) -> Response {
    let mut losses = Losses::default();
    losses.estimated("usage", "was not reported by the provider");
    exchange.recorder.loses(&losses);
    exchange.recorder.estimates_input(tokens);
    counted(&mut exchange, tokens)
}

fn counted(exchange: &mut Exchange, tokens: u64) -> Response {
    let body = exchange.client.encode_token_count(tokens);
    let json = HeaderValue::from_static("application/json");
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
    whole::answered(exchange, StatusCode::OK, headers, body, None)
}
