//! Requests whose bodies are packed.

use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use serde_json::{Value, json};
use store::exchanges::ExchangeState;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::{
    fake::Fake,
    rig::{self, Rig},
    scripted::{self, Scripted},
};

/// With spaces, which only the client's own bytes have.
const HELLO: &str =
    r#"{ "model" : "openai_chat/text",  "messages":[{"role":"user", "content":"Hello"}] }"#;

async fn packed(coding: &str, plain: &[u8]) -> Vec<u8> {
    let mut encoder: Box<dyn AsyncRead + Send + Unpin + '_> = match coding {
        "br" => Box::new(BrotliEncoder::new(plain)),
        "deflate" => Box::new(ZlibEncoder::new(plain)),
        "gzip" => Box::new(GzipEncoder::new(plain)),
        _ => Box::new(ZstdEncoder::new(plain)),
    };
    let mut packed = Vec::new();
    encoder.read_to_end(&mut packed).await.unwrap();
    packed
}

async fn post(rig: &Rig, path: &str, coding: &str, body: Vec<u8>) -> reqwest::Response {
    let request = rig.client.post(format!("{}{path}", rig.url));
    let request = request
        .header("content-type", "application/json")
        .header("content-encoding", coding);
    request.body(body).send().await.unwrap()
}

#[tokio::test]
async fn a_provider_and_the_log_get_the_plain_body() {
    for coding in ["br", "deflate", "gzip", "zstd", "gzip, zstd"] {
        let mut body = HELLO.as_bytes().to_vec();
        for coding in coding.split(", ") {
            body = packed(coding, &body).await;
        }
        let fake = Fake::start().await;
        let rig = Rig::with(&rig::both(&fake)).await;
        let answer = post(&rig, "/v1/chat/completions", coding, body).await;
        assert_eq!(answer.status(), 200, "{coding}");
        answer.bytes().await.unwrap();
        let (headers, ..) = fake.seen.requests().remove(0);
        assert_eq!(headers.get("content-encoding"), None, "{coding}");
        let (row, bodies) = rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Done, "{coding}");
        assert_eq!(row.request_bytes, HELLO.len() as u64, "{coding}");
        assert_eq!(bodies.client_request.unwrap().bytes, HELLO, "{coding}");
        let sent = bodies.upstream_request.unwrap().bytes;
        // Nothing but the model's name is another one.
        assert_eq!(sent, HELLO.replace("openai_chat/", ""), "{coding}");
    }
}

#[tokio::test]
async fn every_client_may_pack_and_be_translated() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let turn = json!([{"role": "user", "content": "Hello"}]);
    for (path, body) in [
        (
            "/v1/messages",
            json!({"model": "openai_chat/text", "max_tokens": 9, "messages": turn}),
        ),
        (
            "/v1/responses",
            json!({"model": "anthropic/text", "input": "Hello", "stream": true}),
        ),
        (
            "/v1beta/models/anthropic%2Ftext:generateContent",
            json!({"contents": [{"parts": [{"text": "Hello"}]}]}),
        ),
        (
            "/api/chat",
            json!({"model": "gemini/text", "messages": turn}),
        ),
        ("/api/show", json!({"model": "openai_chat/listed-model"})),
    ] {
        let body = packed("zstd", body.to_string().as_bytes()).await;
        let answer = post(&rig, path, "zstd", body).await;
        let status = answer.status();
        assert_eq!(status, 200, "{path} {}", answer.text().await.unwrap());
        answer.bytes().await.unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_told_to_the_client_and_in_the_row() {
    let whole = packed("gzip", HELLO.as_bytes()).await;
    let megabyte = packed("zstd", &vec![b' '; 1 << 20]).await;
    let cut = whole[..whole.len() / 2].to_vec();
    for (coding, body, status, kind, sentence) in [
        (
            "gzip",
            cut,
            400,
            "invalid_request",
            "The body cannot be unpacked",
        ),
        (
            "zstd",
            HELLO.into(),
            400,
            "invalid_request",
            "The body cannot be unpacked",
        ),
        (
            "zstd",
            megabyte.repeat(101),
            413,
            "too_large",
            "The request is larger than 100 MB once it is unpacked.",
        ),
        (
            "gzip, compress",
            whole,
            415,
            "invalid_request",
            "The body is packed in `compress`",
        ),
    ] {
        let rig = Rig::with("").await;
        let answer = post(&rig, "/v1/messages", coding, body).await;
        assert_eq!(answer.status(), status, "{coding}");
        let taken = answer.headers().get("accept-encoding").cloned();
        let expected = (status == 415).then_some("zstd, br, gzip, deflate");
        assert_eq!(
            taken.as_ref().map(|taken| taken.to_str().unwrap()),
            expected
        );
        let body: Value = answer.json().await.unwrap();
        let told = body["error"]["message"].as_str().unwrap();
        assert!(told.starts_with(sentence), "{told}");
        let (row, _) = rig.only_row().await;
        assert_eq!(
            (row.status, row.error_kind.as_deref()),
            (Some(status), Some(kind))
        );
        assert_eq!(row.error_message.as_deref(), Some(told));
    }
}

/// On this computer nothing is gained by it, and some servers pack whatever they send.
#[tokio::test]
async fn edge_136_answers_are_asked_for_as_they_are_and_unpacked_all_the_same() {
    let whole = json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}]});
    let failure = json!({"error": {"message": "There is no such thing."}});
    for (status, body, said) in [
        (200, &whole, "Hello"),
        (400, &failure, "There is no such thing."),
    ] {
        for coding in ["gzip", "br", "compress"] {
            let bytes = packed(coding, body.to_string().as_bytes()).await;
            let provider = Scripted::start(move |_, _| {
                let mut answer = scripted::json(&json!({}));
                *answer.status_mut() = status.try_into().unwrap();
                let coding = coding.parse().unwrap();
                answer.headers_mut().insert("content-encoding", coding);
                *answer.body_mut() = bytes.clone().into();
                answer
            })
            .await;
            let rig = Rig::with(&provider.config("openai_chat")).await;
            let messages = json!([{"role": "user", "content": "?"}]);
            for path in ["messages", "chat/completions"] {
                let asked = json!({"model": "lab/m", "max_tokens": 9, "messages": messages});
                let request = rig.client.post(format!("{}/v1/{path}", rig.url));
                let answer = request.json(&asked).send().await.unwrap();
                let found = answer.status().as_u16();
                let text = answer.text().await.unwrap();
                let (expected, words) = match coding {
                    "compress" => (502, "sent a packed answer"),
                    _ => (status, said),
                };
                assert_eq!(found, expected, "{coding} {path} {text}");
                assert!(text.contains(words), "{coding} {path} {text}");
            }
            let asked = provider.headers();
            assert!(
                asked
                    .iter()
                    .all(|asked| asked["accept-encoding"] == "identity")
            );
        }
    }
}

