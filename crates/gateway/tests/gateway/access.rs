//! Who may call, and in which shape everybody else is told so.

use serde_json::{Value, json};

use crate::rig::Rig;

const KEYED: &str = "[[access_keys]]\nname = \"ide\"\nkey = { env = \"ACCESS_KEY\" }\n";

fn hello() -> Value {
    json!({"model": "echo/echo", "messages": [{"role": "user", "content": "Hello"}]})
}

/// Status and body of a request with these headers.
async fn status(rig: &Rig, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let method = method.parse().unwrap();
    let mut request = rig.client.request(method, format!("{}{path}", rig.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let posts = !headers.iter().any(|(name, _)| *name == "content-type");
    if path.contains("chat") && posts {
        request = request.json(&hello());
    } else if path.contains("chat") {
        request = request.body(hello().to_string());
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn complaint_39_pages_and_rebound_names_stay_outside() {
    let rig = Rig::with("").await;
    let own = rig.url.clone();
    for (path, headers, expected) in [
        (CHAT, vec![], 200),
        (CHAT, vec![("host", "localhost:1")], 200),
        (CHAT, vec![("host", "evil.example:7229")], 403),
        (CHAT, vec![("host", "127.0.0.1.evil.example")], 403),
        ("/health", vec![("host", "evil.example")], 403),
        ("/health", vec![("host", "[::1]:7229")], 200),
        ("/health", vec![("host", "[::1].evil.example")], 403),
        ("/health", vec![("host", "[::1]evil.example:80")], 403),
        ("/health", vec![("host", "localhost:x.evil.example")], 403),
        ("/health", vec![("host", "localhost:99999")], 403),
        (
            "/health",
            vec![("host", "127.0.0.1:7229, evil.example")],
            403,
        ),
        (
            "/health",
            vec![("host", "127.0.0.1:7229"), ("host", "evil.example")],
            403,
        ),
        ("/v1/models", vec![("host", "evil.example")], 403),
        (CHAT, vec![("origin", own.as_str())], 200),
        (CHAT, vec![("origin", "https://evil.example")], 403),
        (CHAT, vec![("origin", "null")], 403),
        (CHAT, vec![("origin", "http://localhost:3000")], 403),
        (CHAT, vec![("origin", "vscode-webview://abc")], 200),
        (CHAT, vec![("origin", "app://obsidian.md")], 200),
        (CHAT, vec![("sec-fetch-site", "cross-site")], 403),
        (CHAT, vec![("sec-fetch-site", "same-origin")], 200),
        ("/v1/models", vec![("sec-fetch-site", "cross-site")], 403),
        ("/health", vec![("origin", "https://evil.example")], 403),
        (
            "/admin/status",
            vec![("origin", "https://evil.example")],
            403,
        ),
    ] {
        let method = if path == CHAT { "POST" } else { "GET" };
        let (found, _) = status(&rig, method, path, &headers).await;
        assert_eq!(found, expected, "{path} {headers:?}");
    }
}

#[tokio::test]
async fn cors_is_answered_for_the_list_only() {
    let config = format!(
        "{KEYED}[listen]\nallowed_origins = [\"https://*.corp.example\"]\naddress = \"127.0.0.1:0\"\n"
    );
    // The rig writes its own `[listen]`, so this one is written by hand.
    let rig = Rig::with_listen(&config).await;
    for (origin, welcome) in [
        ("https://chat.corp.example", true),
        ("https://corp.example.evil", false),
        ("http://localhost:3000", true),
        ("http://192.168.0.4:3000", false),
        ("vscode-webview://abc", true),
    ] {
        let request = rig
            .client
            .request(reqwest::Method::OPTIONS, format!("{}{CHAT}", rig.url))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization, content-type",
            );
        let answer = request.send().await.unwrap();
        let allowed = answer.headers().get("access-control-allow-origin");
        assert_eq!(
            allowed.is_some_and(|value| value == origin),
            welcome,
            "{origin}"
        );
        assert_eq!(
            answer.status().as_u16(),
            if welcome { 204 } else { 403 },
            "{origin}"
        );
        assert!(
            answer
                .headers()
                .get("access-control-allow-credentials")
                .is_none()
        );
        if welcome {
            let (found, _) = status(&rig, "POST", CHAT, &[("origin", origin)]).await;
            assert_eq!(found, 401, "{origin}: the key is still wanted");
        }
    }
}

#[tokio::test]
async fn a_key_is_wanted_as_soon_as_there_is_one() {
    let rig = Rig::with(KEYED).await;
    for (headers, expected) in [
        (vec![], 401),
        (vec![("authorization", "Bearer an-access-key")], 200),
        (vec![("authorization", "bearer an-access-key")], 200),
        (vec![("x-api-key", "an-access-key")], 200),
        (vec![("x-api-key", "another")], 401),
        (vec![("authorization", "Basic an-access-key")], 401),
        (vec![("x-api-key", "")], 401),
    ] {
        let (found, body) = status(&rig, "POST", CHAT, &headers).await;
        assert_eq!(found, expected, "{headers:?} {body}");
        if found == 401 {
            assert_eq!(body["error"]["code"], "invalid_api_key");
        }
    }
    assert_eq!(status(&rig, "GET", "/health", &[]).await.0, 200);
    assert_eq!(status(&rig, "GET", "/v1/models", &[]).await.0, 401);
    let (found, body) = status(&rig, "POST", "/v1/messages", &[]).await;
    assert_eq!((found, body["type"].as_str()), (401, Some("error")));
    assert_eq!(body["error"]["type"], "authentication_error");
}

#[tokio::test]
async fn only_json_is_read() {
    let rig = Rig::with("").await;
    for (content_type, expected) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/vnd.api+json", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
    ] {
        let (found, body) = status(&rig, "POST", CHAT, &[("content-type", content_type)]).await;
        assert_eq!(found, expected, "{content_type}");
        if expected == 415 {
            let message = body["error"]["message"].as_str().unwrap();
            assert!(message.contains("application/json"), "{message}");
        }
    }
}

#[tokio::test]
async fn no_type_is_json_too_unless_a_page_sends_it() {
    let rig = Rig::with("").await;
    let own = rig.url.clone();
    for (headers, expected) in [(vec![], 200), (vec![("origin", own.as_str())], 415)] {
        let mut request = rig.client.post(format!("{}{CHAT}", rig.url));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.body(hello().to_string()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), expected);
    }
}

#[tokio::test]
async fn a_wrong_path_or_method_is_told_before_a_wrong_content_type() {
    let rig = Rig::with("").await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    for (path, expected) in [
        ("/v1/models", 405),
        ("/v1/nothing", 404),
        ("/v1/messages", 415),
    ] {
        let (found, body) = status(&rig, "POST", path, &[form]).await;
        assert_eq!(found, expected, "{path} {body}");
    }
}

#[tokio::test]
async fn edge_137_wrong_paths_and_methods_are_told_in_the_callers_shape() {
    let rig = Rig::with("").await;
    let version = ("anthropic-version", "2023-06-01");
    let (found, body) = status(
        &rig,
        "POST",
        "/v1/nothing",
        &[("content-type", "application/json")],
    )
    .await;
    assert_eq!(
        (found, body["error"]["code"].as_str()),
        (404, Some("unknown_url"))
    );
    let (found, body) = status(
        &rig,
        "POST",
        "/v1/nothing",
        &[version, ("content-type", "application/json")],
    )
    .await;
    assert_eq!(
        (found, body["error"]["type"].as_str()),
        (404, Some("not_found_error"))
    );
    let (found, body) = status(&rig, "GET", "/v1/messages", &[]).await;
    assert_eq!((found, body["type"].as_str()), (405, Some("error")));
    let (found, body) = status(&rig, "DELETE", "/v1/models", &[]).await;
    assert_eq!(found, 405);
    assert!(body["error"]["message"].as_str().unwrap().contains("GET"));
    let (found, _) = status(&rig, "GET", "/v1/models/none/such", &[]).await;
    assert_eq!(found, 404);
}

#[tokio::test]
async fn edge_145_heads_options_and_old_clients_are_answered() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let rig = Rig::with("").await;
    let head = rig.client.head(format!("{}/v1/models", rig.url));
    assert_eq!(head.send().await.unwrap().status(), 200);
    let options = rig
        .client
        .request(reqwest::Method::OPTIONS, format!("{}{CHAT}", rig.url));
    let options = options.send().await.unwrap();
    assert_eq!(
        (options.status().as_u16(), &options.headers()["allow"]),
        (204, &"POST, OPTIONS".parse().unwrap())
    );
    let body = hello().to_string();
    for request in [
        format!(
            "POST {CHAT} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        format!(
            "POST {CHAT} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        format!(
            "POST {CHAT} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        ),
    ] {
        let address = rig.url.trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("You said: Hello"), "{request}\n{answer}");
    }
}

