//! Gemini over HTTP: what only its clients do, and what only its generations differ in. The rest is the matrix.

mod array;
mod generations;
mod pauses;
mod vectors;

use serde_json::{Value, json};
use store::exchanges::ExchangeState;

use crate::{
    ask::{self, Ask, Dialect},
    fake::Fake,
    rig::{self, Rig},
    told,
};

const KEYED: &str = "[[access_keys]]\nname = \"ide\"\nkey = { env = \"ACCESS_KEY\" }\n";

async fn trial(more: &str) -> (Fake, Rig) {
    let fake = Fake::start().await;
    let rig = Rig::with(&format!("{}\n{more}", rig::both(&fake))).await;
    (fake, rig)
}

async fn post(rig: &Rig, path: &str, body: &Value) -> (u16, Value) {
    let request = rig.client.post(format!("{}{path}", rig.url));
    let answer = request.json(body).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text);
    (status, body.unwrap_or_else(|_| panic!("{path}: {text}")))
}

fn hello() -> Value {
    ask::body(Dialect::Gemini, Ask::Text, "", false)
}

fn text_of(reply: &Value) -> &str {
    reply["candidates"][0]["content"]["parts"][0]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("{reply}"))
}

#[tokio::test]
async fn edge_074_the_key_is_taken_from_the_header_the_query_and_the_bearer() {
    const PATH: &str = "/v1beta/models/anthropic/text:generateContent";

    let (fake, rig) = trial(KEYED).await;
    let send = |query: &str, header: Option<(&'static str, &'static str)>| {
        let mut request = rig.client.post(format!("{}{PATH}{query}", rig.url));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        request.json(&hello()).send()
    };
    for (query, header) in [
        ("", Some(("x-goog-api-key", "an-access-key"))),
        ("?key=an-access-key", None),
        ("?alt=json&key=an%2Daccess%2Dkey", None),
        ("", Some(("authorization", "Bearer an-access-key"))),
    ] {
        let answer = send(query, header).await.unwrap();
        assert_eq!(answer.status(), 200, "{query} {header:?}");
    }
    for (query, header) in [
        ("", None),
        ("?key=wrong", None),
        ("", Some(("x-goog-api-key", "wrong"))),
    ] {
        let answer = send(query, header).await.unwrap();
        assert_eq!(answer.status(), 401, "{query} {header:?}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["code"], 401);
        assert_eq!(body["error"]["status"], "UNAUTHENTICATED");
    }
    for (headers, _, path) in fake.seen.requests() {
        assert!(!format!("{headers:?} {path}").contains("an-access-key"));
    }
    for row in rig.rows().await {
        assert!(!row.path.contains("access"), "{}", row.path);
    }
}

#[tokio::test]
async fn edge_074_the_key_in_a_query_does_not_go_on_to_the_provider() {
    let (fake, rig) = trial(KEYED).await;
    let path = "/v1beta/models/gemini/text:streamGenerateContent?alt=sse&key=an-access-key";
    let request = rig.client.post(format!("{}{path}", rig.url)).json(&hello());
    assert_eq!(request.send().await.unwrap().status(), 200);
    let (_, _, path) = fake.seen.requests().remove(0);
    assert_eq!(path, "/v1beta/models/text:streamGenerateContent?alt=sse");
}

#[tokio::test]
async fn edge_074_every_version_is_answered() {
    let (_fake, rig) = trial("").await;
    for version in [
        "/v1beta",
        "/v1",
        "/v1alpha",
        "",
        "/api/v1",
        "/v1beta/v1beta",
    ] {
        for model in [
            "anthropic/text",
            "models/anthropic/text",
            "anthropic%2Ftext",
        ] {
            let path = format!("{version}/models/{model}:generateContent");
            let (status, reply) = post(&rig, &path, &hello()).await;
            assert_eq!(
                (status, text_of(&reply)),
                (200, "Hello from far away"),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn edge_075_snake_case_is_understood() {
    let (fake, rig) = trial("").await;
    let body = json!({
        "system_instruction": {"parts": {"text": "Be brief."}},
        "contents": {"role": "user", "parts": {"inline_data": {"mime_type": "image/png", "data": ask::PNG}}},
        "generation_config": {"max_output_tokens": 7}});
    let path = "/v1/models/anthropic/image:generateContent";
    let (status, reply) = post(&rig, path, &body).await;
    assert_eq!((status, text_of(&reply)), (200, "1 picture"));
    let (_, sent, _) = fake.seen.requests().remove(0);
    assert_eq!(
        (&sent["max_tokens"], &sent["system"]),
        (&json!(7), &json!("Be brief."))
    );
}

#[tokio::test]
async fn tokens_are_counted_by_who_can() {
    let contents = hello()["contents"].clone();
    let whole =
        |model: &str| json!({"generateContentRequest": {"model": model, "contents": contents}});
    for (model, counted) in [("gemini/text", true), ("openai_chat/text", false)] {
        for body in [
            json!({ "contents": contents }),
            whole(&format!("models/{model}")),
        ] {
            let (fake, rig) = trial("").await;
            let path = format!("/v1beta/models/{model}:countTokens");
            let (status, reply) = post(&rig, &path, &body).await;
            assert_eq!(status, 200, "{reply}");
            let tokens = reply["totalTokens"].as_u64().unwrap();
            assert_eq!(tokens == 4242, counted, "{model}: {reply}");
            if counted {
                let (_, sent, _) = fake.seen.requests().remove(0);
                let named = &sent["generateContentRequest"]["model"];
                assert!(named.is_null() || named == "models/text", "{sent}");
            }
            let (row, _) = rig.only_row().await;
            assert_eq!(row.operation.as_deref(), Some("count_tokens"));
            assert_eq!(row.state, ExchangeState::Done);
        }
    }
}

#[tokio::test]
async fn edge_140_models_are_listed_and_got_as_its_clients_read_them() {
    let (_fake, rig) = trial("").await;
    let get = async |path: &str, header: Option<&'static str>| {
        let mut request = rig.client.get(format!("{}{path}", rig.url));
        if let Some(name) = header {
            request = request.header(name, "any");
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    for (path, header) in [
        ("/v1beta/models?pageSize=50", None),
        ("/v1/models", Some("x-goog-api-key")),
        ("/v1/models?key=any", None),
    ] {
        let (status, list) = get(path, header).await;
        assert_eq!(status, 200);
        let names: Vec<&str> = list["models"]
            .as_array()
            .unwrap_or_else(|| panic!("{path}: {list}"))
            .iter()
            .map(|model| model["name"].as_str().unwrap())
            .collect();
        assert!(names.contains(&"models/gemini/listed-gemini"), "{names:?}");
        assert!(names.contains(&"models/echo/echo"), "{names:?}");
    }
    let (status, model) = get("/v1beta/models/gemini/listed-gemini", None).await;
    assert_eq!(status, 200);
    assert_eq!(model["name"], "models/gemini/listed-gemini");
    assert_eq!(model["inputTokenLimit"], 1_048_576);
    assert_eq!(model["outputTokenLimit"], 65_536);
    let methods = json!(["generateContent", "countTokens"]);
    assert_eq!(model["supportedGenerationMethods"], methods);
    // What makes vectors is not offered for a chat.
    let (_, model) = get("/v1beta/models/gemini/listed-vectors", None).await;
    let methods = json!(["embedContent", "countTokens"]);
    assert_eq!(model["supportedGenerationMethods"], methods);
    assert_eq!(model["thinking"], false);
    let (status, failure) = get("/v1beta/models/nobody", None).await;
    assert_eq!(
        (status, &failure["error"]["status"]),
        (404, &json!("NOT_FOUND"))
    );
}

#[tokio::test]
async fn edge_137_wrong_paths_and_methods_are_told_in_its_shape() {
    let (_fake, rig) = trial("").await;
    for (method, path, status, word) in [
        ("POST", "/v1beta/cachedContents", 404, "NOT_FOUND"),
        ("POST", "/v1beta/models/x:predict", 404, "NOT_FOUND"),
        ("GET", "/v1beta/files", 404, "NOT_FOUND"),
        (
            "GET",
            "/v1beta/models/x:generateContent",
            405,
            "UNIMPLEMENTED",
        ),
        ("DELETE", "/v1beta/models/x", 405, "UNIMPLEMENTED"),
        ("POST", "/v1beta/models", 405, "UNIMPLEMENTED"),
    ] {
        let method: reqwest::Method = method.parse().unwrap();
        let request = rig.client.request(method, format!("{}{path}", rig.url));
        let answer = request.json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["code"], status, "{path}");
        assert_eq!(body["error"]["status"], word, "{path}");
    }
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_told_with_its_field() {
    let (_fake, rig) = trial("").await;
    let path = "/v1beta/models/anthropic/text:generateContent";
    for (body, field) in [
        (json!({}), "contents"),
        (json!({"contents": []}), "contents"),
        (
            json!({"contents": [{"role": "system", "parts": [{"text": "x"}]}]}),
            "contents[0].role",
        ),
        (
            json!({"contents": "?", "cachedContent": "cachedContents/1"}),
            "cachedContent",
        ),
    ] {
        let (status, reply) = post(&rig, path, &body).await;
        assert_eq!(status, 400, "{body}");
        assert_eq!(reply["error"]["status"], "INVALID_ARGUMENT");
        let violation = &reply["error"]["details"][0]["fieldViolations"][0];
        assert_eq!(violation["field"], field, "{reply}");
    }
    let nobody = "/v1beta/models/nobody/x:generateContent";
    let (status, reply) = post(&rig, nobody, &hello()).await;
    assert_eq!(
        (status, &reply["error"]["status"]),
        (404, &json!("NOT_FOUND"))
    );
}

#[tokio::test]
async fn complaint_30_the_wait_is_told_in_the_body_and_in_the_header() {
    for model in ["gemini/error-429", "openai_chat/error-429"] {
        let (_fake, rig) = trial("").await;
        let url = format!("{}/v1beta/models/{model}:generateContent", rig.url);
        let answer = rig.client.post(url).json(&hello()).send().await.unwrap();
        assert_eq!(answer.status(), 429);
        assert_eq!(answer.headers()["retry-after"], "7", "{model}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            body["error"]["details"][0]["retryDelay"], "7s",
            "{model}: {body}"
        );
    }
}

#[tokio::test]
async fn a_key_that_the_provider_refuses_is_not_the_clients_fault() {
    for client in Dialect::CLIENTS {
        let fake = Fake::start().await;
        let rig = Rig::with(&rig::both(&fake).replace("FAKE_KEY", "WRONG_KEY")).await;
        let (http, url) = (&rig.client, &rig.url);
        let request = ask::request(http, url, client, Ask::Text, "gemini/text", false);
        let answer = request.send().await.unwrap();
        assert!(!answer.status().is_success());
        let bytes = answer.bytes().await.unwrap();
        let (_, message) = told::whole(client, &bytes).error.unwrap();
        assert!(
            message.contains("API key not valid"),
            "{client:?}: {message}"
        );
        assert!(
            !message.contains("not-the-providers-key"),
            "{client:?}: {message}"
        );
        let (row, _) = rig.only_row().await;
        assert_eq!(
            row.error_kind.as_deref(),
            Some("authentication"),
            "{client:?}"
        );
    }
}
