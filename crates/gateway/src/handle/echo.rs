//! The answers of the built-in provider, which needs no network.

use std::sync::Arc;

use axum::response::Response;
use protocol::{
    EventDecoder,
    canonical::{ApiError, ErrorKind, Events, Fault, Losses, Request, Response as Reply},
};

use super::{judge::Failure, prepare::Amends, stream, whole};
use crate::{
    body::Source,
    echo::{MODEL, Script},
    exchange::Exchange,
    routing::Target,
};

pub(super) async fn answer(
    exchange: &mut Exchange,
    target: &Target<'_>,
) -> Result<Response, Failure> {
    if target.model != MODEL {
        return Err(no_such_model(&target.model).into());
    }
    let request: Arc<Request> = exchange.request()?;
    let mut losses = Losses::default();
    let script = Script::new(&request, &exchange.id, &mut losses);
    exchange.recorder.loses(&request.own_fields.losses(&losses));
    let mut script = script.map_err(|error| request.own_fields.error(error))?;
    if !exchange.wants_stream() {
        let mut events = Events::new();
        script.finish(&mut events);
        let reply = Reply::from_events(events)?;
        return whole::answer(exchange, target, reply);
    }
    let source = Source::Ticks {
        left: script.len(),
        pause: exchange.app.pace.echo,
        sleep: None,
    };
    let relay = stream::translation(exchange, target, Box::new(script), &Amends::default())?;
    stream::answer(exchange, target, source, relay, None, false).await
}

fn no_such_model(model: &str) -> ApiError {
    let message = format!(
        "The built-in provider has one model, `{}/{}`, not `{model}`.",
        store::config::ECHO,
        MODEL
    );
    ApiError::new(ErrorKind::NotFound, Fault::Client, message)
        .with_code("model_not_found")
        .with_param("model")
}
