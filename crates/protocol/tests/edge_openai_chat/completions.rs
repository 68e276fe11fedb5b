//! Texts that are gone on with: what editors ask for, and what they and the providers are sent.

use bytes::Bytes;
use http::HeaderMap;
use protocol::{
    Operation, RawRequest,
    canonical::{
        ApiError, Capabilities, Completion, Events, Finish, FinishReason, Losses, Reasoning,
        Request, Response,
    },
    client_codec,
};
use serde_json::{Value, json};

use super::trial::*;

fn try_complete(body: &Value) -> Result<Request, ApiError> {
    let body = Bytes::from(body.to_string());
    let raw = RawRequest {
        operation: Operation::Complete,
        path: "/v1/completions",
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    client_codec(CHAT).decode_request(raw, &mut Losses::default())
}

fn complete(body: &Value) -> Request {
    try_complete(body).unwrap()
}

/// A provider's text, whole and as events.
fn went_on() -> Events {
    let events = heard(&[
        json!({"id": "cmpl-9", "object": "text_completion", "model": "m",
            "choices": [{"index": 0, "text": " return", "logprobs": null, "finish_reason": null}]}),
        json!({"id": "cmpl-9", "object": "text_completion", "model": "m",
            "choices": [{"index": 0, "text": " 1", "logprobs": null, "finish_reason": null}]}),
        json!({"id": "cmpl-9", "object": "text_completion", "model": "m",
            "choices": [{"index": 0, "text": "", "logprobs": null, "finish_reason": "length"}]}),
        json!({"id": "cmpl-9", "object": "text_completion", "model": "m", "choices": [],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}),
    ]);
    assert_eq!(
        lines(&events),
        ["0 text", "0  return", "0  1", "0 end", "finish length"]
    );
    events
}

#[test]
fn a_text_is_the_one_message_of_the_user() {
    let request = complete(&json!({
        "model": "m", "prompt": "def f(x):", "suffix": "\nprint(f(1))", "echo": true, "n": 2,
        "max_tokens": 40, "temperature": 0.2, "stop": "\n\n", "user": "u", "stream": true,
        "stream_options": {"include_usage": true}, "best_of": 3, "logit_bias": {"50256": -100},
    }));
    assert_eq!(request.prompt(), "def f(x):");
    assert_eq!(
        request.completion,
        Some(Completion {
            suffix: Some("\nprint(f(1))".to_owned()),
            echo: true,
            others: Vec::new(),
        })
    );
    assert_eq!((request.choices, request.stream_usage), (Some(2), true));
    assert_eq!(request.sampling.max_output_tokens, Some(40));
    assert_eq!(request.sampling.stop, ["\n\n"]);
    let (_, rest) = request.rest.unwrap();
    assert_eq!(rest["best_of"], 3);
    assert_eq!(rest["logit_bias"]["50256"], -100);
}

#[test]
fn nothing_said_about_length_means_the_vendors_sixteen_tokens() {
    let request = complete(&json!({"prompt": ["Once"], "suffix": ""}));
    assert_eq!(request.sampling.max_output_tokens, Some(16));
    assert_eq!(request.completion, Some(Completion::default()));
    assert_eq!(request.model, "");
}

#[test]
fn several_texts_are_several_answers() {
    let request = complete(&json!({"model": "m", "prompt": ["a", "b", "c"]}));
    assert_eq!(request.prompt(), "a");
    assert_eq!(request.completion.unwrap().others, ["b", "c"]);
}

#[test]
fn what_cannot_be_gone_on_with_is_refused_by_name() {
    for (body, param) in [
        (json!({"model": "m"}), "prompt"),
        (json!({"model": "m", "prompt": []}), "prompt"),
        (json!({"model": "m", "prompt": [1, 2]}), "prompt"),
        (json!({"model": "m", "prompt": [[1, 2], [3]]}), "prompt"),
        (json!({"model": "m", "prompt": "a", "n": 0}), "n"),
        (json!({"model": "m", "prompt": {"a": 1}}), "prompt"),
    ] {
        let error = try_complete(&body).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(param), "{body}: {error}");
        assert!(error.message.ends_with('.'), "{error}");
    }
}

