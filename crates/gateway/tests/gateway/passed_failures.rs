//! Failures behind a status of success: the client gets them as they came, and the row says what they are.

use serde_json::{Value, json};
use store::exchanges::{ErrorSource, ExchangeState};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

fn request() -> Value {
    json!({"model": "lab/any", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]})
}

#[tokio::test]
async fn a_failure_behind_a_status_of_success_is_a_failed_row() {
    for (protocol, path, failure, words) in [
        (
            "openai_chat",
            "/v1/chat/completions",
            json!({"error": {"message": "Out of credits.", "type": "insufficient_quota"}}),
            "Out of credits.",
        ),
        (
            "anthropic",
            "/v1/messages",
            json!({"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}),
            "Busy.",
        ),
        (
            "openai_chat",
            "/v1/chat/completions",
            json!({"hello": "world"}),
            "The provider",
        ),
    ] {
        let sent = failure.clone();
        let provider = Scripted::start(move |_, _| scripted::json(&sent)).await;
        let rig = Rig::with(&provider.config(protocol)).await;
        let url = format!("{}{path}", rig.url);
        let answer = rig.client.post(url).json(&request()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{failure}");
        assert_eq!(answer.text().await.unwrap(), failure.to_string());
        let (row, bodies) = rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Failed, "{failure}");
        assert_eq!(row.error_source, Some(ErrorSource::Provider), "{failure}");
        let message = row.error_message.unwrap();
        assert!(message.contains(words), "{message}");
        assert!(bodies.upstream_response.is_some(), "{failure}");
    }
}
