//! Step 8: what a provider's failure is to the client, and to whoever is asked next.

use bytes::Bytes;
use http::header;
use protocol::{
    Framing, UpstreamCodec,
    canonical::{
        ApiError, CompletionForm, Efforts, Losses, Omission, Room, refuses_images, refuses_marks,
        refuses_several,
    },
};
use serde::de::IgnoredAny;

use crate::{
    auth::Token,
    capabilities, credentials,
    exchange::Exchange,
    headers,
    reply::{self, Plain},
    routing::Target,
    upstream::{self, Answer},
    vault::Owner,
};

/// Why a target did not answer.
pub(crate) struct Failure {
    pub(crate) error: ApiError,
    /// What the provider said, where the client speaks its protocol.
    pub(crate) answer: Option<Box<Plain>>,
    /// The target refused something that it can do without, and is asked again without it.
    pub(crate) goes_without: bool,
    /// The client's own bytes were refused by another model than it had in mind.
    pub(crate) may_be_reworded: bool,
    /// A poorer form in which the target may go on with a text after all.
    pub(crate) completes: Option<CompletionForm>,
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self {
            error,
            answer: None,
            goes_without: false,
            may_be_reworded: false,
            completes: None,
        }
    }
}

/// Reads a failure. Its raw form goes to clients of the same protocol, if it is one in that protocol.
pub(super) async fn failed(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    answer: Answer,
    credential: Option<Token>,
) -> Failure {
    let (head, body) = answer.into_parts();
    if head.status.is_redirection() {
        return upstream::redirected(&head.headers, target.provider).into();
    }
    let body = upstream::failure_text(body, target.provider).await;
    let (error, body) = credentials::failure(codec, &head, body, credential);
    exchange.recorder.receives_whole(&body);
    if codec.protocol() != exchange.protocol() {
        return error.into();
    }
    let mut headers = headers::for_client(&head.headers);
    let mut answer = if is_readable(&body, codec.framing()) {
        Plain::new(body)
    } else {
        // A proxy's page, plain words, a list or nothing: no client of the protocol reads that.
        headers.remove(header::CONTENT_TYPE);
        reply::failure(
            codec.protocol(),
            &exchange.head.uri,
            &error,
            Some(&exchange.id),
        )
    };
    *answer.status_mut() = head.status;
    answer.headers_mut().extend(headers);
    reply::tell_wait(answer.headers_mut(), &error);
    Failure {
        error,
        answer: Some(Box::new(answer)),
        goes_without: false,
        may_be_reworded: false,
        completes: None,
    }
}

/// Whether the target refused something of what we `sent` that it may go without: a field, cache marks, a word or an
/// image, as it does from now on, or the length of the reply, which is remembered once it is taken.
pub(super) fn goes_without(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &dyn UpstreamCodec,
    failure: &ApiError,
    sent: &Bytes,
) -> bool {
    let omissions = &exchange.app.omissions;
    omissions.doubt(target, failure, sent);
    let able = capabilities::of(codec.protocol(), target.provider, &target.model);
    if able.cache_marks && refuses_marks(failure) && omissions.learn_no_marks(target) {
        return true;
    }
    if able.several_choices && refuses_several(failure) && omissions.learn_one_answer(target) {
        return true;
    }
    if let Some(efforts) = Efforts::of(failure, codec.spares(), sent)
        && omissions.learn_efforts(target, efforts)
    {
        return true;
    }
    if let Some(omission) = Omission::of(failure, codec.spares(), sent) {
        omissions.learn(target, omission);
        return true;
    }
    if Room::is_at_issue(failure) {
        omissions.forget_limit(target);
        exchange.limit = None;
    }
    let Ok(asked) = exchange.request() else {
        return false;
    };
    let room = asked.sampling.max_output_tokens.and_then(|wanted| {
        let sent = exchange.room.map_or(wanted, |room| room.min(wanted));
        Room::of(failure, sent)
    });
    if let Some(room) = room {
        exchange.limit = room.is_limit.then_some(room.tokens);
        exchange.room = Some(room.tokens);
        return true;
    }
    refuses_images(failure)
        && asked.without_images(&mut Losses::default()).is_some()
        && exchange.app.omissions.learn_blindness(target)
}

/// Whether there is new state of reasoning in what was `sent` that the target may be asked without: it refused some.
pub(super) fn disowns(
    exchange: &Exchange,
    target: &Target<'_>,
    codec: &dyn UpstreamCodec,
    sent: &[Bytes],
) -> bool {
    let mut states = Vec::new();
    let mut listed = |state: &str| {
        states.push(state.to_owned());
        false
    };
    let whole = Bytes::from(sent.concat());
    codec.without_state(&whole, &mut listed, &mut Losses::default());
    exchange.app.vault.refuse(&Owner::of(target), &states)
}

/// Whether it is JSON in a form of the protocol: lists are one only where streams are, too.
fn is_readable(body: &[u8], framing: Framing) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let is_form = match first {
        Some(b'{') => true,
        Some(b'[') => framing == Framing::Json,
        Some(_) | None => false,
    };
    is_form && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}
