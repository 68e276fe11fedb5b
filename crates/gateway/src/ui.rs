//! Serves the built UI (`ui/dist`): the page that a browser shows is the one in the desktop window.
//! Release builds carry the files inside; debug builds read them from the source tree.

use std::borrow::Cow;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;

const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; \
    base-uri 'none'; frame-ancestors 'none'";

const INDEX: &str = "index.html";

/// Files whose names hold a hash of their content.
const HASHED: &str = "assets/";

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Built;

/// A file of the build.
struct Asset {
    mime: String,
    bytes: Bytes,
}

type Find = fn(&str) -> Option<Asset>;

/// The page at `/`, its hashed files, and what lies beside it. No fallback of its own.
pub(crate) fn router() -> Router {
    router_of(built, Built::iter())
}

fn built(name: &str) -> Option<Asset> {
    let file = Built::get(name)?;
    let bytes = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Some(Asset {
        mime: file.metadata.mimetype().to_owned(),
        bytes,
    })
}

fn router_of(find: Find, names: impl Iterator<Item = Cow<'static, str>>) -> Router {
    // Hashed names change with each build, which a debug build sees while it runs.
    let assets =
        move |Path(rest): Path<String>| async move { file(find, &format!("{HASHED}{rest}")) };
    let beside = names.filter(|name| !name.starts_with(HASHED));
    beside
        .fold(Router::new(), |router, name| {
            let path = format!("/{name}");
            // A brace would be a pattern.
            if path.contains(['{', '}']) {
                return router;
            }
            router.route(&path, get(move || async move { file(find, &name) }))
        })
        .route("/", get(move || async move { page(find) }))
        .route("/assets/{*rest}", get(assets))
}

/// What a browser must be told on every page of ours.
pub(crate) fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// A small page of words only, for those moments in which there is no UI to show.
pub(crate) fn plain_page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <body style=\"font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;padding:0 1em\">\
         <h1 style=\"font-size:1.25em\">{title}</h1>{body}</body></html>\n"
    );
    answer(status, "text/html; charset=utf-8", "no-store", html.into())
}

fn page(find: Find) -> Response {
    if find(INDEX).is_some() {
        return file(find, INDEX);
    }
    plain_page(
        StatusCode::OK,
        "Patchbay runs, without its UI",
        "<p>The UI was not built. Run <code>npm ci &amp;&amp; npm run build:ui</code> in the source \
         tree, then build Patchbay again.</p><p>AI clients can use this server all the same.</p>",
    )
}

fn file(find: Find, name: &str) -> Response {
    let Some(file) = find(name) else {
        return plain_page(
            StatusCode::NOT_FOUND,
            "There is no such file",
            "<p>It may be of an older build. Load the page again: <a href=\"/\">Patchbay</a>.</p>",
        );
    };
    let caching = if name == INDEX {
        "no-store"
    } else if name.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    answer(
        StatusCode::OK,
        &content_type(&file.mime),
        caching,
        file.bytes,
    )
}

fn content_type(mime: &str) -> String {
    match mime {
        "text/css" | "text/html" | "text/javascript" | "text/plain" => {
            format!("{mime}; charset=utf-8")
        }
        _ => mime.to_owned(),
    }
}

fn answer(status: StatusCode, mime: &str, caching: &'static str, bytes: Bytes) -> Response {
    let headers: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, mime),
        (header::CACHE_CONTROL, caching),
    ];
    let mut response = (status, headers, Body::from(bytes)).into_response();
    protect(response.headers_mut());
    response
}

#[cfg(test)]
#[path = "ui_tests.rs"]
mod tests;