#[test]
fn a_provider_is_sent_the_text_and_what_follows_it() {
    let asked = json!({
        "model": "m", "prompt": "def f(x):", "suffix": "\nprint(f(1))", "echo": true,
        "max_tokens": 40, "temperature": 0.2, "top_p": 0.9, "seed": 4, "stop": ["\n\n"], "user": "u",
        "logprobs": 2, "n": 2, "stream": true, "best_of": 3,
    });
    let (body, losses) = sent(&complete(&asked));
    let mut expected = asked;
    expected["model"] = json!("target");
    // Ours to write: the provider would write it once more.
    expected.as_object_mut().unwrap().remove("echo");
    expected["stream_options"] = json!({"include_usage": true});
    assert_eq!(body, expected);
    assert!(losses.is_empty(), "{losses:?}");
    let mut thinking = complete(&json!({"model": "m", "prompt": "a"}));
    thinking.reasoning = Reasoning::Adaptive;
    assert_eq!(sent(&thinking).1, ["reasoning"]);
    thinking.reasoning = Reasoning::Off;
    assert!(sent(&thinking).1.is_empty());
    let several = complete(&json!({"model": "m", "prompt": ["a", "b"], "max_tokens": 5}));
    assert_eq!(sent(&several).0["prompt"], json!(["a", "b"]));
}

#[test]
fn limits_of_the_model_hold_for_texts_too() {
    let request = complete(&json!({"prompt": "a", "max_tokens": 900, "temperature": 3}));
    let capabilities = Capabilities {
        max_output_tokens: Some(500),
        ..Capabilities::default()
    };
    let (body, losses) = sent_to(&request, capabilities);
    assert_eq!(
        (&body["max_tokens"], &body["temperature"]),
        (&json!(500), &json!(2.0))
    );
    assert_eq!(losses, ["temperature", "max_tokens"]);
}

#[test]
fn text_that_looks_like_thoughts_is_text() {
    let reply = answered(
        &json!({"id": "r", "object": "text_completion", "model": "m",
        "choices": [{"index": 0, "text": "<think>x</think>y", "finish_reason": "stop"}]}),
    );
    let (body, _) = whole(&complete(&json!({"prompt": "a"})), &reply);
    assert_eq!(body["choices"][0]["text"], "<think>x</think>y");
}

#[test]
fn a_text_beside_a_delta_is_not_told_twice() {
    let events = heard(&[
        json!({"id": "r", "model": "m", "choices": [
            {"index": 0, "text": "Hi", "delta": {"content": "Hi"}, "finish_reason": null}]}),
        finish("stop"),
    ]);
    assert_eq!(lines(&events), ["0 text", "0 Hi", "0 end", "finish stop"]);
}

#[test]
fn a_stream_of_text_has_the_vendors_form() {
    let asked = json!({"prompt": "x =", "echo": true, "stream": true,
        "stream_options": {"include_usage": true}});
    let (chunks, losses) = spoken(&complete(&asked), &went_on());
    let chunk = |choices: Value, usage: Value| {
        json!({"id": "cmpl-9", "object": "text_completion", "created": 5, "model": "the-alias",
            "choices": choices, "usage": usage})
    };
    let text = |text: &str, finish: Value| {
        let choice = json!({"text": text, "index": 0, "logprobs": null, "finish_reason": finish});
        chunk(json!([choice]), Value::Null)
    };
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5});
    assert_eq!(
        chunks,
        [
            text("x =", Value::Null),
            text(" return", Value::Null),
            text(" 1", Value::Null),
            text("", json!("length")),
            chunk(json!([]), usage),
            json!("[DONE]"),
        ]
    );
    assert!(losses.is_empty(), "{losses:?}");
    let (bare, _) = spoken(
        &complete(&json!({"prompt": "x =", "stream": true})),
        &went_on(),
    );
    assert!(bare.iter().all(|chunk| chunk.get("usage").is_none()));
    assert_eq!(bare[0]["choices"][0]["text"], " return");
}

