//! Several answers to one request, of a provider that gives one at a time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};
use store::exchanges::ExchangeState;

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

/// Answers with the number of the request, streamed or whole as it is asked; the `bad`th it refuses.
async fn counting(bad: Option<usize>, cut: bool) -> Scripted {
    let count = Arc::new(AtomicUsize::new(0));
    Scripted::start(move |_, body| {
        assert!(body.get("n").is_none(), "{body}");
        let number = count.fetch_add(1, Ordering::SeqCst);
        if bad == Some(number) && !cut {
            return refusal();
        }
        if body["stream"] != true {
            let content = json!([{"type": "text", "text": format!("answer {number}")}]);
            return scripted::json(&json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                "content": content, "stop_reason": "end_turn", "stop_sequence": null,
                "usage": {"input_tokens": 10, "cache_read_input_tokens": 3, "output_tokens": 2}}));
        }
        let mut events = vec![
            json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                "content": [], "stop_reason": null, "usage": {"input_tokens": 10, "cache_read_input_tokens": 3, "output_tokens": 1}}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "answer "}}),
        ];
        if bad != Some(number) {
            events.extend([
                json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": number.to_string()}}),
                json!({"type": "content_block_stop", "index": 0}),
                json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
                json!({"type": "message_stop"}),
            ]);
        }
        scripted::events(&events)
    })
    .await
}

fn refusal() -> Response {
    let mut answer = scripted::json(
        &json!({"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}),
    );
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer
}

fn body(n: u32, stream: bool) -> Value {
    json!({"model": "lab/m", "n": n, "stream": stream, "stream_options": stream.then(|| json!({"include_usage": true})),
        "messages": [{"role": "user", "content": "Hi"}]})
}

async fn ask(rig: &Rig, body: &Value) -> reqwest::Response {
    let url = format!("{}/v1/chat/completions", rig.url);
    rig.client.post(url).json(body).send().await.unwrap()
}

/// The chunks of a stream, and whether its end mark came.
fn chunks(text: &str) -> (Vec<Value>, bool) {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let (done, chunks): (Vec<_>, Vec<_>) = data.partition(|data| *data == "[DONE]");
    let chunks = chunks
        .iter()
        .map(|data| serde_json::from_str(data).unwrap());
    (chunks.collect(), done.len() == 1)
}

#[tokio::test]
async fn edge_091_several_answers_are_asked_for_one_by_one_and_are_one_reply_and_one_row() {
    for stream in [false, true] {
        let provider = counting(None, false).await;
        let rig = Rig::with(&provider.config("anthropic")).await;
        let answer = ask(&rig, &body(3, stream)).await;
        assert_eq!(answer.status(), 200);
        let loss = answer.headers()["x-patchbay-loss"].clone();
        assert!(loss.to_str().unwrap().contains("emulated n"), "{loss:?}");
        let text = answer.text().await.unwrap();
        let mut texts = vec![String::new(); 3];
        let usage = if stream {
            let (chunks, done) = chunks(&text);
            assert!(done, "{text}");
            let mut finished = 0;
            for choice in chunks.iter().filter_map(|chunk| chunk["choices"].get(0)) {
                let index = choice["index"].as_u64().unwrap() as usize;
                texts[index] += choice["delta"]["content"].as_str().unwrap_or_default();
                finished += usize::from(choice["finish_reason"] == "stop");
            }
            assert_eq!(finished, 3, "{text}");
            chunks.last().unwrap()["usage"].clone()
        } else {
            let reply: Value = serde_json::from_str(&text).unwrap();
            for (at, choice) in reply["choices"].as_array().unwrap().iter().enumerate() {
                assert_eq!(choice["index"], at);
                texts[at] = choice["message"]["content"].as_str().unwrap().to_owned();
            }
            reply["usage"].clone()
        };
        texts.sort();
        assert_eq!(texts, ["answer 0", "answer 1", "answer 2"], "{text}");
        assert_eq!(usage["prompt_tokens"], 39, "{usage}");
        assert_eq!(usage["completion_tokens"], 6, "{usage}");
        assert_eq!(provider.asked().len(), 3);
        let (row, bodies) = rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Done);
        assert_eq!((row.input_tokens, row.output_tokens), (Some(30), Some(6)));
        assert_eq!(row.cache_read_tokens, Some(9));
        assert!(!row.usage_estimated);
        assert_eq!(row.attempts.len(), 1);
        let received = bodies.upstream_response.unwrap().bytes;
        let received = String::from_utf8(received.to_vec()).unwrap();
        assert!(!received.contains('\0'), "{received}");
    }
}

#[tokio::test]
async fn the_failure_of_one_answer_is_the_failure_of_all() {
    for stream in [false, true] {
        let provider = counting(Some(1), false).await;
        let rig = Rig::with(&provider.config("anthropic")).await;
        let answer = ask(&rig, &body(3, stream)).await;
        assert_eq!(answer.status(), 503);
        let (row, _) = rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Failed);
        assert_eq!(row.attempts.len(), 1);
        // Whole answers were made and are paid for; streams are let go of before they are.
        let cost = if stream {
            (None, None)
        } else {
            (Some(20), Some(4))
        };
        assert_eq!((row.input_tokens, row.output_tokens), cost);
    }
}

