//! Marks of what may be cached, as clients of OpenAI's chat protocol set them for gateways that pass them on.

use bytes::Bytes;
use http::HeaderMap;
use protocol::{
    Operation, Protocol, RawRequest,
    canonical::{Capabilities, LossKind, Losses, TargetModel},
    client_codec, upstream_codec,
};
use serde_json::{Value, json};

use super::trial::fields;

fn send(to: Protocol, body: &Value) -> (Value, Vec<String>) {
    let (body, losses) = told(to, body);
    (body, fields(&losses))
}

fn told(to: Protocol, body: &Value) -> (Value, Losses) {
    let bytes = Bytes::from(body.to_string());
    let raw = RawRequest {
        operation: Operation::Chat,
        path: "/v1/chat/completions",
        query: None,
        headers: &HeaderMap::new(),
        body: &bytes,
    };
    let mut losses = Losses::default();
    let client = client_codec(Protocol::OpenAiChat);
    let request = client.decode_request(raw, &mut losses).unwrap();
    let target = TargetModel {
        name: "m".to_owned(),
        capabilities: Capabilities::default(),
    };
    let codec = upstream_codec(to);
    let encoded = codec.encode_request(&request, &target, &mut losses);
    let body = serde_json::from_slice(&encoded.unwrap().body).unwrap();
    (body, losses)
}

fn mark() -> Value {
    json!({"type": "ephemeral"})
}

fn marked(text: &str) -> Value {
    json!({"type": "text", "text": text, "cache_control": mark()})
}

fn conversation() -> Value {
    let call = json!({"id": "c", "type": "function", "function": {"name": "a", "arguments": "{}"}});
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    json!({"model": "m",
        "tools": [
            {"type": "function", "function": {"name": "a", "parameters": {"type": "object", "properties": {}}}},
            {"type": "function", "cache_control": hour, "function": {"name": "b", "parameters": {"type": "object", "properties": {}}}}],
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "Be brief."}, marked("The whole book.")]},
            {"role": "user", "content": [marked("One."), {"type": "text", "text": "Two."}]},
            {"role": "assistant", "content": "Looking.", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": "-3 C", "cache_control": mark()}]})
}

#[test]
fn marks_stand_where_the_client_set_them() {
    let (body, losses) = send(Protocol::Anthropic, &conversation());
    assert_eq!(losses, [""; 0]);
    assert_eq!(
        body["system"],
        json!([{"type": "text", "text": "Be brief."}, marked("The whole book.")])
    );
    assert_eq!(body["tools"][0].get("cache_control"), None);
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    assert_eq!(body["tools"][1]["cache_control"], hour);
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [marked("One."), {"type": "text", "text": "Two."}]},
            {"role": "assistant", "content": [{"type": "text", "text": "Looking."},
                {"type": "tool_use", "id": "c", "name": "a", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c",
                "content": [{"type": "text", "text": "-3 C"}], "cache_control": mark()}]}])
    );
}

#[test]
fn a_mark_of_the_whole_request_stands_on_its_end() {
    let body = json!({"model": "m", "cache_control": mark(), "messages": [
        {"role": "user", "content": "One."}]});
    let (body, losses) = send(Protocol::Anthropic, &body);
    assert_eq!(body["messages"][0]["content"], json!([marked("One.")]));
    assert_eq!(losses, [""; 0]);
}

#[test]
fn no_more_are_sent_than_are_taken_and_the_last_ones_count() {
    let texts: Vec<Value> = (0..6).map(|at| marked(&at.to_string())).collect();
    let body = json!({"model": "m", "messages": [{"role": "user", "content": texts}]});
    let (body, losses) = send(Protocol::Anthropic, &body);
    let content = body["messages"][0]["content"].as_array().unwrap();
    let has_mark: Vec<bool> = content
        .iter()
        .map(|block| block.get("cache_control").is_some())
        .collect();
    assert_eq!(has_mark, [false, false, true, true, true, true]);
    assert_eq!(losses, ["cache_control"]);
}

/// Blank text is left out, and its mark with it or onto what stands before it.
#[test]
fn a_mark_on_nothing_is_told() {
    for content in [
        json!([{"type": "text", "text": "Hi"}, marked("  ")]),
        json!([{"type": "text", "text": "Hi"}, marked("")]),
    ] {
        let body = json!({"model": "m", "messages": [{"role": "user", "content": content}]});
        let (body, losses) = send(Protocol::Anthropic, &body);
        let blocks = body["messages"][0]["content"].as_array().unwrap();
        let is_marked = blocks[0].get("cache_control").is_some();
        let is_told = losses.contains(&"cache_control".to_owned());
        assert!(is_marked != is_told, "{body} {losses:?}");
    }
}

#[test]
fn who_decides_by_itself_gets_no_marks_and_one_loss() {
    for to in [
        Protocol::AmazonQ,
        Protocol::Gemini,
        Protocol::Ollama,
        Protocol::OpenAiChat,
        Protocol::OpenAiResponses,
    ] {
        let (body, losses) = send(to, &conversation());
        assert!(!body.to_string().contains("cache_control"), "{to:?}");
        let told = losses.iter().filter(|field| *field == "cache_control");
        assert_eq!(told.count(), 1, "{to:?}: {losses:?}");
    }
}

#[test]
fn edge_034_who_counts_on_the_cache_gets_marks_without_setting_them() {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}});
    let mut body = json!({"model": "m", "tools": [tool("a"), tool("b")], "messages": [
        {"role": "system", "content": "S"}, {"role": "user", "content": "u"}]});
    let (sent, _) = send(Protocol::Anthropic, &body);
    assert!(!sent.to_string().contains("cache_control"), "{sent}");
    body["prompt_cache_key"] = "k".into();
    let (sent, losses) = told(Protocol::Anthropic, &body);
    let kinds: Vec<LossKind> = losses.iter().map(|loss| loss.kind).collect();
    assert_eq!(
        (fields(&losses), kinds),
        (
            vec!["prompt_cache_key".to_owned()],
            vec![LossKind::Emulated]
        )
    );
    assert_eq!(sent["tools"][1]["cache_control"], mark());
    assert_eq!(sent["system"][0]["cache_control"], mark());
    assert_eq!(sent["messages"][0]["content"][0]["cache_control"], mark());
    assert_eq!(sent.to_string().matches("cache_control").count(), 3);
    // Where the client set a mark itself, the key led to none.
    body["cache_control"] = mark();
    let (_, losses) = told(Protocol::Anthropic, &body);
    assert!(
        losses.iter().all(|loss| loss.kind == LossKind::Dropped),
        "{losses:?}"
    );
}
