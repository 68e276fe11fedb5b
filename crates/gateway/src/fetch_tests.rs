//! Pictures from a server on this computer, which only a guard of the test lets through.

use std::{net::IpAddr, sync::Arc};

use axum::{Router, body::Body, http::Uri, response::Response as Answer};
use protocol::canonical::{Message, Role};

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n the rest of it";
const PDF: &[u8] = b"%PDF-1.7 the rest of it";

fn answer(path: &str) -> Answer {
    let body = |bytes: &'static [u8]| Answer::new(Body::from(bytes));
    let to = |location: &str| {
        let answer = Answer::builder().status(302).header("location", location);
        answer.body(Body::empty()).unwrap()
    };
    match path {
        "/a.png" => body(PNG),
        "/a.pdf" => body(PDF),
        "/page" => body(b"<html>Not here</html>"),
        "/missing" => Answer::builder().status(404).body(Body::empty()).unwrap(),
        "/moved" => to("/a.png"),
        "/round" => to("/round"),
        "/inside" => to("http://inside.example/a.png"),
        "/metadata" => to("http://169.254.169.254/latest"),
        "/file" => to("file:///etc/passwd"),
        "/large" => Answer::new(Body::from(vec![0; MAX_BYTES + 1])),
        "/endless" => {
            let piece = bytes::Bytes::from(vec![0; 1 << 20]);
            let pieces = stream::repeat(piece).map(Ok::<_, std::io::Error>);
            Answer::new(Body::from_stream(pieces))
        }
        "/silent" => Answer::new(Body::from_stream(stream::pending::<
            Result<bytes::Bytes, std::io::Error>,
        >())),
        _ => panic!("{path} was asked for"),
    }
}

struct Pictures {
    port: u16,
    fetcher: Fetcher,
}

