//! Texts as vectors.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::ConnectInfo, http::StatusCode, response::Response};
use serde_json::{Value, json};
use store::exchanges::ExchangeState;

use crate::{
    fake::Fake,
    rig::{self, Rig},
    scripted::{self, Scripted},
};

async fn trial(more: &str) -> (Fake, Rig) {
    let fake = Fake::start().await;
    let rig = Rig::with(&format!("{}\n{more}", rig::both(&fake))).await;
    (fake, rig)
}

async fn send(rig: &Rig, body: &Value) -> (u16, Value) {
    send_to(rig, "/v1/embeddings", body).await
}

async fn send_to(rig: &Rig, path: &str, body: &Value) -> (u16, Value) {
    let request = rig.client.post(format!("{}{path}", rig.url));
    let answer = request.json(body).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

#[tokio::test]
async fn a_provider_of_the_protocol_gets_the_very_bytes() {
    let (fake, rig) = trial("").await;
    let asked = json!({"model": "openai_chat/vectors", "input": ["a", "bcd"], "encoding_format": "base64",
        "dimensions": 2});
    let (status, answer) = send(&rig, &asked).await;
    assert_eq!(
        (status, answer["data"][1]["embedding"].as_str()),
        (200, Some("AABAQAAAxEI="))
    );
    let (_, body, path) = fake.seen.requests().remove(0);
    let mut expected = asked;
    expected["model"] = json!("vectors");
    assert_eq!((body, path.as_str()), (expected, "/v1/embeddings"));
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Done, "{row:#?}");
    assert_eq!(row.operation.as_deref(), Some("embed"));
    assert_eq!((row.input_tokens, row.output_tokens), (Some(5), None));
    assert!(!row.usage_estimated && !row.stream);
}

#[tokio::test]
async fn tokens_pass_to_the_provider_that_knows_them() {
    let (_fake, rig) = trial("").await;
    let (status, answer) = send(&rig, &json!({"model": "openai_chat/v", "input": [1, 2]})).await;
    assert_eq!((status, answer["data"].as_array().unwrap().len()), (200, 1));
}

#[tokio::test]
async fn a_protocol_without_vectors_says_so_or_leaves_it_to_the_next() {
    let alias = r#"
[[aliases]]
name = "model"
targets = ["anthropic/text", "openai_chat/vectors"]
"#;
    for (model, expected) in [("anthropic/text", 404), ("echo/echo", 404), ("model", 200)] {
        let (_fake, rig) = trial(alias).await;
        let (status, answer) = send(&rig, &json!({"model": model, "input": "a"})).await;
        assert_eq!(status, expected, "{model}: {answer}");
        if expected == 404 {
            assert_eq!(answer["error"]["code"], "operation_not_supported");
            assert!(
                answer["error"]["message"]
                    .as_str()
                    .unwrap()
                    .contains("embeddings")
            );
        }
        let (row, _) = rig.only_row().await;
        assert_eq!(row.state == ExchangeState::Done, expected == 200);
    }
}

#[tokio::test]
async fn failures_come_in_the_clients_shape() {
    let (_fake, rig) = trial("").await;
    for (model, status) in [("error-400", 400), ("error-429", 429), ("error-500", 500)] {
        let model = format!("openai_chat/{model}");
        let (given, answer) = send(&rig, &json!({"model": model, "input": "a"})).await;
        assert_eq!(given, status);
        assert_eq!(answer["error"]["message"], "The provider says no.");
    }
    assert_eq!(rig.rows().await.len(), 3);
}

#[tokio::test]
async fn a_request_without_a_model_takes_the_default_one() {
    let fake = Fake::start().await;
    let config = format!(
        "default_model = \"openai_chat/vectors\"\n{}",
        rig::both(&fake)
    );
    let rig = Rig::with(&config).await;
    let (status, _) = send(&rig, &json!({"input": "a"})).await;
    assert_eq!(status, 200);
    let (_, body, _) = fake.seen.requests().remove(0);
    assert_eq!(body, json!({"model": "vectors", "input": "a"}));
}

/// The path and the body that the provider got.
fn seen(fake: &Fake) -> (String, Value) {
    let (_, body, path) = fake.seen.requests().remove(0);
    (path, body)
}

