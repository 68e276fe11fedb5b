//! The UI's files as a browser gets them, from a made-up build.

use http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;

const FILES: [(&str, &str, &str); 4] = [
    ("index.html", "text/html", "<!doctype html>"),
    ("theme.js", "text/javascript", "theme()"),
    ("icon.svg", "image/svg+xml", "<svg/>"),
    ("assets/main-Ab12.js", "text/javascript", "main()"),
];

fn made_up(name: &str) -> Option<Asset> {
    let (_, mime, text) = FILES.iter().find(|(known, ..)| *known == name)?;
    Some(Asset {
        mime: (*mime).to_owned(),
        bytes: Bytes::from_static(text.as_bytes()),
    })
}

async fn get_from(router: Router, path: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (
        parts.status,
        parts.headers,
        String::from_utf8(bytes.to_vec()).unwrap(),
    )
}

fn with_files() -> Router {
    router_of(made_up, FILES.iter().map(|(name, ..)| Cow::Borrowed(*name)))
}

#[tokio::test]
async fn each_file_has_its_type_and_its_caching() {
    let mut seen = Vec::new();
    for path in [
        "/",
        "/index.html",
        "/theme.js",
        "/icon.svg",
        "/assets/main-Ab12.js",
        "/assets/gone.js",
    ] {
        let (status, headers, text) = get_from(with_files(), path).await;
        let header = |name| headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-security-policy"), POLICY, "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        seen.push(format!(
            "{path} {status} | {} | {} | {}",
            header("content-type"),
            header("cache-control"),
            text.chars().take(15).collect::<String>(),
        ));
    }
    insta::assert_snapshot!(seen.join("\n"), @r"
    / 200 OK | text/html; charset=utf-8 | no-store | <!doctype html>
    /index.html 200 OK | text/html; charset=utf-8 | no-store | <!doctype html>
    /theme.js 200 OK | text/javascript; charset=utf-8 | no-cache | theme()
    /icon.svg 200 OK | image/svg+xml | no-cache | <svg/>
    /assets/main-Ab12.js 200 OK | text/javascript; charset=utf-8 | public, max-age=31536000, immutable | main()
    /assets/gone.js 404 Not Found | text/html; charset=utf-8 | no-store | <!doctype html>
    ");
}

#[test]
fn the_policy_is_the_agreed_one() {
    assert_eq!(
        POLICY,
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
}

#[tokio::test]
async fn without_a_build_the_page_says_how_to_make_one() {
    let (status, headers, text) = get_from(router_of(|_| None, std::iter::empty()), "/").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["cache-control"], "no-store");
    assert!(text.contains("npm run build:ui"), "{text}");
}
