//! What a provider adds to its tool calls comes back to it on the same calls, and what it adds to its words with
//! them.

use protocol::canonical::{
    Capabilities, Opaque, OpaqueKind, Part, Recalled, Request, Response, Role,
};
use serde_json::{Value, json};

use super::trial::*;

fn extra(signature: &str) -> Value {
    json!({"google": {"thought_signature": signature}})
}

fn call(id: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": "look", "arguments": "{\"a\":1}"}})
}

fn signed(id: &str, signature: &str) -> Value {
    let mut call = call(id);
    call["extra_content"] = extra(signature);
    call
}

fn state(signature: &str) -> Part {
    Part::Reasoning {
        text: String::new(),
        opaque: Some(Opaque {
            owner: CHAT,
            kind: OpaqueKind::Content,
            value: extra(signature).to_string(),
            id: None,
        }),
    }
}

fn called(id: &str) -> Part {
    Part::ToolCall {
        id: id.to_owned(),
        name: "look".to_owned(),
        arguments: "{\"a\":1}".to_owned(),
    }
}

/// Two calls with a signature each, after some thought.
fn parts() -> Vec<Part> {
    let thought = Part::Reasoning {
        text: "hm".to_owned(),
        opaque: None,
    };
    vec![
        thought,
        state("one"),
        called("a"),
        state("two"),
        called("b"),
    ]
}

fn message() -> Value {
    json!({"role": "assistant", "content": null, "reasoning_content": "hm",
        "tool_calls": [signed("a", "one"), signed("b", "two")]})
}

fn streamed() -> Response {
    let chunks = [
        delta(json!({"role": "assistant", "reasoning_content": "hm"})),
        // Google's endpoint leaves the index out.
        calls(json!([signed("a", "one")])),
        calls(json!([signed("b", "two")])),
        finish("tool_calls"),
    ];
    Response::from_events(heard(&chunks)).unwrap()
}

#[test]
fn edge_018_state_of_a_call_is_kept_before_it_whole_and_streamed() {
    let whole = replied(message(), "tool_calls");
    for response in [whole, streamed()] {
        assert_eq!(response.answers[0].parts, parts());
        assert_eq!(response.losses, []);
    }
}

#[test]
fn edge_018_a_client_gets_it_on_the_same_call() {
    let response = streamed();
    let (body, _) = whole(&Request::default(), &response);
    let told = &body["choices"][0]["message"];
    assert_eq!(told["tool_calls"], message()["tool_calls"]);
    assert_eq!(told.get("reasoning_details"), None, "{told}");
    let asked = Request {
        stream: true,
        ..Request::default()
    };
    let (chunks, _) = spoken(&asked, &response.into_events());
    let told = chunks
        .iter()
        .filter_map(|chunk| chunk.pointer("/choices/0/delta/tool_calls/0"))
        .filter_map(|call| Some((call["id"].as_str()?, call["extra_content"].clone())));
    let wanted = [("a", extra("one")), ("b", extra("two"))];
    assert_eq!(told.collect::<Vec<_>>(), wanted);
    assert!(!format!("{chunks:?}").contains("reasoning_details"));
}

fn history(message: Value) -> (Request, Vec<String>) {
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "seen"});
    read(&json!({"model": "m", "messages": [
        {"role": "user", "content": "?"}, message, result("a"), result("b")]}))
}

#[test]
fn edge_018_a_client_brings_it_back_to_those_who_sign_calls() {
    let (request, losses) = history(message());
    assert_eq!(losses, Vec::<String>::new());
    assert_eq!(request.messages[1].role, Role::Assistant);
    assert_eq!(request.messages[1].parts, parts());
    let signs = Capabilities {
        signed_calls: true,
        ..Capabilities::default()
    };
    let (body, _) = sent_to(&request, signs);
    assert_eq!(body["messages"][1]["tool_calls"], message()["tool_calls"]);
    let (body, losses) = sent(&request);
    assert_eq!(
        body["messages"][1]["tool_calls"],
        json!([call("a"), call("b")])
    );
    assert_eq!(losses, ["messages[].reasoning"]);
}

#[test]
fn edge_018_what_a_client_dropped_is_put_into_its_bytes() {
    let recalled = |call, signature| Recalled {
        call,
        ahead: vec![state(signature)],
        behind: Vec::new(),
    };
    let body = r#"{"messages":[{"role":"user","content":"?"},{"role":"assistant","tool_calls":[ {"id":"a", "x":1.50},{"id":"b","extra_content": null}]}]}"#;
    let mended = r#"{"messages":[{"role":"user","content":"?"},{"role":"assistant","tool_calls":[ {"extra_content":{"google":{"thought_signature":"one"}},"id":"a", "x":1.50},{"id":"b","extra_content": {"google":{"thought_signature":"two"}}}]}]}"#;
    let state = [recalled(0, "one"), recalled(1, "two")];
    let done = protocol::upstream_codec(CHAT).recalled(
        &bytes::Bytes::from_static(body.as_bytes()),
        &state,
        &Capabilities::default(),
    );
    assert_eq!(done.unwrap(), mended);
}

