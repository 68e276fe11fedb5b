//! Step 6: what goes to a target, in its own protocol.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use protocol::{
    UpstreamCodec,
    canonical::{ApiError, Losses, Request, TargetModel, Undo},
};

use crate::{capabilities, exchange::Exchange, headers, routing::Target, vault::Owner};

/// What goes to a provider, and what must be undone in its answer.
pub(super) struct Prepared {
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<Bytes>,
    pub(super) undo: Undo,
    /// How many times it is asked at once, each for one answer.
    pub(super) calls: usize,
}

pub(super) async fn prepare(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
) -> Result<Prepared, ApiError> {
    let path = codec.path(exchange.operation, &target.model, exchange.wants_stream());
    if codec.protocol() == exchange.protocol() {
        let query = exchange.head.uri.query();
        return Ok(Prepared {
            path: path.split('?').next().unwrap_or_default().to_owned(),
            query: query.and_then(headers::query_for_provider),
            headers: headers::for_provider(&exchange.head.headers),
            body: exchange.envelope.with_model(&exchange.body, &target.model),
            undo: Undo::default(),
            calls: 1,
        });
    }
    let request = exchange.request()?;
    let model = TargetModel {
        name: target.model.clone().into_owned(),
        capabilities: capabilities::of(codec.protocol(), target.provider, &target.model),
    };
    let mut losses = Losses::default();
    let work = async {
        let mut request = completed(exchange, request, target, codec, &model, &mut losses).await?;
        let calls = calls(exchange, &mut request, &model, &mut losses)?;
        let encoded = codec.encode_request(&request, &model, &mut losses)?;
        Ok((encoded, calls))
    };
    let prepared = work.await;
    exchange.lose(losses);
    let (encoded, calls) = prepared?;
    Ok(Prepared {
        path,
        query: None,
        headers: encoded.headers.into_iter().collect(),
        body: vec![encoded.body],
        undo: encoded.undo,
        calls,
    })
}

/// Several answers of a target that gives one are asked for one by one, as far as the configuration allows.
fn calls(
    exchange: &Exchange,
    request: &mut Arc<Request>,
    model: &TargetModel,
    losses: &mut Losses,
) -> Result<usize, ApiError> {
    let wanted = request.choices.unwrap_or(1);
    if wanted <= 1 || model.capabilities.several_choices {
        return Ok(1);
    }
    let most = exchange.config.requests.parallel_choices;
    if wanted > most {
        let message = if most <= 1 {
            format!("`n` is {wanted}, but this model gives one answer to a request.")
        } else {
            format!(
                "`n` is {wanted}, but this model gives one answer to a request, and Patchbay asks it at most {most} times at once (`parallel_choices` in its configuration)."
            )
        };
        return Err(ApiError::invalid_request(message).with_param("n"));
    }
    Arc::make_mut(request).choices = None;
    losses.emulated(
        "n",
        format!("became {wanted} requests at once: the prompt is paid for with each"),
    );
    usize::try_from(wanted).or(Ok(1))
}

/// The request with what this target wants and the client did not bring along.
async fn completed(
    exchange: &mut Exchange,
    mut request: Arc<Request>,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    model: &TargetModel,
    losses: &mut Losses,
) -> Result<Arc<Request>, ApiError> {
    let (app, able) = (Arc::clone(&exchange.app), &model.capabilities);
    let owner = Owner::of(target);
    let replay = able.reasoning_replay;
    let restored = app
        .vault
        .restored(&request, &owner, codec.protocol(), replay, losses);
    if let Some(restored) = restored {
        request = Arc::new(restored);
    }
    if exchange.config.requests.fetch_images {
        let inlined = app
            .fetcher
            .inlined(&request, able, &mut exchange.fetched, losses);
        if let Some(inlined) = inlined.await? {
            request = Arc::new(inlined);
        }
    }
    Ok(request)
}