impl Pictures {
    async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let router = Router::new().fallback(async |uri: Uri| answer(uri.path()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        // Of the two names one is public here, and one never.
        let look_up = |name: String| {
            let address: IpAddr = match name.as_str() {
                "pictures.example" => [127, 0, 0, 1].into(),
                "mixed.example" => {
                    let both = vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([10, 0, 0, 1])];
                    return Box::pin(std::future::ready(Ok(both))) as _;
                }
                _ => [10, 0, 0, 1].into(),
            };
            Box::pin(std::future::ready(Ok(vec![address]))) as _
        };
        let allows = |address: IpAddr| address == IpAddr::from([127, 0, 0, 1]);
        Self {
            port,
            fetcher: Fetcher::new(Guard::of(Arc::new(look_up), allows)),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://pictures.example:{}{path}", self.port)
    }

    async fn image(&self, url: &str) -> Result<Fetch, String> {
        let fetch = self.fetcher.fetch(url, Wanted::Image).await;
        fetch.map_err(|problem| problem.to_string())
    }

    /// Must be refused.
    async fn inline(&self, request: &Request) -> ApiError {
        let (mut fetched, mut losses) = (Fetched::default(), Losses::default());
        let target = bytes_only();
        let inlined = self
            .fetcher
            .inlined(request, &target, &mut fetched, &mut losses);
        inlined.await.unwrap_err()
    }

    async fn refusal(&self, url: &str) -> String {
        match self.image(url).await {
            Ok(_) => panic!("{url} was fetched"),
            Err(problem) => problem,
        }
    }
}

fn by_url(url: String) -> Media {
    Media {
        source: MediaSource::Url(url),
        media_type: None,
        name: None,
        detail: Some("low".to_owned()),
    }
}

fn bytes_only() -> Capabilities {
    Capabilities {
        image_url: false,
        file_url: false,
        ..Capabilities::default()
    }
}

fn request(parts: Vec<Part>) -> Request {
    Request {
        messages: vec![Message::new(Role::User, parts)],
        ..Request::default()
    }
}

#[tokio::test]
async fn edge_073_addresses_become_bytes_where_the_target_wants_them() {
    let pictures = Pictures::open().await;
    let url = pictures.url("/moved?signature=secret");
    let asked = request(vec![
        Part::Text("What is this?".to_owned()),
        Part::Image(by_url(url.clone())),
        Part::ToolResult {
            id: "a".to_owned(),
            parts: vec![Part::Image(by_url(url))],
            is_error: false,
        },
        Part::File(by_url(pictures.url("/a.pdf"))),
    ]);
    let (mut fetched, mut losses) = (Fetched::default(), Losses::default());
    let fetcher = &pictures.fetcher;
    let able = Capabilities::default();
    let untouched = fetcher
        .inlined(&asked, &able, &mut fetched, &mut losses)
        .await;
    assert!(untouched.unwrap().is_none() && losses.is_empty());
    let inlined = fetcher
        .inlined(&asked, &bytes_only(), &mut fetched, &mut losses)
        .await;
    let parts = inlined.unwrap().unwrap().messages.remove(0).parts;
    let of = |bytes: &[u8], kind: &str| Media {
        source: MediaSource::Base64(BASE64_STANDARD.encode(bytes).into()),
        media_type: Some(kind.to_owned()),
        name: None,
        detail: Some("low".to_owned()),
    };
    assert_eq!(parts[1], Part::Image(of(PNG, "image/png")));
    let Part::ToolResult { parts: result, .. } = &parts[2] else {
        panic!("{:?}", parts[2]);
    };
    assert_eq!(result[0], Part::Image(of(PNG, "image/png")));
    assert_eq!(parts[3], Part::File(of(PDF, "application/pdf")));
    assert_eq!((losses.len(), fetched.0.len()), (1, 2));
}

#[tokio::test]
async fn edge_073_what_cannot_be_fetched_is_a_sentence_without_its_query() {
    let pictures = Pictures::open().await;
    let asked = request(vec![Part::Image(by_url(
        pictures.url("/missing?signature=secret"),
    ))]);
    let error = pictures.inline(&asked).await;
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert_eq!(
        error.message,
        "Patchbay could not fetch pictures.example/missing for a model that takes no addresses: its server answered 404. Send it as base64."
    );
}

#[tokio::test]
async fn edge_073_private_addresses_are_refused_by_name_by_number_and_behind_redirects() {
    let pictures = Pictures::open().await;
    let private = Problem::Private.to_string();
    let port = pictures.port;
    for url in [
        "http://inside.example/a.png".to_owned(),
        format!("http://mixed.example:{port}/a.png"),
        "http://10.0.0.1/a.png".to_owned(),
        // The same, in the spellings that look-ups understand.
        "http://167772161/a.png".to_owned(),
        "http://0x0a.1/a.png".to_owned(),
        "http://[::1]/a.png".to_owned(),
        format!("http://[::ffff:127.0.0.1]:{port}/a.png"),
        pictures.url("/inside"),
        pictures.url("/metadata"),
    ] {
        assert_eq!(pictures.refusal(&url).await, private, "{url}");
    }
}

#[tokio::test]
async fn the_guard_of_the_program_refuses_this_very_server() {
    let pictures = Pictures::open().await;
    let fetcher = Fetcher::new(Guard::default());
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{}/a.png", pictures.port);
        let fetch = fetcher.fetch(&url, Wanted::Image).await;
        assert!(matches!(fetch, Err(Problem::Private)), "{host}");
    }
}

#[tokio::test]
async fn edge_073_size_type_and_redirects_have_limits() {
    let pictures = Pictures::open().await;
    for (path, problem) in [
        ("/round", Problem::Redirects),
        ("/file", Problem::Address),
        ("/page", Problem::NoImage),
        ("/a.pdf", Problem::NoImage),
        ("/large", Problem::Large),
        ("/endless", Problem::Large),
    ] {
        let refusal = pictures.refusal(&pictures.url(path)).await;
        assert_eq!(refusal, problem.to_string(), "{path}");
    }
    let url = pictures.url("/a.png");
    let document = pictures.fetcher.fetch(&url, Wanted::Document);
    assert!(matches!(document.await, Err(Problem::NoDocument)));
}

#[tokio::test]
async fn edge_073_a_server_that_falls_silent_is_given_up() {
    let mut pictures = Pictures::open().await;
    pictures.fetcher.patience = Duration::from_millis(300);
    let url = pictures.url("/silent");
    assert_eq!(pictures.refusal(&url).await, Problem::Slow.to_string());
}

#[tokio::test]
async fn so_many_addresses_are_refused() {
    let pictures = Pictures::open().await;
    let image = |number: usize| Part::Image(by_url(pictures.url(&format!("/{number}"))));
    let asked = request((0..=MAX_ADDRESSES).map(image).collect());
    let message = pictures.inline(&asked).await.message;
    assert!(
        message.starts_with("The request names 21 images"),
        "{message}"
    );
}
