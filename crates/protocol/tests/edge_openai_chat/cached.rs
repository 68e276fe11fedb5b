//! Marks of what may be cached, towards hosts of this protocol that serve models which want them.

use protocol::{Protocol, canonical::Capabilities};
use serde_json::{Value, json};

use super::trial::{sent_to, try_read_as};

fn send(client: Protocol, body: &Value, capabilities: Capabilities) -> (Value, Vec<String>) {
    let (request, before) = try_read_as(client, body.to_string().as_bytes());
    let (body, mut losses) = sent_to(&request.unwrap(), capabilities);
    losses.extend(before);
    (body, losses)
}

fn takes_marks() -> Capabilities {
    Capabilities {
        cache_marks: true,
        ..Capabilities::default()
    }
}

fn mark() -> Value {
    json!({"type": "ephemeral"})
}

fn marked(text: &str) -> Value {
    json!({"type": "text", "text": text, "cache_control": mark()})
}

fn tool(name: &str) -> Value {
    json!({"name": name, "input_schema": {"type": "object", "properties": {}}})
}

/// What a coding agent marks: its instructions, its tools, and what was said last.
fn conversation() -> Value {
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    let mut last = tool("b");
    last["cache_control"] = hour;
    json!({"model": "m", "max_tokens": 9,
        "tools": [tool("a"), last],
        "system": [{"type": "text", "text": "Be brief."}, marked("The whole book.")],
        "messages": [
            {"role": "user", "content": [marked("One."), {"type": "text", "text": "Two."}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "a", "input": {}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "c", "content": "-3 C", "cache_control": mark()}]}]})
}

#[test]
fn marks_stand_on_parts_and_tools() {
    let (body, losses) = send(Protocol::Anthropic, &conversation(), takes_marks());
    assert_eq!(losses, [""; 0]);
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    assert_eq!(body["tools"][1]["cache_control"], hour);
    assert_eq!(body["tools"][0].get("cache_control"), None);
    let messages = body["messages"].as_array().unwrap();
    let contents: Vec<&Value> = messages.iter().map(|one| &one["content"]).collect();
    assert_eq!(
        contents,
        [
            &json!([{"type": "text", "text": "Be brief."}, marked("The whole book.")]),
            &json!([marked("One."), {"type": "text", "text": "Two."}]),
            &Value::Null,
            &json!([marked("-3 C")])
        ]
    );
}

#[test]
fn marks_are_found_in_a_history_that_was_put_in_order() {
    let mut body = conversation();
    let said = json!({"role": "user", "content": "Well?"});
    body["messages"].as_array_mut().unwrap().insert(2, said);
    let (body, losses) = send(Protocol::Anthropic, &body, takes_marks());
    assert!(!losses.contains(&"cache_control".to_owned()), "{losses:?}");
    assert_eq!(body.to_string().matches("cache_control").count(), 4);
    assert_eq!(body["messages"][3]["content"], json!([marked("-3 C")]));
}

#[test]
fn who_knows_no_marks_gets_none_and_one_loss() {
    let (body, losses) = send(
        Protocol::Anthropic,
        &conversation(),
        Capabilities::default(),
    );
    assert!(!body.to_string().contains("cache_control"), "{body}");
    assert_eq!(losses, ["cache_control"]);
    let text = "Be brief.\n\nThe whole book.";
    assert_eq!(body["messages"][0]["content"], text);
}

#[test]
fn a_mark_on_a_call_is_told() {
    let call =
        json!({"type": "tool_use", "id": "c", "name": "a", "input": {}, "cache_control": mark()});
    let mut body = conversation();
    body["messages"][1]["content"] = json!([call]);
    body["messages"][0]["content"] = json!("One.");
    let (body, losses) = send(Protocol::Anthropic, &body, takes_marks());
    assert_eq!(losses, ["cache_control"]);
    assert_eq!(body.to_string().matches("cache_control").count(), 3);
}

#[test]
fn who_counts_on_the_cache_gets_marks_without_setting_them() {
    let body = json!({"model": "m", "prompt_cache_key": "k", "instructions": "S",
        "input": [{"role": "user", "content": "u"}]});
    let (body, _) = send(Protocol::OpenAiResponses, &body, takes_marks());
    assert_eq!(body["messages"][0]["content"], json!([marked("S")]));
    assert_eq!(body["messages"][1]["content"], json!([marked("u")]));
}
