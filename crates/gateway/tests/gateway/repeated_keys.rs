//! A provider that repeats the key it was sent: the client gets what it says, and nothing of the key is kept.

use serde_json::json;

use crate::{
    fake,
    rig::Rig,
    scripted::{self, Scripted},
};

const ACCOUNT: &str =
    "[[accounts]]\nid = \"lab-main\"\nprovider = \"lab\"\nkey = { env = \"FAKE_KEY\" }\n";

#[tokio::test]
async fn a_key_that_a_good_answer_repeats_is_not_kept() {
    let reply = json!({"id": "a", "object": "chat.completion", "model": "m", "choices": [{
        "index": 0, "finish_reason": "stop",
        "message": {"role": "assistant", "content": format!("You sent {}.", fake::KEY)},
    }]});
    for path in ["/v1/chat/completions", "/v1/messages"] {
        let sent = reply.clone();
        let provider = Scripted::start(move |_, _| scripted::json(&sent)).await;
        let rig = Rig::with(&(provider.config("openai_chat") + ACCOUNT)).await;
        let body = json!({"model": "lab/m", "max_tokens": 9,
            "messages": [{"role": "user", "content": "Hello"}]});
        let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
        let answer = request.send().await.unwrap().text().await.unwrap();
        assert!(answer.contains(fake::KEY), "{answer}");
        let (_, bodies) = rig.only_row().await;
        let kept = [
            bodies.upstream_request_headers,
            bodies.upstream_response,
            bodies.client_response,
        ];
        for body in kept {
            let text = String::from_utf8(body.unwrap().bytes.to_vec()).unwrap();
            assert!(!text.contains(fake::KEY), "{path}: {text}");
        }
    }
}

#[tokio::test]
async fn a_key_that_a_failure_behind_success_repeats_is_not_kept() {
    let failure = json!({"error": {"message": format!("{} is used up.", fake::KEY)}});
    const PATHS: [&str; 2] = ["/v1/chat/completions", "/v1/messages"];
    let cases = PATHS.map(|path| [(path, false), (path, true)]);
    for (path, stream) in cases.into_iter().flatten() {
        let sent = failure.clone();
        let provider = Scripted::start(move |_, _| {
            if stream {
                scripted::events(std::slice::from_ref(&sent))
            } else {
                scripted::json(&sent)
            }
        })
        .await;
        let rig = Rig::with(&(provider.config("openai_chat") + ACCOUNT)).await;
        let body = json!({"model": "lab/m", "stream": stream, "max_tokens": 9,
            "messages": [{"role": "user", "content": "Hello"}]});
        let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
        let told = request.send().await.unwrap().text().await.unwrap();
        // What is passed through is passed on as it is.
        assert_eq!(told.contains(fake::KEY), path == PATHS[0], "{told}");
        let (row, bodies) = rig.only_row().await;
        let message = row.error_message.clone().unwrap();
        assert!(message.contains("is used up."), "{message}");
        assert!(!format!("{row:?}").contains(fake::KEY), "{row:?}");
        let events = bodies.events.map(|body| body.bytes).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&events).contains(fake::KEY));
    }
}
