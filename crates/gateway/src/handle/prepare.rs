//! Step 6: what goes to a target, in its own protocol.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use http::HeaderMap;
use protocol::{
    Encoded, Operation, UpstreamCodec,
    canonical::{
        ApiError, Capabilities, CompletionForm, Demands, Losses, Omission, Request, Response,
        SpentIds, TargetModel, Undo, completion,
    },
};

use super::{calls::Calls, passage};
use crate::{
    app::App,
    capabilities,
    exchange::Exchange,
    headers, omissions, rewordings,
    rounds::Rounds,
    routing::Target,
    vault::{Owner, Wanted},
};

/// What must be done to an answer before its client sees it.
#[derive(Default)]
pub(super) struct Amends {
    pub(super) undo: Undo,
    pub(super) demands: Demands,
    /// To go on with an answer that pauses.
    pub(super) rounds: Option<Rounds>,
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
    pub(super) path: Cow<'static, str>,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    /// In pieces; several are asked at once, each for one answer.
    pub(super) bodies: Vec<Vec<Bytes>>,
    pub(super) amends: Amends,
    /// The client's own bytes go out, and the provider's come back.
    pub(super) passes: bool,
}

impl Prepared {
    /// The client's own bytes, with the name that the provider knows.
    pub(super) fn as_it_is(
        exchange: &Exchange,
        target: &Target<'_>,
        path: Cow<'static, str>,
    ) -> Self {
        let body = exchange.envelope.with_model(&exchange.body, &target.model);
        Self::of_client(exchange, path, body)
    }

    fn of_client(exchange: &Exchange, path: Cow<'static, str>, body: Vec<Bytes>) -> Self {
        let query = exchange.head.uri.query();
        Self {
            path: without_query(path),
            query: query.and_then(headers::query_for_provider),
            headers: headers::for_provider(&exchange.head.headers),
            bodies: vec![body],
            amends: Amends::default(),
            passes: true,
        }
    }

    /// Goes without the state of reasoning that the target refused before.
    pub(super) fn loses_state(
        &mut self,
        exchange: &mut Exchange,
        target: &Target<'_>,
        codec: &dyn UpstreamCodec,
    ) {
        let vault = &exchange.app.vault;
        if !vault.has_refusals() {
            return;
        }
        let owner = Owner::of(target);
        if !vault.refuses(&owner) {
            return;
        }
        let mut is_gone = |state: &str| vault.is_refused(&owner, state);
        let mut losses = Losses::default();
        for pieces in &mut self.bodies {
            let whole = Bytes::from(pieces.concat());
            if let Some(body) = codec.without_state(&whole, &mut is_gone, &mut losses) {
                *pieces = vec![body];
            }
        }
        exchange.recorder.loses(&losses);
    }

    /// What an encoder made.
    pub(super) fn translated(path: Cow<'static, str>, encoded: Encoded) -> Self {
        Self {
            path,
            query: None,
            headers: encoded.headers.into_iter().collect(),
            bodies: vec![vec![encoded.body]],
            amends: Amends {
                undo: encoded.undo,
                ..Amends::default()
            },
            passes: false,
        }
    }
}

