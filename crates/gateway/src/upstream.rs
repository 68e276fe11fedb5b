//! Sends to providers. The only file that knows the HTTP client.

mod failures;

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use protocol::{UpstreamCodec, canonical::ApiError};
use reqwest::{Client, Url};
use store::{Secret, config::Provider};

pub(crate) use self::failures::{REDIRECTED, cut_short, redirected, silent};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");
/// Local model servers drop idle connections early; a new one costs next to nothing there.
const POOL_IDLE: Duration = Duration::from_secs(60);

/// Queries make more addresses than there are providers.
const MAX_ADDRESSES: usize = 256;

/// The connections to all providers.
pub(crate) struct Upstream {
    user_agent: String,
    /// Made when first needed.
    clients: Mutex<HashMap<Kind, Client>>,
    /// Addresses by their text: to parse one takes longer than to send to it.
    addresses: Mutex<HashMap<String, Url>>,
}

/// What connections differ in.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
struct Kind {
    connect: Duration,
    /// On this computer: no proxy leads back to it.
    local: bool,
    /// Only these need the system's certificates, which take time and memory to read.
    secure: bool,
}

/// One request to a provider.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) provider: &'a Provider,
    pub(crate) codec: &'static dyn UpstreamCodec,
    /// Below the base URL.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    /// End-to-end headers; what the protocol wants is added.
    pub(crate) headers: HeaderMap,
    pub(crate) credential: Option<&'a Secret>,
    /// Sent one after the other.
    pub(crate) body: Vec<Bytes>,
    pub(crate) stream: bool,
}

/// An answer whose body is still to come.
pub(crate) type Answer = http::Response<reqwest::Body>;

