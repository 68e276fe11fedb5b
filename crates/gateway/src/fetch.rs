//! Fetches images and documents by their addresses, for providers that want bytes. Whoever wrote the address
//! may want to look into this network through us: only public addresses are connected to.

mod guard;

use std::{collections::HashMap, sync::OnceLock, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::BytesMut;
use futures_util::{StreamExt as _, stream};
use http::{HeaderValue, header};
use protocol::canonical::{
    ApiError, Base64, Capabilities, ErrorKind, Fault, Losses, Media, MediaSource, Part, Request,
};
use reqwest::{Client, Response, Url};

pub(crate) use self::guard::Guard;
pub use self::guard::Reach;

/// The largest that the providers take.
const MAX_BYTES: usize = 20 << 20;
/// Of all that one request has fetched.
const MAX_TOTAL: usize = 64 << 20;
const MAX_ADDRESSES: usize = 20;
const MAX_REDIRECTS: usize = 3;
const AT_ONCE: usize = 4;
/// For one address, redirects and all.
const PATIENCE: Duration = Duration::from_secs(20);

/// The way to other people's pictures. It shares nothing with the way to providers: no credential, no
/// connection, no proxy (which would look names up by itself).
pub(crate) struct Fetcher {
    guard: Guard,
    patience: Duration,
    client: OnceLock<Client>,
}

/// What one exchange has fetched already, by address.
#[derive(Default)]
pub(crate) struct Fetched(HashMap<String, Fetch>);

#[derive(Clone)]
struct Fetch {
    data: Base64,
    media_type: &'static str,
    bytes: usize,
}

/// What is expected behind an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wanted {
    Document,
    Image,
}

/// Why there is nothing; the rest of a sentence.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("it is not an http or https address")]
    Address,
    #[error("its host is in a private network, where Patchbay does not look on behalf of others")]
    Private,
    #[error("it redirects more than {MAX_REDIRECTS} times")]
    Redirects,
    #[error("it redirects, but does not say where")]
    Lost,
    #[error("its server answered {0}")]
    Status(u16),
    #[error("it is larger than {} MB", MAX_BYTES >> 20)]
    Large,
    #[error("what is there is neither JPEG, PNG, GIF nor WebP")]
    NoImage,
    #[error("what is there is no PDF")]
    NoDocument,
    #[error("its server did not send it within {} seconds", PATIENCE.as_secs())]
    Slow,
    #[error("no connection to its host could be made, or it broke off")]
    Network,
}

impl Fetcher {
    pub(crate) fn new(guard: Guard) -> Self {
        Self {
            guard,
            patience: PATIENCE,
            client: OnceLock::new(),
        }
    }

    /// Puts bytes in the place of the addresses that the target does not fetch itself; `None` where there
    /// are none.
    ///
    /// # Errors
    /// `InvalidRequest`, with the address at fault and what is wrong with it.
    pub(crate) async fn inlined(
        &self,
        request: &Request,
        target: &Capabilities,
        fetched: &mut Fetched,
        losses: &mut Losses,
    ) -> Result<Option<Request>, ApiError> {
        let mut addresses = Vec::new();
        let mut count = |media: &Media, wanted: Wanted| {
            if let MediaSource::Url(url) = &media.source
                && !addresses.contains(&(url.clone(), wanted))
            {
                addresses.push((url.clone(), wanted));
            }
        };
        for part in parts(request) {
            each_medium(part, target, &mut count);
        }
        if addresses.is_empty() {
            return Ok(None);
        }
        if addresses.len() > MAX_ADDRESSES {
            return Err(ApiError::invalid_request(format!(
                "The request names {} images or files by address; for this model Patchbay has to fetch them and fetches at most {MAX_ADDRESSES}. Send the others as base64.",
                addresses.len()
            )));
        }
        let missing = addresses
            .iter()
            .filter(|(url, _)| !fetched.0.contains_key(url));
        let missing: Vec<_> = missing.cloned().collect();
        let mut fetches = stream::iter(missing.into_iter().map(async |(url, wanted)| {
            let fetch = self.fetch(&url, wanted).await;
            (url, fetch)
        }))
        .buffered(AT_ONCE);
        while let Some((url, fetch)) = fetches.next().await {
            let fetch = fetch.map_err(|problem| failed(&url, &problem))?;
            fetched.0.insert(url, fetch);
            if fetched.0.values().map(|fetch| fetch.bytes).sum::<usize>() > MAX_TOTAL {
                return Err(too_much());
            }
        }
        drop(fetches);
        let mut request = request.clone();
        let mut put = |media: &mut Media, _: Wanted| {
            if let MediaSource::Url(url) = &media.source
                && let Some(fetch) = fetched.0.get(url)
            {
                media.source = MediaSource::Base64(fetch.data.clone());
                media.media_type = Some(fetch.media_type.to_owned());
            }
        };
        for part in parts_mut(&mut request) {
            each_medium_mut(part, target, &mut put);
        }
        losses.emulated(
            "image_url",
            "was fetched by Patchbay and sent as bytes: the provider takes no addresses",
        );
        Ok(Some(request))
    }

    async fn fetch(&self, address: &str, wanted: Wanted) -> Result<Fetch, Problem> {
        let fetching = self.follow(address, wanted);
        let fetched = tokio::time::timeout(self.patience, fetching).await;
        fetched.unwrap_or(Err(Problem::Slow))
    }

