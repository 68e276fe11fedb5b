//! What clients send.

use protocol::{
    Operation, RawRequest,
    canonical::{Effort, MediaSource, OutputFormat, Part, Reasoning, Role},
    client_codec,
};
use serde_json::{Value, json};

use crate::trial::{OLLAMA, read, try_read};

fn asked(more: Value) -> Value {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi."}]});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn edge_113_a_stream_comes_unless_it_is_declined() {
    for (body, expected) in [
        (r#"{"model":"m"}"#, true),
        (r#"{"model":"m","stream":null}"#, true),
        (r#"{"model":"m","stream":true}"#, true),
        (r#"{"model":"m","stream":false}"#, false),
    ] {
        let bytes = bytes::Bytes::from_static(body.as_bytes());
        let raw = RawRequest {
            operation: Operation::Chat,
            path: "/api/chat",
            query: None,
            headers: &http::HeaderMap::new(),
            body: &bytes,
        };
        let envelope = client_codec(OLLAMA).peek(raw).unwrap();
        assert_eq!(envelope.stream, Some(expected), "{body}");
        assert_eq!(envelope.model.as_deref(), Some("m"));
        let value: Value = serde_json::from_str(body).unwrap();
        assert_eq!(read(&value).stream, expected, "{body}");
    }
}

fn results(body: &Value) -> Vec<(String, String)> {
    let mut results = Vec::new();
    for message in read(body).messages {
        for part in message.parts {
            if let Part::ToolResult { id, parts, .. } = part {
                let [Part::Text(text)] = parts.as_slice() else {
                    continue;
                };
                results.push((id, text.clone()));
            }
        }
    }
    results
}

#[test]
fn edge_114_results_find_their_calls_by_id_then_name_then_order() {
    let history = |calls: Value, results: Value| {
        let mut messages = vec![
            json!({"role": "user", "content": "Go."}),
            json!({"role": "assistant", "content": "", "tool_calls": calls}),
        ];
        messages.extend(results.as_array().unwrap().iter().cloned());
        json!({"model": "m", "messages": messages})
    };
    let call = |name: &str| json!({"function": {"name": name, "arguments": {}}});
    let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let own = |(id, text): &(&str, &str)| ((*id).to_owned(), (*text).to_owned());
        pairs.iter().map(own).collect()
    };
    let by_name = history(
        json!([call("a"), call("b"), call("a")]),
        json!([
            {"role": "tool", "tool_name": "b", "content": "1"},
            {"role": "tool", "tool_name": "a", "content": "2"},
            {"role": "tool", "tool_name": "a", "content": "3"},
        ]),
    );
    let expected = owned(&[("call_1", "1"), ("call_0", "2"), ("call_2", "3")]);
    assert_eq!(results(&by_name), expected);
    let by_order = history(
        json!([call("a"), call("b")]),
        json!([{"role": "tool", "content": "1"}, {"role": "Tool", "content": "2"}]),
    );
    assert_eq!(
        results(&by_order),
        owned(&[("call_0", "1"), ("call_1", "2")])
    );
    let by_id = history(
        json!([
            {"id": "x", "function": {"name": "a", "arguments": {}}},
            {"id": "y", "function": {"name": "a", "arguments": {}}}
        ]),
        json!([
            {"role": "tool", "tool_call_id": "y", "tool_name": "a", "content": "1"},
            {"role": "tool", "tool_name": "a", "content": "2"},
        ]),
    );
    assert_eq!(results(&by_id), owned(&[("y", "1"), ("x", "2")]));
    let by_ids_of_the_client = history(
        json!([call("a"), call("b")]),
        json!([
            {"role": "tool", "tool_call_id": "383c01be", "tool_name": "b", "content": "1"},
            {"role": "tool", "tool_call_id": "7f20aa11", "content": "2"},
        ]),
    );
    assert_eq!(
        results(&by_ids_of_the_client),
        owned(&[("call_1", "1"), ("call_0", "2")])
    );
    let of_no_call = history(
        json!([{"id": "x", "function": {"name": "a", "arguments": {}}}]),
        json!([{"role": "tool", "tool_call_id": "y", "content": "1"}]),
    );
    assert_eq!(results(&of_no_call), owned(&[("y", "1")]));
}

#[test]
fn edge_057_arguments_are_objects_and_may_be_missing_or_text() {
    let body = json!({"model": "m", "messages": [{"role": "assistant", "content": "", "tool_calls": [
        {"function": {"name": "a", "arguments": {"n": 1.0}}},
        {"function": {"name": "a", "arguments": "{\"n\":2}"}},
        {"function": {"name": "a"}},
    ]}]});
    let arguments: Vec<String> = read(&body).messages[0]
        .parts
        .iter()
        .map(|part| match part {
            Part::ToolCall { arguments, .. } => arguments.clone(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(arguments, [r#"{"n":1.0}"#, r#"{"n":2}"#, ""]);
}

#[test]
fn edge_115_images_are_bare_and_addresses_are_refused() {
    let with = |image: &str| json!({"model": "m", "messages": [{"role": "user", "content": "", "images": [image]}]});
    for image in ["iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo="] {
        let request = read(&with(image));
        let [Part::Image(image)] = request.messages[0].parts.as_slice() else {
            unreachable!("{:?}", request.messages);
        };
        assert_eq!(image.media_type.as_deref(), Some("image/png"));
        assert!(
            matches!(&image.source, MediaSource::Base64(data) if data.as_str() == "iVBORw0KGgo=")
        );
    }
    let refused = try_read(OLLAMA, Operation::Chat, &with("https://a.example/b.png"));
    let error = refused.0.unwrap_err();
    assert_eq!(error.param.as_deref(), Some("messages[0].images[0]"));
}

#[test]
fn edge_117_format_think_and_options() {
    assert!(matches!(
        read(&asked(json!({"format": "json"}))).output,
        OutputFormat::Json
    ));
    assert!(matches!(
        read(&asked(json!({"format": ""}))).output,
        OutputFormat::Text
    ));
    let OutputFormat::JsonSchema { schema, .. } =
        read(&asked(json!({"format": {"type": "object"}}))).output
    else {
        unreachable!("a schema");
    };
    assert_eq!(schema.get(), r#"{"type":"object"}"#);
    for (think, expected) in [
        (json!(true), Reasoning::Adaptive),
        (json!(false), Reasoning::Off),
        (json!(null), Reasoning::Unset),
        (json!("low"), Reasoning::Effort(Effort::Low)),
        (json!("max"), Reasoning::Effort(Effort::Max)),
    ] {
        assert_eq!(read(&asked(json!({"think": think}))).reasoning, expected);
    }
    for wrong in [json!({"think": "enormous"}), json!({"format": "xml"})] {
        let refused = try_read(OLLAMA, Operation::Chat, &asked(wrong)).0;
        assert_eq!(refused.unwrap_err().http_status(), 400);
    }
    let request = read(&asked(json!({
        "options": {"num_predict": -1, "stop": "END", "seed": 42.0, "num_ctx": 8192}, "keep_alive": "5m"
    })));
    assert_eq!(request.sampling.max_output_tokens, None);
    assert_eq!(request.sampling.stop, ["END"]);
    assert_eq!(request.sampling.seed, Some(42));
    let kept: Vec<&String> = request.rest.as_ref().unwrap().1.keys().collect();
    assert_eq!(kept, ["options.num_ctx", "keep_alive"]);
}

#[test]
fn edge_119_nothing_to_answer_is_a_request_to_load() {
    for (body, word) in [
        (json!({"model": "m"}), "load"),
        (json!({"model": "m", "messages": []}), "load"),
        (json!({"model": "m", "prompt": ""}), "load"),
        (json!({"model": "m", "keep_alive": 0}), "unload"),
        (json!({"model": "m", "keep_alive": "0s"}), "unload"),
        (json!({"model": "m", "keep_alive": -1}), "load"),
    ] {
        let reply = client_codec(OLLAMA).without_model(&read(&body)).unwrap();
        assert_eq!(reply.answers[0].finish.raw.as_deref(), Some(word), "{body}");
    }
    let real = read(&asked(json!({})));
    assert_eq!(client_codec(OLLAMA).without_model(&real), None);
}

#[test]
fn complaint_43_a_prompt_with_a_suffix_is_a_text_with_a_gap() {
    let ask = |body: Value| try_read(OLLAMA, Operation::Complete, &body).0.unwrap();
    let chat = ask(json!({"model": "m", "system": "Be brief.", "prompt": "Hello"}));
    assert_eq!(chat.completion, None);
    assert_eq!(chat.instructions, [Part::Text("Be brief.".to_owned())]);
    assert_eq!(chat.messages[0].role, Role::User);
    let gap = ask(json!({"model": "m", "prompt": "f(", "suffix": ")"}));
    assert_eq!(gap.completion.unwrap().suffix.as_deref(), Some(")"));
    let raw = ask(json!({"model": "m", "prompt": "f(", "raw": true}));
    assert_eq!(raw.completion.unwrap().suffix, None);
}

#[test]
fn what_is_unknown_in_many_messages_is_told_once() {
    let call = json!({"function": {"name": "f", "arguments": {}}, "x": 1});
    let message = json!({"role": "assistant", "content": "a", "phase": "a", "tool_calls": [call]});
    let body = json!({"model": "m", "messages": [message, message]});
    let (_, losses) = try_read(OLLAMA, Operation::Chat, &body);
    assert_eq!(losses, ["messages[].phase", "messages[].tool_calls[].x"]);
}
