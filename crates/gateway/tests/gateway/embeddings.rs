//! Texts as vectors.

use serde_json::{Value, json};
use store::exchanges::ExchangeState;

use crate::{
    fake::Fake,
    rig::{self, Rig},
};

async fn trial(more: &str) -> (Fake, Rig) {
    let fake = Fake::start().await;
    let rig = Rig::with(&format!("{}\n{more}", rig::both(&fake))).await;
    (fake, rig)
}

async fn send(rig: &Rig, body: &Value) -> (u16, Value) {
    let request = rig.client.post(format!("{}/v1/embeddings", rig.url));
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