#[tokio::test]
async fn texts_go_to_a_provider_of_another_protocol() {
    let (fake, rig) = trial("").await;
    let asked =
        json!({"model": "ollama/vectors", "input": ["a", "bcd"], "dimensions": 2, "user": "u"});
    let (status, answer) = send(&rig, &asked).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        answer,
        json!({"object": "list", "model": "ollama/vectors",
            "data": [
                {"object": "embedding", "index": 0, "embedding": [1.0, 0.5]},
                {"object": "embedding", "index": 1, "embedding": [3.0, 0.5]}],
            "usage": {"prompt_tokens": 5, "total_tokens": 5}})
    );
    let sent = json!({"model": "vectors", "input": ["a", "bcd"], "dimensions": 2});
    assert_eq!(seen(&fake), ("/api/embed".to_owned(), sent));
    let (row, _) = rig.only_row().await;
    assert_eq!(
        (row.state, row.input_tokens),
        (ExchangeState::Done, Some(5))
    );
    assert_eq!(row.upstream_protocol.as_deref(), Some("ollama"));
    assert_eq!(row.losses[0].field, "user");
}

#[tokio::test]
async fn base64_is_made_of_numbers() {
    let (_fake, rig) = trial("").await;
    let asked = json!({"model": "ollama/v", "input": "a", "encoding_format": "base64"});
    let (_, answer) = send(&rig, &asked).await;
    assert_eq!(answer["data"][0]["embedding"], "AACAPwAAAD8=");
}

#[tokio::test]
async fn what_only_one_tokenizer_knows_is_refused_elsewhere() {
    let (fake, rig) = trial("").await;
    let (status, answer) = send(&rig, &json!({"model": "ollama/v", "input": [[1, 2]]})).await;
    assert_eq!(
        (status, answer["error"]["param"].as_str()),
        (400, Some("input"))
    );
    assert!(fake.seen.requests().is_empty());
}

#[tokio::test]
async fn a_vector_too_few_is_the_providers_fault() {
    let (_fake, rig) = trial("").await;
    let (status, answer) = send(&rig, &json!({"model": "ollama/short", "input": "a"})).await;
    assert_eq!(status, 502);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("0 vectors for 1 texts"), "{message}");
    assert_eq!(rig.only_row().await.0.state, ExchangeState::Failed);
}

#[tokio::test]
async fn ollamas_clients_get_vectors_from_everyone_in_both_forms() {
    for (provider, path) in [("ollama", "/api/embed"), ("openai_chat", "/v1/embeddings")] {
        let (fake, rig) = trial("").await;
        let model = format!("{provider}/v");
        let asked = json!({"model": model, "input": "ab"});
        let (status, answer) = send_to(&rig, "/api/embed", &asked).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["embeddings"][0][0], 2.0);
        assert_eq!(answer["prompt_eval_count"], 5);
        assert_eq!(seen(&fake).0, path);

        let (fake, rig) = trial("").await;
        let asked = json!({"model": model, "prompt": "abc", "options": {"num_ctx": 9}});
        let (status, answer) = send_to(&rig, "/api/embeddings", &asked).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["embedding"][0], 3.0);
        let (sent_to, sent) = seen(&fake);
        assert_eq!(sent_to, path);
        let kept = provider == "ollama";
        assert_eq!(sent["options"]["num_ctx"] == 9, kept);
        let losses = rig.only_row().await.0.losses;
        assert_eq!(losses.iter().any(|loss| loss.field == "options"), !kept);
    }
    let (_fake, rig) = trial("").await;
    let asked = json!({"model": "anthropic/v", "input": "a"});
    let (status, answer) = send_to(&rig, "/api/embed", &asked).await;
    assert_eq!(status, 404);
    assert!(answer["error"].is_string(), "{answer}");
}

#[tokio::test]
async fn more_texts_than_fit_into_one_batch_become_several_and_one_answer() {
    let provider = Scripted::start(|_, body| {
        let texts = body["requests"].as_array().unwrap();
        assert!(texts.len() <= 100, "{}", texts.len());
        let number = |text: &Value| -> f64 {
            let text = text["content"]["parts"][0]["text"].as_str().unwrap();
            text.parse().unwrap()
        };
        let values = |text: &Value| json!({"values": [number(text)]});
        scripted::json(
            &json!({"embeddings": texts.iter().map(values).collect::<Vec<_>>(),
            "usageMetadata": {"promptTokenCount": texts.len()}}),
        )
    })
    .await;
    let rig = Rig::with(&provider.config("gemini")).await;
    let texts: Vec<String> = (0..250).map(|number| number.to_string()).collect();
    let (status, answer) = send(&rig, &json!({"model": "lab/vectors", "input": texts})).await;
    assert_eq!(status, 200, "{answer}");
    let vectors = answer["data"].as_array().unwrap();
    for (at, vector) in vectors.iter().enumerate() {
        assert_eq!(vector["index"], at);
        assert_eq!(vector["embedding"][0].as_f64(), Some(at as f64));
    }
    assert_eq!(vectors.len(), 250);
    assert_eq!(answer["usage"]["prompt_tokens"], 250);
    let mut sizes: Vec<usize> = provider
        .asked()
        .iter()
        .map(|body| body["requests"].as_array().unwrap().len())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [50, 100, 100]);
    let (row, _) = rig.only_row().await;
    assert_eq!((row.input_tokens, row.usage_estimated), (Some(250), false));
}

