//! What could not be expressed, in the headers and in the row, of whole answers and of streams.

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use store::exchanges::ExchangeState;

use crate::{
    ask::{self, Ask, Dialect},
    fake::Fake,
    rig::{self, Rig},
    scripted::{self, Scripted},
};

fn body(script: &str, stream: bool) -> Value {
    let model = format!("anthropic/{script}");
    let mut body = ask::body(Dialect::OpenAi, Ask::Text, &model, stream);
    body["seed"] = json!(7);
    body
}

/// Also where the headers of a stream leave before its provider has answered.
#[tokio::test]
async fn losses_are_in_the_headers_and_in_the_row_streamed_or_not() {
    for (script, stream, pace) in [
        ("text", false, rig::PACE),
        ("text", true, rig::PACE),
        ("slow-text", true, rig::IMPATIENT),
    ] {
        let fake = Fake::start().await;
        let rig = Rig::with_pace(&rig::both(&fake), pace).await;
        let url = format!("{}/v1/chat/completions", rig.url);
        let answer = rig.client.post(url).json(&body(script, stream)).send();
        let answer = answer.await.unwrap();
        let name = format!("{script} stream={stream}");
        let told = answer.headers().get("x-patchbay-loss").cloned();
        let told = told.unwrap_or_else(|| panic!("{name}"));
        assert!(
            told.to_str().unwrap().contains("dropped seed"),
            "{name}: {told:?}"
        );
        answer.bytes().await.unwrap();
        let (row, _) = rig.only_row().await;
        assert!(row.losses.iter().any(|loss| loss.field == "seed"), "{name}");
    }
}

/// Sends `body` as a client of `dialect` to another protocol's provider.
async fn refused(dialect: Dialect, body: &Value) -> Value {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let path = dialect.path("anthropic/text", false);
    let request = rig.client.post(format!("{}{path}", rig.url)).json(body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn losses_and_refusals_name_the_clients_own_fields() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut body = ask::body(Dialect::Gemini, Ask::Text, "", false);
    body["generationConfig"] = json!({"topK": 5, "seed": 7});
    let path = Dialect::Gemini.path("openai_chat/text", false);
    let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
    let answer = request.send().await.unwrap();
    let told = answer.headers()["x-patchbay-loss"].to_str().unwrap();
    assert_eq!(told, "dropped generationConfig.topK");

    let body = json!({"model": "anthropic/text", "input": "Hello.", "top_logprobs": 2});
    let error = &refused(Dialect::Responses, &body).await["error"];
    assert_eq!(error["param"], "top_logprobs");
    let sentence = "top_logprobs are not supported by this model.";
    assert_eq!(error["message"], sentence);

    let file = json!({"fileData": {"mimeType": "image/png", "fileUri": "https://x.test/files/1"}});
    let body = json!({"contents": [{"parts": [file], "role": "model"}, {"parts": []}]});
    let error = refused(Dialect::Gemini, &body).await.to_string();
    assert!(error.contains(r#""field":"contents"#), "{error}");
}

#[tokio::test]
async fn probabilities_that_were_asked_for_and_never_came_are_told() {
    let likely =
        json!({"content": [{"token": "Hi", "logprob": -0.1, "bytes": null, "top_logprobs": []}]});
    for (comes, words) in [(false, "Hi"), (true, "Hi"), (false, "")] {
        for stream in [false, true] {
            let likely = if comes { likely.clone() } else { Value::Null };
            let lab = Scripted::start(move |_, _| {
                let (message, delta) = if stream { (Value::Null, json!({"content": words})) } else {
                    (json!({"role": "assistant", "content": words}), Value::Null)
                };
                let reply = json!({"id": "c", "model": "m", "choices": [{"index": 0, "message": message,
                    "delta": delta, "logprobs": likely, "finish_reason": "stop"}]});
                if stream { scripted::events(&[reply]) } else { scripted::json(&reply) }
            })
            .await;
            let rig = Rig::with(&lab.config("openai_chat")).await;
            let mut body = ask::body(Dialect::Gemini, Ask::Text, "", false);
            body["generationConfig"] = json!({"responseLogprobs": true});
            let path = Dialect::Gemini.path("lab/m", stream);
            let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
            let answer = request.send().await.unwrap();
            let header = answer.headers().get("x-patchbay-loss").cloned();
            let text = answer.text().await.unwrap();
            assert_eq!(text.contains("logprobsResult"), comes, "{text}");
            let (row, _) = rig.only_row().await;
            let told: Vec<_> = row
                .losses
                .iter()
                .filter(|loss| loss.field.contains("ogprobs"))
                .collect();
            let is_lost = !comes && !words.is_empty();
            assert_eq!(told.len(), usize::from(is_lost), "{:?}", row.losses);
            if is_lost {
                assert_eq!(told[0].field, "generationConfig.responseLogprobs");
                assert_eq!(told[0].why, "was asked for, and the provider gave none");
            }
            if !stream {
                let header = header.map(|told| told.to_str().unwrap().contains("responseLogprobs"));
                assert_eq!(header.unwrap_or_default(), is_lost);
            }
        }
    }
}

/// Who closes the connection at the end mark, as many do, and who leaves before it.
#[tokio::test]
async fn what_a_reply_held_is_told_though_nobody_reads_on() {
    for (is_whole, last, state) in [
        (true, "data: [DONE]", ExchangeState::Done),
        (false, "Hello.", ExchangeState::ClientLeft),
    ] {
        let provider = Scripted::start(move |_, _| {
            let cited = json!({"type": "char_location", "cited_text": "So.", "document_index": 0, "document_title": "D",
                "start_char_index": 0, "end_char_index": 3});
            let delta =
                |delta: Value| json!({"type": "content_block_delta", "index": 0, "delta": delta});
            let mut frames = vec![
                json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant",
                    "model": "m", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}}),
                json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                delta(json!({"type": "citations_delta", "citation": cited})),
                delta(json!({"type": "text_delta", "text": "Hello."})),
            ];
            if is_whole {
                frames.extend([
                    json!({"type": "content_block_stop", "index": 0}),
                    json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
                    json!({"type": "message_stop"}),
                ]);
            }
            scripted::held(&frames)
        })
        .await;
        let rig = Rig::with(&provider.config("anthropic")).await;
        let body = ask::body(Dialect::OpenAi, Ask::Text, "lab/m", true);
        let answer = rig.in_process("/v1/chat/completions", &body).await;
        let mut chunks = answer.into_body().into_data_stream();
        let mut got = String::new();
        while !got.contains(last) {
            let chunk = chunks.next().await.unwrap().unwrap();
            got += std::str::from_utf8(&chunk).unwrap();
        }
        drop(chunks);
        let (row, _) = rig.only_row().await;
        assert_eq!(row.state, state);
        let told: Vec<_> = row.losses.iter().map(|loss| &loss.field).collect();
        assert_eq!(told, ["content.citations"], "{last}");
    }
}
