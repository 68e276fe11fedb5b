//! Step 6: what goes to a target, in its own protocol.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use http::HeaderMap;
use protocol::{
    Encoded, Operation, UpstreamCodec,
    canonical::{
        ApiError, Capabilities, CompletionForm, Demands, Losses, Request, Response, TargetModel,
        Undo, completion,
    },
};

use crate::{capabilities, exchange::Exchange, headers, routing::Target, vault::Owner};

/// What must be done to an answer before its client sees it.
#[derive(Default)]
pub(super) struct Amends {
    pub(super) undo: Undo,
    pub(super) demands: Demands,
}

impl Amends {
    /// Made to a whole reply.
    ///
    /// # Errors
    /// When it is not what was asked for.
    pub(super) fn made(&self, mut reply: Response) -> Result<Response, ApiError> {
        self.undo.apply(&mut reply);
        self.demands.enforce(reply)
    }
}

/// What goes to a provider, and what must be done to its answer.
pub(super) struct Prepared {
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<Bytes>,
    pub(super) amends: Amends,
    /// How many times it is asked at once, each for one answer.
    pub(super) calls: usize,
    /// The client's own bytes go out, and the provider's come back.
    pub(super) passes: bool,
}

impl Prepared {
    /// The client's own bytes, with the name that the provider knows.
    pub(super) fn as_it_is(exchange: &Exchange, target: &Target<'_>, path: &str) -> Self {
        let query = exchange.head.uri.query();
        Self {
            path: path.split('?').next().unwrap_or_default().to_owned(),
            query: query.and_then(headers::query_for_provider),
            headers: headers::for_provider(&exchange.head.headers),
            body: exchange.envelope.with_model(&exchange.body, &target.model),
            amends: Amends::default(),
            calls: 1,
            passes: true,
        }
    }

    /// What an encoder made.
    pub(super) fn translated(path: String, encoded: Encoded, calls: usize) -> Self {
        Self {
            path,
            query: None,
            headers: encoded.headers.into_iter().collect(),
            body: vec![encoded.body],
            amends: Amends {
                undo: encoded.undo,
                demands: Demands::default(),
            },
            calls,
            passes: false,
        }
    }
}

pub(super) async fn prepare(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
) -> Result<Prepared, ApiError> {
    let wants_stream = exchange.wants_stream();
    let path = |operation| codec.path(operation, &target.model, wants_stream);
    let same = codec.protocol() == exchange.protocol() && exchange.client.passes(exchange.raw());
    if same && exchange.operation != Operation::Complete {
        let path = path(exchange.operation);
        return Ok(Prepared::as_it_is(exchange, target, &path));
    }
    let capabilities = capabilities::of(codec.protocol(), target.provider, &target.model);
    if same && goes_on_by_itself(exchange, &capabilities) {
        let path = path(Operation::Complete);
        return Ok(Prepared::as_it_is(exchange, target, &path));
    }
    let asked = exchange.request()?;
    let model = TargetModel {
        name: target.model.clone().into_owned(),
        capabilities,
    };
    let mut losses = Losses::default();
    let work = async {
        let request = fitted(&asked, codec, &model, &mut losses)?;
        let mut request = completed(exchange, request, target, codec, &model, &mut losses).await?;
        let calls = calls(exchange, &mut request, &model, &mut losses)?;
        let demands = Demands::of(&mut request, &model.capabilities, &mut losses);
        let mut encoded = codec.encode_request(&request, &model, &mut losses)?;
        let in_chat = asked.completion.is_some() && request.completion.is_none();
        encoded.undo.fence = in_chat && completion::has_no_fence(&asked);
        let path = match (&request.completion, &model.capabilities.completion_path) {
            (Some(_), Some(path)) => path.clone(),
            (Some(_), None) => path(Operation::Complete),
            (None, _) => path(Operation::Chat),
        };
        let mut prepared = Prepared::translated(path, encoded, calls);
        prepared.amends.demands = demands;
        Ok(prepared)
    };
    let prepared = work.await;
    exchange.lose(losses);
    prepared
}

/// Whether a text can go to a provider of the client's own protocol as it is. What cannot be read here the
/// provider may well understand.
fn goes_on_by_itself(exchange: &mut Exchange, capabilities: &Capabilities) -> bool {
    if capabilities.completion_path.is_some() {
        return false;
    }
    match capabilities.completion {
        CompletionForm::Chat => false,
        CompletionForm::Native => true,
        CompletionForm::Raw => exchange.request().map_or(true, |request| {
            let completion = request.completion.as_ref();
            completion.is_none_or(|completion| completion.suffix.is_none())
        }),
    }
}

/// A text to go on with as the target can.
fn fitted(
    asked: &Arc<Request>,
    codec: &dyn UpstreamCodec,
    model: &TargetModel,
    losses: &mut Losses,
) -> Result<Arc<Request>, ApiError> {
    match completion::fit(asked, codec.completes(), &model.capabilities, losses)? {
        Cow::Borrowed(_) => Ok(Arc::clone(asked)),
        Cow::Owned(fitted) => Ok(Arc::new(fitted)),
    }
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
