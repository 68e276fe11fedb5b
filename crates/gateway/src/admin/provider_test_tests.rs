//! Tests of accounts and lists of models, against a provider that can be good, strict or broken.

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::get,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::admin::rig::Rig;

const KEY: &str = "canary-0123456789";
const LIST: &str = r#"{"object":"list","data":[{"id":"small"},{"id":"large"}]}"#;

/// A provider whose list of models answers like `answer`; its base URL.
async fn provider<A, R>(answer: A) -> String
where
    A: Fn(Option<String>) -> R + Clone + Send + Sync + 'static,
    R: IntoResponse + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let models = move |headers: HeaderMap| async move {
        let sent = headers
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned());
        answer(sent)
    };
    let router = Router::new().route("/v1/models", get(models));
    tokio::spawn(async move { axum::serve(listener, router).await });
    base_url
}

async fn rig(base_url: &str) -> Rig {
    let rig = Rig::new("version = 1\n");
    let input =
        json!({"name": "Moonshot", "protocol": "openai_chat", "base_url": base_url, "retries": 0});
    rig.put("/admin/providers/moon", input).await;
    rig
}

async fn with_key(base_url: &str) -> Rig {
    let rig = rig(base_url).await;
    rig.put(
        "/admin/accounts/moon-main",
        json!({"provider": "moon", "key": KEY}),
    )
    .await;
    rig
}

/// One line a step, the port taken out.
async fn test(rig: &Rig, base_url: &str) -> String {
    let answer = rig
        .call("POST", "/admin/providers/moon/test", Some(json!({})))
        .await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    assert!(!answer.text.contains(KEY), "{}", answer.text);
    let report = answer.json();
    let steps = report["steps"].as_array().unwrap();
    let all_ok = steps.iter().all(|step| step["ok"] == json!(true));
    assert_eq!(report["ok"], json!(all_ok));
    let line = |step: &Value| {
        assert!(step["duration_ms"].is_u64());
        let mark = if step["ok"] == json!(true) {
            "ok"
        } else {
            "no"
        };
        format!(
            "{mark} {}: {}",
            step["name"].as_str().unwrap(),
            step["message"].as_str().unwrap()
        )
    };
    let lines: Vec<String> = steps.iter().map(line).collect();
    let host = base_url
        .trim_start_matches("http://")
        .trim_end_matches("/v1");
    lines.join("\n").replace(host, "HOST")
}

#[tokio::test]
async fn a_good_key_passes_every_step() {
    let base_url = provider(|key| match key.as_deref() {
        Some("Bearer canary-0123456789") => (StatusCode::OK, LIST),
        _ => (StatusCode::UNAUTHORIZED, r#"{"error":{"message":"no"}}"#),
    })
    .await;
    let rig = with_key(&base_url).await;
    assert_eq!(
        test(&rig, &base_url).await,
        "ok reach: HOST answers.\nok sign_in: Moonshot takes the key.\nok models: 2 models."
    );

    let models = rig
        .get("/admin/providers/moon/models?account=moon-main")
        .await;
    let model = |id: &str| json!({"id": id, "display_name": null, "max_input_tokens": null, "max_output_tokens": null});
    assert_eq!(models, json!({"models": [model("small"), model("large")]}));
    let names: Vec<Value> = rig.get("/admin/models").await.as_array().unwrap().clone();
    assert!(names.contains(&json!({"name": "moon/small", "alias": false, "provider": "moon", "protocol": "openai_chat"})), "{names:?}");
    assert!(
        names.contains(
            &json!({"name": "echo/echo", "alias": false, "provider": "echo", "protocol": "echo"})
        ),
        "{names:?}"
    );
}

#[tokio::test]
async fn a_refused_key_says_so_and_is_not_repeated() {
    let base_url = provider(|key| {
        let body = json!({"error": {"message": format!("Incorrect API key: {key:?}")}});
        (StatusCode::UNAUTHORIZED, body.to_string())
    })
    .await;
    let rig = with_key(&base_url).await;
    assert_eq!(
        test(&rig, &base_url).await,
        "ok reach: HOST answers.\nno sign_in: Key refused by Moonshot (401). Replace it."
    );
    let refusal = rig
        .refusal("GET", "/admin/providers/moon/models", None)
        .await;
    assert!(
        refusal.starts_with("502 provider - | ") && !refusal.contains(KEY),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_list_for_everybody_proves_no_key() {
    let base_url = provider(|_| LIST).await;
    let rig = with_key(&base_url).await;
    let expected = "ok reach: HOST answers.\nok sign_in: Moonshot shows its models without a key: the first request tells whether it takes this one.\nok models: 2 models.";
    assert_eq!(test(&rig, &base_url).await, expected);
}

#[tokio::test]
async fn each_trouble_has_its_step() {
    let mut seen = Vec::new();
    let base_url = provider(|_| LIST).await;
    seen.push(test(&rig(&base_url).await, &base_url).await);
    let base_url = provider(|_| r#"{"object":"list","data":[]}"#).await;
    seen.push(test(&rig(&base_url).await, &base_url).await);
    for (status, body) in [
        (401, r#"{"error":{"message":"Who?"}}"#),
        (403, r#"{"error":{"message":"Not yours."}}"#),
        (404, "nothing"),
        (500, r#"{"error":{"message":"Oh."}}"#),
        (200, "<html>"),
    ] {
        let base_url = provider(move |_| (StatusCode::from_u16(status).unwrap(), body)).await;
        seen.push(test(&rig(&base_url).await, &base_url).await);
    }
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let closed = format!("http://{closed}/v1");
    seen.push(test(&rig(&closed).await, &closed).await);
    let keyless = rig(&closed).await;
    keyless
        .put("/admin/accounts/moon-main", json!({"provider": "moon"}))
        .await;
    seen.push(test(&keyless, &closed).await);
    insta::assert_snapshot!(seen.join("\n\n"));
}

#[tokio::test]
async fn echo_passes_and_strangers_are_not_found() {
    let rig = Rig::new("version = 1\n");
    let report = rig
        .call("POST", "/admin/providers/echo/test", None)
        .await
        .json();
    assert_eq!(report["ok"], json!(true));
    assert_eq!(
        rig.refusal("POST", "/admin/providers/nobody/test", None)
            .await,
        "404 not_found - | There is no provider `nobody`."
    );
    assert_eq!(
        rig.refusal("POST", "/admin/providers/echo/test?account=nobody", None)
            .await,
        "404 not_found account | `echo` has no account `nobody`."
    );
}