#[tokio::test]
async fn a_word_that_names_no_coding_says_nothing() {
    let whole = json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}]});
    let chunk = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [
        {"index": 0, "finish_reason": "stop", "delta": {"role": "assistant", "content": "Hello"}}]});
    let failure = json!({"error": {"message": "There is no such thing."}});
    for (status, stream, body, said) in [
        (200, false, &whole, "Hello"),
        (200, true, &chunk, "Hello"),
        (400, false, &failure, "There is no such thing."),
    ] {
        for word in ["utf-8", "none", "UTF-8, identity"] {
            let body = body.clone();
            let provider = Scripted::start(move |_, _| {
                let mut answer = if stream {
                    scripted::events(std::slice::from_ref(&body))
                } else {
                    scripted::json(&body)
                };
                *answer.status_mut() = status.try_into().unwrap();
                let word = word.parse().unwrap();
                answer.headers_mut().insert("content-encoding", word);
                answer
            })
            .await;
            let rig = Rig::with(&provider.config("openai_chat")).await;
            let messages = json!([{"role": "user", "content": "?"}]);
            for path in ["messages", "chat/completions"] {
                let asked = json!({"model": "lab/m", "max_tokens": 9, "stream": stream, "messages": messages});
                let request = rig.client.post(format!("{}/v1/{path}", rig.url));
                let answer = request.json(&asked).send().await.unwrap();
                assert_eq!(answer.headers().get("content-encoding"), None);
                let found = answer.status().as_u16();
                let text = answer.text().await.unwrap();
                assert_eq!(found, status, "{word} {path} {text}");
                assert!(text.contains(said), "{word} {path} {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_word_that_names_no_coding_is_passed_over_among_those_that_do() {
    let whole = json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}]});
    let bytes = packed("gzip", whole.to_string().as_bytes()).await;
    for (words, status, said) in [
        ("utf-8, gzip", 200, "Hello"),
        ("gzip,aws-chunked, identity", 200, "Hello"),
        ("utf-8, compress", 502, "sent a packed answer"),
    ] {
        let bytes = bytes.clone();
        let provider = Scripted::start(move |_, _| {
            let mut answer = scripted::json(&json!({}));
            let words = words.parse().unwrap();
            answer.headers_mut().insert("content-encoding", words);
            *answer.body_mut() = bytes.clone().into();
            answer
        })
        .await;
        let rig = Rig::with(&provider.config("openai_chat")).await;
        let asked = json!({"model": "lab/m", "messages": [{"role": "user", "content": "?"}]});
        let request = rig.client.post(format!("{}/v1/chat/completions", rig.url));
        let answer = request.json(&asked).send().await.unwrap();
        assert_eq!(answer.headers().get("content-encoding"), None);
        let found = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        assert_eq!(found, status, "{words} {text}");
        assert!(text.contains(said), "{words} {text}");
    }
}
