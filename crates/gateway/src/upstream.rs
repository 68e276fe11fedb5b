//! Sends to providers. The only file that knows the HTTP client.

mod direct;
mod failures;

use std::{
    collections::HashMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use protocol::{UpstreamCodec, canonical::ApiError};
use reqwest::{Client, Url};
use store::config::Provider;

use crate::{auth::Token, body::to_keep, loops};

pub(crate) use self::failures::{REDIRECTED, cut_short, is_no_such_path, redirected, silent};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");
/// What the full client offers to unpack, by its features.
const PACKED: HeaderValue = HeaderValue::from_static("zstd,gzip,br");
/// Local model servers drop idle connections early; a new one costs next to nothing there.
const POOL_IDLE: Duration = Duration::from_secs(60);

/// Queries make more addresses than there are providers.
const MAX_DESTINATIONS: usize = 256;

/// The connections to all providers.
pub(crate) struct Upstream {
    user_agent: HeaderValue,
    /// By address and patience: to parse an address takes longer than to send to it.
    destinations: Mutex<HashMap<(String, Duration), Arc<Destination>>>,
    /// Made when first needed.
    connections: Mutex<HashMap<Kind, Connections>>,
}

/// Where a call goes, and what carries it there.
struct Destination {
    url: Url,
    way: Way,
}

enum Way {
    /// To this computer.
    Direct(direct::Way),
    /// To everywhere else.
    Full(Client),
}

#[derive(Clone)]
enum Connections {
    Direct(direct::Connections),
    Full(Client),
}

/// What connections differ in.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
struct Kind {
    connect: Duration,
    /// On this computer: no proxy leads back to it.
    local: bool,
    /// Only these need the system's certificates, which take time and memory to read.
    secure: bool,
    /// Only the older HTTP can turn a connection into something else.
    upgrades: bool,
}

/// One request to a provider.
#[derive(Clone)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) provider: &'a Provider,
    pub(crate) codec: &'static dyn UpstreamCodec,
    /// Below the base URL.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    /// End-to-end headers; what the protocol wants is added.
    pub(crate) headers: HeaderMap,
    pub(crate) credential: Option<&'a Token>,
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
            user_agent: HeaderValue::try_from(format!("patchbay/{version}"))
                .unwrap_or(HeaderValue::from_static("patchbay")),
            destinations: Mutex::default(),
            connections: Mutex::default(),
        }
    }

    /// Sends a request and waits for the head of its answer, whatever its status.
    ///
    /// # Errors
    /// Of the network: `Unreachable` or `Timeout`, with the host and the cause. `InvalidRequest` when the
    /// provider is where we listen ourselves, at `own`.
    pub(crate) async fn send(
        &self,
        call: Call<'_>,
        own: Option<SocketAddr>,
    ) -> Result<Answer, ApiError> {
        let provider = call.provider;
        let base_url = &provider.base_url;
        let upgrades = call.headers.contains_key(header::UPGRADE);
        let own_service = call.credential.and_then(|token| token.service(base_url));
        let base_url = own_service.unwrap_or(base_url);
        let address = address(base_url, call.codec.version(), call.path, call.query);
        let destination = self.destination(provider, address, upgrades)?;
        let url = &destination.url;
        loops::check(provider, url, own)?;
        let (method, headers, body) = self.request(call)?;
        let answer = async {
            match &destination.way {
                Way::Direct(way) => {
                    let answer = way.send(method, headers, body).await;
                    answer.map_err(|error| failures::explain(error.as_ref(), url, provider))
                }
                Way::Full(client) => {
                    let mut request = reqwest::Request::new(method, url.clone());
                    *request.headers_mut() = headers;
                    *request.body_mut() = (!body.is_empty()).then(|| full_body(body));
                    let answer = client.execute(request).await;
                    answer
                        .map(Answer::from)
                        .map_err(|error| failures::explain(&error, url, provider))
                }
            }
        };
        tokio::time::timeout(provider.timeouts.headers, answer)
            .await
            .unwrap_or_else(|_| Err(failures::no_answer(url, provider)))
    }

    /// The headers that a call goes out with, those of its connection included.
    ///
    /// # Errors
    /// When it cannot go out.
    pub(crate) fn headers_of(&self, call: Call<'_>) -> Result<HeaderMap, ApiError> {
        let provider = call.provider;
        let own_service = call
            .credential
            .and_then(|token| token.service(&provider.base_url));
        let url = Url::parse(own_service.unwrap_or(&provider.base_url));
        let url = url.map_err(|_| failures::bad_address(provider))?;
        let (_, mut headers, body) = self.request(call)?;
        headers.entry(header::ACCEPT).or_insert(ANYTHING);
        if !is_direct(&url) {
            headers.entry(header::ACCEPT_ENCODING).or_insert(PACKED);
        }
        let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
        if let Ok(host) = HeaderValue::from_str(host) {
            headers.insert(header::HOST, host);
        }
        let length: usize = body.iter().map(Bytes::len).sum();
        if length > 0 {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        Ok(headers)
    }

    fn destination(
        &self,
        provider: &Provider,
        address: String,
        upgrades: bool,
    ) -> Result<Arc<Destination>, ApiError> {
        let key = (address, provider.timeouts.connect);
        let destinations = self.destinations.lock();
        let mut known = destinations.unwrap_or_else(PoisonError::into_inner);
        if let Some(destination) = known.get(&key) {
            return Ok(Arc::clone(destination));
        }
        let url = Url::parse(&key.0).map_err(|_| failures::bad_address(provider))?;
        let kind = Kind {
            connect: provider.timeouts.connect,
            local: is_local(&url),
            secure: url.scheme() == "https",
            upgrades,
        };
        let way = match self.connections(kind)? {
            Connections::Direct(connections) => {
                let way = direct::Way::new(&connections, &url);
                Way::Direct(way.ok_or_else(|| failures::bad_address(provider))?)
            }
            Connections::Full(client) => Way::Full(client),
        };
        let destination = Arc::new(Destination { url, way });
        if known.len() >= MAX_DESTINATIONS {
            known.clear();
        }
        known.insert(key, Arc::clone(&destination));
        Ok(destination)
    }

    fn connections(&self, kind: Kind) -> Result<Connections, ApiError> {
        let connections = self.connections.lock();
        let mut known = connections.unwrap_or_else(PoisonError::into_inner);
        if let Some(connections) = known.get(&kind) {
            return Ok(connections.clone());
        }
        let connections = kind.connections()?;
        known.insert(kind, connections.clone());
        Ok(connections)
    }

    /// What the call brings along, and what the protocol and the provider want besides.
    fn request(&self, call: Call<'_>) -> Result<(Method, HeaderMap, Vec<Bytes>), ApiError> {
        let mut headers = call.headers;
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
        if !headers.contains_key(header::USER_AGENT) {
            headers.insert(header::USER_AGENT, self.user_agent.clone());
        }
        if call.stream {
            // Compression would hold tokens back until a block is full.
            headers.insert(header::ACCEPT_ENCODING, IDENTITY);
        }
        if let Some(credential) = call.credential {
            let (name, prefix) = call.codec.credential_header();
            let value = HeaderValue::try_from(format!("{prefix}{}", credential.secret.expose()));
            let mut value = value.map_err(|_| failures::bad_key(call.provider))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let mut own = call.codec.headers().iter();
        let is_stated = own.any(|(name, _)| header::CONTENT_TYPE == *name);
        if !call.body.is_empty() && !is_stated {
            headers.insert(header::CONTENT_TYPE, JSON);
        }
        let profile = call.credential.and_then(|token| token.profile.as_deref());
        let mut body = call.body;
        if let (Some(profile), [only]) = (profile, body.as_mut_slice()) {
            *only = call.codec.with_profile(std::mem::take(only), profile);
        }
        Ok((call.method, headers, body))
    }
}

impl Kind {
    fn connections(self) -> Result<Connections, ApiError> {
        if self.local && !self.secure {
            return Ok(Connections::Direct(direct::Connections::new(self.connect)));
        }
        let mut builder = Client::builder()
            .connect_timeout(self.connect)
            .pool_idle_timeout(POOL_IDLE)
            .tcp_nodelay(true)
            // A redirect would carry the credential to another host.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false);
        if self.local {
            builder = builder.no_proxy();
        }
        if self.upgrades {
            builder = builder.http1_only();
        }
        if !self.secure {
            let trusts_nobody = rustls::ClientConfig::builder()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            builder = builder.tls_backend_preconfigured(trusts_nobody);
        }
        let client = builder.build();
        client
            .map(Connections::Full)
            .map_err(|error| failures::no_client(&error))
    }
}

/// The address of a path at a provider. People write base URLs with and without the version, and with one where
/// the protocol has none.
pub(crate) fn address(base_url: &str, version: &str, path: &str, query: Option<&str>) -> String {
    let base = base_url.trim_end_matches('/');
    let mut text = base.to_owned();
    let bare_path = path.split('?').next().unwrap_or(path);
    if base.ends_with(bare_path) {
        // The whole address of the endpoint was pasted.
        text.truncate(base.len() - bare_path.len());
    } else if version.is_empty() {
        let root = base.strip_suffix("/v1").unwrap_or(base);
        let first = bare_path.match_indices('/').nth(1);
        let first = first.map_or(bare_path, |(end, _)| &bare_path[..end]);
        text.truncate(root.strip_suffix(first).unwrap_or(root).len());
    } else if !has_version(base) {
        text.push_str(version);
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

/// Whether nothing is needed of the full client on the way to it.
fn is_direct(url: &Url) -> bool {
    is_local(url) && url.scheme() != "https"
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// For the full client, which can repeat a body in one piece on another connection.
fn full_body(mut pieces: Vec<Bytes>) -> reqwest::Body {
    if pieces.len() == 1
        && let Some(only) = pieces.pop()
    {
        return only.into();
    }
    reqwest::Body::wrap(Pieces::new(pieces))
}

/// A body in several pieces, the last first, whose length is known.
struct Pieces(Vec<Bytes>);

impl Pieces {
    fn new(mut pieces: Vec<Bytes>) -> Self {
        pieces.reverse();
        Self(pieces)
    }
}

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

/// The connection behind an answer that turns it into something else.
///
/// # Errors
/// When it broke off in that moment.
pub(crate) async fn upgraded(mut answer: Answer) -> Result<TokioIo<Upgraded>, hyper::Error> {
    hyper::upgrade::on(&mut answer).await.map(TokioIo::new)
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
        to_keep(only)
    } else {
        whole.freeze()
    })
}

#[cfg(test)]
#[path = "upstream_tests.rs"]
mod tests;
