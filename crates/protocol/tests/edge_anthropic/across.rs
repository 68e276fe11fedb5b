//! From clients of OpenAI's chat protocol to this provider and back, through both real codecs.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use protocol::{
    Encoded, Protocol, RawRequest,
    canonical::{ApiError, Capabilities, Events, Losses, Request, StructuredOutput, TargetModel},
    client_codec, upstream_codec,
};
use serde_json::{Value, json};

use super::trial::*;

struct Sent {
    request: Request,
    encoded: Encoded,
    body: Value,
    losses: Vec<String>,
}

fn try_send(body: &Value, capabilities: Capabilities) -> Result<Sent, ApiError> {
    let bytes = Bytes::from(body.to_string());
    let raw = RawRequest {
        operation: protocol::Operation::Chat,
        path: "/v1/chat/completions",
        query: None,
        headers: &HeaderMap::new(),
        body: &bytes,
    };
    let mut losses = Losses::default();
    let request = client_codec(Protocol::OpenAiChat).decode_request(raw, &mut losses)?;
    let target = TargetModel {
        name: "claude".to_owned(),
        capabilities,
    };
    let encoded =
        upstream_codec(Protocol::Anthropic).encode_request(&request, &target, &mut losses)?;
    Ok(Sent {
        body: serde_json::from_slice(&encoded.body).unwrap(),
        losses: fields(&losses),
        request,
        encoded,
    })
}

fn send(body: Value) -> Sent {
    try_send(&body, Capabilities::default()).unwrap()
}