/// A fragment that comes when its call has been told already.
#[test]
fn what_comes_behind_its_call_is_told() {
    let mut late = signed("a", "one");
    late["function"] = json!({"arguments": ""});
    late["index"] = json!(0);
    let mut first = call("a");
    first["index"] = json!(0);
    let events = heard(&[
        calls(json!([first])),
        calls(json!([late])),
        finish("tool_calls"),
    ]);
    let response = Response::from_events(events).unwrap();
    assert_eq!(response.answers[0].parts, [called("a")]);
    assert_eq!(response.losses[0].field, "tool_calls.extra_content");
}

/// A call with a signature, and one for the words beside it.
fn words() -> Value {
    json!({"role": "assistant", "content": "Look.", "tool_calls": [signed("a", "one")],
        "extra_content": extra("of the words")})
}

fn in_order() -> Vec<Part> {
    let said = Part::Text("Look.".to_owned());
    vec![said, state("one"), called("a"), state("of the words")]
}

#[test]
fn edge_018_state_of_the_words_is_kept_behind_them_whole_and_streamed() {
    let chunks = [
        delta(
            json!({"role": "assistant", "content": "<thought>h", "extra_content": {"google": {"thought": true}}}),
        ),
        delta(json!({"content": "m</thought>Look."})),
        delta(json!({"content": "", "extra_content": extra("of the words")})),
        calls(json!([signed("a", "one")])),
        finish("tool_calls"),
    ];
    let streamed = Response::from_events(heard(&chunks)).unwrap();
    assert_eq!(streamed.losses, []);
    let thought = Part::Reasoning {
        text: "hm".to_owned(),
        opaque: None,
    };
    let mut parts = in_order();
    parts.insert(0, thought);
    assert_eq!(streamed.answers[0].parts, parts);
    assert_eq!(replied(words(), "tool_calls").answers[0].parts, in_order());
}

#[test]
fn edge_018_state_of_the_words_reaches_clients_and_comes_back() {
    let response = replied(words(), "tool_calls");
    let (body, _) = whole(&Request::default(), &response);
    let told = &body["choices"][0]["message"];
    assert_eq!(told["extra_content"], extra("of the words"));
    assert_eq!(told["tool_calls"], words()["tool_calls"]);
    let asked = Request {
        stream: true,
        ..Request::default()
    };
    let (chunks, _) = spoken(&asked, &response.into_events());
    let told = chunks
        .iter()
        .filter_map(|chunk| chunk.pointer("/choices/0/delta/extra_content"));
    assert_eq!(told.collect::<Vec<_>>(), [&extra("of the words")]);
    let (request, losses) = read(&json!({"model": "m", "messages": [
        {"role": "user", "content": "?", "extra_content": {"a": "b"}}, words(),
        {"role": "tool", "tool_call_id": "a", "content": "seen"}]}));
    assert_eq!(losses, ["messages[].extra_content"]);
    assert_eq!(request.messages[1].parts, in_order());
    let signs = Capabilities {
        signed_calls: true,
        ..Capabilities::default()
    };
    let (body, _) = sent_to(&request, signs);
    let message = &body["messages"][1];
    assert_eq!(message["extra_content"], extra("of the words"));
    assert_eq!(message["tool_calls"], words()["tool_calls"]);
    let (body, losses) = sent(&request);
    assert_eq!(body["messages"][1].get("extra_content"), None);
    assert_eq!(losses, ["messages[].reasoning"]);
}

#[test]
fn state_of_a_call_for_free_text_is_told_with_it_and_not_with_the_next() {
    let free = json!({"model": "m", "messages": [{"role": "user", "content": "?"}], "tools": [
        {"type": "custom", "custom": {"name": "look"}},
        {"type": "function", "function": {"name": "f"}},
    ]});
    let (asked, _) = read(&free);
    let next = json!({"id": "b", "function": {"name": "f", "arguments": "{}"}});
    let said = json!({"content": null, "tool_calls": [signed("a", "one"), next]});
    let response = replied(said, "tool_calls");
    let (body, _) = whole(&asked, &response);
    let (chunks, _) = spoken(&asked, &response.into_events());
    let streamed: Vec<Value> = deltas(&chunks)
        .iter()
        .filter_map(|delta| delta.pointer("/tool_calls/0"))
        .filter(|call| call.get("id").is_some())
        .cloned()
        .collect();
    let calls = body["choices"][0]["message"]["tool_calls"].as_array();
    for calls in [calls.unwrap(), &streamed] {
        assert_eq!(calls[0]["type"], "custom");
        assert_eq!(calls[0]["extra_content"], extra("one"));
        assert_eq!(calls[1].get("extra_content"), None);
    }
}

#[test]
fn state_that_was_laid_out_over_lines_is_one_line_of_a_stream() {
    let pretty = "{\n  \"google\": {\n\n    \"thought_signature\": \"one\"\n  }\n}";
    let body = r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"look","arguments":"{}"},"extra_content":EXTRA}]},"finish_reason":"tool_calls"}]}"#;
    let events = heard_text(&body.replace("EXTRA", pretty));
    let (chunks, _) = spoken(&Request::default(), &events);
    let told = chunks
        .iter()
        .find_map(|chunk| chunk.pointer("/choices/0/delta/tool_calls/0/extra_content"));
    assert_eq!(told, Some(&extra("one")));
}
