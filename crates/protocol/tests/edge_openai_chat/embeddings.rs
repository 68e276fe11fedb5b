//! Texts as vectors, for clients and providers of this protocol.

use bytes::Bytes;
use http::HeaderMap;
use protocol::{
    Operation, RawRequest,
    canonical::{
        ApiError, Capabilities, EmbedInput, EmbedReply, EmbedRequest, EmbedTask, ErrorKind, Losses,
        TargetModel, Usage,
    },
    client_codec, upstream_codec,
};
use serde_json::{Value, json};

use super::trial::*;

fn try_asked(body: &Value) -> Result<EmbedRequest, ApiError> {
    let body = Bytes::from(body.to_string());
    let raw = RawRequest {
        operation: Operation::Embed,
        path: "/v1/embeddings",
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    client_codec(CHAT).decode_embed_request(raw, &mut Losses::default())
}

fn asked(body: &Value) -> EmbedRequest {
    try_asked(body).unwrap()
}

fn target() -> TargetModel {
    TargetModel {
        name: "target".to_owned(),
        capabilities: Capabilities::default(),
    }
}

fn encoded(request: &EmbedRequest) -> (Value, Vec<String>) {
    let mut losses = Losses::default();
    let encoded = upstream_codec(CHAT).encode_embed_request(request, &target(), &mut losses);
    let body = serde_json::from_slice(&encoded.unwrap().body).unwrap();
    (body, fields(&losses))
}

fn vectors(body: &Value) -> Result<EmbedReply, ApiError> {
    upstream_codec(CHAT).decode_embed_reply(body.to_string().as_bytes())
}

fn shown(answer: &EmbedReply, request: &EmbedRequest) -> (Value, Vec<String>) {
    let mut losses = Losses::default();
    let body = client_codec(CHAT).encode_embed_reply(answer, request, &reply(), &mut losses);
    (serde_json::from_slice(&body).unwrap(), fields(&losses))
}

fn text(text: &str) -> EmbedInput {
    EmbedInput::Text(text.to_owned())
}

#[test]
fn inputs_are_texts_or_tokens() {
    for (input, expected) in [
        (json!("a"), vec![text("a")]),
        (json!(["a", "b"]), vec![text("a"), text("b")]),
        (json!([1, 2]), vec![EmbedInput::Tokens(vec![1, 2])]),
        (
            json!([[1], [2, 3]]),
            vec![EmbedInput::Tokens(vec![1]), EmbedInput::Tokens(vec![2, 3])],
        ),
    ] {
        let request = asked(&json!({"model": "m", "input": input}));
        assert_eq!(request.inputs, expected);
    }
    let request = asked(
        &json!({"model": "m", "input": "a", "dimensions": 256, "user": "u",
        "encoding_format": "base64", "input_type": "passage", "truncation": true}),
    );
    assert_eq!(request.dimensions, Some(256));
    assert_eq!(
        (request.base64, request.task),
        (true, Some(EmbedTask::Document))
    );
    assert_eq!(request.rest.unwrap().1["truncation"], true);
}

#[test]
fn what_cannot_be_embedded_is_refused_by_name() {
    for (body, param) in [
        (json!({"model": "m"}), "input"),
        (json!({"model": "m", "input": []}), "input"),
        (json!({"model": "m", "input": ["a", 1]}), "input"),
        (json!({"model": "m", "input": [-1]}), "input[0]"),
        (
            json!({"model": "m", "input": "a", "dimensions": 0}),
            "dimensions",
        ),
        (
            json!({"model": "m", "input": "a", "encoding_format": "int8"}),
            "encoding_format",
        ),
    ] {
        let error = try_asked(&body).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        assert!(error.message.ends_with('.'), "{error}");
        let at = error.param.as_deref().unwrap_or_default();
        assert!(
            at.starts_with(param.split('[').next().unwrap()),
            "{body}: {at}"
        );
    }
}

#[test]
fn a_provider_is_sent_all_that_it_knows() {
    let request = EmbedRequest {
        inputs: vec![text("a"), text("b")],
        dimensions: Some(8),
        base64: true,
        task: Some(EmbedTask::Query),
        title: Some("t".to_owned()),
        truncate: Some(false),
        user: Some("u".to_owned()),
        ..EmbedRequest::default()
    };
    let (body, losses) = encoded(&request);
    assert_eq!(
        body,
        json!({"model": "target", "input": ["a", "b"], "dimensions": 8, "user": "u"})
    );
    assert_eq!(losses, ["task", "title", "truncate"]);
    let one = asked(&json!({"model": "m", "input": [[7, 8]], "unknown": 1}));
    let (body, losses) = encoded(&one);
    assert_eq!(
        body,
        json!({"model": "target", "input": [[7, 8]], "unknown": 1})
    );
    assert!(losses.is_empty());
}

#[test]
fn vectors_are_read_as_numbers_and_as_base64_in_the_order_of_their_numbers() {
    let reply = vectors(&json!({"object": "list", "model": "m",
        "data": [
            {"object": "embedding", "index": 1, "embedding": [0.5, -2]},
            {"object": "embedding", "index": 0, "embedding": "AACAPwAAAMA="}],
        "usage": {"prompt_tokens": 4, "total_tokens": 4}}))
    .unwrap();
    assert_eq!(reply.vectors, [vec![1.0, -2.0], vec![0.5, -2.0]]);
    assert_eq!(reply.usage.unwrap().input, Some(4));
    for broken in [
        json!({}),
        json!({"data": [{"index": 0}]}),
        json!({"data": [{"embedding": "AAA="}]}),
        json!({"data": [{"embedding": "not base64"}]}),
        json!({"data": [{"embedding": {"a": 1}}]}),
    ] {
        let error = vectors(&broken).unwrap_err();
        assert_eq!(error.kind, ErrorKind::ProviderFault, "{broken}");
    }
}

#[test]
fn clients_get_the_form_that_they_asked_for() {
    let answer = EmbedReply {
        vectors: vec![vec![1.0, -2.0], vec![0.1, 0.25]],
        usage: Some(Usage {
            input: Some(4),
            ..Usage::default()
        }),
        ..EmbedReply::default()
    };
    let numbers = asked(&json!({"model": "m", "input": ["a", "b"]}));
    let (body, losses) = shown(&answer, &numbers);
    assert_eq!(
        body,
        json!({"object": "list", "model": "the-alias",
            "data": [
                {"object": "embedding", "index": 0, "embedding": [1.0, -2.0]},
                {"object": "embedding", "index": 1, "embedding": [0.1, 0.25]}],
            "usage": {"prompt_tokens": 4, "total_tokens": 4}})
    );
    assert!(losses.is_empty());
    let packed = asked(&json!({"model": "m", "input": ["a", "b"], "encoding_format": "base64"}));
    let (body, _) = shown(&answer, &packed);
    assert_eq!(body["data"][0]["embedding"], "AACAPwAAAMA=");
    assert_eq!(vectors(&body).unwrap().vectors, answer.vectors);
}

#[test]
fn counts_that_nobody_gave_are_estimated_and_said_to_be() {
    let answer = EmbedReply {
        vectors: vec![vec![1.0]],
        ..EmbedReply::default()
    };
    let (body, losses) = shown(&answer, &asked(&json!({"model": "m", "input": "a"})));
    assert_eq!(
        body["usage"],
        json!({"prompt_tokens": 7, "total_tokens": 7})
    );
    assert_eq!(losses, ["usage"]);
}

#[test]
fn a_count_that_is_text_counts_and_one_that_is_none_costs_no_vectors() {
    for (counts, expected) in [
        (json!({"prompt_tokens": "4"}), Some(4)),
        (json!({"prompt_tokens": "?", "total_tokens": 5}), Some(5)),
        (json!({"prompt_tokens": {}}), None),
    ] {
        let reply = vectors(&json!({"data": [{"embedding": [1]}], "usage": counts})).unwrap();
        assert_eq!(reply.usage.and_then(|usage| usage.input), expected);
    }
}

#[test]
fn a_failure_in_place_of_vectors_is_told_as_the_provider_says_it() {
    let failure = json!({"error": {"message": "Model e1 is loading", "code": 503}});
    let error = vectors(&failure).unwrap_err();
    assert_eq!(
        (error.kind, &*error.message),
        (ErrorKind::Overloaded, "Model e1 is loading")
    );
    let beside = json!({"data": [{"embedding": [1]}], "error": null});
    assert_eq!(vectors(&beside).unwrap().vectors, [[1.0]]);
}