#[tokio::test]
async fn what_the_others_cost_is_in_the_row_of_a_failure() {
    let count = AtomicUsize::new(0);
    let provider = Scripted::start(move |_, _| {
        if count.fetch_add(1, Ordering::SeqCst) == 1 {
            return scripted::json(&json!({"id": "msg_1"}));
        }
        let content = json!([{"type": "text", "text": "Hi."}]);
        scripted::json(
            &json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "content": content, "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": 10, "cache_read_input_tokens": 3, "output_tokens": 2}}),
        )
    })
    .await;
    let rig = Rig::with(&provider.config("anthropic")).await;
    let answer = ask(&rig, &body(3, false)).await;
    assert_eq!(answer.status(), 502);
    let (row, bodies) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Failed);
    assert_eq!((row.input_tokens, row.output_tokens), (Some(20), Some(4)));
    let received = bodies.upstream_response.unwrap().bytes;
    let received = String::from_utf8(received.to_vec()).unwrap();
    assert!(received.contains("{\"id\":\"msg_1\"}"), "{received}");
}

#[tokio::test]
async fn complaint_08_a_stream_whose_one_answer_is_cut_ends_in_an_error() {
    let provider = counting(Some(1), true).await;
    let rig = Rig::with(&provider.config("anthropic")).await;
    let answer = ask(&rig, &body(3, true)).await;
    let text = answer.text().await.unwrap();
    assert!(text.contains("\"error\""), "{text}");
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Failed);
}

#[tokio::test]
async fn more_answers_than_the_configuration_allows_are_a_clear_refusal() {
    for (most, sentence) in [
        (
            2,
            "`n` is 3, but this model gives one answer to a request, and Patchbay asks it at most 2 times at once (`parallel_choices` in its configuration).",
        ),
        (1, "`n` is 3, but this model gives one answer to a request."),
    ] {
        let provider = counting(None, false).await;
        let config = provider.config("anthropic");
        let rig = Rig::with(&format!("{config}[requests]\nparallel_choices = {most}\n")).await;
        let answer = ask(&rig, &body(3, false)).await;
        assert_eq!(answer.status(), 400);
        let failure: Value = answer.json().await.unwrap();
        assert_eq!(failure["error"]["message"], sentence);
        assert_eq!(failure["error"]["param"], "n");
        assert!(provider.asked().is_empty());
    }
}

#[tokio::test]
async fn edge_091_fewer_answers_than_asked_for_end_like_any_others() {
    let provider = Scripted::start(|_, _| {
        let said = json!({"role": "model", "parts": [{"text": "one"}]});
        let usage = json!({"promptTokenCount": 3, "candidatesTokenCount": 1});
        scripted::events(&[
            json!({"candidates": [{"content": said, "finishReason": "STOP", "index": 0}],
            "usageMetadata": usage, "modelVersion": "m", "responseId": "r"}),
        ])
    })
    .await;
    let rig = Rig::with(&provider.config("gemini")).await;
    let text = ask(&rig, &body(2, true)).await.text().await.unwrap();
    let (chunks, done) = chunks(&text);
    assert!(done, "{text}");
    let last = chunks.last().unwrap();
    assert_eq!(
        (&last["choices"], &last["usage"]["prompt_tokens"]),
        (&json!([]), &json!(3))
    );
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Done);
}

