//! How failures are told: once, and to the lane that they are of.

use serde_json::{Value, json};

use super::{PATH, create};
use crate::{
    fake::Fake,
    rig::{self, Rig},
    scripted::{self, Scripted},
    socket::Socket,
};

fn begun() -> Value {
    let reply = json!({"id": "resp_1", "object": "response", "status": "in_progress", "model": "any", "output": []});
    json!({"type": "response.created", "sequence_number": 0, "response": reply})
}

#[tokio::test]
async fn a_failure_in_the_middle_is_told_once_and_with_its_status() {
    for (failure, status) in [
        (
            json!({"type": "error", "code": "rate_limit_exceeded", "message": "Slow down.", "param": null}),
            429,
        ),
        (
            json!({"type": "error", "error": {"type": "server_error", "code": null, "message": "Slow down."}}),
            502,
        ),
    ] {
        let sent = failure.clone();
        let provider = Scripted::start(move |_, _| {
            scripted::events(&[begun(), sent.clone(), json!("[DONE]")])
        })
        .await;
        let rig = Rig::with(&provider.config("openai_responses")).await;
        let mut socket = Socket::open(&rig, PATH).await;
        // The second one begins where nothing more is said of the first.
        for _ in 0..2 {
            socket.say(create("lab/any", "Hello")).await;
            assert_eq!(socket.hear().await["type"], "response.created");
            let told = socket.hear().await;
            assert_eq!(
                (&told["type"], &told["status"]),
                (&json!("error"), &json!(status)),
                "{told}"
            );
            assert_eq!(told["error"]["message"], "Slow down.", "{told}");
        }
    }
}

#[tokio::test]
async fn a_failure_that_its_stream_goes_on_after_is_handed_through() {
    let failure = json!({"type": "error", "sequence_number": 1, "code": "server_error", "message": "Oh.", "param": null});
    let failed = json!({"type": "response.failed", "sequence_number": 2,
        "response": {"id": "resp_1", "object": "response", "status": "failed", "model": "any", "output": [],
            "error": {"code": "server_error", "message": "Oh."}}});
    let sent = [begun(), failure, failed];
    let events = sent.clone();
    let provider = Scripted::start(move |_, _| scripted::events(&events)).await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    let mut socket = Socket::open(&rig, PATH).await;
    for _ in 0..2 {
        socket.say(create("lab/any", "Hello")).await;
        for event in &sent {
            assert_eq!(&socket.hear().await, event);
        }
    }
}

/// What comes behind the last word of one turn would be heard as the first of the next.
#[tokio::test]
async fn a_failure_is_told_once_however_often_its_stream_tells_it() {
    let failure = |message: &str| json!({"type": "error", "code": "server_error", "message": message, "param": null});
    let limits = json!({"type": "codex.rate_limits", "plan_type": "pro"});
    let failed = json!({"type": "response.failed", "response": {"id": "resp_1", "object": "response",
        "status": "failed", "model": "any", "output": [], "error": {"code": "server_error", "message": "Oh."}}});
    for (sent, ends) in [
        (vec![failure("Oh."), failure("And no.")], vec!["error"]),
        (
            vec![failure("Oh."), limits, failure("And no.")],
            vec!["codex.rate_limits", "error"],
        ),
        (vec![failed, failure("And no.")], vec!["response.failed"]),
    ] {
        let events = [vec![begun()], sent].concat();
        let provider = Scripted::start(move |_, _| scripted::events(&events)).await;
        let rig = Rig::with(&provider.config("openai_responses")).await;
        let mut socket = Socket::open(&rig, PATH).await;
        for _ in 0..2 {
            socket.say(create("lab/any", "Hello")).await;
            assert_eq!(socket.hear().await["type"], "response.created");
            for kind in &ends {
                let told = socket.hear().await;
                assert_eq!(told["type"], *kind, "{told}");
                if *kind == "error" {
                    let said = (&told["status"], &told["error"]["message"]);
                    assert_eq!(said, (&json!(502), &json!("Oh.")), "{told}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_names_its_lane() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::open(&rig, PATH).await;
    let mut asked = create("openai_chat/silent-text", "Hello");
    for _ in 0..32 {
        socket.say(asked.clone()).await;
    }
    asked["stream_id"] = json!("a");
    for (message, code) in [
        (asked, "too_many_requests"),
        (
            json!({"type": "response.dance", "stream_id": "a"}),
            "unknown_event",
        ),
        (json!({"stream_id": "a"}), "invalid_event"),
    ] {
        socket.say(message).await;
        let told = socket.hear_until("error").await.pop().unwrap();
        assert_eq!(
            (&told["error"]["code"], &told["stream_id"]),
            (&json!(code), &json!("a")),
            "{told}"
        );
    }
}
