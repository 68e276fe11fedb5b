//! A provider that repeats the key it was sent: the client gets all else, and nothing of the key is kept.

use axum::body::Body;
use futures_util::stream;
use serde_json::json;

use crate::{
    fake::{self, amazon_q::event_stream},
    rig::Rig,
    scripted::{self, Scripted},
};

const ACCOUNT: &str =
    "[[accounts]]\nid = \"lab-main\"\nprovider = \"lab\"\nkey = { env = \"FAKE_KEY\" }\n";

/// By an address that is not known for this computer's own.
fn elsewhere(provider: &Scripted) -> String {
    at_home(provider, "").replace("127.0.0.1", "0.0.0.0")
}

/// `log`: more of its settings.
fn at_home(provider: &Scripted, log: &str) -> String {
    provider.config("openai_chat") + log + ACCOUNT
}

#[tokio::test]
async fn a_key_that_a_good_answer_repeats_goes_no_further() {
    let reply = json!({"id": "a", "object": "chat.completion", "model": "m", "choices": [{
        "index": 0, "finish_reason": "stop",
        "message": {"role": "assistant", "content": format!("You sent {}.", fake::KEY)},
    }]});
    for path in ["/v1/chat/completions", "/v1/messages"] {
        let sent = reply.clone();
        let provider = Scripted::start(move |_, _| scripted::json(&sent)).await;
        let rig = Rig::with(&elsewhere(&provider)).await;
        let body = json!({"model": "lab/m", "max_tokens": 9,
            "messages": [{"role": "user", "content": "Hello"}]});
        let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
        let answer = request.send().await.unwrap().text().await.unwrap();
        assert!(answer.contains("You sent …."), "{answer}");
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
async fn a_key_that_a_failure_behind_success_repeats_goes_no_further() {
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
        let rig = Rig::with(&elsewhere(&provider)).await;
        let body = json!({"model": "lab/m", "stream": stream, "max_tokens": 9,
            "messages": [{"role": "user", "content": "Hello"}]});
        let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
        let told = request.send().await.unwrap().text().await.unwrap();
        assert!(told.contains("… is used up."), "{told}");
        let (row, bodies) = rig.only_row().await;
        let message = row.error_message.clone().unwrap();
        assert!(message.contains("is used up."), "{message}");
        assert!(!format!("{row:?}").contains(fake::KEY), "{row:?}");
        let events = bodies.events.map(|body| body.bytes).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&events).contains(fake::KEY));
    }
}

/// Such frames state their lengths, and a sum over their bytes.
#[tokio::test]
async fn a_key_in_a_frame_of_bytes_goes_no_further() {
    let event = |text: String| {
        event_stream::event(
            "assistantResponseEvent",
            &json!({"content": text}).to_string(),
        )
    };
    let said = event(format!("You sent {} and {}.", fake::KEY, fake::KEY));
    let failure = json!({"message": format!("{} is used up.", fake::KEY)}).to_string();
    let exception = event_stream::exception("throttlingException", &failure);
    let words = format!("{} is used up.", fake::KEY);
    let error = [
        (":error-code", "500"),
        (":error-message", &*words),
        (":message-type", "error"),
    ];
    let error = event_stream::frame(&error, b"");
    for (frames, told) in [
        (said.clone(), "You sent … and …."),
        ([said.clone(), event(" Bye.".to_owned())].concat(), " Bye."),
        (exception, "… is used up."),
        (error, " is used up."),
    ] {
        for (stream, chunk) in [(false, 4096), (true, 4096), (true, 7)] {
            let frames = frames.clone();
            let provider = Scripted::start(move |_, _| {
                let chunks: Vec<_> = frames.chunks(chunk).map(<[u8]>::to_vec).collect();
                let chunks = chunks.into_iter().map(Ok::<_, std::io::Error>);
                let kind = "application/vnd.amazon.eventstream";
                let answer = axum::response::Response::builder().header("content-type", kind);
                answer
                    .body(Body::from_stream(stream::iter(chunks)))
                    .unwrap()
            })
            .await;
            let config = provider.config("amazon_q") + ACCOUNT;
            let rig = Rig::with(&config.replace("127.0.0.1", "0.0.0.0")).await;
            let body = json!({"model": "lab/m", "stream": stream,
                "messages": [{"role": "user", "content": "Hello"}]});
            let request = rig.client.post(format!("{}/v1/chat/completions", rig.url));
            let answer = request.json(&body).send().await.unwrap();
            let answer = answer.text().await.unwrap();
            assert!(answer.contains(told), "{stream} {chunk}: {answer}");
            assert!(!answer.contains(fake::KEY), "{stream} {chunk}: {answer}");
            let (row, _) = rig.only_row().await;
            assert!(!format!("{row:?}").contains(fake::KEY), "{row:?}");
        }
    }
}

