//! Providers that refuse the length of a reply, or the images of a request: they get what they have room for.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::response::Response;
use serde_json::{Value, json};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

fn refusal(message: &str) -> Response {
    let body = json!({"error": {"message": message, "type": "invalid_request_error"}});
    let mut refusal = scripted::json(&body);
    *refusal.status_mut() = axum::http::StatusCode::BAD_REQUEST;
    refusal
}

fn said() -> Response {
    scripted::json(
        &json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}]}),
    )
}

/// The status of an answer to a coding agent, its body, what it was told of changes, and how often the provider was
/// asked.
async fn ask(
    rig: &Rig,
    provider: &Scripted,
    model: &str,
    messages: &Value,
) -> (u16, String, String, usize) {
    let before = provider.asked().len();
    let body = json!({"model": model, "max_tokens": 32_000, "messages": messages});
    let url = format!("{}/v1/messages", rig.url);
    let answer = rig.client.post(url).json(&body).send().await.unwrap();
    let status = answer.status().as_u16();
    let losses = answer.headers().get("x-patchbay-loss");
    let losses = losses
        .map_or("", |losses| losses.to_str().unwrap())
        .to_owned();
    let text = answer.text().await.unwrap();
    (status, text, losses, provider.asked().len() - before)
}

fn hello() -> Value {
    json!([{"role": "user", "content": "Hello."}])
}

#[tokio::test]
async fn complaint_03_a_limit_that_is_refused_is_the_one_that_the_refusal_names() {
    let provider = Scripted::start(|_, body| match body["max_tokens"].as_u64() {
        Some(tokens) if tokens > 8_192 => {
            refusal("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]")
        }
        _ => said(),
    })
    .await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    let (status, _, losses, asked) = ask(&rig, &provider, "lab/m", &hello()).await;
    assert_eq!((status, asked), (200, 2));
    assert!(losses.contains("clamped max_tokens"), "{losses}");
    assert_eq!(provider.asked()[1]["max_tokens"], 8_192);
    // It is known from now on.
    let (status, _, losses, asked) = ask(&rig, &provider, "lab/m", &hello()).await;
    assert_eq!((status, asked), (200, 1));
    assert!(losses.contains("clamped max_tokens"), "{losses}");
}

#[tokio::test]
async fn complaint_03_a_limit_of_the_reply_is_no_prompt_that_is_too_long() {
    for (message, limit) in [
        (
            "The maximum tokens you requested exceeds the model limit of 8192. Try again with a maximum tokens value that is lower than 8192.",
            8_191,
        ),
        (
            "Requested 32000 max_tokens exceeds the model limit of 8192",
            8_192,
        ),
        (
            "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again",
            10_000,
        ),
    ] {
        let provider = Scripted::start(move |_, body| match body["max_tokens"].as_u64() {
            Some(tokens) if tokens > limit => refusal(message),
            _ => said(),
        })
        .await;
        let rig = Rig::with(&provider.config("openai_chat")).await;
        let (status, _, _, asked) = ask(&rig, &provider, "lab/m", &hello()).await;
        assert_eq!((status, asked), (200, 2), "{message}");
        assert_eq!(provider.asked()[1]["max_tokens"], limit);
    }
}

#[tokio::test]
async fn a_limit_is_remembered_once_it_is_taken_and_until_it_is_refused() {
    let limit = Arc::new(AtomicU64::new(0));
    let known = Arc::clone(&limit);
    let provider = Scripted::start(move |_, body| {
        let limit = known.load(Ordering::Relaxed);
        match body["max_tokens"].as_u64() {
            Some(tokens) if tokens > limit => refusal("max_tokens must be at most 8192"),
            Some(tokens) if tokens < limit => refusal("max_tokens is too small for this model"),
            _ => said(),
        }
    })
    .await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    let sent = |from: usize| {
        let asked = provider.asked();
        let tokens = asked
            .iter()
            .skip(from)
            .map(|body| body["max_tokens"].as_u64().unwrap());
        tokens.collect::<Vec<_>>()
    };
    // What was no better is not remembered.
    assert_eq!(ask(&rig, &provider, "lab/m", &hello()).await.0, 400);
    assert_eq!(ask(&rig, &provider, "lab/m", &hello()).await.0, 400);
    assert_eq!(sent(0), [32_000, 8_192, 32_000, 8_192]);
    limit.store(8_192, Ordering::Relaxed);
    assert_eq!(ask(&rig, &provider, "lab/m", &hello()).await.0, 200);
    assert_eq!(ask(&rig, &provider, "lab/m", &hello()).await.0, 200);
    assert_eq!(sent(4), [32_000, 8_192, 8_192]);
    // And what was is no longer.
    limit.store(32_000, Ordering::Relaxed);
    assert_eq!(ask(&rig, &provider, "lab/m", &hello()).await.0, 400);
    assert_eq!(ask(&rig, &provider, "lab/m", &hello()).await.0, 200);
    assert_eq!(sent(7), [8_192, 32_000]);
}

