//! Bodies and headers of an exchange until its row is written, and how credentials are taken out of them.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, header};
use protocol::{canonical::ApiError, realtime};
use store::{
    Secret,
    config::BodiesKept,
    exchanges::{Bodies, Body, Text},
    redact,
};

use super::{
    notes::Notes,
    tape::{self, Tape},
};
use crate::{auth::Token, credentials};

/// Headers as they are noted: lines of text in one piece of memory, because most are never looked at. A reference to
/// the buffer that they were read into would keep its connection from reading into it again.
pub(super) struct Noted(Vec<u8>);

impl Noted {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let lengths = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 2);
        let mut lines = Vec::with_capacity(lengths.sum());
        for (name, value) in headers {
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.push(b':');
            lines.extend_from_slice(value.as_bytes());
            lines.push(b'\n');
        }
        Self(lines)
    }

    pub(super) fn map(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in self.0.split(|byte| *byte == b'\n') {
            let mut halves = line.splitn(2, |byte| *byte == b':');
            let name = halves.next().and_then(|name| name.try_into().ok());
            let value = halves.next().and_then(|value| value.try_into().ok());
            if let (Some(name), Some(value)) = (name, value) {
                headers.append::<HeaderName>(name, value);
            }
        }
        headers
    }
}

/// What the row may still need of its request's head.
pub(super) struct Head {
    /// Path and query.
    pub(super) address: Text,
    pub(super) headers: Noted,
}

/// What went to a provider in one attempt, and what came back.
pub(super) struct Tried {
    pub(super) request: Vec<Bytes>,
    /// As noted before the protocol, the provider and the connection add theirs.
    pub(super) request_headers: Option<Noted>,
    /// Which of the tokens went with them.
    pub(super) token: Option<usize>,
    pub(super) response: Tape,
    pub(super) response_headers: Option<Noted>,
}

impl Tried {
    fn new(limit: usize) -> Self {
        Self {
            request: Vec::new(),
            request_headers: None,
            token: None,
            response: Tape::new(limit),
            response_headers: None,
        }
    }
}

/// Bodies and headers, as shared references.
pub(super) struct Kept {
    pub(super) client_request: Bytes,
    /// With the conversation that the request goes on with.
    pub(super) expanded_request: Option<Bytes>,
    /// The attempt that the row tells of.
    pub(super) tried: Tried,
    /// `None`: the same as the provider's.
    pub(super) client_response: Option<Tape>,
    pub(super) response_headers: Option<Noted>,
    /// All that were sent: some providers repeat them.
    pub(super) tokens: Vec<Token>,
    pub(super) wanted: BodiesKept,
    /// Of each answer; 0 keeps nothing.
    limit: usize,
}

impl Kept {
    pub(super) fn new(wanted: BodiesKept, limit: usize) -> Self {
        Self {
            client_request: Bytes::new(),
            expanded_request: None,
            tried: Tried::new(limit),
            client_response: Some(Tape::new(limit)),
            response_headers: None,
            tokens: Vec::new(),
            wanted,
            limit,
        }
    }

    /// Leaves nothing of the attempt behind but its token.
    pub(super) fn take_tried(&mut self) -> Tried {
        std::mem::replace(&mut self.tried, Tried::new(self.limit))
    }

    pub(super) fn redact(&self, error: &mut ApiError) {
        error.message = store::redact::redact_text(&error.message, &self.secrets());
    }

    fn secrets(&self) -> Vec<Secret> {
        let tokens = self.tokens.iter();
        tokens.map(|token| token.secret.clone()).collect()
    }

    /// Everything that may be kept, credentials taken out.
    pub(super) fn bodies(&mut self, head: &Head, notes: &Notes) -> Bodies {
        let limit = usize::MAX;
        let secrets = &self.secrets();
        let tried = &mut self.tried;
        let upstream_response = tried.response.take();
        let upstream_response = upstream_response.map(|body| without(secrets, body));
        let listed = |noted: &Noted| without(secrets, redacted(noted));
        Bodies {
            client_request: tape::body_of(std::slice::from_ref(&self.client_request), limit)
                .filter(|body| !body.bytes.is_empty()),
            upstream_request: tape::body_of(&tried.request, limit),
            client_response: match &mut self.client_response {
                Some(tape) => tape.take().map(|body| without(secrets, body)),
                None => upstream_response.clone(),
            },
            upstream_response,
            request_headers: Some(listed(&head.headers)),
            upstream_request_headers: tried.request_headers.as_ref().map(listed),
            upstream_response_headers: tried.response_headers.as_ref().map(listed),
            response_headers: self.response_headers.as_ref().map(listed),
            events: notes.lines().map(|body| without(secrets, body)),
        }
    }
}

/// A body that repeats a secret loses it, and one that was cut in the middle of a secret the piece of it too.
fn without(secrets: &[Secret], mut body: Body) -> Body {
    if body.truncated {
        let pieces = secrets
            .iter()
            .map(|secret| piece_at_end(&body.bytes, secret));
        let piece = pieces.max().unwrap_or(0);
        body.bytes.truncate(body.bytes.len() - piece);
    }
    Body {
        bytes: credentials::taken_out(body.bytes, secrets),
        ..body
    }
}

/// How many bytes of a secret's beginning stand at the end.
fn piece_at_end(bytes: &[u8], secret: &Secret) -> usize {
    let secret = secret.expose().as_bytes();
    let longest = bytes.len().min(secret.len().saturating_sub(1));
    let mut lengths = (1..=longest).rev();
    let found = lengths.find(|length| bytes.ends_with(&secret[..*length]));
    found.unwrap_or(0)
}

fn redacted(noted: &Noted) -> Body {
    let mut headers = noted.map();
    if headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        realtime::without_keys(&mut headers);
    }
    let pairs = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    Body::whole(Bytes::from(redact::headers_json(pairs)))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn noted_headers_come_back_as_they_were() {
        let mut headers = HeaderMap::new();
        let pairs: [(&'static str, &[u8]); 5] = [
            ("host", b"127.0.0.1:7229"),
            ("x-empty", b""),
            ("x-several", b"one"),
            ("x-several", b"two: three"),
            ("x-latin", b"caf\xe9\tau lait"),
        ];
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        assert_eq!(Noted::of(&headers).map(), headers);
        assert_eq!(Noted::of(&HeaderMap::new()).map(), HeaderMap::new());
    }
}
