//! `embedContent` and `batchEmbedContents`.

use serde_json::{Value, json};

use super::{post, trial};

fn one(text: &str) -> Value {
    json!({"content": {"parts": [{"text": text}]}})
}

fn all(model: &str) -> Value {
    let named = |text: &str| {
        let mut one = one(text);
        one["model"] = json!(format!("models/{model}"));
        one["taskType"] = json!("RETRIEVAL_QUERY");
        one
    };
    json!({"requests": [named("a"), named("bcd")]})
}

#[tokio::test]
async fn a_batch_gets_its_vectors_from_everyone_who_has_some() {
    for (provider, second) in [("gemini", 0.5), ("ollama", 0.5), ("openai_chat", 97.0)] {
        let (fake, rig) = trial("").await;
        let model = format!("{provider}/vectors");
        let path = format!("/v1beta/models/{model}:batchEmbedContents");
        let (status, reply) = post(&rig, &path, &all(&model)).await;
        assert_eq!(status, 200, "{provider}: {reply}");
        let values = &reply["embeddings"][0]["values"];
        assert_eq!(
            (values[0].as_f64(), values[1].as_f64()),
            (Some(1.0), Some(second)),
            "{provider}"
        );
        assert_eq!(reply["embeddings"].as_array().unwrap().len(), 2);
        if provider == "gemini" {
            let (_, sent, path) = fake.seen.requests().remove(0);
            assert_eq!(sent, all("vectors"));
            assert_eq!(path, "/v1beta/models/vectors:batchEmbedContents");
        }
        let (row, _) = rig.only_row().await;
        assert_eq!(row.operation.as_deref(), Some("embed"));
    }
}

#[tokio::test]
async fn an_alias_may_stand_in_a_batch() {
    let alias = "[[aliases]]\nname = \"vectors\"\ntargets = [\"gemini/gemini-embedding-001\"]\n";
    let (_fake, rig) = trial(alias).await;
    let path = "/v1/models/vectors:batchEmbedContents";
    let (status, reply) = post(&rig, path, &all("vectors")).await;
    assert_eq!(status, 200, "{reply}");
}

#[tokio::test]
async fn one_text_gets_one_vector() {
    for provider in ["gemini", "ollama", "openai_chat"] {
        let (_fake, rig) = trial("").await;
        let path = format!("/v1beta/models/{provider}/vectors:embedContent");
        let (status, reply) = post(&rig, &path, &one("bcd")).await;
        assert_eq!(status, 200, "{provider}: {reply}");
        assert_eq!(reply["embedding"]["values"][0], 3.0, "{provider}");
    }
}

#[tokio::test]
async fn others_clients_get_vectors_from_it() {
    let (_fake, rig) = trial("").await;
    let body = json!({"model": "gemini/vectors", "input": ["a", "bcd"]});
    let (status, reply) = post(&rig, "/v1/embeddings", &body).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(reply["data"][1]["embedding"], json!([3.0, 0.5]));
}

#[tokio::test]
async fn edge_137_who_has_no_vectors_says_so_in_its_shape() {
    for model in ["anthropic/text", "amazon_q/text", "echo/echo"] {
        let (_fake, rig) = trial("").await;
        let path = format!("/v1beta/models/{model}:batchEmbedContents");
        let (status, reply) = post(&rig, &path, &all(model)).await;
        assert_eq!(
            (status, &reply["error"]["status"]),
            (404, &json!("NOT_FOUND")),
            "{model}"
        );
    }
}
