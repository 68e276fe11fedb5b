//! The headers that went to the provider, complete. What the protocol, the provider and the connection add to
//! them is known without notes, so that only rows that are looked at pay for it.

use http::{HeaderName, Method};
use protocol::{Protocol, upstream_codec};
use store::redact::GONE;

use super::{Record, kept::Noted};
use crate::upstream::Call;

impl Record {
    /// Adds what went out beside the headers that were noted.
    pub(super) fn complete_headers(&mut self) {
        let config = self.app.config.current();
        let provider = self.row.provider.as_deref();
        let provider = provider.and_then(|id| config.provider(id));
        let protocol = self.row.upstream_protocol.as_deref();
        let protocol = protocol.and_then(Protocol::of);
        let tried = &self.kept.tried;
        let noted = tried.request_headers.as_ref();
        let (Some(provider), Some(protocol), Some(noted)) = (provider, protocol, noted) else {
            return;
        };
        let credential = tried.token.and_then(|token| self.kept.tokens.get(token));
        let call = Call {
            method: Method::POST,
            provider,
            codec: upstream_codec(protocol),
            path: "",
            query: None,
            headers: noted.map(),
            credential,
            body: tried.request.clone(),
            stream: self.row.stream,
        };
        if let Ok(mut whole) = self.app.upstream.headers_of(call) {
            // What people configure here is a credential as often as not, under names that nobody can know.
            for name in provider.headers.keys() {
                if let (Ok(name), Ok(gone)) = (name.parse::<HeaderName>(), GONE.parse()) {
                    whole.insert(name, gone);
                }
            }
            self.kept.tried.request_headers = Some(Noted::of(&whole));
        }
    }
}
