//! Texts to go on with at providers that turn out not to take them as such: they are asked in a poorer way.

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};
use store::exchanges::ExchangeState;

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

fn failing(status: StatusCode, body: &Value) -> Response {
    let mut response = scripted::json(body);
    *response.status_mut() = status;
    response
}

fn said_in_chat() -> Response {
    let message = json!({"role": "assistant", "content": "MID"});
    scripted::json(
        &json!({"id": "c", "object": "chat.completion", "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}),
    )
}

async fn complete(rig: &Rig, body: &Value) -> (u16, Value) {
    let request = rig.client.post(format!("{}/v1/completions", rig.url));
    let answer = request.json(body).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

#[tokio::test]
async fn who_has_nothing_but_chat_is_asked_there_and_remembered() {
    let refusals = [
        (StatusCode::NOT_FOUND, json!({"detail": "Not Found"})),
        (StatusCode::METHOD_NOT_ALLOWED, json!({})),
        (
            StatusCode::NOT_FOUND,
            json!({"error": {"type": "invalid_request_error", "param": "model", "code": null,
                "message": "This is a chat model and not supported in the v1/completions endpoint."}}),
        ),
    ];
    for (status, refusal) in refusals {
        for more in [json!({}), json!({"suffix": "END"})] {
            let refusal = refusal.clone();
            let provider = Scripted::start(move |path, _| {
                if path.ends_with("/chat/completions") {
                    said_in_chat()
                } else {
                    failing(status, &refusal)
                }
            })
            .await;
            let rig = Rig::with(&provider.config("openai_chat")).await;
            let mut asked = json!({"model": "lab/some-model", "prompt": "def f("});
            asked
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            for requests in [2, 3] {
                let (status, answer) = complete(&rig, &asked).await;
                assert_eq!(status, 200, "{answer}");
                assert_eq!(answer["choices"][0]["text"], "MID");
                let seen = provider.asked();
                assert_eq!(seen.len(), requests);
                assert!(seen[requests - 1]["messages"].is_array(), "{seen:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_model_that_nobody_has_is_told_of_in_the_first_words_and_not_learned_from() {
    let provider = Scripted::start(|_, body| {
        if body["model"] == "there" {
            return scripted::json(
                &json!({"id": "c", "object": "text_completion", "model": "there",
                "choices": [{"index": 0, "text": "MID", "finish_reason": "stop"}]}),
            );
        }
        let what = if body["prompt"].is_string() {
            "first"
        } else {
            "second"
        };
        failing(StatusCode::NOT_FOUND, &json!({"error": {"message": what}}))
    })
    .await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    for _ in 0..2 {
        let (status, answer) = complete(&rig, &json!({"model": "lab/gone", "prompt": "a"})).await;
        assert_eq!(
            (status, &answer["error"]["message"]),
            (404, &json!("first"))
        );
    }
    let (status, answer) = complete(&rig, &json!({"model": "lab/there", "prompt": "a"})).await;
    assert_eq!(
        (status, &answer["choices"][0]["text"]),
        (200, &json!("MID"))
    );
}

#[tokio::test]
async fn a_model_that_knows_no_gaps_still_goes_on_with_texts() {
    let provider = Scripted::start(|path, body| match path {
        "/api/chat" => scripted::json(&json!({"model": "m", "done": true, "done_reason": "stop",
            "message": {"role": "assistant", "content": "MID"}})),
        _ if body.get("suffix").is_some() => failing(
            StatusCode::BAD_REQUEST,
            &json!({"error": "registry.ollama.ai/library/some:latest does not support insert"}),
        ),
        _ => scripted::json(
            &json!({"model": "m", "done": true, "done_reason": "stop", "response": "END"}),
        ),
    })
    .await;
    let rig = Rig::with(&provider.config("ollama")).await;
    let gap = json!({"model": "lab/some", "prompt": "a", "suffix": "b"});
    for requests in [2, 3] {
        let (status, answer) = complete(&rig, &gap).await;
        assert_eq!(
            (status, &answer["choices"][0]["text"]),
            (200, &json!("MID"))
        );
        assert_eq!(provider.asked().len(), requests);
    }
    let text = json!({"model": "lab/some", "prompt": "a"});
    let (status, answer) = complete(&rig, &text).await;
    assert_eq!(
        (status, &answer["choices"][0]["text"]),
        (200, &json!("END"))
    );
    assert_eq!(provider.asked().len(), 4);
}

#[tokio::test]
async fn both_attempts_are_in_the_row() {
    let provider = Scripted::start(|path, _| {
        if path.ends_with("/chat/completions") {
            said_in_chat()
        } else {
            failing(StatusCode::NOT_FOUND, &json!({"detail": "Not Found"}))
        }
    })
    .await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    complete(&rig, &json!({"model": "lab/some-model", "prompt": "a"})).await;
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Done);
    let statuses: Vec<_> = row.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(404), Some(200)]);
    assert!(row.losses.iter().any(|loss| loss.field == "prompt"));
}