#[tokio::test]
async fn a_key_that_lies_across_the_end_of_what_is_kept_leaves_no_piece() {
    // The first so many bytes of an answer are kept, and the key begins a little before.
    const KEPT: usize = 2048;
    for inside in [1, 8, fake::KEY.len() - 1] {
        for stream in [false, true] {
            let before = "x".repeat(KEPT * 2);
            let text = move |head: &str| {
                let filling = KEPT - inside - head.len();
                format!("{head}{}{}{before}", &before[..filling], fake::KEY)
            };
            let provider = Scripted::start(move |_, _| {
                let whole = if stream {
                    let head = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
                    let end = "\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
                    text(head) + end
                } else {
                    let head = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"";
                    text(head) + "\"},\"finish_reason\":\"stop\"}]}"
                };
                let kind = if stream { "text/event-stream" } else { "application/json" };
                let answer = axum::response::Response::builder().header("content-type", kind);
                answer.body(whole.into()).unwrap()
            })
            .await;
            let config =
                at_home(&provider, "max_body_bytes = 2048\n").replace("127.0.0.1", "0.0.0.0");
            let rig = Rig::with(&config).await;
            let body = json!({"model": "lab/m", "stream": stream,
                "messages": [{"role": "user", "content": "Hello"}]});
            let request = rig.client.post(format!("{}/v1/chat/completions", rig.url));
            let told = request
                .json(&body)
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap();
            assert!(!told.contains(&fake::KEY[..4]), "{told}");
            let (_, bodies) = rig.only_row().await;
            for body in [bodies.upstream_response, bodies.client_response] {
                let body = body.unwrap();
                assert!(body.truncated);
                let kept = String::from_utf8_lossy(&body.bytes);
                assert!(!kept.contains(&fake::KEY[..4]), "stream={stream}: {kept}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_lies_across_the_end_of_a_quote_leaves_no_piece() {
    // Of words that are no JSON the beginning is quoted.
    for filling in [480, 490, 497] {
        let page = format!("{} {} {}", "x".repeat(filling), fake::KEY, "y".repeat(99));
        let provider = Scripted::start(move |_, _| {
            let answer = axum::response::Response::builder().status(400);
            answer.body(page.clone().into()).unwrap()
        })
        .await;
        let rig = Rig::with(&elsewhere(&provider)).await;
        let body = json!({"model": "lab/m", "messages": [{"role": "user", "content": "Hello"}]});
        let request = rig.client.post(format!("{}/v1/chat/completions", rig.url));
        let told = request
            .json(&body)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert!(!told.contains(&fake::KEY[..4]), "{filling}: {told}");
        let (row, _) = rig.only_row().await;
        let message = row.error_message.unwrap();
        assert!(!message.contains(&fake::KEY[..4]), "{filling}: {message}");
    }
}

/// People write words that any answer may hold where a server of their own wants no key: `sk-no-key-required`.
#[tokio::test]
async fn what_a_server_on_this_computer_says_of_its_key_is_its_answer() {
    let reply = json!({"id": "a", "object": "chat.completion", "model": "m", "choices": [{
        "index": 0, "finish_reason": "stop",
        "message": {"role": "assistant", "content": format!("Set api_key to {}.", fake::KEY)},
    }]});
    for path in ["/v1/chat/completions", "/v1/messages"] {
        let sent = reply.clone();
        let provider = Scripted::start(move |_, _| scripted::json(&sent)).await;
        let rig = Rig::with(&at_home(&provider, "")).await;
        let body = json!({"model": "lab/m", "max_tokens": 9,
            "messages": [{"role": "user", "content": "Hello"}]});
        let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
        let answer = request.send().await.unwrap().text().await.unwrap();
        let said = format!("Set api_key to {}.", fake::KEY);
        assert!(answer.contains(&said), "{answer}");
        let (_, bodies) = rig.only_row().await;
        for body in [bodies.upstream_response, bodies.client_response] {
            let kept = String::from_utf8(body.unwrap().bytes.to_vec()).unwrap();
            assert!(kept.contains("Set api_key to …."), "{path}: {kept}");
        }
    }
}
