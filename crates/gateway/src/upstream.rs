//! Sends to providers. Nothing else in the program does.

mod address;
mod answer;
mod direct;
mod failures;
mod pieces;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use protocol::{UpstreamCodec, canonical::ApiError};
use reqwest::{Client, Url};
use store::config::Provider;

use self::{
    address::is_direct,
    pieces::{Pieces, full_body},
};
pub(crate) use self::{
    address::{address, is_local},
    answer::{collect, failure_text, next_chunk, upgraded},
    failures::{REDIRECTED, cut_short, is_no_such_path, redirected, silent},
};
use crate::{auth::Token, codings, credentials, loops};

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

impl Destination {
    async fn carry(
        &self,
        (method, headers, body): (Method, HeaderMap, Vec<Bytes>),
        provider: &Provider,
    ) -> Result<Answer, ApiError> {
        let patience = provider.timeouts.headers;
        let silent = || failures::no_answer(&self.url, provider);
        match &self.way {
            Way::Direct(way) => {
                let answer = way.send(method, headers, body, patience).await;
                answer.map_err(|error| match error.downcast_ref() {
                    Some(direct::NoAnswer) => silent(),
                    None => failures::explain(error.as_ref(), &self.url, provider),
                })
            }
            Way::Full(client) => {
                let mut request = reqwest::Request::new(method, self.url.clone());
                *request.headers_mut() = headers;
                *request.body_mut() = (!body.is_empty()).then(|| full_body(body));
                match tokio::time::timeout(patience, client.execute(request)).await {
                    Ok(answer) => answer
                        .map(Answer::from)
                        .map_err(|error| failures::explain(&error, &self.url, provider)),
                    Err(_) => Err(silent()),
                }
            }
        }
    }
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
        let address = address(base_url, call.codec, call.path, call.query);
        let destination = self.destination(provider, address, upgrades)?;
        let url = &destination.url;
        loops::check(provider, url, own)?;
        let (credential, codec) = (call.credential, call.codec);
        let request = self.request(call, is_direct(url))?;
        let mut answer = destination.carry(request, provider).await?;
        if codings::is_packed(answer.headers()) {
            // In a box: all others would carry its size about.
            answer = Box::pin(answer::unpacked(answer, provider)).await?;
        }
        Ok(match credential {
            Some(token) if !is_local(url) => {
                credentials::masked(answer, &token.secret, codec.framing())
            }
            // On one's own computer it is no secret towards one's own clients.
            Some(_) | None => answer,
        })
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
        let (_, mut headers, body) = self.request(call, is_direct(&url))?;
        headers.entry(header::ACCEPT).or_insert(ANYTHING);
        headers.entry(header::ACCEPT_ENCODING).or_insert(PACKED);
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
        if let Some(destination) = held(&self.destinations).get(&key) {
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
        let mut known = held(&self.destinations);
        if known.len() >= MAX_DESTINATIONS {
            known.clear();
        }
        Ok(Arc::clone(known.entry(key).or_insert(destination)))
    }

    fn connections(&self, kind: Kind) -> Result<Connections, ApiError> {
        if let Some(connections) = held(&self.connections).get(&kind) {
            return Ok(connections.clone());
        }
        // It takes time, and nobody is to wait for it who needs others. Of two that are made at once the first stays.
        let made = kind.connections()?;
        let mut known = held(&self.connections);
        Ok(known.entry(kind).or_insert(made).clone())
    }

    /// What the call brings along, and what the protocol and the provider want besides. `direct`: nothing is gained by
    /// packing what does not leave this computer.
    fn request(
        &self,
        call: Call<'_>,
        direct: bool,
    ) -> Result<(Method, HeaderMap, Vec<Bytes>), ApiError> {
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
        if call.stream || direct {
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

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
