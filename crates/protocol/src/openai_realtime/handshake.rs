//! What a handshake says before the first event: the model, and keys in places where browsers can put one.

use http::{HeaderMap, HeaderValue, header};

use crate::query;

/// The only subprotocol that is ever agreed on; the others that clients offer carry something.
pub const SUBPROTOCOL: &str = "realtime";
const KEY_ITEM: &str = "openai-insecure-api-key.";

/// The model that the address names; an empty one counts as none.
pub fn model(query: Option<&str>) -> Option<String> {
    query::parameter(query?, "model")
}

/// What the client offers, in order.
pub(super) fn subprotocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// The keys among them.
pub fn keys(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    subprotocols(headers).filter_map(|item| item.strip_prefix(KEY_ITEM))
}

fn is_key_item(item: &str) -> bool {
    item.starts_with(KEY_ITEM)
}

/// The same headers without keys in places where nobody looks for secrets.
pub fn without_keys(headers: &mut HeaderMap) {
    let rest: Vec<&str> = subprotocols(headers)
        .filter(|item| !is_key_item(item))
        .collect();
    let rest = HeaderValue::from_str(&rest.join(", "));
    headers.remove(header::SEC_WEBSOCKET_PROTOCOL);
    if let Ok(rest) = rest
        && !rest.is_empty()
    {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, rest);
    }
}

/// Whether the address has such a parameter, with a value or without.
pub(super) fn names(query: Option<&str>, wanted: &str) -> bool {
    let mut pairs = query.unwrap_or_default().split('&');
    pairs.any(|pair| pair.split('=').next() == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offering(values: &[&'static str]) -> HeaderMap {
        let name = || header::SEC_WEBSOCKET_PROTOCOL;
        let pairs = values
            .iter()
            .map(|value| (name(), HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn edge_147_a_key_may_stand_among_the_subprotocols_and_goes_no_further() {
        let mut headers = offering(&[
            "realtime, openai-insecure-api-key.canary-1",
            "openai-beta.realtime-v1",
        ]);
        assert_eq!(keys(&headers).collect::<Vec<_>>(), ["canary-1"]);
        without_keys(&mut headers);
        assert_eq!(headers, offering(&["realtime, openai-beta.realtime-v1"]));
        let mut alone = offering(&["openai-insecure-api-key.canary-1"]);
        without_keys(&mut alone);
        assert!(alone.is_empty());
    }

    #[test]
    fn the_model_stands_in_the_address() {
        for (query, expected) in [
            (None, None),
            (Some("model="), None),
            (Some("model"), None),
            (Some("a=b&model=echo%2Fecho&c"), Some("echo/echo")),
            (Some("model=my+alias"), Some("my alias")),
        ] {
            assert_eq!(model(query).as_deref(), expected, "{query:?}");
        }
    }
}
