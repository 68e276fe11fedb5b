//! Texts as vectors, for Gemini's clients and by its providers.

#![expect(
    clippy::unwrap_used,
    reason = "a case that is not met has to stop its test"
)]

use bytes::Bytes;
use http::HeaderMap;
use protocol::{
    ExchangeId, Operation, Protocol, RawRequest, ReplyContext,
    canonical::{
        ApiError, Capabilities, EmbedInput, EmbedReply, EmbedRequest, EmbedTask, Losses,
        TargetModel,
    },
    client_codec, upstream_codec,
};
use serde_json::{Value, json};

const ONE: &str = "/v1beta/models/m:embedContent";
const ALL: &str = "/v1beta/models/m:batchEmbedContents";

fn fields(losses: &Losses) -> Vec<String> {
    losses.iter().map(|loss| loss.field.clone()).collect()
}

fn asked(path: &str, body: &Value) -> (Result<EmbedRequest, ApiError>, Vec<String>, bool) {
    let body = Bytes::from(body.to_string());
    let raw = RawRequest {
        operation: Operation::Embed,
        path,
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    let codec = client_codec(Protocol::Gemini);
    let mut losses = Losses::default();
    let request = codec.decode_embed_request(raw, &mut losses);
    (request, fields(&losses), codec.passes(raw))
}

fn sent(request: &EmbedRequest) -> (Result<Value, ApiError>, Vec<String>) {
    let target = TargetModel {
        name: "gemini-embedding-001".to_owned(),
        capabilities: Capabilities::default(),
    };
    let mut losses = Losses::default();
    let encoded =
        upstream_codec(Protocol::Gemini).encode_embed_request(request, &target, &mut losses);
    let body = encoded.map(|encoded| serde_json::from_slice(&encoded.body).unwrap());
    (body, fields(&losses))
}

fn shown(request: &EmbedRequest) -> Value {
    let answer = EmbedReply {
        vectors: vec![vec![0.5, 1.0]],
        ..EmbedReply::default()
    };
    let reply = ReplyContext {
        exchange: ExchangeId("x".to_owned()),
        ..REPLY
    };
    let mut losses = Losses::default();
    let codec = client_codec(Protocol::Gemini);
    let body = codec.encode_embed_reply(&answer, request, &reply, &mut losses);
    serde_json::from_slice(&body).unwrap()
}

const REPLY: ReplyContext = ReplyContext {
    exchange: ExchangeId(String::new()),
    operation: Operation::Embed,
    model: String::new(),
    created: 5,
    estimated_input_tokens: None,
    query: None,
    elapsed: std::time::Duration::ZERO,
    previous: None,
};

fn text(text: &str) -> EmbedInput {
    EmbedInput::Text(text.to_owned())
}

#[test]
fn one_text_is_answered_by_one_vector() {
    let (request, losses, passes) = asked(
        ONE,
        &json!({"content": {"parts": [{"text": "a"}, {"text": "b"}]}, "task_type": "RETRIEVAL_QUERY",
            "outputDimensionality": 256, "autoTruncate": true}),
    );
    let request = request.unwrap();
    assert_eq!(request.inputs, [text("ab")]);
    assert_eq!(
        (request.model.as_str(), request.dimensions),
        ("m", Some(256))
    );
    assert_eq!(
        (request.task, request.single),
        (Some(EmbedTask::Query), true)
    );
    assert!(losses.is_empty() && !passes);
    assert_eq!(
        shown(&request),
        json!({"embedding": {"values": [0.5, 1.0]}})
    );
    let (body, _) = sent(&request);
    assert_eq!(
        body.unwrap(),
        json!({"requests": [{"model": "models/gemini-embedding-001", "content": {"parts": [{"text": "ab"}]},
            "taskType": "RETRIEVAL_QUERY", "outputDimensionality": 256, "autoTruncate": true}]})
    );
}

#[test]
fn a_batch_is_answered_by_a_batch_and_passes() {
    let one = |said: &str, title: &str| {
        json!({"model": "models/m", "content": {"parts": [{"text": said}]}, "taskType": "RETRIEVAL_DOCUMENT",
            "title": title})
    };
    let (request, losses, passes) =
        asked(ALL, &json!({"requests": [one("a", "t"), one("b", "u")]}));
    let request = request.unwrap();
    assert_eq!(request.inputs, [text("a"), text("b")]);
    assert_eq!(request.title.as_deref(), Some("t"));
    assert_eq!(losses, ["requests[1].title"]);
    assert!(passes);
    assert_eq!(
        shown(&request),
        json!({"embeddings": [{"values": [0.5, 1.0]}]})
    );
}

#[test]
fn what_cannot_be_embedded_is_refused_by_name() {
    let inline = json!({"inlineData": {"mimeType": "image/png", "data": "AA=="}});
    let long = |length: u64| json!({"content": {"parts": [{"text": "a"}]}, "outputDimensionality": length});
    for (path, body, param) in [
        (ONE, json!({}), "content"),
        (ONE, json!({"content": {"parts": [inline]}}), "content"),
        (ALL, json!({}), "requests"),
        (ALL, json!({"requests": []}), "requests"),
        (
            ALL,
            json!({"requests": [long(2), long(3)]}),
            "requests[1].outputDimensionality",
        ),
    ] {
        let error = asked(path, &body).0.unwrap_err();
        assert_eq!(error.param.as_deref(), Some(param), "{body}");
    }
    let tokens = EmbedRequest {
        inputs: vec![EmbedInput::Tokens(vec![1])],
        ..EmbedRequest::default()
    };
    assert_eq!(sent(&tokens).0.unwrap_err().param.as_deref(), Some("input"));
}

#[test]
fn vectors_are_read_alone_and_in_batches() {
    let read = |body: Value| {
        upstream_codec(Protocol::Gemini).decode_embed_reply(body.to_string().as_bytes())
    };
    let reply = read(
        json!({"embeddings": [{"values": [1, 0.5]}, {"values": [2, 3]}],
        "usageMetadata": {"promptTokenCount": 4}}),
    )
    .unwrap();
    assert_eq!(reply.vectors, [vec![1.0, 0.5], vec![2.0, 3.0]]);
    assert_eq!(reply.usage.unwrap().input, Some(4));
    assert_eq!(
        read(json!({"embedding": {"values": [1]}})).unwrap().vectors,
        [vec![1.0]]
    );
    for broken in [json!({}), json!({"embeddings": [{}]}), json!([])] {
        assert!(read(broken).is_err());
    }
}
