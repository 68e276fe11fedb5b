//! The three vocabularies of one protocol, and how a connection chooses its own.

use http::HeaderMap;

use super::handshake::{names, subprotocols};
use crate::query::parameter;

const BETA_HEADER: &str = "openai-beta";
const BETA_VALUE: &str = "realtime=v1";
const BETA_ITEM: &str = "openai-beta.realtime-v1";

/// The words of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dialect {
    /// The vendor's first names, to which clients of that time opt in.
    Beta,
    /// The vendor's names of today.
    Ga,
    /// Six plain events (`message.created`, `content.delta` …), as relays describe them.
    Simple,
}

impl Dialect {
    pub const ALL: [Self; 3] = [Self::Beta, Self::Ga, Self::Simple];

    pub fn word(self) -> &'static str {
        match self {
            Self::Beta => "beta",
            Self::Ga => "ga",
            Self::Simple => "simple",
        }
    }

    /// The type of text that the model wrote.
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Beta => "text",
            Self::Ga | Self::Simple => "output_text",
        }
    }

    /// What the handshake asks for. The vendor's own clients say which model they want in the address, or offer the
    /// vendor's subprotocol: whoever does neither follows the simple guides.
    pub fn of(query: Option<&str>, headers: &HeaderMap) -> Self {
        let asked = query.and_then(|query| parameter(query, "dialect"));
        let asked = asked.and_then(|word| Self::ALL.into_iter().find(|known| known.word() == word));
        if let Some(asked) = asked {
            return asked;
        }
        let opts_in = headers.get_all(BETA_HEADER).iter().any(|value| {
            let value = value.to_str().unwrap_or_default();
            value.split(',').any(|word| word.trim() == BETA_VALUE)
        });
        if opts_in || subprotocols(headers).any(|item| item == BETA_ITEM) {
            return Self::Beta;
        }
        let named = ["call_id", "intent", "model"]
            .iter()
            .any(|name| names(query, name));
        if named || subprotocols(headers).next().is_some() {
            Self::Ga
        } else {
            Self::Simple
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn the_handshake_chooses_the_words() {
        for (query, header, expected) in [
            (None, None, Dialect::Simple),
            (Some("key=k"), None, Dialect::Simple),
            (Some("model=m"), None, Dialect::Ga),
            (Some("model="), None, Dialect::Ga),
            (Some("intent=transcription"), None, Dialect::Ga),
            (
                None,
                Some(("sec-websocket-protocol", "realtime")),
                Dialect::Ga,
            ),
            (
                Some("model=m"),
                Some((
                    "sec-websocket-protocol",
                    "realtime, openai-beta.realtime-v1",
                )),
                Dialect::Beta,
            ),
            (
                Some("model=m"),
                Some(("openai-beta", "assistants=v2, realtime=v1")),
                Dialect::Beta,
            ),
            (
                Some("model=m&dialect=ga"),
                Some(("openai-beta", "realtime=v1")),
                Dialect::Ga,
            ),
            (Some("model=m&dialect=simple"), None, Dialect::Simple),
            (Some("model=m&dialect=klingon"), None, Dialect::Ga),
        ] {
            let header = header.map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            let headers = header.into_iter().collect();
            assert_eq!(
                Dialect::of(query, &headers),
                expected,
                "{query:?} {headers:?}"
            );
        }
    }
}
