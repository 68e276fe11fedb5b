//! Who is asking: the window in process, or a page that signed in by a one-time link.
//! Sessions and links live in memory only and end with the program.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json,
    extract::{Query, Request, State, rejection::QueryRejection},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header, header::InvalidHeaderValue};
use store::config::KeyDigest;
use tokio::time::Instant;

use super::{Admin, failure::Refusal};
use crate::{access::InProcess, ui};

/// How long a one-time link can wait to be opened.
pub(crate) const LINK_LIFE: Duration = Duration::from_mins(10);
/// More are not needed by one person: the oldest give way.
const MAX_LINKS: usize = 16;
const MAX_SESSIONS: usize = 64;

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Session {
    pub kind: SessionKind,
}

#[derive(Clone, Copy, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    Browser,
    Window,
}

/// A one-time link, for the window, the tray and the terminal to hand to a browser.
#[derive(Clone, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct SignInLink {
    /// `None` while the server does not listen.
    pub url: Option<String>,
    /// Path and query, to put behind the server's address.
    pub path: String,
}

/// Who is signed in, and which links are open. Only digests are kept.
#[derive(Default)]
pub struct Sessions {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    links: Vec<(KeyDigest, Instant)>,
    sessions: Vec<KeyDigest>,
}

impl Sessions {
    /// A new one-time link: path and query, good for ten minutes.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new_link(&self) -> Result<String, getrandom::Error> {
        let token = random_word()?;
        let mut open = self.open();
        make_room(&mut open.links, MAX_LINKS);
        open.links
            .push((KeyDigest::of(&token), Instant::now() + LINK_LIFE));
        Ok(link_of(&token))
    }

    /// A session's cookie value for a link's token, once; `None` for a used, old or made-up one.
    fn redeem(&self, token: &str) -> Result<Option<String>, getrandom::Error> {
        let mut open = self.open();
        let now = Instant::now();
        open.links.retain(|(_, end)| *end > now);
        let Some(index) = open.links.iter().position(|(link, _)| link.matches(token)) else {
            return Ok(None);
        };
        open.links.swap_remove(index);
        drop(open);
        self.begin().map(Some)
    }

    /// A new session's cookie value.
    fn begin(&self) -> Result<String, getrandom::Error> {
        let session = random_word()?;
        let mut open = self.open();
        make_room(&mut open.sessions, MAX_SESSIONS);
        open.sessions.push(KeyDigest::of(&session));
        Ok(session)
    }

    /// Whether these headers are of our own page, signed in.
    pub(crate) fn is_signed_in(&self, headers: &HeaderMap) -> bool {
        session_of(headers).is_some_and(|session| self.knows(session)) && is_own_page(headers)
    }

    fn knows(&self, session: &str) -> bool {
        self.open()
            .sessions
            .iter()
            .any(|known| known.matches(session))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room<T>(list: &mut Vec<T>, max: usize) {
    if list.len() >= max {
        list.remove(0);
    }
}

/// 256 random bits in 43 characters that are fit for an address.
pub(crate) fn random_word() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Path and query of the link with this token.
pub(crate) fn link_of(token: &str) -> String {
    format!("/admin/sign-in?token={token}")
}

/// Lets only the window and signed-in pages through; an access key opens nothing here.
pub(super) async fn guard(
    State(admin): State<Arc<Admin>>,
    mut request: Request,
    next: Next,
) -> Response {
    let kind = if request.extensions().get::<InProcess>().is_some() {
        SessionKind::Window
    } else if !is_own_page(request.headers()) {
        let message = "Only Patchbay's own page may do this.";
        return Refusal::new(StatusCode::FORBIDDEN, "forbidden", message).into_response();
    } else if admin.app.sessions.is_signed_in(request.headers()) {
        SessionKind::Browser
    } else {
        let message =
            "Sign in first: `patchbay sign-in`, run in a terminal, prints a link that does it.";
        return Refusal::new(StatusCode::UNAUTHORIZED, "not_signed_in", message).into_response();
    };
    request.extensions_mut().insert(kind);
    next.run(request).await
}

pub(super) async fn show(axum::Extension(kind): axum::Extension<SessionKind>) -> Json<Session> {
    Json(Session { kind })
}

#[derive(serde::Deserialize)]
pub(super) struct Token {
    #[serde(default)]
    token: String,
}

pub(super) async fn sign_in(
    State(admin): State<Arc<Admin>>,
    headers: HeaderMap,
    query: Result<Query<Token>, QueryRejection>,
) -> Result<Response, Refusal> {
    let token = query.map(|Query(query)| query.token).unwrap_or_default();
    let session = match admin.app.sessions.redeem(&token)? {
        Some(session) => session,
        None if was_left(&admin, token).await => admin.app.sessions.begin()?,
        None => return Ok(used_link()),
    };
    let cookie = cookie(&cookie_name(&headers), &session).map_err(Refusal::internal)?;
    let mut response = Redirect::to("/").into_response();
    ui::protect(response.headers_mut());
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Whether `patchbay sign-in` made the link.
async fn was_left(admin: &Admin, token: String) -> bool {
    let folder = admin.app.sign_in_folder.clone();
    let taken = tokio::task::spawn_blocking(move || folder.take(&token)).await;
    taken.unwrap_or(false)
}

/// In process only: a page that is signed in needs no link.
pub(super) async fn new_link(
    State(admin): State<Arc<Admin>>,
    axum::Extension(kind): axum::Extension<SessionKind>,
) -> Result<Json<SignInLink>, Refusal> {
    match kind {
        SessionKind::Window => {}
        SessionKind::Browser => {
            let message = "Only the program itself makes links to sign in.";
            return Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", message));
        }
    }
    let path = admin.app.sessions.new_link()?;
    let url = admin
        .app
        .listening_at()
        .map(|address| format!("http://{address}{path}"));
    Ok(Json(SignInLink { url, path }))
}

fn used_link() -> Response {
    ui::plain_page(
        StatusCode::FORBIDDEN,
        "This link is used up",
        "<p>A link signs in once, within ten minutes.</p><p>For a new one run <code>patchbay \
         sign-in</code> in a terminal, or choose <b>Open in browser</b> in Patchbay's tray \
         menu.</p><p>If this browser is signed in already, go on to <a href=\"/\">Patchbay</a>.</p>",
    )
}

/// Pages that may call the client API may not call this one, whatever cookies their browser adds:
/// every port of this computer is the same site to it.
fn is_own_page(headers: &HeaderMap) -> bool {
    let word = |name| headers.get(name).map(HeaderValue::as_bytes);
    let own_origin = word(header::ORIGIN.as_str()).is_none_or(|origin| {
        word(header::HOST.as_str())
            .is_some_and(|host| origin.strip_prefix(b"http://") == Some(host))
    });
    let own_site =
        word("sec-fetch-site").is_none_or(|site| site == b"same-origin" || site == b"none");
    own_origin && own_site
}

/// Browsers share cookies among all ports of a computer: two Patchbays must not sign each other out.
fn cookie_name(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    let port: String = port.chars().filter(char::is_ascii_digit).collect();
    cookie_at(&port)
}

fn cookie_at(port: impl fmt::Display) -> String {
    format!("patchbay_session_{port}")
}

fn cookie(name: &str, session: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    HeaderValue::from_str(&format!(
        "{name}={session}; HttpOnly; SameSite=Strict; Path=/"
    ))
}

/// The cookie that carries the session of these headers to another port.
pub(super) fn carried_to(port: u16, headers: &HeaderMap) -> Option<HeaderValue> {
    cookie(&cookie_at(port), session_of(headers)?).ok()
}

fn session_of(headers: &HeaderMap) -> Option<&str> {
    if !headers.contains_key(header::COOKIE) {
        return None;
    }
    let wanted = cookie_name(headers);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then_some(value))
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
