//! What providers are sent.

use protocol::{
    Operation,
    canonical::{Capabilities, Effort, Reasoning, ThinkingForm},
    upstream_codec,
};
use serde_json::{Value, json};

use crate::trial::{OLLAMA, read, read_chat, sent, try_read, try_send};

fn asked(more: Value) -> Value {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi."}]});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn edge_113_not_to_stream_is_said() {
    assert_eq!(sent(&read_chat(&asked(json!({})))).0["stream"], false);
    let streamed = read_chat(&asked(json!({"stream": true})));
    assert_eq!(sent(&streamed).0["stream"], true);
}

#[test]
fn edge_121_the_native_paths_have_no_version() {
    let codec = upstream_codec(OLLAMA);
    assert_eq!(codec.version(), "");
    for (operation, path) in [
        (Operation::Chat, "/api/chat"),
        (Operation::Complete, "/api/generate"),
        (Operation::Embed, "/api/embed"),
        (Operation::ListModels, "/api/tags"),
    ] {
        assert_eq!(codec.path(operation, "m", true), path);
    }
}

#[test]
fn edge_121_parts_of_a_message_stay_one_message() {
    let image = "data:image/png;base64,iVBORw0KGgo=";
    let (body, losses) = sent(&read_chat(
        &json!({"model": "m", "messages": [{"role": "user", "content": [
        {"type": "text", "text": "One."}, {"type": "image_url", "image_url": {"url": image}},
        {"type": "text", "text": "Two."}]}]}),
    ));
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": "One.\n\nTwo.", "images": ["iVBORw0KGgo="]}])
    );
    assert_eq!(losses, [""; 0]);
    let by_address = read_chat(
        &json!({"model": "m", "messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}]}]}),
    );
    let error = try_send(&by_address, Capabilities::default()).unwrap_err();
    assert!(error.message.contains("send base64"), "{}", error.message);
}

#[test]
fn edge_114_history_has_names_ids_and_objects() {
    let (body, _) = sent(&read_chat(&json!({"model": "m", "messages": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": null, "reasoning_content": "Ask.", "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"n\":1.0}"}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "-3 C"}]})));
    assert_eq!(
        body["messages"][1],
        json!({"role": "assistant", "content": "", "thinking": "Ask.", "tool_calls": [
            {"id": "call_1", "function": {"name": "weather", "arguments": {"n": 1.0}}}]})
    );
    assert_eq!(
        body["messages"][2],
        json!({"role": "tool", "content": "-3 C", "tool_name": "weather", "tool_call_id": "call_1"})
    );
}

#[test]
fn complaint_13_images_in_results_follow_as_the_users() {
    let (request, _) = try_read(
        protocol::Protocol::Anthropic,
        Operation::Chat,
        &json!({"model": "m", "max_tokens": 9, "messages": [
            {"role": "user", "content": "Look."},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "shot", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}]}]}]}),
    );
    let (body, losses) = sent(&request.unwrap());
    let result = body["messages"][2]["content"].as_str().unwrap();
    assert!(
        result.starts_with("Error: ") && !result.contains("iVBOR"),
        "{result}"
    );
    assert_eq!(
        body["messages"][3],
        json!({"role": "user", "content": "Image returned by tool shot:", "images": ["iVBORw0KGgo="]})
    );
    assert_eq!(losses, ["messages[].result", "messages[].result.is_error"]);
}

#[test]
fn edge_019_the_choice_of_tools_is_made_by_what_is_sent_and_in_words() {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
    let with = |choice: Value| {
        let tools = json!([tool("a"), tool("b")]);
        let (body, losses) = sent(&read_chat(&asked(
            json!({"tools": tools, "tool_choice": choice}),
        )));
        let names: Vec<String> = body["tools"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|tool| tool["function"]["name"].as_str().unwrap().to_owned())
            .collect();
        let told = body["messages"][0]["role"] == "system";
        (names.concat(), told, losses.concat())
    };
    let found = |names: &str, told, loss: &str| (names.to_owned(), told, loss.to_owned());
    assert_eq!(with(json!("auto")), found("ab", false, ""));
    assert_eq!(with(json!("none")), found("", false, "tool_choice"));
    assert_eq!(with(json!("required")), found("ab", true, "tool_choice"));
    let named = json!({"type": "function", "function": {"name": "b"}});
    assert_eq!(with(named), found("b", true, "tool_choice"));
    let missing = json!({"type": "function", "function": {"name": "c"}});
    assert_eq!(with(missing), found("ab", false, "tool_choice"));
}