#[tokio::test]
async fn complaint_03_limits_of_known_models_are_kept_without_asking() {
    let provider = Scripted::start(|_, _| said()).await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    let (status, _, losses, asked) = ask(&rig, &provider, "lab/gpt-4o-mini", &hello()).await;
    assert_eq!((status, asked), (200, 1));
    assert!(losses.contains("clamped max_tokens"), "{losses}");
    assert_eq!(provider.asked()[0]["max_tokens"], 16_384);
}

#[tokio::test]
async fn complaint_03_what_a_prompt_leaves_of_the_window_is_for_this_prompt_alone() {
    let provider = Scripted::start(|_, body| match body["max_tokens"].as_u64() {
        Some(tokens) if tokens > 28_960 => refusal(
            "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 40960 tokens and your request has 12000 input tokens (32000 > 40960 - 12000).",
        ),
        _ => said(),
    })
    .await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    for _ in 0..2 {
        let (status, _, _, asked) = ask(&rig, &provider, "lab/m", &hello()).await;
        assert_eq!((status, asked), (200, 2));
        assert_eq!(provider.asked().pop().unwrap()["max_tokens"], 28_960);
    }
}

#[tokio::test]
async fn complaint_03_a_limit_that_is_refused_twice_is_the_clients_to_know() {
    let provider = Scripted::start(|_, _| {
        refusal("'max_tokens' is too large: 32000. This model's maximum context length is 40960 tokens and your request has 12000 input tokens.")
    })
    .await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    let (status, text, _, asked) = ask(&rig, &provider, "lab/m", &hello()).await;
    assert_eq!((status, asked), (400, 2));
    // Of a known model it was kept to from the beginning.
    let (status, _, _, asked) = ask(&rig, &provider, "lab/gpt-4o-mini", &hello()).await;
    assert_eq!((status, asked), (400, 1));
    assert!(!text.contains("prompt is too long"), "{text}");
}

#[tokio::test]
async fn complaint_30_a_model_that_sees_nothing_reads_that_there_was_an_image() {
    let provider = Scripted::start(|_, body| {
        if body.to_string().contains("image_url") {
            return refusal("Failed to deserialize the JSON body into the target type: messages[3]: unknown variant `image_url`, expected `text`");
        }
        said()
    })
    .await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}});
    let messages = json!([
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": [image]}]},
    ]);
    let (status, _, losses, asked) = ask(&rig, &provider, "lab/m", &messages).await;
    assert_eq!((status, asked), (200, 2));
    assert!(losses.contains("emulated messages[2]"), "{losses}");
    let sent = provider.asked().pop().unwrap();
    let result = sent["messages"][2]["content"].as_str().unwrap();
    assert!(result.contains("image"), "{result}");
    let (status, _, _, asked) = ask(&rig, &provider, "lab/m", &messages).await;
    assert_eq!((status, asked), (200, 1));
}

#[tokio::test]
async fn complaint_30_what_one_role_may_not_send_does_not_blind_a_model() {
    let provider = Scripted::start(|_, body| {
        if body["messages"][0]["content"] == "x" {
            return refusal(
                "Invalid messages[3]: a message with role tool only supports text content",
            );
        }
        said()
    })
    .await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}});
    let refused = json!([{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"},
        {"role": "user", "content": [image]}]);
    let (status, text, _, asked) = ask(&rig, &provider, "lab/m", &refused).await;
    assert_eq!((status, asked), (400, 1), "{text}");
    let (status, _, losses, asked) = ask(
        &rig,
        &provider,
        "lab/m",
        &json!([{"role": "user", "content": [image]}]),
    )
    .await;
    assert_eq!((status, asked), (200, 1));
    assert!(!losses.contains("messages"), "{losses}");
}
