//! A reply that its provider pauses is asked for again from there, round by round, until it has ended.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::HeaderMap;
use protocol::{UpstreamCodec, canonical::ApiError};
use store::config::Provider;

use crate::{
    app::App,
    auth::Token,
    credentials,
    upstream::{self, Call},
};

/// A reply of more rounds than these and the first has no end.
const MOST: u32 = 16;

/// What the rounds behind the first are asked with, which is what the first was asked with.
#[derive(Clone)]
pub(crate) struct Rounds {
    first: Arc<First>,
    left: u32,
}

struct First {
    app: Arc<App>,
    provider: Provider,
    codec: &'static dyn UpstreamCodec,
    path: String,
    headers: HeaderMap,
    credential: Option<Token>,
    body: Bytes,
    stream: bool,
}

/// The reply of a round, once it has come.
pub(crate) type Round = Pin<Box<dyn Future<Output = Result<reqwest::Body, Box<Stopped>>> + Send>>;

/// Why a provider that was asked to does not go on.
pub(crate) struct Stopped {
    /// `None` where it did not answer.
    pub(crate) status: Option<u16>,
    pub(crate) error: ApiError,
    pub(crate) lasted: Duration,
}

impl Rounds {
    /// Behind a call with `body`, which is ours.
    pub(crate) fn behind(app: &Arc<App>, call: &Call<'_>, body: Bytes) -> Self {
        let first = First {
            app: Arc::clone(app),
            provider: call.provider.clone(),
            codec: call.codec,
            path: call.path.to_owned(),
            headers: call.headers.clone(),
            credential: call.credential.cloned(),
            body,
            stream: call.stream,
        };
        Self {
            first: Arc::new(first),
            left: MOST,
        }
    }

    /// Asks the provider to go on from its `mark`; `None` where it has been asked often enough.
    pub(crate) fn next(&mut self, mark: &str) -> Option<Round> {
        self.left = self.left.checked_sub(1)?;
        let body = self.first.codec.resumed(&self.first.body, mark)?;
        let first = Arc::clone(&self.first);
        Some(Box::pin(async move {
            let began = Instant::now();
            let round = first.again(body).await;
            round.map_err(|(status, error)| {
                let lasted = began.elapsed();
                Box::new(Stopped {
                    status,
                    error,
                    lasted,
                })
            })
        }))
    }
}

impl First {
    async fn again(&self, body: Bytes) -> Result<reqwest::Body, (Option<u16>, ApiError)> {
        let call = Call {
            method: http::Method::POST,
            provider: &self.provider,
            codec: self.codec,
            path: &self.path,
            query: None,
            headers: self.headers.clone(),
            credential: self.credential.as_ref(),
            body: vec![body],
            stream: self.stream,
        };
        let answer = self.app.send(call).await.map_err(|error| (None, error))?;
        if answer.status().is_success() {
            return Ok(answer.into_body());
        }
        let (head, body) = answer.into_parts();
        let body = upstream::failure_text(body, &self.provider).await;
        let (error, _) = credentials::failure(self.codec, &head, body, self.credential.clone());
        Err((Some(head.status.as_u16()), error))
    }
}