/// The query is the client's own.
fn without_query(path: Cow<'static, str>) -> Cow<'static, str> {
    match path.find('?') {
        None => path,
        Some(end) => path[..end].to_owned().into(),
    }
}

pub(super) async fn prepare(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
) -> Result<Prepared, ApiError> {
    let is_reworded = exchange.operation == Operation::Chat
        && codec.protocol() == exchange.protocol()
        && (exchange.is_reworded || exchange.app.rewordings.knows(exchange, target));
    let same = codec.protocol() == exchange.protocol()
        && exchange.client.passes(exchange.raw())
        && !is_reworded;
    if same && exchange.operation != Operation::Complete {
        let path = codec.path(exchange.operation, &target.model, exchange.wants_stream());
        return Ok(match passage::mended(exchange, target, codec) {
            Some(body) => Prepared::of_client(exchange, path, body),
            None => Prepared::as_it_is(exchange, target, path),
        });
    }
    // In a box: those that pass through shall not carry its size about.
    Box::pin(reread(exchange, target, codec, (same, is_reworded))).await
}

/// For requests that must be read, as all do that are translated.
async fn reread(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    (same, is_reworded): (bool, bool),
) -> Result<Prepared, ApiError> {
    let wants_stream = exchange.wants_stream();
    let path = |operation| codec.path(operation, &target.model, wants_stream);
    let mut capabilities = capabilities::of(codec.protocol(), target.provider, &target.model);
    let models = &exchange.app.models;
    if let Some(listed) = models.longest_prompt(target.provider, &target.model) {
        capabilities.context_length = Some(listed);
    }
    exchange.app.omissions.limit(target, &mut capabilities);
    if let Some(left) = exchange.completion {
        omissions::limit_completion(&mut capabilities, left);
    }
    let limits = [capabilities.max_output_tokens, exchange.room];
    capabilities.max_output_tokens = limits.into_iter().flatten().min();
    exchange.room = capabilities.max_output_tokens;
    if same && goes_on_by_itself(exchange, &capabilities) {
        let path = path(Operation::Complete);
        return Ok(Prepared::as_it_is(exchange, target, path));
    }
    let asked = exchange.request()?;
    let model = TargetModel {
        name: target.model.clone().into_owned(),
        capabilities,
    };
    let mut losses = Losses::default();
    if is_reworded {
        rewordings::told(exchange, target, &mut losses);
    }
    let app = Arc::clone(&exchange.app);
    let work = async {
        let calls = Calls::of(exchange, &asked, &model, &mut losses)?;
        let mut prepared: Option<Prepared> = None;
        for text in asked.apart() {
            let request = fitted(&text, codec, &model, &mut losses)?;
            let request = completed(exchange, request, target, codec, &model, &mut losses);
            let mut request = request.await?;
            if calls.is_emulated {
                Arc::make_mut(&mut request).choices = None;
            }
            let demands = Demands::of(&mut request, &model.capabilities, &mut losses);
            if exchange.operation == Operation::CountTokens {
                let encoded = codec.encode_count_request(&request, &model, &mut losses)?;
                let path = path(Operation::CountTokens);
                return Ok(Prepared::translated(path, encoded));
            }
            let mut encoded = codec.encode_request(&request, &model, &mut losses)?;
            let in_chat = text.completion.is_some() && request.completion.is_none();
            encoded.undo.fence = in_chat && completion::has_no_fence(&text);
            encoded.undo.spent_ids = SpentIds::of(&asked, &exchange.id);
            let path = match (&request.completion, &model.capabilities.completion_path) {
                (Some(_), Some(path)) => path.clone().into(),
                (Some(_), None) => path(Operation::Complete),
                (None, _) => path(Operation::Chat),
            };
            let mut one = Prepared::translated(path, encoded);
            one.amends.demands = demands;
            let bodies = vec![one.bodies.concat(); calls.for_each];
            match &mut prepared {
                None => prepared = Some(Prepared { bodies, ..one }),
                // They differ in the text alone.
                Some(first) => first.bodies.extend(bodies),
            }
        }
        prepared.ok_or_else(|| ApiError::invalid_request("There is nothing to ask."))
    };
    let prepared = work
        .await
        .map(|prepared| without_refused(prepared, &app, target, &mut losses));
    exchange.recorder.loses(&asked.own_fields.losses(&losses));
    let mut prepared = prepared.map_err(|error| asked.own_fields.error(error))?;
    if is_reworded {
        // It is the provider's own client still: fields of its own say nothing without the headers of theirs.
        let ours = std::mem::take(&mut prepared.headers);
        prepared.headers = headers::for_provider(&exchange.head.headers);
        prepared.headers.extend(ours);
    }
    Ok(prepared)
}

/// Our own bodies without the fields that the target refused before.
fn without_refused(
    mut prepared: Prepared,
    app: &App,
    target: &Target<'_>,
    losses: &mut Losses,
) -> Prepared {
    let refused = app.omissions.of(target);
    for piece in prepared.bodies.iter_mut().flatten() {
        let (body, gone) = Omission::without(piece, &refused);
        for omission in gone {
            omissions::left_out(omission, losses);
        }
        *piece = body;
    }
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
    let wanted = Wanted {
        owner: &owner,
        protocol: codec.protocol(),
        as_text: able.reasoning_replay,
        by_name: false,
    };
    let restored = app.vault.restored(&request, wanted, losses);
    if let Some(restored) = restored {
        request = Arc::new(restored);
    }
    if !able.images
        && let Some(blind) = request.without_images(losses)
    {
        request = Arc::new(blind);
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
