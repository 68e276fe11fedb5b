//! Takes secrets out of what is kept: headers, addresses, error texts. Pure functions.

use crate::Secret;

const GONE: &str = "…";

const SECRET_HEADERS: [&str; 9] = [
    "api-key",
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-amz-security-token",
    "x-api-key",
    "x-auth-token",
    "x-goog-api-key",
];

const SECRET_PARAMETERS: [&str; 6] = [
    "access_token",
    "api_key",
    "apikey",
    "key",
    "session",
    "token",
];

/// Whether a header's value is a credential, whatever the case of its name.
pub fn is_secret_header(name: &str) -> bool {
    SECRET_HEADERS
        .iter()
        .any(|secret| name.eq_ignore_ascii_case(secret))
}

/// A JSON list of `[name, value]` pairs in the given order, credentials replaced by `…`.
pub fn headers_json<'a>(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let pairs: Vec<(&str, String)> = headers
        .into_iter()
        .map(|(name, value)| {
            let value = if is_secret_header(name) {
                GONE.to_owned()
            } else {
                redact_url(&String::from_utf8_lossy(value))
            };
            (name, value)
        })
        .collect();
    serde_json::to_string(&pairs).unwrap_or_default()
}

/// A path or an address in which the values of `key`, `token` and the like are replaced by `…`.
pub fn redact_url(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let parameters: Vec<String> = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if is_secret_parameter(name) => format!("{name}={GONE}"),
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{path}?{}", parameters.join("&"))
}

/// `text` without any of the secrets, for error texts that repeat what we sent.
pub fn redact_text(text: &str, secrets: &[Secret]) -> String {
    secrets
        .iter()
        .map(Secret::expose)
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| text.replace(secret, GONE))
}

fn is_secret_parameter(name: &str) -> bool {
    SECRET_PARAMETERS
        .iter()
        .any(|secret| name.eq_ignore_ascii_case(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_their_order_and_lose_their_credentials() {
        let json = headers_json([
            ("content-type", b"application/json".as_slice()),
            ("Authorization", b"Bearer canary"),
            ("X-Api-Key", b"canary"),
            ("x-goog-api-key", b"canary"),
            ("cookie", b"canary"),
            ("set-cookie", b"canary"),
            ("proxy-authorization", b"canary"),
            ("referer", b"http://localhost/?key=canary&a=b"),
            ("x-odd", b"\xff"),
        ]);
        assert_eq!(
            json,
            r#"[["content-type","application/json"],["Authorization","…"],["X-Api-Key","…"],["x-goog-api-key","…"],["cookie","…"],["set-cookie","…"],["proxy-authorization","…"],["referer","http://localhost/?key=…&a=b"],["x-odd","�"]]"#
        );
    }

    #[test]
    fn addresses_lose_their_secret_parameters() {
        assert_eq!(
            redact_url("/v1/x?alt=sse&key=canary"),
            "/v1/x?alt=sse&key=…"
        );
        assert_eq!(redact_url("/v1/x?Token=canary&b"), "/v1/x?Token=…&b");
        assert_eq!(redact_url("/v1/keys"), "/v1/keys");
    }

    #[test]
    fn texts_lose_the_given_secrets() {
        let secrets = [
            Secret::new("canary-1".to_owned()),
            Secret::new(String::new()),
        ];
        assert_eq!(
            redact_text("bad key canary-1 (canary-1)", &secrets),
            "bad key … (…)"
        );
    }
}
