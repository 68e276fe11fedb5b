//! Which headers travel on, and which end here.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Room for those that are added afterwards, the connection's own among them: without it the map would be made anew
/// for each request.
const OWN: usize = 7;

/// Of one connection only, whatever `Connection` says.
///
/// Here and below the names are matched, not searched in lists: for nearly all of them it is their length that decides.
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Of the client and us: its credential for us, its page, its idea of encoding and length.
fn is_clients_own(name: &str) -> bool {
    matches!(
        name,
        "accept-encoding"
            | "api-key"
            | "authorization"
            | "content-encoding"
            | "content-length"
            | "content-type"
            | "cookie"
            | "dnt"
            | "expect"
            | "forwarded"
            | "host"
            | "origin"
            | "referer"
            | "x-api-key"
            | "x-goog-api-key"
            | "x-real-ip"
    ) || name.starts_with("access-control-")
        || name.starts_with("sec-")
        || name.starts_with("x-forwarded-")
        || name.starts_with("x-patchbay-")
        || name.starts_with("cf-")
}

/// Of the provider's own site: on our origin they would be false.
fn is_providers_own(name: &str) -> bool {
    matches!(
        name,
        "alt-svc"
            | "content-encoding"
            | "content-length"
            | "date"
            | "nel"
            | "report-to"
            | "server"
            | "set-cookie"
            | "strict-transport-security"
    ) || name.starts_with("access-control-")
        || name.starts_with("content-security-policy")
}

/// Names under which clients put their key into the query.
const QUERY_KEYS: [&str; 5] = ["access_token", "api_key", "apikey", "key", "token"];

/// A client's headers as they go on to a provider of the same protocol.
pub(crate) fn for_provider(from: &HeaderMap) -> HeaderMap {
    end_to_end(from, is_clients_own)
}

/// A provider's headers as they go on to a client of the same protocol.
pub(crate) fn for_client(from: &HeaderMap) -> HeaderMap {
    end_to_end(from, is_providers_own)
}

fn end_to_end(from: &HeaderMap, ends_here: impl Fn(&str) -> bool) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(from.len().max(OWN));
    for (name, value) in from {
        if !is_hop_by_hop(name.as_str()) && !ends_here(name.as_str()) {
            headers.append(name, value.clone());
        }
    }
    // A connection may name further headers as its own.
    for named in from.get_all(header::CONNECTION) {
        for name in named.to_str().unwrap_or_default().split(',') {
            if let Ok(name) = name.trim().parse::<HeaderName>() {
                headers.remove(name);
            }
        }
    }
    headers
}

/// A client's query as it goes on to a provider of the same protocol: without keys.
pub(crate) fn query_for_provider(query: &str) -> Option<String> {
    let parameters: Vec<&str> = query
        .split('&')
        .filter(|parameter| {
            let name = parameter.split('=').next().unwrap_or_default();
            !parameter.is_empty() && !QUERY_KEYS.contains(&name.to_ascii_lowercase().as_str())
        })
        .collect();
    (!parameters.is_empty()).then(|| parameters.join("&"))
}

/// The media type of a content type, without its parameters.
pub(crate) fn essence(headers: &HeaderMap) -> &str {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| HeaderValue::to_str(value).ok());
    essence_of(value.unwrap_or_default())
}

pub(crate) fn essence_of(content_type: &str) -> &str {
    let essence = content_type.split(';').next();
    essence.unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn edge_143_credentials_and_hop_by_hop_headers_end_here() {
        let from = map(&[
            ("authorization", "Bearer canary"),
            ("x-api-key", "canary"),
            ("cookie", "canary"),
            ("host", "127.0.0.1"),
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("sec-fetch-site", "none"),
            ("anthropic-version", "2023-06-01"),
            ("anthropic-beta", "a,b"),
            ("user-agent", "claude-cli/2"),
        ]);
        let expected = map(&[
            ("anthropic-version", "2023-06-01"),
            ("anthropic-beta", "a,b"),
            ("user-agent", "claude-cli/2"),
        ]);
        assert_eq!(for_provider(&from), expected);
    }

    #[test]
    fn a_providers_cookies_and_policies_do_not_reach_our_origin() {
        let from = map(&[
            ("set-cookie", "a=b"),
            ("strict-transport-security", "max-age=1"),
            ("content-length", "3"),
            ("access-control-allow-origin", "*"),
            ("request-id", "req_1"),
            ("retry-after", "3"),
        ]);
        let expected = map(&[("request-id", "req_1"), ("retry-after", "3")]);
        assert_eq!(for_client(&from), expected);
    }
}