#[test]
fn edge_022_parameters_are_an_object_schema() {
    let tools = json!([{"type": "function", "function": {"name": "a"}}]);
    let (body, _) = sent(&read_chat(&asked(json!({ "tools": tools }))));
    assert_eq!(
        body["tools"][0],
        json!({"type": "function", "function": {"name": "a", "parameters": {"type": "object", "properties": {}}}})
    );
}

#[test]
fn edge_117_options_format_and_think() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let mut request = read_chat(&asked(json!({
        "temperature": 0.5, "seed": 3, "stop": ["\n"], "top_logprobs": 2, "logprobs": true,
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}})));
    // Clients of completions may ask for nothing.
    request.sampling.max_output_tokens = Some(0);
    let (body, losses) = sent(&request);
    assert_eq!(body["format"], schema);
    assert_eq!(
        body["options"],
        json!({"num_predict": 1, "temperature": 0.5, "stop": ["\n"], "seed": 3})
    );
    assert_eq!(
        (&body["logprobs"], &body["top_logprobs"]),
        (&json!(true), &json!(2))
    );
    // Nothing at all would be no limit.
    assert_eq!(losses, ["max_tokens"]);
    let any = read_chat(&asked(json!({"response_format": {"type": "json_object"}})));
    assert_eq!(sent(&any).0["format"], "json");
}

#[test]
fn complaint_20_a_model_is_told_to_think_as_it_can_be() {
    let think = |form, reasoning| {
        let mut request = read_chat(&asked(json!({})));
        request.reasoning = reasoning;
        let able = Capabilities {
            thinking: form,
            ..Capabilities::default()
        };
        try_send(&request, able).unwrap().0["think"].clone()
    };
    let high = Reasoning::Effort(Effort::High);
    assert_eq!(think(ThinkingForm::None, high), Value::Null);
    assert_eq!(think(ThinkingForm::None, Reasoning::Off), json!(false));
    assert_eq!(think(ThinkingForm::Adaptive, high), json!(true));
    assert_eq!(think(ThinkingForm::Effort, high), json!("high"));
    let most = Reasoning::Effort(Effort::Xhigh);
    assert_eq!(think(ThinkingForm::Effort, most), json!("max"));
    assert_eq!(
        think(ThinkingForm::Effort, Reasoning::Budget(8_000)),
        json!("medium")
    );
    assert_eq!(
        think(ThinkingForm::Effort, Reasoning::Adaptive),
        json!(true)
    );
    assert_eq!(think(ThinkingForm::Effort, Reasoning::Unset), Value::Null);
}

#[test]
fn edge_033_several_answers_are_refused() {
    let error = try_send(&read_chat(&asked(json!({"n": 2}))), Capabilities::default());
    assert_eq!(error.unwrap_err().param.as_deref(), Some("n"));
}

#[test]
fn complaint_43_a_text_is_gone_on_with_as_it_is() {
    let (request, _) = try_read(
        OLLAMA,
        Operation::Complete,
        &json!({"model": "m", "prompt": "def f(", "raw": true, "options": {"num_predict": 9}}),
    );
    let (body, _) = sent(&request.unwrap());
    assert_eq!(
        body,
        json!({"model": "target", "prompt": "def f(", "raw": true, "options": {"num_predict": 9}, "stream": true})
    );
    let (request, _) = try_read(
        OLLAMA,
        Operation::Complete,
        &json!({"model": "m", "prompt": "def f(", "suffix": "    return a"}),
    );
    let (body, _) = sent(&request.unwrap());
    // The model's own template puts the two together.
    assert_eq!(
        (&body["suffix"], body.get("raw")),
        (&json!("    return a"), None)
    );
}

#[test]
fn a_long_prompt_gets_the_room_that_it_needs() {
    let window = |words: usize, limit: Option<u64>, most: Option<u64>, own: Option<u64>| {
        let mut request = read(
            &json!({"model": "m", "messages": [{"role": "user", "content": "word ".repeat(words)}],
            "options": {"num_ctx": own}}),
        );
        request.sampling.max_output_tokens = limit;
        let able = Capabilities {
            context_length: most,
            ..Capabilities::default()
        };
        let (body, losses) = try_send(&request, able).unwrap();
        assert!(losses.is_empty(), "{losses:?}");
        body["options"]["num_ctx"].as_u64()
    };
    assert_eq!(window(10, None, None, None), None);
    assert_eq!(window(10, Some(4_000), None, None), None);
    assert_eq!(window(10, Some(5_000), None, None), Some(8_192));
    assert_eq!(window(6_000, None, None, None), Some(8_192));
    assert_eq!(window(12_000, None, Some(10_000), None), Some(10_000));
    assert_eq!(window(12_000, None, Some(2_048), None), None);
    assert_eq!(window(12_000, None, None, Some(6_000)), Some(6_000));
}
