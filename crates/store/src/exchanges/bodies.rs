//! What was sent and received, kept apart from the rows and cut at a limit.

use bytes::Bytes;

/// The parts of an exchange as bytes. Headers are redacted JSON; events are lines of JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bodies {
    pub client_request: Option<Body>,
    pub upstream_request: Option<Body>,
    pub upstream_response: Option<Body>,
    pub client_response: Option<Body>,
    pub request_headers: Option<Body>,
    pub upstream_request_headers: Option<Body>,
    pub upstream_response_headers: Option<Body>,
    pub response_headers: Option<Body>,
    pub events: Option<Body>,
}

/// The beginning of something, or all of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    pub bytes: Bytes,
    /// There was more.
    pub truncated: bool,
}

impl Body {
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
            truncated: false,
        }
    }

    fn cut(&mut self, max_bytes: usize) {
        if self.bytes.len() > max_bytes {
            self.bytes.truncate(max_bytes);
            self.truncated = true;
        }
    }
}

impl Bodies {
    pub(super) fn cut(&mut self, max_bytes: usize) {
        for (_, body) in self.parts_mut() {
            if let Some(body) = body {
                body.cut(max_bytes);
            }
        }
    }

    pub(super) fn size(&self) -> usize {
        self.parts()
            .filter_map(|(_, body)| body.as_ref())
            .map(|body| body.bytes.len())
            .sum()
    }

    /// Each part under its name in the database.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&'static str, &Option<Body>)> {
        [
            ("client_request", &self.client_request),
            ("upstream_request", &self.upstream_request),
            ("upstream_response", &self.upstream_response),
            ("client_response", &self.client_response),
            ("request_headers", &self.request_headers),
            ("upstream_request_headers", &self.upstream_request_headers),
            ("upstream_response_headers", &self.upstream_response_headers),
            ("response_headers", &self.response_headers),
            ("events", &self.events),
        ]
        .into_iter()
    }

    /// The same, to be filled.
    pub(super) fn parts_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut Option<Body>)> {
        [
            ("client_request", &mut self.client_request),
            ("upstream_request", &mut self.upstream_request),
            ("upstream_response", &mut self.upstream_response),
            ("client_response", &mut self.client_response),
            ("request_headers", &mut self.request_headers),
            (
                "upstream_request_headers",
                &mut self.upstream_request_headers,
            ),
            (
                "upstream_response_headers",
                &mut self.upstream_response_headers,
            ),
            ("response_headers", &mut self.response_headers),
            ("events", &mut self.events),
        ]
        .into_iter()
    }
}
