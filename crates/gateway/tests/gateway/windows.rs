//! How long a prompt may be, as the provider's own list of models tells it.

use serde_json::json;

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

#[tokio::test]
async fn a_long_prompt_gets_no_more_room_than_its_model_is_listed_with() {
    let provider = Scripted::start(|path, _| {
        if path == "/api/tags" {
            return scripted::json(&json!({"models": [
                {"name": "own:8b", "model": "own:8b", "details": {"context_length": 10_000}}]}));
        }
        scripted::json(
            &json!({"model": "own:8b", "message": {"role": "assistant", "content": "Hi"},
            "done": true, "done_reason": "stop"}),
        )
    })
    .await;
    let rig = Rig::with(&provider.config("ollama")).await;
    let ask = async || {
        let body = json!({"model": "lab/own:8b", "messages": [
            {"role": "user", "content": "word ".repeat(12_000)}]});
        let url = format!("{}/v1/chat/completions", rig.url);
        let answer = rig.client.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let asked = provider.asked().pop().unwrap();
        asked["options"]["num_ctx"].as_u64()
    };
    // Nobody has asked for the list yet, and nobody does for this.
    assert_eq!(ask().await, Some(16_384));
    let models = rig.client.get(format!("{}/v1/models", rig.url));
    assert!(
        models
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("own:8b")
    );
    assert_eq!(ask().await, Some(10_000));
}
