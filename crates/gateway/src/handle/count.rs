//! Counting a prompt's tokens: asked of a provider that counts in the client's own protocol, else
//! estimated here, at once.

use axum::{body::Body, response::Response};
use http::StatusCode;
use protocol::{
    canonical::{ApiError, ErrorKind},
    tokens,
};

use super::{Failure, attempt::attempt, conclude};
use crate::{
    body::WholeBody, exchange::Exchange, recorder::Outcome, reply, routing, speaks::Speaks,
};

pub(super) async fn answer(mut exchange: Exchange) -> Response {
    let config = std::sync::Arc::clone(&exchange.config);
    let app = std::sync::Arc::clone(&exchange.app);
    let asked = exchange.envelope.model.clone();
    let route = match routing::route(&config, &app.models, asked.as_deref()) {
        Ok(route) => route,
        Err(error) => return conclude(exchange, Err(error.into())),
    };
    let same = Speaks::Wire(exchange.protocol());
    if let Some(target) = route
        .targets
        .first()
        .filter(|target| target.speaks() == same)
    {
        match attempt(&mut exchange, target, false).await {
            Ok(response) => return response,
            Err(failure) if is_final(&failure.error) => return conclude(exchange, Err(failure)),
            Err(Failure { error, .. }) => exchange.recorder.attempt_ends(Some(&error)),
        }
    }
    match estimate(&mut exchange) {
        Ok(tokens) => counted(exchange, tokens),
        Err(error) => conclude(exchange, Err(error.into())),
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

fn estimate(exchange: &mut Exchange) -> Result<u64, ApiError> {
    let request = exchange.request()?;
    Ok(tokens::estimate(&request))
}

fn counted(mut exchange: Exchange, count: u64) -> Response {
    exchange.recorder.estimates_input(count);
    let body = exchange.client.encode_token_count(count);
    let mut answer = reply::json(StatusCode::OK, body);
    reply::mark(answer.headers_mut(), Some(&exchange.id));
    let mut recorder = exchange.recorder.take();
    recorder.answers(answer.status(), answer.headers());
    answer.map(|bytes| Body::new(WholeBody::new(bytes, recorder, Outcome::Done, None)))
}
