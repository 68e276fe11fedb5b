//! Step 8: what a provider's failure is to the client, and to whoever is asked next.

use bytes::Bytes;
use http::header;
use protocol::{
    UpstreamCodec,
    canonical::{ApiError, Omission},
};
use serde::de::IgnoredAny;

use crate::{
    app::App,
    auth::Token,
    credentials,
    exchange::Exchange,
    headers,
    reply::{self, Plain},
    routing::Target,
    upstream::{self, Answer},
};

/// A failure's text is no longer than this.
const MAX_FAILURE: usize = 1 << 20;

/// Why a target did not answer.
pub(crate) struct Failure {
    pub(crate) error: ApiError,
    /// What the provider said, where the client speaks its protocol.
    pub(crate) answer: Option<Box<Plain>>,
    /// The target refused a field that it can do without, and does not get it any more.
    pub(crate) goes_without: bool,
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self {
            error,
            answer: None,
            goes_without: false,
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
    let idle = target.provider.timeouts.idle;
    let body = upstream::collect(body, Bytes::new(), target.provider, idle, MAX_FAILURE).await;
    let body = body.unwrap_or_default();
    let (error, body) = credentials::failure(codec, &head, body, credential);
    exchange.recorder.receives_whole(&body);
    if codec.protocol() != exchange.protocol() {
        return error.into();
    }
    let mut headers = headers::for_client(&head.headers);
    let mut answer = if is_json(&body) {
        Plain::new(body)
    } else {
        // A proxy's page, plain words or nothing: no client of any protocol reads that.
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
    }
}

/// Whether the target refused a field of what we `sent` that it may go without, as it does from now on.
pub(super) fn goes_without(
    app: &App,
    target: &Target<'_>,
    codec: &dyn UpstreamCodec,
    failure: &ApiError,
    sent: &Bytes,
) -> bool {
    app.omissions.doubt(target, failure, sent);
    let omission = Omission::of(failure, codec.spares(), sent);
    let is_known = omission.is_some();
    if let Some(omission) = omission {
        app.omissions.learn(target, omission);
    }
    is_known
}

fn is_json(body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'[')) && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}