#[test]
fn a_whole_text_has_the_vendors_form() {
    let reply = answered(&json!({"id": "r1", "model": "m",
        "choices": [
            {"index": 0, "message": {"content": "one", "reasoning_content": "hm"}, "finish_reason": "stop"},
            {"index": 1, "message": {"content": "two"}, "finish_reason": "content_filter"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}));
    let request = complete(&json!({"prompt": "x ", "echo": true, "n": 2}));
    let (body, losses) = whole(&request, &reply);
    assert_eq!(body["id"], "cmpl-r1");
    assert_eq!(body["object"], "text_completion");
    assert_eq!(body["model"], "the-alias");
    assert_eq!(
        body["choices"],
        json!([
            {"text": "x one", "index": 0, "logprobs": null, "finish_reason": "stop"},
            {"text": "x two", "index": 1, "logprobs": null, "finish_reason": "content_filter"},
        ])
    );
    assert_eq!(body["usage"]["total_tokens"], 5);
    assert_eq!(losses, ["reasoning"]);
}

#[test]
fn a_text_that_breaks_off_ends_in_a_failure() {
    let events = heard_text(
        "data: {\"id\":\"r\",\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":null}]}\n\n",
    );
    let (chunks, _) = spoken(&complete(&json!({"prompt": "x", "stream": true})), &events);
    assert!(chunks[1]["error"]["message"].is_string(), "{chunks:?}");
    assert_eq!(chunks.len(), 2, "{chunks:?}");
    let none = Finish::new(FinishReason::Error, None).failure();
    assert!(none.is_some());
}

#[test]
fn several_answers_end_once() {
    let events = heard(&[
        json!({"id": "r", "choices": [{"index": 0, "text": "a", "finish_reason": "stop"}]}),
        json!({"id": "r", "choices": [{"index": 1, "text": "b", "finish_reason": "stop"}]}),
    ]);
    let request = complete(&json!({"prompt": "x", "n": 2, "stream": true}));
    let (chunks, _) = spoken(&request, &events);
    let ends = chunks.iter().filter(|chunk| *chunk == "[DONE]").count();
    assert_eq!((ends, chunks.last()), (1, Some(&json!("[DONE]"))));
    let texts: Vec<(&Value, &Value)> = chunks
        .iter()
        .filter_map(|chunk| chunk.pointer("/choices/0"))
        .filter(|choice| choice["text"] != "")
        .map(|choice| (&choice["index"], &choice["text"]))
        .collect();
    assert_eq!(texts, [(&json!(0), &json!("a")), (&json!(1), &json!("b"))]);
}

#[test]
fn how_likely_a_text_was_is_told_in_lists() {
    let token =
        |token: &str, logprob: f64| json!({"token": token, "logprob": logprob, "bytes": null});
    let with = |mut token: Value, top: Value| {
        token["top_logprobs"] = top;
        token
    };
    let tokens = [
        with(
            token(" né", -0.5),
            json!([token(" né", -0.5), token(" b", -1.0)]),
        ),
        with(token("e", -0.25), json!([])),
    ];
    let chunk = |text: &str, at: usize| {
        let mut chunk = delta(json!({ "content": text }));
        chunk["choices"][0]["logprobs"] = json!({"content": [tokens[at]], "refusal": null});
        chunk
    };
    let events = heard(&[chunk(" né", 0), chunk("e", 1), finish("stop")]);
    let asked = complete(&json!({"prompt": "x", "logprobs": 2, "stream": true}));
    let (chunks, losses) = spoken(&asked, &events);
    assert!(losses.is_empty(), "{losses:?}");
    let likely: Vec<&Value> = chunks
        .iter()
        .filter_map(|chunk| chunk.pointer("/choices/0/logprobs"))
        .collect();
    let list = |offset: u64, token: &str, logprob: f64, top: Value| {
        json!({"text_offset": [offset], "token_logprobs": [logprob], "tokens": [token],
            "top_logprobs": top})
    };
    assert_eq!(
        likely,
        [
            &list(0, " né", -0.5, json!([{" né": -0.5, " b": -1.0}])),
            &list(3, "e", -0.25, json!([{}])),
            &Value::Null,
        ]
    );
    let response = Response::from_events(events).unwrap();
    let (body, _) = whole(&asked, &response);
    let all = json!({"text_offset": [0, 3], "token_logprobs": [-0.5, -0.25], "tokens": [" né", "e"],
        "top_logprobs": [{" né": -0.5, " b": -1.0}, {}]});
    assert_eq!(body["choices"][0]["logprobs"], all);
    // Whoever did not ask is not told.
    let (body, _) = whole(&complete(&json!({"prompt": "x"})), &response);
    assert_eq!(body["choices"][0]["logprobs"], Value::Null);
    let back = json!({"id": "r", "model": "m", "choices": [
        {"index": 0, "text": " née", "logprobs": all, "finish_reason": "stop"}]});
    let tops = |response: &Response| {
        let tokens = response.answers[0].notes.logprobs.text.iter();
        tokens
            .map(|token| (token.token.clone(), token.logprob, token.top.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(tops(&answered(&back)), tops(&response));
}
