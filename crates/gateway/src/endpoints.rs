//! The one table: method and path to what is asked, and in which protocol.

use std::borrow::Cow;

use http::{HeaderMap, Method, Uri, header};
use percent_encoding::percent_decode_str;
use protocol::{About, Operation, Protocol};

use crate::sockets;

/// What a path of the client API means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Endpoint<'a> {
    /// A question about the server that clients take us for.
    About(Protocol, About),
    /// A request to a model; leaves a row in the log.
    Exchange(Protocol, Operation),
    /// One model, by a name in the body.
    Described,
    Health,
    /// A reply that was kept, by its id.
    Kept(&'a str),
    /// The same, to end the work on it.
    KeptCancel(&'a str),
    /// What was asked for it.
    KeptInput(&'a str),
    /// One model, by its id, which may hold slashes.
    Model(Cow<'a, str>),
    Models,
    /// A conversation over a socket.
    Realtime,
}

impl Endpoint<'_> {
    /// The methods it answers, for `allow`.
    pub(crate) fn methods(&self) -> &'static str {
        match self {
            Self::Described | Self::Exchange(..) | Self::KeptCancel(_) => "POST, OPTIONS",
            Self::Kept(_) => "GET, HEAD, DELETE, OPTIONS",
            Self::Realtime => "GET, OPTIONS",
            Self::About(..) | Self::Health | Self::KeptInput(_) | Self::Model(_) | Self::Models => {
                "GET, HEAD, OPTIONS"
            }
        }
    }

    /// The protocol whose replies are asked for over a socket where others post.
    pub(crate) fn socket(&self, method: &Method, headers: &HeaderMap) -> Option<Protocol> {
        match self {
            Self::Exchange(protocol @ Protocol::OpenAiResponses, Operation::Chat)
                if method == Method::GET && sockets::is_wanted(headers) =>
            {
                Some(*protocol)
            }
            _ => None,
        }
    }

    pub(crate) fn answers(&self, method: &Method) -> bool {
        let methods = self.methods();
        // The one that is first is asked for most.
        methods
            .strip_prefix(method.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
            || methods.split(", ").any(|known| known == method.as_str())
    }
}

const EXCHANGES: &[(&str, Protocol, Operation)] = &[
    ("/chat/completions", Protocol::OpenAiChat, Operation::Chat),
    ("/completions", Protocol::OpenAiChat, Operation::Complete),
    ("/embeddings", Protocol::OpenAiChat, Operation::Embed),
    ("/messages", Protocol::Anthropic, Operation::Chat),
    (
        "/messages/count_tokens",
        Protocol::Anthropic,
        Operation::CountTokens,
    ),
    ("/responses", Protocol::OpenAiResponses, Operation::Chat),
    (
        "/responses/compact",
        Protocol::OpenAiResponses,
        Operation::Compact,
    ),
    (
        "/responses/input_tokens",
        Protocol::OpenAiResponses,
        Operation::CountTokens,
    ),
];

/// Paths of a protocol that has no version in them: exactly these, because the others of the same beginning are
/// somebody else's.
const UNVERSIONED: [(&str, Endpoint<'static>); 9] = [
    (
        "/api/chat",
        Endpoint::Exchange(Protocol::Ollama, Operation::Chat),
    ),
    // Not the vendor's: servers in front of it call it so, and what is asked there streams unless told otherwise.
    (
        "/api/chat/stream",
        Endpoint::Exchange(Protocol::Ollama, Operation::Chat),
    ),
    (
        "/api/embed",
        Endpoint::Exchange(Protocol::Ollama, Operation::Embed),
    ),
    (
        "/api/embeddings",
        Endpoint::Exchange(Protocol::Ollama, Operation::Embed),
    ),
    (
        "/api/generate",
        Endpoint::Exchange(Protocol::Ollama, Operation::Complete),
    ),
    ("/api/ps", Endpoint::About(Protocol::Ollama, About::Loaded)),
    ("/api/show", Endpoint::Described),
    ("/api/tags", Endpoint::Models),
    (
        "/api/version",
        Endpoint::About(Protocol::Ollama, About::Version),
    ),
];

/// Behind the last colon of a path that names a model.
const VERBS: [(&str, Operation); 5] = [
    ("batchEmbedContents", Operation::Embed),
    ("countTokens", Operation::CountTokens),
    ("embedContent", Operation::Embed),
    ("generateContent", Operation::Chat),
    ("streamGenerateContent", Operation::Chat),
];

/// Versions that a path may begin with, and which of them only one protocol has.
const VERSIONS: [(&str, Option<Protocol>); 3] = [
    ("/v1", None),
    ("/v1alpha", Some(Protocol::Gemini)),
    ("/v1beta", Some(Protocol::Gemini)),
];

/// The endpoint at a path; base URLs are typed in with and without `/v1`, so both work, doubled too.
pub(crate) fn find(path: &str) -> Option<Endpoint<'_>> {
    // What most clients ask for, several times in each request.
    if let Some(path) = path.strip_prefix("/v1")
        && let Some(endpoint) = exchange_at(path)
    {
        return Some(endpoint);
    }
    if path.trim_end_matches('/') == "/health" {
        return Some(Endpoint::Health);
    }
    let unversioned = without_versions(single_slash(path.trim_end_matches('/')));
    if let Some((_, endpoint)) = UNVERSIONED.iter().find(|(known, _)| *known == unversioned) {
        return Some(endpoint.clone());
    }
    let path = below_version(path);
    if path == "/realtime" {
        return Some(Endpoint::Realtime);
    }
    if let Some(operation) = asked_of_model(path) {
        return Some(Endpoint::Exchange(Protocol::Gemini, operation));
    }
    if let Some(endpoint) = exchange_at(path) {
        return Some(endpoint);
    }
    if let Some(id) = path.strip_prefix("/responses/") {
        let (id, below) = id.split_once('/').unwrap_or((id, ""));
        return match below {
            _ if !is_reply_id(id) => None,
            "" => Some(Endpoint::Kept(id)),
            "cancel" => Some(Endpoint::KeptCancel(id)),
            "input_items" => Some(Endpoint::KeptInput(id)),
            _ => None,
        };
    }
    match path.strip_prefix("/models")? {
        "" => Some(Endpoint::Models),
        id => {
            let id = id.strip_prefix('/')?;
            let id = percent_decode_str(id).decode_utf8_lossy();
            Some(Endpoint::Model(id))
        }
    }
}

/// At a path below the version.
fn exchange_at(path: &str) -> Option<Endpoint<'static>> {
    let known = EXCHANGES.iter().find(|(known, ..)| *known == path);
    known.map(|(_, protocol, operation)| Endpoint::Exchange(*protocol, *operation))
}

fn is_reply_id(id: &str) -> bool {
    id.starts_with("resp_")
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// What is asked for in the path itself: `/models/<id>:generateContent`.
fn asked_of_model(path: &str) -> Option<Operation> {
    let path = percent_decode_str(path).decode_utf8_lossy();
    let (name, verb) = path.rsplit_once(':')?;
    // In a folder, be it of models or, where clients leave that out, a provider's.
    if name.matches('/').count() < 2 {
        return None;
    }
    let known = VERBS.iter().find(|(known, _)| *known == verb);
    known.map(|(_, operation)| *operation)
}

/// The protocol to answer in where the path alone does not say it.
pub(crate) fn dialect(uri: &Uri, headers: &HeaderMap) -> Protocol {
    let path = uri.path();
    let found = find(path);
    // Anybody's client may send an access key under this name; only where nothing else tells is it a sign.
    let key_tells = found.is_none();
    match found {
        Some(Endpoint::About(protocol, _) | Endpoint::Exchange(protocol, _)) => protocol,
        Some(Endpoint::Described) => Protocol::Ollama,
        Some(Endpoint::Models) | None if is_unversioned(path) => Protocol::Ollama,
        Some(Endpoint::Kept(_) | Endpoint::KeptCancel(_) | Endpoint::KeptInput(_)) => {
            Protocol::OpenAiResponses
        }
        Some(Endpoint::Realtime) => Protocol::OpenAiRealtime,
        Some(Endpoint::Health | Endpoint::Model(_) | Endpoint::Models) | None => {
            let anthropic = headers.contains_key("anthropic-version")
                || key_tells && headers.contains_key("x-api-key")
                || below_version(path).starts_with("/messages");
            let gemini = headers.contains_key("x-goog-api-key")
                || versions(path).any(|version| version == Some(Protocol::Gemini));
            if gemini {
                Protocol::Gemini
            } else if anthropic {
                Protocol::Anthropic
            } else if below_version(path).starts_with("/responses") {
                Protocol::OpenAiResponses
            } else if has_key(uri) {
                Protocol::Gemini
            } else {
                Protocol::USUAL
            }
        }
    }
}

/// Whether the client's key is in the address, where clients of one protocol put it.
fn has_key(uri: &Uri) -> bool {
    let mut query = uri.query().unwrap_or_default().split('&');
    query.any(|pair| pair.starts_with("key="))
}

/// Whose clients look for their model server with a request for the root page that is none of a browser's.
pub(crate) fn probe(path: &str, method: &Method, headers: &HeaderMap) -> Option<Protocol> {
    let mut accepted = headers.get_all(header::ACCEPT).iter();
    let wants_page = accepted.any(|kinds| {
        let kinds = kinds.to_str().unwrap_or_default();
        kinds.contains("text/html")
    });
    // Only our own pages have a cookie for us.
    let is_page = wants_page || headers.contains_key(header::COOKIE);
    let is_probe = path == "/" && (method == Method::GET || method == Method::HEAD) && !is_page;
    is_probe.then_some(Protocol::Ollama)
}

/// Whether a path is one below `/api` that has no version.
fn is_unversioned(path: &str) -> bool {
    let path = without_versions(single_slash(path));
    let below = path
        .strip_prefix("/api/")
        .map(|rest| rest.trim_start_matches('/'));
    let theirs = |rest: &str| {
        let first = rest.split('/').next();
        matches!(
            first,
            Some("messages" | "models" | "v1" | "v1alpha" | "v1beta")
        )
    };
    below.is_some_and(|rest| !theirs(rest))
}

/// The path without `/api`, any number of versions, and slashes too many.
fn below_version(path: &str) -> &str {
    without_versions(below_api(path))
}

fn without_versions(mut path: &str) -> &str {
    while let Some((_, rest)) = version(path) {
        path = rest;
    }
    path
}

fn versions(path: &str) -> impl Iterator<Item = Option<Protocol>> {
    let mut path = below_api(path);
    std::iter::from_fn(move || {
        let (owner, rest) = version(path)?;
        path = rest;
        Some(owner)
    })
}

fn below_api(path: &str) -> &str {
    let path = single_slash(path.trim_end_matches('/'));
    match path.strip_prefix("/api") {
        Some(rest) if rest.starts_with('/') => single_slash(rest),
        Some(_) | None => path,
    }
}

/// Whose the version is that the path begins with, and what is behind it.
fn version(path: &str) -> Option<(Option<Protocol>, &str)> {
    VERSIONS.iter().find_map(|(version, owner)| {
        let rest = path.strip_prefix(version)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| (*owner, single_slash(rest)))
    })
}

fn single_slash(mut path: &str) -> &str {
    while path.starts_with("//") {
        path = &path[1..];
    }
    path
}

#[cfg(test)]
#[path = "endpoints_tests.rs"]
mod tests;
