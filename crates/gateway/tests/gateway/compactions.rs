//! A conversation that its provider shortens: the answer goes back as it is, and what it cost is in the row.

use serde_json::{Value, json};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

#[tokio::test]
async fn what_a_compaction_costs_is_counted() {
    let shortened = json!({"id": "resp_1", "object": "response.compaction", "created_at": 1,
        "output": [{"type": "compaction", "id": "cmp_1", "encrypted_content": "x"}],
        "usage": {"input_tokens": 50, "output_tokens": 9, "total_tokens": 59,
            "input_tokens_details": {"cached_tokens": 20}}});
    let answer = shortened.clone();
    let provider = Scripted::start(move |_, _| scripted::json(&answer)).await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    let request = rig.client.post(format!("{}/v1/responses/compact", rig.url));
    let asked = json!({"model": "lab/gpt-5", "input": "Hi."});
    let answer = request.json(&asked).send().await.unwrap();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, shortened);
    let (row, _) = rig.only_row().await;
    let counts = (row.input_tokens, row.cache_read_tokens, row.output_tokens);
    assert_eq!(counts, (Some(30), Some(20), Some(9)));
    assert!(row.finish_reason.is_none() && row.error_message.is_none());
}
