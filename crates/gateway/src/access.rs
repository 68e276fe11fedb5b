//! Who may call: programs on this computer, pages from the allow-list, holders of an access key.
//!
//! A port on loopback is open to every web page that runs in a browser on the same computer, so each
//! route checks `Host` (against rebound names), `Origin` and `Sec-Fetch-Site`.

use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use percent_encoding::percent_decode_str;
use protocol::{
    canonical::{ApiError, ErrorKind, Fault},
    realtime,
};
use store::Config;

use crate::{
    admin,
    app::App,
    codings,
    endpoints::{self, Endpoint},
    headers::essence,
    refusals, reply, unread,
};

/// Carried by requests of the window, which never touch the network.
#[derive(Clone, Copy, Debug)]
pub struct InProcess;

/// Pages of editors' own panels, which no website can be.
const EDITOR_PAGES: [&str; 2] = ["vscode-webview://", "app://"];
/// How long a browser may remember a preflight's answer, in seconds.
const REMEMBER: HeaderValue = HeaderValue::from_static("600");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "x-patchbay-exchange, x-patchbay-loss, x-request-id, request-id, retry-after",
);
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
/// Where clients put a key that can send no headers; the log shows none of them.
const KEY_PARAMETERS: [&str; 4] = ["access_token", "api_key", "key", "token"];
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

/// Who opened a connection that stays open, to be checked again for each request on it: what lets it in may be taken
/// back meanwhile.
pub(crate) struct Caller(http::Request<()>);

impl Caller {
    pub(crate) fn of(head: &Parts) -> Self {
        let mut request = http::Request::new(());
        request.method_mut().clone_from(&head.method);
        request.uri_mut().clone_from(&head.uri);
        request.headers_mut().clone_from(&head.headers);
        Self(request)
    }

    /// # Errors
    /// As when it opened the connection.
    pub(crate) fn check(&self, app: &App) -> Result<(), ApiError> {
        let config = app.config.current();
        check_page(&self.0, Place::Client, &config)?;
        check_caller(app, &self.0, Place::Client, &config)
    }
}

/// What a path is, as far as access goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// Guarded by its own session check.
    Admin,
    /// The client API.
    Client,
    /// Health and the UI's files: nothing secret.
    Public,
}

impl Place {
    fn of(path: &str, method: &Method) -> Self {
        if path == "/admin" || path.starts_with("/admin/") {
            return Self::Admin;
        }
        match endpoints::find(path) {
            Some(Endpoint::Health) => Self::Public,
            Some(_) => Self::Client,
            None if method == Method::GET || method == Method::HEAD => Self::Public,
            None => Self::Client,
        }
    }
}

/// Lets a request through to `next`, or answers it in the caller's own shape.
pub(crate) async fn guard<F>(
    app: Arc<App>,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    if request.extensions().get::<InProcess>().is_some() {
        return next(request).await;
    }
    let config = app.config.current();
    let place = Place::of(request.uri().path(), request.method());
    let origin = match check_page(&request, place, &config) {
        Ok(origin) => origin,
        Err(error) => return refuse(&app, request, error).await,
    };
    let asks_first = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_first {
        preflight(request.headers())
    } else {
        match check_caller(&app, &request, place, &config) {
            Ok(()) => next(request).await,
            Err(error) => refuse(&app, request, error).await,
        }
    };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}

async fn refuse(app: &Arc<App>, request: Request, error: ApiError) -> Response {
    let request = unread::heard_out(request).await;
    match Place::of(request.uri().path(), request.method()) {
        Place::Admin => admin::refuse(&error),
        Place::Client => refusals::answer(app, request, error).map(Body::from),
        Place::Public => {
            let dialect = endpoints::dialect(request.uri(), request.headers());
            reply::failure(dialect, request.uri(), &error, None).map(Body::from)
        }
    }
}

/// Checks what a browser says about the page behind a request; returns the origin that may read the
/// answer, if it is another page than ours.
fn check_page<B>(
    request: &http::Request<B>,
    place: Place,
    config: &Config,
) -> Result<Option<HeaderValue>, ApiError> {
    let headers = request.headers();
    let host = headers.get(header::HOST).map(in_words);
    // Of several, each reader would believe another one.
    let hosts = headers.get_all(header::HOST).iter().map(in_words);
    for name in hosts.chain(request.uri().host()) {
        if !is_loopback(name) {
            return Err(forbidden(
                "host_not_allowed",
                "Patchbay answers only to 127.0.0.1, [::1] and localhost. Use one of them as the host.",
            ));
        }
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let name = origin.to_str().unwrap_or_default();
        let own = name
            .strip_prefix("http://")
            .is_some_and(|page| Some(page) == host);
        return if own {
            Ok(None)
        } else if is_allowed(name, config) {
            Ok(Some(origin.clone()))
        } else {
            Err(forbidden(
                "origin_not_allowed",
                "This web page may not call Patchbay. Add its origin under Settings, or, for a page on this computer, make an access key.",
            ))
        };
    }
    // Without an origin a browser sends navigations, images and the like; none of them calls an API.
    let foreign = headers
        .get(SEC_FETCH_SITE)
        .is_some_and(|site| site != "same-origin" && site != "none");
    let opens_page = request.method() == Method::GET
        && place != Place::Client
        && headers
            .get(SEC_FETCH_MODE)
            .is_some_and(|mode| mode == "navigate");
    if foreign && !opens_page {
        return Err(forbidden(
            "site_not_allowed",
            "Another website may not reach into Patchbay.",
        ));
    }
    Ok(None)
}