/// What the client reads of a provider's stream, its `[DONE]` left out.
fn chunks(sent: &Sent, stream: &[Value]) -> Vec<Value> {
    let mut events: Events = heard(stream).into_iter().map(|event| (0, event)).collect();
    sent.encoded.undo.replay().apply(&mut events);
    let mut encoder = client_codec(Protocol::OpenAiChat).event_encoder(&sent.request, &reply());
    let mut out = BytesMut::new();
    for (choice, event) in &events {
        encoder.push(*choice, event, &mut out, &mut Losses::default());
    }
    String::from_utf8(out.to_vec())
        .unwrap()
        .split_terminator("\n\n")
        .filter_map(|frame| frame.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn message(sent: &Sent, reply_body: &Value) -> Value {
    let bytes = reply_body.to_string();
    let mut response = upstream_codec(Protocol::Anthropic)
        .decode_response(bytes.as_bytes(), &exchange())
        .unwrap();
    sent.encoded.undo.apply(&mut response);
    let body = client_codec(Protocol::OpenAiChat).encode_response(
        &response,
        &sent.request,
        &reply(),
        &mut Losses::default(),
    );
    serde_json::from_slice(&body).unwrap()
}

fn tool_stream(name: &str, input: &str) -> Vec<Value> {
    vec![
        json!({"type": "message_start", "message": {"id": "msg_1", "model": "claude", "usage": {"input_tokens": 9, "cache_read_input_tokens": 1, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": input}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}}),
        json!({"type": "message_stop"}),
    ]
}

fn tool_reply(name: &str, input: Value) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
        "content": [{"type": "tool_use", "id": "toolu_1", "name": name, "input": input}],
        "stop_reason": "tool_use", "stop_sequence": null,
        "usage": {"input_tokens": 9, "cache_read_input_tokens": 1, "output_tokens": 5},
    })
}

#[test]
fn edge_006_a_long_name_comes_back_as_it_was() {
    let name = "mcp__files__".to_owned() + &"read_".repeat(20);
    let sent = send(json!({
        "model": "m", "stream": true,
        "messages": [{"role": "user", "content": "go"}],
        "tools": [{"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}],
    }));
    let short = sent.body["tools"][0]["name"].as_str().unwrap();
    assert!(short.len() <= 64);
    let chunks = chunks(&sent, &tool_stream(short, "{}"));
    let call = chunks
        .iter()
        .find_map(|chunk| chunk.pointer("/choices/0/delta/tool_calls/0/function/name"));
    assert_eq!(call, Some(&json!(name)));
    let whole = message(&sent, &tool_reply(short, json!({})));
    assert_eq!(
        whole["choices"][0]["message"]["tool_calls"][0]["function"]["name"],
        name
    );
}

#[test]
fn edge_010_system_and_developer_lead_wherever_they_stand() {
    let sent = send(json!({"model": "m", "messages": [
        {"role": "developer", "content": "one"},
        {"role": "system", "content": [{"type": "text", "text": "two"}]},
        {"role": "user", "content": "go"},
    ]}));
    let texts: Vec<&Value> = sent.body["system"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| &block["text"])
        .collect();
    assert_eq!(texts, ["one", "two"]);
    assert_eq!(sent.body["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn edge_012_the_newer_token_limit_wins() {
    let sent = send(
        json!({"model": "m", "max_completion_tokens": 70, "max_tokens": 50,
        "messages": [{"role": "user", "content": "go"}]}),
    );
    assert_eq!(sent.body["max_tokens"], 70);
}

#[test]
fn edge_019_choices_of_the_other_protocol() {
    let function = json!({"type": "function", "function": {"name": "f"}});
    for (choice, expected) in [
        (
            json!("auto"),
            json!({"type": "auto", "disable_parallel_tool_use": true}),
        ),
        (
            json!("required"),
            json!({"type": "any", "disable_parallel_tool_use": true}),
        ),
        (json!("none"), json!({"type": "none"})),
        (
            function.clone(),
            json!({"type": "tool", "name": "f", "disable_parallel_tool_use": true}),
        ),
        (
            Value::Null,
            json!({"type": "auto", "disable_parallel_tool_use": true}),
        ),
    ] {
        let sent = send(
            json!({"model": "m", "tools": [function], "tool_choice": choice,
            "parallel_tool_calls": false, "messages": [{"role": "user", "content": "go"}]}),
        );
        assert_eq!(sent.body["tool_choice"], expected);
    }
}

#[test]
fn edge_024_older_functions_are_tools_here() {
    let sent = send(json!({"model": "m",
    "functions": [{"name": "f", "parameters": {"type": "object", "properties": {}}}],
    "function_call": {"name": "f"},
    "messages": [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{\"x\":1}"}},
        {"role": "function", "name": "f", "content": "1"},
    ]}));
    assert_eq!(sent.body["tools"][0]["name"], "f");
    assert_eq!(sent.body["tool_choice"]["type"], "tool");
    let call = &sent.body["messages"][1]["content"][0];
    let result = &sent.body["messages"][2]["content"][0];
    assert_eq!(call["input"], json!({"x": 1}));
    assert_eq!(call["id"], result["tool_use_id"]);
    let whole = message(&sent, &tool_reply("f", json!({"x": 2})));
    assert_eq!(whole["choices"][0]["finish_reason"], "function_call");
}

#[test]
fn edge_027_to_edge_029_images_and_files() {
    let sent = send(
        json!({"model": "m", "messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,iVBORw0KGgo="}},
            {"type": "image_url", "image_url": {"url": "https://e.x/a.png", "detail": "low"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
        ]}]}),
    );
    let blocks = &sent.body["messages"][0]["content"];
    assert_eq!(
        blocks[0]["source"],
        json!({"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="})
    );
    assert_eq!(
        blocks[1]["source"],
        json!({"type": "url", "url": "https://e.x/a.png"})
    );
    assert_eq!(
        (&blocks[2]["type"], &blocks[2]["title"]),
        (&json!("document"), &json!("a.pdf"))
    );
    assert_eq!(
        sent.losses,
        ["messages[].image.media_type", "messages[].image.detail"]
    );
}

#[test]
fn edge_030_a_forced_tool_reads_as_plain_json() {
    let body = json!({"model": "m", "stream": true,
        "messages": [{"role": "user", "content": "Who?"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "person", "strict": true,
            "schema": {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"], "additionalProperties": false}}}});
    let capabilities = Capabilities {
        structured_output: StructuredOutput::ForcedTool,
        ..Capabilities::default()
    };
    let sent = try_send(&body, capabilities).unwrap();
    assert_eq!(sent.body["tool_choice"]["name"], "json_output");
    let chunks = chunks(&sent, &tool_stream("json_output", "{\"age\":7}"));
    let said: String = chunks
        .iter()
        .filter_map(|chunk| chunk.pointer("/choices/0/delta/content")?.as_str())
        .collect();
    let reason = chunks
        .iter()
        .find_map(|chunk| chunk.pointer("/choices/0/finish_reason")?.as_str());
    assert_eq!((said.as_str(), reason), ("{\"age\":7}", Some("stop")));
    let whole = message(&sent, &tool_reply("json_output", json!({"age": 7})));
    let choice = &whole["choices"][0];
    assert_eq!(choice["message"]["content"], "{\"age\":7}");
    assert_eq!(choice["finish_reason"], "stop");
    assert!(choice["message"].get("tool_calls").is_none());
}

#[test]
fn edge_033_nothing_of_the_other_protocol_is_lost_in_silence() {
    let ask = |field: &str, value: Value| {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "go"}]});
        body[field] = value;
        try_send(&body, Capabilities::default())
    };
    for (field, value) in [
        ("seed", json!(7)),
        ("logit_bias", json!({"50256": -100})),
        ("frequency_penalty", json!(0.5)),
        ("presence_penalty", json!(0.5)),
        ("verbosity", json!("low")),
    ] {
        assert_eq!(ask(field, value).unwrap().losses, [field]);
    }
    for (field, value) in [("n", json!(2)), ("logprobs", json!(true))] {
        let error = ask(field, value).err().unwrap();
        assert_eq!(
            (error.param.as_deref(), error.http_status()),
            (Some(field), 400)
        );
    }
    assert!(ask("n", json!(1)).unwrap().losses.is_empty());
    assert!(ask("logprobs", json!(false)).unwrap().losses.is_empty());
}

#[test]
fn edge_095_the_whole_prompt_is_counted_for_the_other_protocol() {
    let sent = send(json!({"model": "m", "messages": [{"role": "user", "content": "go"}]}));
    let whole = message(&sent, &tool_reply("f", json!({})));
    assert_eq!(whole["usage"]["prompt_tokens"], 10);
    assert_eq!(whole["usage"]["prompt_tokens_details"]["cached_tokens"], 1);
    assert_eq!(whole["usage"]["completion_tokens"], 5);
}

#[test]
fn edge_083_edge_084_calls_are_counted_by_themselves() {
    let sent = send(
        json!({"model": "m", "stream": true, "messages": [{"role": "user", "content": "go"}],
        "tools": [{"type": "function", "function": {"name": "f"}}]}),
    );
    let mut stream = tool_stream("f", "{\"x\":1}");
    stream.splice(1..1, [
        json!({"type": "content_block_start", "index": 7, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 7, "delta": {"type": "text_delta", "text": "Let me see."}}),
        json!({"type": "content_block_stop", "index": 7}),
    ]);
    let chunks = chunks(&sent, &stream);
    let calls: Vec<&Value> = chunks
        .iter()
        .filter_map(|chunk| chunk.pointer("/choices/0/delta/tool_calls/0"))
        .collect();
    assert!(calls.iter().all(|call| call["index"] == 0));
    let arguments: String = calls
        .iter()
        .filter_map(|call| call["function"]["arguments"].as_str())
        .collect();
    assert_eq!(arguments, "{\"x\":1}");
}
