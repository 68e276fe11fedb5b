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
            // Cut in place it would hold on to all of its memory while it waits.
            self.bytes = Bytes::copy_from_slice(&self.bytes[..max_bytes]);
            self.truncated = true;
        }
    }
}

impl Bodies {
    /// Lists of headers stay whole: a piece of JSON could not be read.
    pub(super) fn cut(&mut self, max_bytes: usize) {
        for (part, body) in self.parts_mut() {
            if let Some(body) = body
                && !part.ends_with("_headers")
            {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    struct Owned(
        Vec<u8>,
        #[expect(dead_code, reason = "counts the owners")] Arc<()>,
    );

    impl AsRef<[u8]> for Owned {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    #[test]
    fn what_is_cut_off_takes_no_memory() {
        let owners = Arc::new(());
        let owned = Owned(vec![b'x'; 99], Arc::clone(&owners));
        let mut body = Body::whole(Bytes::from_owner(owned));
        body.cut(99);
        assert_eq!((Arc::strong_count(&owners), body.truncated), (2, false));
        body.cut(98);
        assert_eq!((Arc::strong_count(&owners), body.truncated), (1, true));
        assert_eq!(body.bytes, vec![b'x'; 98]);
    }
}
