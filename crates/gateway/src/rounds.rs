//! A reply that its provider pauses is asked for again from there, round by round, until it has ended.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use http::HeaderMap;
use protocol::UpstreamCodec;
use store::config::Provider;

use crate::{app::App, auth::Token, upstream::Call};

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

/// The reply of a round, once it has come; `None` where the provider does not go on.
pub(crate) type Round = Pin<Box<dyn Future<Output = Option<reqwest::Body>> + Send>>;

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
        Some(Box::pin(async move { first.again(body).await }))
    }
}

impl First {
    async fn again(&self, body: Bytes) -> Option<reqwest::Body> {
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
        let answer = self.app.send(call).await.ok()?;
        if !answer.status().is_success() {
            let status = answer.status().as_u16();
            tracing::warn!(
                status,
                "a provider did not go on with a reply that it paused"
            );
            return None;
        }
        Some(answer.into_body())
    }
}
