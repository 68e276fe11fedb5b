//! What went wrong on the way to a provider, in sentences that name the host and the cause.
//! None of them ever holds a header or a query.

use std::{error::Error as StdError, io, time::Duration};

use http::{HeaderMap, StatusCode, header};
use protocol::canonical::{ApiError, ErrorKind, Fault};
use reqwest::Url;
use store::config::Provider;

use crate::credentials::NO_CREDENTIAL;

pub(super) fn explain(
    error: &(dyn StdError + 'static),
    url: &Url,
    provider: &Provider,
) -> ApiError {
    let host = host(url);
    let id = &provider.id;
    let cause = cause(error);
    let (kind, message) = match cause {
        Cause::Refused => (
            ErrorKind::Unreachable,
            format!(
                "Nothing listens on {host} (provider `{id}`). Start it, or correct its base URL."
            ),
        ),
        Cause::NoSuchName => (
            ErrorKind::Unreachable,
            format!(
                "The name {host} leads nowhere (provider `{id}`). Check the base URL and this computer's connection."
            ),
        ),
        Cause::Tls(what) => (
            ErrorKind::Unreachable,
            format!("No secure connection to {host} (provider `{id}`) could be made: {what}."),
        ),
        Cause::NotInTime => (
            ErrorKind::Timeout,
            format!(
                "{host} (provider `{id}`) did not accept a connection within {}.",
                seconds(provider.timeouts.connect)
            ),
        ),
        Cause::Other(what) => (
            ErrorKind::Unreachable,
            format!("The request to {host} (provider `{id}`) failed: {what}."),
        ),
    };
    ApiError::new(kind, Fault::Network, message)
}

/// Whether a provider of the protocol has no such operation. One that does not know the model has it.
pub(crate) fn is_no_such_path(error: &ApiError) -> bool {
    let status = error.status.map(StatusCode::from_u16);
    let answered = matches!(
        status,
        Some(Ok(StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::NOT_IMPLEMENTED))
    );
    answered && error.code.as_deref() != Some("model_not_found")
}

/// The head of the answer did not come in time.
pub(super) fn no_answer(url: &Url, provider: &Provider) -> ApiError {
    let message = format!(
        "{} (provider `{}`) did not answer within {}.",
        host(url),
        provider.id,
        seconds(provider.timeouts.headers)
    );
    ApiError::new(ErrorKind::Timeout, Fault::Network, message)
}

/// The answer stopped coming in the middle.
pub(crate) fn silent(provider: &str, idle: Duration) -> ApiError {
    let message = format!(
        "The provider `{provider}` stopped sending in the middle of its answer: nothing came for {}.",
        seconds(idle)
    );
    ApiError::new(ErrorKind::Timeout, Fault::Network, message)
}

/// The connection broke in the middle of the answer.
pub(crate) fn cut_short(provider: &str, error: &reqwest::Error) -> ApiError {
    let what = match cause(error) {
        Cause::NotInTime => "it took too long".to_owned(),
        Cause::Other(what) | Cause::Tls(what) => what,
        Cause::NoSuchName | Cause::Refused => "the connection was refused".to_owned(),
    };
    let message = format!(
        "The connection to the provider `{provider}` broke off in the middle of its answer: {what}."
    );
    ApiError::new(ErrorKind::Unreachable, Fault::Network, message)
}

/// The code of [`redirected`]: the same answer would come again.
pub(crate) const REDIRECTED: &str = "upstream_redirect";

/// Another address instead of an answer. It is not followed: the credential is not for it.
pub(crate) fn redirected(headers: &HeaderMap, provider: &Provider) -> ApiError {
    let location = headers.get(header::LOCATION);
    let location = location.and_then(|location| location.to_str().ok());
    let to = location.and_then(|location| {
        let base = Url::parse(&provider.base_url).ok()?;
        let url = base.join(location).ok()?;
        Some(format!(" to {}{}", host(&url), url.path()))
    });
    let message = format!(
        "The provider `{}` redirects{}: correct its base URL.",
        provider.id,
        to.as_deref().unwrap_or(" elsewhere")
    );
    ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message).with_code(REDIRECTED)
}

pub(super) fn endless(provider: &Provider) -> ApiError {
    let message = format!(
        "The answer of the provider `{}` is too long to be one.",
        provider.id
    );
    ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message)
}

pub(super) fn packed(provider: &Provider) -> ApiError {
    let message = format!(
        "The provider `{}` sent a packed answer, which was not asked for and cannot be unpacked. Switch its compression off.",
        provider.id
    );
    ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message)
}

pub(super) fn bad_address(provider: &Provider) -> ApiError {
    let message = format!(
        "The base URL of the provider `{}` is not one. Correct it in the provider's settings.",
        provider.id
    );
    ApiError::new(ErrorKind::GatewayFault, Fault::Gateway, message)
}

pub(super) fn bad_key(provider: &Provider) -> ApiError {
    let message = format!(
        "The key for the provider `{}` holds characters that no header may carry. Enter it again.",
        provider.id
    );
    // As where there is none: no fault of the client's own.
    ApiError::new(ErrorKind::Authentication, Fault::Provider, message).with_code(NO_CREDENTIAL)
}

pub(super) fn no_client(error: &reqwest::Error) -> ApiError {
    let message = format!("Patchbay cannot make connections: {}.", innermost(error));
    ApiError::new(ErrorKind::GatewayFault, Fault::Gateway, message)
}

enum Cause {
    NoSuchName,
    NotInTime,
    Other(String),
    Refused,
    Tls(String),
}

fn cause(error: &(dyn StdError + 'static)) -> Cause {
    let full = error.downcast_ref::<reqwest::Error>();
    if full.is_some_and(reqwest::Error::is_timeout) {
        return Cause::NotInTime;
    }
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Cause::Tls(untrusted(tls));
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            match io.kind() {
                io::ErrorKind::ConnectionRefused => return Cause::Refused,
                io::ErrorKind::TimedOut => return Cause::NotInTime,
                _ => {}
            }
            // An I/O error hides what it wraps from `source`, which may be another one.
            if let Some(inner) = io.get_ref() {
                next = Some(inner);
                continue;
            }
        }
        next = error.source();
    }
    if full.is_some_and(reqwest::Error::is_dns) {
        return Cause::NoSuchName;
    }
    Cause::Other(innermost(error))
}

/// Why TLS did not come about.
fn untrusted(error: &rustls::Error) -> String {
    match error {
        // It said something that is no TLS.
        rustls::Error::InvalidMessage(_) => {
            "it does not speak TLS, so its base URL may have to begin with `http://`".to_owned()
        }
        other => other.to_string(),
    }
}

/// The last of a chain of causes, which says the most.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string().trim_end_matches('.').to_owned()
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