#[tokio::test]
async fn edge_144_too_much_is_refused_before_it_is_read() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let rig = Rig::with("").await;
    let address = rig.url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 104857601\r\n\r\n{";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("request_too_large"), "{answer}");
}

#[tokio::test]
async fn edge_140_models_are_listed_in_the_callers_shape() {
    let fake = crate::fake::Fake::start().await;
    let config = crate::rig::both(&fake)
        + "[[aliases]]\nname = \"fast\"\ntargets = [\"openai_chat/text\"]\n[[aliases]]\nname = \"g-*\"\ntargets = [\"fast\"]\n";
    let rig = Rig::with(&config).await;
    let (_, list) = status(&rig, "GET", "/v1/models", &[]).await;
    let ids: Vec<&str> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "fast",
            "openai_chat/listed-model",
            "anthropic/listed-model",
            "openai_responses/listed-model",
            "ollama/listed-model:8b",
            "gemini/listed-gemini",
            "gemini/listed-vectors",
            "amazon_q/claude-listed",
            "echo/echo"
        ]
    );
    for key in [
        "object",
        "created",
        "owned_by",
        "permission",
        "root",
        "parent",
    ] {
        assert!(list["data"][0].get(key).is_some(), "{key}");
    }
    let (_, list) = status(
        &rig,
        "GET",
        "/api/v1/models",
        &[("anthropic-version", "2023-06-01")],
    )
    .await;
    assert_eq!(list["data"][3]["type"], "model");
    assert_eq!(list["has_more"], false);
    let (found, model) = status(&rig, "GET", "/v1/models/anthropic/listed-model", &[]).await;
    assert_eq!(
        (found, model["id"].as_str()),
        (200, Some("anthropic/listed-model"))
    );
    // A bare name leads to a provider that lists it.
    let body = json!({"model": "listed-model", "messages": [{"role": "user", "content": "Hi"}]});
    let answer = rig
        .client
        .post(format!("{}{CHAT}", rig.url))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}