    async fn follow(&self, address: &str, wanted: Wanted) -> Result<Fetch, Problem> {
        let mut url = Url::parse(address).map_err(|_| Problem::Address)?;
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.ask(url.clone()).await?;
            let status = answer.status();
            if !status.is_redirection() {
                if !status.is_success() {
                    return Err(Problem::Status(status.as_u16()));
                }
                return read(answer, wanted).await;
            }
            let location = answer.headers().get(header::LOCATION);
            let location = location.and_then(|location| location.to_str().ok());
            url = location
                .and_then(|location| url.join(location).ok())
                .ok_or(Problem::Lost)?;
        }
        Err(Problem::Redirects)
    }

    /// One request, to one address that was checked: a name by the guard when it is looked up, and what is
    /// an address already here.
    async fn ask(&self, url: Url) -> Result<Response, Problem> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Problem::Address);
        }
        let allowed = match url.host() {
            Some(url::Host::Ipv4(address)) => self.guard.allows(address.into()),
            Some(url::Host::Ipv6(address)) => self.guard.allows(address.into()),
            Some(url::Host::Domain(_)) => true,
            None => return Err(Problem::Address),
        };
        if !allowed {
            return Err(Problem::Private);
        }
        let client = self.client()?;
        let request = client.get(url).header(
            header::ACCEPT,
            HeaderValue::from_static("image/*, */*;q=0.5"),
        );
        request.send().await.map_err(|error| {
            if guard::is_refusal(&error) {
                Problem::Private
            } else {
                Problem::Network
            }
        })
    }

    fn client(&self) -> Result<&Client, Problem> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .dns_resolver(self.guard.clone())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .pool_max_idle_per_host(0)
            // A small answer that unpacks to a large one is no picture.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .connect_timeout(PATIENCE)
            .user_agent("patchbay")
            .build()
            .map_err(|_| Problem::Network)?;
        Ok(self.client.get_or_init(|| client))
    }
}

async fn read(mut answer: Response, wanted: Wanted) -> Result<Fetch, Problem> {
    let announced = answer.content_length().unwrap_or(0);
    if announced > MAX_BYTES as u64 {
        return Err(Problem::Large);
    }
    let mut whole = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Problem::Network)? {
        if whole.len() + chunk.len() > MAX_BYTES {
            return Err(Problem::Large);
        }
        whole.extend_from_slice(&chunk);
    }
    // The bytes themselves say what they are: servers guess.
    let data = Base64::from(BASE64_STANDARD.encode(&whole));
    let media_type = match (wanted, data.sniff()) {
        (Wanted::Image, Some(kind)) if kind.starts_with("image/") => kind,
        (Wanted::Document, Some(kind @ "application/pdf")) => kind,
        (Wanted::Image, _) => return Err(Problem::NoImage),
        (Wanted::Document, _) => return Err(Problem::NoDocument),
    };
    Ok(Fetch {
        data,
        media_type,
        bytes: whole.len(),
    })
}

/// Names the host and the path: a query may hold a signature.
fn failed(address: &str, problem: &Problem) -> ApiError {
    let shown = match Url::parse(address) {
        Ok(url) => format!("{}{}", url.host_str().unwrap_or_default(), url.path()),
        Err(_) => "an address of the request".to_owned(),
    };
    let message = format!(
        "Patchbay could not fetch {shown} for a model that takes no addresses: {problem}. Send it as base64."
    );
    ApiError::invalid_request(message).with_code("image_not_fetched")
}

fn too_much() -> ApiError {
    let most = MAX_TOTAL >> 20;
    let message = format!(
        "The images and files that the request names by address are larger than {most} MB together. Send fewer or smaller ones."
    );
    ApiError::new(ErrorKind::TooLarge, Fault::Client, message)
}

fn parts(request: &Request) -> impl Iterator<Item = &Part> {
    request.messages.iter().flat_map(|message| &message.parts)
}

fn parts_mut(request: &mut Request) -> impl Iterator<Item = &mut Part> {
    request
        .messages
        .iter_mut()
        .flat_map(|message| &mut message.parts)
}

/// Those that the target does not fetch itself, in tool results, too.
fn each_medium(part: &Part, target: &Capabilities, visit: &mut impl FnMut(&Media, Wanted)) {
    match part {
        Part::File(media) if !target.file_url => visit(media, Wanted::Document),
        Part::Image(media) if !target.image_url => visit(media, Wanted::Image),
        Part::ToolResult { parts, .. } => {
            for part in parts {
                each_medium(part, target, visit);
            }
        }
        Part::File(_)
        | Part::Image(_)
        | Part::Reasoning { .. }
        | Part::Refusal(_)
        | Part::Text(_)
        | Part::ToolCall { .. } => {}
    }
}

fn each_medium_mut(
    part: &mut Part,
    target: &Capabilities,
    visit: &mut impl FnMut(&mut Media, Wanted),
) {
    match part {
        Part::File(media) if !target.file_url => visit(media, Wanted::Document),
        Part::Image(media) if !target.image_url => visit(media, Wanted::Image),
        Part::ToolResult { parts, .. } => {
            for part in parts {
                each_medium_mut(part, target, visit);
            }
        }
        Part::File(_)
        | Part::Image(_)
        | Part::Reasoning { .. }
        | Part::Refusal(_)
        | Part::Text(_)
        | Part::ToolCall { .. } => {}
    }
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