impl Upstream {
    pub(crate) fn new(version: &str) -> Self {
        // Already installed when there are several gateways in a process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            user_agent: format!("patchbay/{version}"),
            clients: Mutex::default(),
            addresses: Mutex::default(),
        }
    }

    /// Sends a request and waits for the head of its answer, whatever its status.
    ///
    /// # Errors
    /// Of the network only: `Unreachable` or `Timeout`, with the host and the cause.
    pub(crate) async fn send(&self, call: Call<'_>) -> Result<Answer, ApiError> {
        let provider = call.provider;
        let url = self.address(provider, call.path, call.query)?;
        let client = self.client(&url, provider)?;
        let request = self.request(call, url.clone())?;
        let timeouts = provider.timeouts;
        let answer = tokio::time::timeout(timeouts.headers, client.execute(request)).await;
        match answer {
            Ok(Ok(answer)) => Ok(answer.into()),
            Ok(Err(error)) => Err(failures::explain(&error, &url, provider)),
            Err(_) => Err(failures::no_answer(&url, provider)),
        }
    }

    fn address(
        &self,
        provider: &Provider,
        path: &str,
        query: Option<&str>,
    ) -> Result<Url, ApiError> {
        let text = address(provider, path, query);
        let mut known = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(url) = known.get(&text) {
            return Ok(url.clone());
        }
        let url = Url::parse(&text).map_err(|_| failures::bad_address(provider))?;
        if known.len() >= MAX_ADDRESSES {
            known.clear();
        }
        known.insert(text, url.clone());
        Ok(url)
    }

    fn client(&self, url: &Url, provider: &Provider) -> Result<Client, ApiError> {
        let kind = Kind {
            connect: provider.timeouts.connect,
            local: is_local(url),
            secure: url.scheme() == "https",
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&kind) {
            return Ok(client.clone());
        }
        let mut builder = Client::builder()
            .connect_timeout(kind.connect)
            .pool_idle_timeout(POOL_IDLE)
            .tcp_nodelay(true)
            // A redirect would carry the credential to another host.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false);
        if kind.local {
            builder = builder.no_proxy();
        }
        if !kind.secure {
            let trusts_nobody = rustls::ClientConfig::builder()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            builder = builder.tls_backend_preconfigured(trusts_nobody);
        }
        let client = builder
            .build()
            .map_err(|error| failures::no_client(&error))?;
        clients.insert(kind, client.clone());
        Ok(client)
    }

    fn request(&self, call: Call<'_>, url: Url) -> Result<reqwest::Request, ApiError> {
        let mut request = reqwest::Request::new(call.method, url);
        let headers = request.headers_mut();
        *headers = call.headers;
        for (name, value) in call.codec.headers() {
            let name = HeaderName::from_static(name);
            if !headers.contains_key(&name) {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        for (name, value) in &call.provider.headers {
            let pair = (name.parse::<HeaderName>(), HeaderValue::from_str(value));
            if let (Ok(name), Ok(value)) = pair {
                headers.insert(name, value);
            }
        }
        if !headers.contains_key(header::USER_AGENT)
            && let Ok(value) = HeaderValue::from_str(&self.user_agent)
        {
            headers.insert(header::USER_AGENT, value);
        }
        if call.stream {
            // Compression would hold tokens back until a block is full.
            headers.insert(header::ACCEPT_ENCODING, IDENTITY);
        }
        if let Some(credential) = call.credential {
            let (name, prefix) = call.codec.credential_header();
            let value = HeaderValue::try_from(format!("{prefix}{}", credential.expose()));
            let mut value = value.map_err(|_| failures::bad_key(call.provider))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if !call.body.is_empty() {
            headers.insert(header::CONTENT_TYPE, JSON);
            *request.body_mut() = Some(body(call.body));
        }
        Ok(request)
    }
}

/// The address of a path at a provider. People write base URLs with and without the version.
fn address(provider: &Provider, path: &str, query: Option<&str>) -> String {
    let base = provider.base_url.trim_end_matches('/');
    let mut text = base.to_owned();
    let bare_path = path.split('?').next().unwrap_or(path);
    if base.ends_with(bare_path) {
        // The whole address of the endpoint was pasted.
        text.truncate(base.len() - bare_path.len());
    } else if !has_version(base) {
        text.push_str("/v1");
    }
    text.push_str(path);
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        text.push(if path.contains('?') { '&' } else { '?' });
        text.push_str(query);
    }
    text
}

/// Whether a part of the path is a version (`v1`, `v1beta`, `v4`).
fn has_version(base: &str) -> bool {
    base.split('/').skip(3).any(|part| {
        let mut chars = part.chars();
        chars.next() == Some('v') && chars.next().is_some_and(|char| char.is_ascii_digit())
    })
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn body(mut pieces: Vec<Bytes>) -> reqwest::Body {
    if pieces.len() == 1
        && let Some(only) = pieces.pop()
    {
        return only.into();
    }
    pieces.reverse();
    reqwest::Body::wrap(Pieces(pieces))
}

/// A body in several pieces, the last first, whose length is known.
struct Pieces(Vec<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.pop().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

/// The next chunk of an answer that is not empty; `None` at its end.
///
/// # Errors
/// When it breaks off or falls silent.
pub(crate) async fn next_chunk(
    body: &mut reqwest::Body,
    provider: &Provider,
    idle: Duration,
) -> Result<Option<Bytes>, ApiError> {
    loop {
        let frame = tokio::time::timeout(idle, body.frame())
            .await
            .map_err(|_| silent(&provider.id, idle))?;
        match frame {
            None => return Ok(None),
            Some(Err(error)) => return Err(cut_short(&provider.id, &error)),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data()
                    && !data.is_empty()
                {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// All of an answer's body behind its `first` chunk.
///
/// # Errors
/// When it breaks off, falls silent or is endless.
pub(crate) async fn collect(
    mut body: reqwest::Body,
    first: Bytes,
    provider: &Provider,
    idle: Duration,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let mut whole = BytesMut::new();
    let mut only = first;
    while let Some(chunk) = next_chunk(&mut body, provider, idle).await? {
        if only.is_empty() && whole.is_empty() {
            only = chunk;
            continue;
        }
        if whole.is_empty() {
            let expected = body.size_hint().lower();
            let more = usize::try_from(expected).unwrap_or(0).min(limit);
            whole.reserve(only.len() + chunk.len() + more);
            whole.extend_from_slice(&std::mem::take(&mut only));
        }
        if whole.len() + chunk.len() > limit {
            return Err(failures::endless(provider));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(if whole.is_empty() {
        only
    } else {
        whole.freeze()
    })
}

#[cfg(test)]
#[path = "upstream_tests.rs"]
mod tests;
