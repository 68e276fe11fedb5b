//! Who gets in, and how failures look whatever was sent.

use axum::body::Body;
use http::Request;
use serde_json::json;

use super::rig::{CONFIG, Rig, refusal_of};

const HOST: &str = "127.0.0.1:7229";

/// The cookie of a page that opened a link.
async fn sign_in(rig: &Rig) -> String {
    let link = rig.app.sessions.new_link().unwrap();
    let request = Request::get(link)
        .header("host", HOST)
        .body(Body::empty())
        .unwrap();
    let answer = rig.send(request).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["location"]),
        (303, &"/".parse().unwrap())
    );
    answer.headers["set-cookie"].to_str().unwrap().to_owned()
}

async fn from_page(
    rig: &Rig,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> super::rig::Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", HOST);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    rig.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_link_opens_one_session() {
    let rig = Rig::new(CONFIG);
    let set_cookie = sign_in(&rig).await;
    let (cookie, attributes) = set_cookie.split_once("; ").unwrap();
    assert!(cookie.starts_with("patchbay_session_7229="), "{cookie}");
    assert_eq!(attributes, "HttpOnly; SameSite=Strict; Path=/");

    let session = from_page(&rig, "GET", "/admin/session", &[("cookie", cookie)]).await;
    assert_eq!(session.json(), json!({"kind": "browser"}));
    assert_eq!(session.headers["cache-control"], "no-store");
    assert_eq!(rig.get("/admin/session").await, json!({"kind": "window"}));
}

#[tokio::test]
async fn a_used_link_gives_a_page_that_says_how_to_get_a_new_one() {
    let rig = Rig::new(CONFIG);
    let link = rig.app.sessions.new_link().unwrap();
    from_page(&rig, "GET", &link, &[]).await;
    for path in [
        link.as_str(),
        "/admin/sign-in?token=made-up",
        "/admin/sign-in",
        "/admin/sign-in?token=%FF",
    ] {
        let answer = from_page(&rig, "GET", path, &[]).await;
        assert_eq!(answer.status.as_u16(), 403, "{path}");
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
        assert!(answer.text.contains("patchbay sign-in"), "{}", answer.text);
    }
}