#[tokio::test]
async fn batches_behind_a_refused_one_are_not_asked_for() {
    let provider = Scripted::start(|_, _| {
        let mut answer = scripted::json(&json!({"error": {"message": "Slow down."}}));
        *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        answer
    })
    .await;
    let rig = Rig::with(&provider.config("gemini")).await;
    let texts = vec!["a"; 1000];
    let (status, answer) = send(&rig, &json!({"model": "lab/vectors", "input": texts})).await;
    assert_eq!(status, 429, "{answer}");
    // As many as are asked for at once.
    assert!(provider.asked().len() <= 4, "{}", provider.asked().len());
}

/// Vectors for as many texts as are in a batch, but not for the one that begins with `bad`.
async fn batches(bad: &'static str, answer: fn() -> Response) -> Scripted {
    Scripted::start(move |_, body| {
        let texts = body["requests"].as_array().unwrap();
        if texts[0]["content"]["parts"][0]["text"] == bad {
            return answer();
        }
        let vectors = vec![json!({"values": [1.0]}); texts.len()];
        let usage = json!({"promptTokenCount": texts.len()});
        scripted::json(&json!({"embeddings": vectors, "usageMetadata": usage}))
    })
    .await
}

#[tokio::test]
async fn what_the_batches_before_a_failure_cost_is_in_its_row() {
    let refused = || {
        let mut answer = scripted::json(&json!({"error": {"message": "Slow down."}}));
        *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        answer
    };
    let broken = || scripted::json(&json!("no vectors"));
    let few = || {
        let usage = json!({"promptTokenCount": 100});
        scripted::json(&json!({"embeddings": [], "usageMetadata": usage}))
    };
    let texts: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    for (answer, status, least, most) in [
        // It is asked for when one of those before it has been read.
        (refused as fn() -> Response, 429, 100, 400),
        (broken, 502, 400, 400),
        (few, 502, 500, 500),
    ] {
        let provider = batches("400", answer).await;
        let rig = Rig::with(&provider.config("gemini")).await;
        let (found, answer) = send(&rig, &json!({"model": "lab/vectors", "input": texts})).await;
        assert_eq!(found, status, "{answer}");
        let (row, _) = rig.only_row().await;
        let cost = row.input_tokens.unwrap_or_default();
        assert!((least..=most).contains(&cost), "{status}: {cost}");
        assert!(!row.usage_estimated);
    }
}

/// An unread answer holds a connection, and on the newer HTTP what all answers together may send.
#[tokio::test]
async fn a_batch_is_read_before_the_next_is_asked_for() {
    let connections = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&connections);
    let router = Router::new().fallback(move |ConnectInfo(peer): ConnectInfo<SocketAddr>| {
        seen.lock().unwrap().insert(peer);
        let vectors = vec![json!({"values": [1.0]}); 100];
        // More than is taken in unasked.
        let rest = " ".repeat(2 << 20);
        async move { json!({"embeddings": vectors}).to_string() + &rest }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let config =
        format!("[[providers]]\nid = \"lab\"\nprotocol = \"gemini\"\nbase_url = \"{url}\"\n");
    let rig = Rig::with(&config).await;
    let texts = vec!["a"; 1200];
    let (status, answer) = send(&rig, &json!({"model": "lab/vectors", "input": texts})).await;
    assert_eq!(status, 200, "{answer}");
    let connections = connections.lock().unwrap().len();
    assert!(connections <= 4, "{connections}");
    server.abort();
}

#[tokio::test]
async fn more_texts_than_in_a_hundred_batches_are_refused() {
    let provider = Scripted::start(|_, _| scripted::json(&json!({"embeddings": []}))).await;
    let rig = Rig::with(&provider.config("gemini")).await;
    let texts = vec!["a"; 10_001];
    let (status, answer) = send(&rig, &json!({"model": "lab/vectors", "input": texts})).await;
    let error = &answer["error"];
    assert_eq!((status, error["param"].as_str()), (400, Some("input")));
    assert_eq!(
        error["message"],
        "`input` holds 10001 texts. This model's provider takes 100 at once, and Patchbay asks for at most 10000 in one request. Send them in several."
    );
    assert!(provider.asked().is_empty());
}