fn in_words(value: &HeaderValue) -> &str {
    std::str::from_utf8(value.as_bytes()).unwrap_or_default()
}

/// Whether a foreign page's requests are welcome.
fn is_allowed(origin: &str, config: &Config) -> bool {
    if EDITOR_PAGES.iter().any(|start| origin.starts_with(start)) || config.listen.allows(origin) {
        return true;
    }
    // A page on this computer may be anybody's: it must know a key.
    let page = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    !config.access_keys.is_empty() && page.is_some_and(is_loopback)
}

/// Whether a `Host` means this computer, whatever the port.
fn is_loopback(host: &str) -> bool {
    let is_port = |port: &str| {
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        digits && (port.is_empty() || port.parse::<u16>().is_ok())
    };
    if let Some(rest) = host.strip_prefix('[') {
        let Some((name, port)) = rest.split_once(']') else {
            return false;
        };
        let address = name.parse::<Ipv6Addr>();
        let is_bare = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return is_bare && address.is_ok_and(|address| address.is_loopback());
    }
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let is_here = name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback());
    is_here && is_port(port)
}

/// Checks the access key and the form of what is sent.
fn check_caller<B>(
    app: &App,
    request: &http::Request<B>,
    place: Place,
    config: &Config,
) -> Result<(), ApiError> {
    if place != Place::Client {
        return Ok(());
    }
    let headers = request.headers();
    if !config.access_keys.is_empty() && !app.is_signed_in(headers) {
        check_key(app, request, config)?;
    }
    let endpoint = endpoints::find(request.uri().path());
    if request.method() == Method::POST
        && endpoint.is_some_and(|endpoint| endpoint.answers(&Method::POST))
    {
        check_content_type(headers)?;
        codings::check(headers)?;
    }
    Ok(())
}

fn check_key<B>(app: &App, request: &http::Request<B>, config: &Config) -> Result<(), ApiError> {
    let mut presented = presented_keys(request).peekable();
    let message = if presented.peek().is_none() {
        "This Patchbay wants an access key: send it as `Authorization: Bearer KEY` or `x-api-key: KEY`. Keys are made under Settings."
    } else {
        "This access key is not one of this Patchbay's. Keys are made under Settings; it is not the provider's key that is wanted here."
    };
    // Every key is compared, so that the time says nothing about which one it was.
    let known = presented.fold(false, |known, key| {
        config.access_keys.iter().fold(known, |known, access_key| {
            access_key.accepts(&key, &app.environment) | known
        })
    });
    if known {
        return Ok(());
    }
    let error = ApiError::new(ErrorKind::Authentication, Fault::Client, message);
    Err(error.with_code("invalid_api_key"))
}

fn presented_keys<B>(request: &http::Request<B>) -> impl Iterator<Item = Cow<'_, str>> {
    let headers = request.headers();
    let bearer = headers.get_all(header::AUTHORIZATION).iter();
    let bearer = bearer.filter_map(|value| {
        let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    let plain = headers.get_all(X_API_KEY).iter();
    let plain = plain.chain(headers.get_all(X_GOOG_API_KEY));
    let plain = plain.filter_map(|value| value.to_str().ok());
    let query = request.uri().query().unwrap_or_default().split('&');
    let query = query.filter_map(|pair| {
        let (name, key) = pair.split_once('=')?;
        KEY_PARAMETERS.contains(&name).then_some(key)
    });
    let query = query.map(|key| percent_decode_str(key).decode_utf8_lossy());
    // Where a browser's socket can put one.
    let offered = realtime::keys(headers);
    let words = bearer.chain(plain).chain(offered);
    words.map(Cow::Borrowed).chain(query)
}

/// Only JSON: the types that a page may send without asking first are no API calls. Some clients name no type at
/// all, which a page may do too, but not without its origin.
fn check_content_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let essence = essence(headers);
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let essence = essence.to_ascii_lowercase();
    let json = essence.starts_with("application/") && essence.ends_with("+json");
    let unnamed = essence.is_empty() && !headers.contains_key(header::ORIGIN);
    if json || unnamed {
        return Ok(());
    }
    let message = match essence.as_str() {
        "" => {
            "The request has no content type. Add the header `Content-Type: application/json`.".to_owned()
        }
        "application/x-www-form-urlencoded" => {
            "The body was sent as a form, which is what `curl -d` does by itself. Add `-H 'Content-Type: application/json'`.".to_owned()
        }
        _ => format!(
            "The content type is `{essence}`, but Patchbay reads JSON only. Send `Content-Type: application/json`."
        ),
    };
    Err(unsupported(message))
}

fn unsupported(message: String) -> ApiError {
    let mut error = ApiError::invalid_request(message).with_code("unsupported_media_type");
    error.status = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE.as_u16());
    error
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, HEAD, POST, DELETE"),
    );
    if let Some(wanted) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    if asked.contains_key(REQUEST_PRIVATE_NETWORK) {
        headers.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBER);
    response
}

fn forbidden(code: &str, message: &str) -> ApiError {
    ApiError::new(ErrorKind::Permission, Fault::Client, message).with_code(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_computer_are_loopback() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:7229",
            "localhost",
            "LOCALHOST:80",
            "[::1]",
            "[::1]:7229",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example:7229",
            "127.0.0.1.evil.example",
            "192.168.0.5:7229",
            "[::2]:7229",
            "0.0.0.0:7229",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