/// Gives one answer however many it is asked for.
fn one(path: &str, body: &Value) -> Response {
    if path.contains("Content") {
        assert_eq!(body["generationConfig"]["candidateCount"], 3);
        let reply = json!({"candidates": [{"index": 0, "content": {"role": "model", "parts": [{"text": "Hi."}]},
            "finishReason": "STOP"}]});
        return if path.contains("stream") {
            scripted::events(&[reply])
        } else {
            scripted::json(&reply)
        };
    }
    assert_eq!(body["n"], 3);
    let choice = |field: &str| json!([{"index": 0, field: {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}]);
    if body["stream"] == true {
        return scripted::events(&[json!({"id": "c", "model": "m", "choices": choice("delta")})]);
    }
    scripted::json(&json!({"id": "c", "model": "m", "choices": choice("message")}))
}

#[tokio::test]
async fn answers_that_a_provider_does_not_give_are_a_loss() {
    for stream in [false, true] {
        let chat = body(3, stream);
        let verb = if stream {
            "streamGenerateContent?alt=sse"
        } else {
            "generateContent"
        };
        let gemini = json!({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
            "generationConfig": {"candidateCount": 3}});
        for (provider, path, asked, field) in [
            ("gemini", "v1/chat/completions".to_owned(), &chat, "n"),
            (
                "openai_chat",
                format!("v1beta/models/lab%2Fm:{verb}"),
                &gemini,
                "generationConfig.candidateCount",
            ),
        ] {
            let scripted = Scripted::start(one).await;
            let rig = Rig::with(&scripted.config(provider)).await;
            let url = format!("{}/{path}", rig.url);
            let answer = rig.client.post(url).json(asked).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let text = answer.text().await.unwrap();
            assert!(text.contains("Hi."), "{text}");
            let row = rig.rows().await.pop().unwrap();
            let told = row.losses.iter().find(|loss| loss.field == field);
            let told = told.unwrap_or_else(|| panic!("{:?}", row.losses));
            assert_eq!(told.why, "asks for 3 answers, of which the provider gave 1");
        }
    }
}

/// Gives one answer to a request, as some models of it do, and says who asks for more.
async fn single() -> Scripted {
    Scripted::start(|_, body| {
        if body["generationConfig"]["candidateCount"].as_u64() > Some(1) {
            let error = json!({"error": {"code": 400, "status": "INVALID_ARGUMENT",
                "message": "Multiple candidates is not enabled for this model"}});
            let mut response = scripted::json(&error);
            *response.status_mut() = StatusCode::BAD_REQUEST;
            return response;
        }
        scripted::json(&json!({"candidates": [{"index": 0, "finishReason": "STOP",
            "content": {"role": "model", "parts": [{"text": "Yes"}]}}],
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 1, "totalTokenCount": 4}}))
    })
    .await
}

#[tokio::test]
async fn who_turns_out_to_give_one_answer_at_a_time_is_asked_so_from_then_on() {
    let provider = single().await;
    let rig = Rig::with(&provider.config("gemini")).await;
    for asked in [3, 5] {
        let url = format!("{}/v1/chat/completions", rig.url);
        let body = json!({"model": "lab/some-model", "n": 2,
            "messages": [{"role": "user", "content": "Hello"}]});
        let answer = rig.client.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let losses = answer.headers()["x-patchbay-loss"].to_str().unwrap();
        assert!(losses.contains("n"), "{losses}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["choices"].as_array().unwrap().len(), 2, "{answer}");
        assert_eq!(provider.asked().len(), asked);
    }
}

#[tokio::test]
async fn each_of_several_texts_gets_the_answer_to_itself() {
    let provider = Scripted::start(|_, body| {
        let text = format!("after {}", body["prompt"].as_str().unwrap());
        if body["stream"] == true {
            let choice = json!({"index": 0, "text": text, "finish_reason": "stop"});
            return scripted::events(&[json!({"id": "c", "choices": [choice]})]);
        }
        scripted::json(
            &json!({"id": "c", "object": "text_completion", "model": "m",
            "choices": [{"index": 0, "text": text, "finish_reason": "stop"}]}),
        )
    })
    .await;
    let config = provider.config("openai_chat");
    let rig = Rig::with(&config).await;
    for stream in [false, true] {
        let url = format!("{}/v1/completions", rig.url);
        // A suffix keeps it from going as it is: this model marks the gap.
        let body = json!({"model": "lab/qwen2.5-coder", "prompt": ["one", "two", "three"], "suffix": "!",
            "stream": stream});
        let answer = rig.client.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let text = answer.text().await.unwrap();
        let choices: Vec<Value> = if stream {
            let frames = text.lines().filter_map(|line| line.strip_prefix("data: "));
            let chunks = frames.filter_map(|data| serde_json::from_str::<Value>(data).ok());
            let choices = chunks.filter_map(|chunk| chunk["choices"].get(0).cloned());
            choices.collect()
        } else {
            let whole: Value = serde_json::from_str(&text).unwrap();
            whole["choices"].as_array().unwrap().clone()
        };
        for (index, prompt) in ["one", "two", "three"].into_iter().enumerate() {
            let own = choices.iter().filter(|choice| choice["index"] == index);
            let said: String = own.filter_map(|choice| choice["text"].as_str()).collect();
            assert!(said.contains(prompt), "stream={stream} {index}: {said}");
        }
    }
}
