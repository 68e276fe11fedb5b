//! Takes secrets out of what is kept: headers, addresses, error texts. Pure functions.

use std::borrow::Cow;

use crate::Secret;

/// Stands where a credential stood.
pub const GONE: &str = "…";

/// What is shorter may be a word of any text: people write `none` or `test` where no key is needed.
pub const SHORTEST: usize = 16;

const SECRET_HEADERS: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
];

/// Wherever one of these stands in a header's name, its value is taken for a credential.
const SECRET_WORDS: [&str; 5] = ["api-key", "apikey", "password", "secret", "token"];

/// The same, but a provider may be configured with such a header: a relay before it asks for a second credential,
/// and an account has room for one.
const HIDDEN_WORDS: [&str; 7] = [
    "access-key",
    "auth-key",
    "authorization",
    "credential",
    "functions-key",
    "jwt",
    "subscription-key",
];

/// What providers count: `x-ratelimit-remaining-tokens` holds a number that people look for.
const COUNTED: &str = "ratelimit";

const SECRET_PARAMETERS: [&str; 6] = [
    "access_token",
    "api_key",
    "apikey",
    "key",
    "session",
    "token",
];

/// Whether a header's value is a credential that belongs to an account, whatever the case of its name.
pub fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_HEADERS.contains(&name.as_str())
        || SECRET_WORDS.iter().any(|word| name.contains(word)) && !name.contains(COUNTED)
}

/// Whether a header's value may be a credential of any kind.
fn is_hidden(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_secret_header(name)
        || HIDDEN_WORDS.iter().any(|word| lower.contains(word))
        // As in `helicone-auth`; `www-authenticate` says what is asked for.
        || lower == "auth"
        || lower.ends_with("-auth")
}

/// A JSON list of `[name, value]` pairs in the given order, credentials replaced by `…`.
pub fn headers_json<'a>(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let pairs: Vec<(&str, String)> = headers
        .into_iter()
        .map(|(name, value)| {
            let value = if is_hidden(name) {
                GONE.to_owned()
            } else {
                redact_url(&String::from_utf8_lossy(value)).into_owned()
            };
            (name, value)
        })
        .collect();
    serde_json::to_string(&pairs).unwrap_or_default()
}

/// A path or an address in which the values of `key`, `token` and the like are replaced by `…`.
pub fn redact_url(url: &str) -> Cow<'_, str> {
    let Some((path, query)) = url.split_once('?') else {
        return url.into();
    };
    let parameters: Vec<String> = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if is_secret_parameter(name) => format!("{name}={GONE}"),
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{path}?{}", parameters.join("&")).into()
}

/// `text` without any of the secrets, for error texts that repeat what we sent. One that is short goes only where it
/// is a word by itself: `x` for a key shall not make anything else of `context_length_exceeded`.
pub fn redact_text(text: &str, secrets: &[Secret]) -> String {
    secrets
        .iter()
        .map(Secret::expose)
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| {
            if secret.len() < SHORTEST {
                without_word(&text, secret)
            } else {
                text.replace(secret, GONE)
            }
        })
}

fn without_word(text: &str, word: &str) -> String {
    let belongs =
        |next: Option<char>| next.is_some_and(|char| char.is_alphanumeric() || char == '_');
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices(word) {
        let end = at + word.len();
        let is_part =
            belongs(text[..at].chars().next_back()) || belongs(text[end..].chars().next());
        if !is_part {
            out.push_str(&text[done..at]);
            out.push_str(GONE);
            done = end;
        }
    }
    out.push_str(&text[done..]);
    out
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

    #[test]
    fn a_short_key_is_gone_where_it_is_a_word_and_breaks_no_other() {
        let of = |key: &str, text: &str| redact_text(text, &[Secret::new(key.to_owned())]);
        assert_eq!(
            of("x", "context_length_exceeded: bad key x."),
            "context_length_exceeded: bad key …."
        );
        assert_eq!(of("1", "5001 tokens, max 1_000"), "5001 tokens, max 1_000");
        assert_eq!(
            of("hunter2", "\"hunter2\" hunter2 hunter22"),
            "\"…\" … hunter22"
        );
        let long = "a-key-of-16-char";
        assert_eq!(of(long, "xa-key-of-16-charx"), "x…x");
    }

    #[test]
    fn names_that_speak_of_a_secret_lose_their_value() {
        let headers = [
            "X-Vault-Token",
            "x-client-secret",
            "OpenAI-Api-Key-Id",
            "Ocp-ApiKey",
            "X-Password-Old",
            "authorization",
            "x-team",
            "content-type",
            "x-ratelimit-remaining-tokens",
            "anthropic-ratelimit-tokens-limit",
            "Helicone-Auth",
            "X-Auth-Key",
            "cf-aig-authorization",
            "Ocp-Apim-Subscription-Key",
            "x-functions-key",
            "X-Access-Key",
            "cf-access-jwt-assertion",
            "X-Amz-Credential",
            "auth",
            "www-authenticate",
            "x-author",
            "idempotency-key",
        ];
        let json = headers_json(headers.map(|name| (name, b"canary".as_slice())));
        assert_eq!(
            json,
            r#"[["X-Vault-Token","…"],["x-client-secret","…"],["OpenAI-Api-Key-Id","…"],["Ocp-ApiKey","…"],["X-Password-Old","…"],["authorization","…"],["x-team","canary"],["content-type","canary"],["x-ratelimit-remaining-tokens","canary"],["anthropic-ratelimit-tokens-limit","canary"],["Helicone-Auth","…"],["X-Auth-Key","…"],["cf-aig-authorization","…"],["Ocp-Apim-Subscription-Key","…"],["x-functions-key","…"],["X-Access-Key","…"],["cf-access-jwt-assertion","…"],["X-Amz-Credential","…"],["auth","…"],["www-authenticate","canary"],["x-author","canary"],["idempotency-key","canary"]]"#
        );
    }

    proptest::proptest! {
        #[test]
        fn a_secret_word_anywhere_in_a_name_hides_the_value(
            before in "([a-z]{1,6}-)?",
            word in proptest::sample::select([&SECRET_WORDS[..], &HIDDEN_WORDS].concat()),
            capitals in proptest::prelude::any::<u16>(),
            after in "(-[a-z]{1,6})?",
        ) {
            let word: String = word
                .chars()
                .enumerate()
                .map(|(at, letter)| match capitals >> at & 1 {
                    0 => letter,
                    _ => letter.to_ascii_uppercase(),
                })
                .collect();
            let name = format!("{before}{word}{after}");
            let json = headers_json([(name.as_str(), b"canary-0".as_slice())]);
            proptest::prop_assert!(!json.contains("canary-0"), "{}", json);
        }
    }
}