#[tokio::test]
async fn nothing_opens_without_a_session() {
    let rig = Rig::new(&format!(
        "{CONFIG}\n[[access_keys]]\nname = \"ide\"\nhash = \"sha256:{}\"\n",
        "0".repeat(64)
    ));
    let not_signed_in = "401 not_signed_in - | Sign in first: `patchbay sign-in`, run in a terminal, prints a link that does it.";
    for path in [
        "/admin/session",
        "/admin/status",
        "/admin/providers",
        "/admin/live",
        "/admin/nothing",
    ] {
        for headers in [
            [].as_slice(),
            &[("cookie", "patchbay_session_7229=made-up")],
            &[("authorization", "Bearer pb-key")],
            &[("x-api-key", "pb-key")],
        ] {
            let answer = from_page(&rig, "GET", path, headers).await;
            assert_eq!(refusal_of(&answer), not_signed_in, "{path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_cannot_use_the_cookie() {
    let rig = Rig::new(CONFIG);
    let set_cookie = sign_in(&rig).await;
    let cookie = set_cookie.split(';').next().unwrap();
    let own = [
        [].as_slice(),
        &[
            ("origin", "http://127.0.0.1:7229"),
            ("sec-fetch-site", "same-origin"),
        ],
        &[("sec-fetch-site", "none")],
    ];
    let foreign = [
        [
            ("origin", "http://127.0.0.1:3000"),
            ("sec-fetch-site", "same-site"),
        ]
        .as_slice(),
        &[("origin", "http://127.0.0.1:3000")],
        &[("origin", "null")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site")],
    ];
    for headers in own {
        let headers = [headers, &[("cookie", cookie)]].concat();
        let answer = from_page(&rig, "POST", "/admin/server/stop", &headers).await;
        assert_eq!(answer.status.as_u16(), 200, "{headers:?}");
    }
    for headers in foreign {
        let headers = [headers, &[("cookie", cookie)]].concat();
        let answer = from_page(&rig, "POST", "/admin/server/stop", &headers).await;
        assert_eq!(
            refusal_of(&answer),
            "403 forbidden - | Only Patchbay's own page may do this.",
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn only_the_program_itself_makes_links() {
    let rig = Rig::new(CONFIG);
    let set_cookie = sign_in(&rig).await;
    let cookie = set_cookie.split(';').next().unwrap();
    let refused = from_page(&rig, "POST", "/admin/sign-in-link", &[("cookie", cookie)]).await;
    assert_eq!(
        refusal_of(&refused),
        "403 forbidden - | Only the program itself makes links to sign in."
    );

    let made = rig.call("POST", "/admin/sign-in-link", None).await.json();
    assert_eq!(made["url"], json!(null));
    let opened = from_page(&rig, "GET", made["path"].as_str().unwrap(), &[]).await;
    assert_eq!(opened.status.as_u16(), 303);
}

#[tokio::test]
async fn a_parameter_that_nobody_knows_is_named() {
    let rig = Rig::new(CONFIG);
    for (method, path, name, known) in [
        (
            "GET",
            "/admin/exchanges?statuss=error",
            "statuss",
            "There are: `text`, `client`, `provider`, `model`, `protocol`, `status`, `losses`, `since`, `until`, `cursor`, `skip`, `limit`.",
        ),
        (
            "GET",
            "/admin/overview?Since=1",
            "Since",
            "There are: `since`.",
        ),
        (
            "GET",
            "/admin/route?model=a&dialect=b",
            "dialect",
            "There are: `model`, `protocol`.",
        ),
        ("DELETE", "/admin/exchanges?status=error", "status", ""),
        ("GET", "/admin/providers?limit=1", "limit", ""),
        ("GET", "/admin/models?limit=1", "limit", ""),
        ("GET", "/admin/aliases?limit=1", "limit", ""),
        ("GET", "/admin/presets?limit=1", "limit", ""),
        ("GET", "/admin/alias-presets?limit=1", "limit", ""),
        ("GET", "/admin/local-servers?limit=1", "limit", ""),
        (
            "GET",
            "/admin/providers/openai/models?acount=a",
            "acount",
            "There are: `account`.",
        ),
    ] {
        let expected = match known {
            "" => format!("There is no query parameter `{name}` here, and no other."),
            known => format!("There is no query parameter `{name}` here. {known}"),
        };
        assert_eq!(
            rig.refusal(method, path, None).await,
            format!("400 invalid {name} | {expected}"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_failure_has_the_same_form() {
    let rig = Rig::new(CONFIG);
    let mut seen = Vec::new();
    for (method, path) in [
        ("GET", "/admin/nothing"),
        ("GET", "/admin"),
        ("GET", "/admin/"),
        ("GET", "/admin/providers/openai/nothing"),
        ("PATCH", "/admin/providers"),
        ("DELETE", "/admin/session"),
        ("PUT", "/admin/aliases"),
        ("GET", "/admin/exchanges?limit=many"),
        ("GET", "/admin/exchanges?status=fine"),
        ("GET", "/admin/exchanges?cursor=here"),
        ("GET", "/admin/exchanges/nothing"),
        ("GET", "/admin/overview?since=yesterday"),
        ("DELETE", "/admin/accounts/%FF"),
        ("DELETE", "/admin/accounts/nobody"),
        ("DELETE", "/admin/providers/nobody"),
        ("DELETE", "/admin/access-keys/nobody"),
    ] {
        seen.push(format!(
            "{method} {path}: {}",
            rig.refusal(method, path, None).await
        ));
    }
    let request = |mime: &str, body: &str| {
        Request::put("/admin/aliases")
            .extension(crate::access::InProcess)
            .header("content-type", mime)
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    for (mime, body) in [
        ("text/plain", "{}"),
        ("application/json", ""),
        ("application/json", "{"),
        ("application/json; charset=utf-8", "[]"),
        ("application/json", "{}"),
        (
            "application/json",
            r#"{"aliases": [{"name": "a", "targets": [1]}]}"#,
        ),
        ("application/json", r#"{"aliases": [{"name": "a"}]}"#),
        ("application/json", r#"{"aliases": []} x"#),
        ("application/json", "\u{0}"),
    ] {
        seen.push(format!(
            "{mime} {body:?}: {}",
            refusal_of(&rig.send(request(mime, body)).await)
        ));
    }
    let huge = format!(r#"{{"aliases": [], "x": "{}"}}"#, "x".repeat(2 << 20));
    seen.push(format!(
        "huge: {}",
        refusal_of(&rig.send(request("application/json", &huge)).await)
    ));
    insta::assert_snapshot!(seen.join("\n"));
}

#[tokio::test]
async fn a_bad_file_refuses_edits_and_says_where() {
    let rig = Rig::new(CONFIG);
    rig.write_config("version = 1\n[[providers]]\nid = 5\n");
    let provider = json!({"protocol": "openai_chat", "base_url": "http://127.0.0.1:1/v1"});
    let refusals = [
        rig.refusal("PUT", "/admin/providers/new", Some(provider))
            .await,
        rig.refusal(
            "PUT",
            "/admin/aliases",
            Some(json!({"default_model": null, "aliases": []})),
        )
        .await,
        rig.refusal("POST", "/admin/access-keys", Some(json!({"name": "ide"})))
            .await,
    ];
    for refusal in refusals {
        assert!(
            refusal.starts_with("409 conflict - | The config file has a problem, at line 3"),
            "{refusal}"
        );
    }
    let answer = rig.call(
        "PUT",
        "/admin/aliases",
        Some(json!({"default_model": null, "aliases": []})),
    );
    let wording = answer.await.json()["error"]["wording"].clone();
    assert_eq!(wording["code"], "config_unreadable");
    assert_eq!(
        wording["values"],
        json!({"line": "3", "column": "6", "said": "In `providers.id`: Text in quotes is needed here, not a whole number."})
    );
    let status = rig.get("/admin/status").await;
    assert_eq!(status["config"]["problem"]["line"], json!(3));
    assert_eq!(
        status["config"]["problem"]["wording"],
        json!({"code": "config_needs_text", "values": {}})
    );
    // What ran before the edit goes on.
    assert_eq!(
        rig.get("/admin/providers").await.as_array().unwrap().len(),
        3
    );
}
