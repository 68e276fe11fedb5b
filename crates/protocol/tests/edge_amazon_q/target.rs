//! Requests to the service.

use protocol::{
    Operation, Protocol,
    canonical::{Capabilities, Effort, ErrorKind, Reasoning, ThinkingForm},
};
use serde_json::{Value, json};

use crate::trial::{asked, codec, refused, sent, try_send};

const PNG: &str = "iVBORw0KGgo=";

fn chat(messages: Value) -> Value {
    json!({"model": "m", "messages": messages})
}

fn tool(name: &str) -> Value {
    json!({"type": "function", "function": {"name": name, "description": "It looks.", "parameters": {"type": "object", "properties": {}}}})
}

fn call(id: &str, name: &str) -> Value {
    json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": id, "type": "function", "function": {"name": name, "arguments": "{\"a\":1}"}}]})
}

fn result(id: &str, text: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": text})
}

fn openai(body: &Value) -> (Value, Vec<String>) {
    sent(&asked(Protocol::OpenAiChat, body))
}

#[test]
fn edge_123_instructions_are_a_first_pair_also_before_a_bare_result() {
    let (state, losses) = openai(&json!({"model": "m", "tools": [tool("look")], "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Look."}, call("call_1", "look"), result("call_1", "a cat")]}));
    assert_eq!(losses, Vec::<String>::new());
    let user = |content: &str| json!({"userInputMessage": {"content": content, "origin": "CLI", "modelId": "claude-sonnet-4.5"}});
    assert_eq!(
        state,
        json!({
            "chatTriggerType": "MANUAL",
            "history": [
                user("Be brief."),
                {"assistantResponseMessage": {"content": "I will follow these instructions."}},
                user("Look."),
                {"assistantResponseMessage": {"content": " ", "toolUses": [{"toolUseId": "call_1", "name": "look", "input": {"a": 1}}]}},
            ],
            "currentMessage": {"userInputMessage": {"content": "", "origin": "CLI", "modelId": "claude-sonnet-4.5",
                "userInputMessageContext": {
                    "toolResults": [{"toolUseId": "call_1", "content": [{"text": "a cat"}], "status": "success"}],
                    "tools": [{"toolSpecification": {"name": "look", "description": "It looks.",
                        "inputSchema": {"json": {"type": "object", "properties": {}}}}}]}}},
        })
    );
}

#[test]
fn edge_123_a_trailing_assistant_is_asked_to_go_on() {
    let (state, losses) = openai(&chat(json!([
        {"role": "user", "content": "Count."}, {"role": "assistant", "content": "One, "}])));
    assert!(losses.contains(&"messages".to_owned()), "{losses:?}");
    let current = state["currentMessage"]["userInputMessage"]["content"].as_str();
    assert!(current.unwrap().starts_with("Continue"), "{state}");
}

#[test]
fn edge_127_an_assistant_that_only_calls_says_a_space() {
    let (state, _) = openai(&chat(json!([
        {"role": "user", "content": "Look."}, call("call_1", "look"), result("call_1", ""), {"role": "user", "content": "And?"}])));
    assert_eq!(
        state["history"][1]["assistantResponseMessage"]["content"],
        " "
    );
    let current = &state["currentMessage"]["userInputMessage"];
    assert_eq!(current["content"], "And?");
    let results = &current["userInputMessageContext"]["toolResults"];
    assert_eq!(
        results[0]["content"][0]["text"],
        "(The tool gave no output.)"
    );
}

#[test]
fn edge_129_merged_messages_keep_all_results_in_the_order_of_the_calls() {
    let body = json!({"model": "m", "max_tokens": 9, "messages": [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "a", "name": "look", "input": {}},
            {"type": "tool_use", "id": "b", "name": "look", "input": {}},
            {"type": "tool_use", "id": "c", "name": "look", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "b", "content": "two"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "one", "is_error": true}]}]});
    let (state, losses) = sent(&asked(Protocol::Anthropic, &body));
    let results =
        &state["currentMessage"]["userInputMessage"]["userInputMessageContext"]["toolResults"];
    let told: Vec<(&str, &str)> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            (
                result["toolUseId"].as_str().unwrap(),
                result["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("a", "error"), ("b", "success"), ("c", "error")]);
    assert!(losses.contains(&"messages".to_owned()));
}

#[test]
fn edge_123_tools_of_the_history_are_there() {
    let (state, losses) = openai(
        &json!({"model": "m", "tools": [tool("other")], "tool_choice": "none", "messages": [
        {"role": "user", "content": "Look."}, call("call_1", "look"), result("call_1", "a cat"), call("call_2", "other"), result("call_2", "x")]}),
    );
    let tools = &state["currentMessage"]["userInputMessage"]["userInputMessageContext"]["tools"];
    let names: Vec<&str> = tools
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["toolSpecification"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["other", "look"]);
    assert_eq!(
        losses,
        ["tools", "tool_choice", "max_tokens"].map(str::to_owned)[..2]
    );
    let told = state["history"][0]["userInputMessage"]["content"].as_str();
    assert_eq!(told, Some("Do not call any tool in your next reply."));
}

#[test]
fn a_choice_becomes_words_and_leaves_the_others_out() {
    let body = |choice: Value| {
        json!({"model": "m", "tools": [tool("look"), tool("listen")], "tool_choice": choice,
            "messages": [{"role": "user", "content": "Go."}]})
    };
    let of = |choice: Value| {
        let (state, losses) = openai(&body(choice));
        let tools =
            &state["currentMessage"]["userInputMessage"]["userInputMessageContext"]["tools"];
        let told = state["history"][0]["userInputMessage"]["content"].as_str();
        (
            tools.as_array().map_or(0, Vec::len),
            told.map(str::to_owned),
            losses,
        )
    };
    assert_eq!(of(json!("auto")), (2, None, Vec::new()));
    assert_eq!(of(json!("none")), (0, None, Vec::new()));
    let emulated = vec!["tool_choice".to_owned()];
    let any = "Your next reply must be a call of one of your tools.";
    assert_eq!(
        of(json!("required")),
        (2, Some(any.to_owned()), emulated.clone())
    );
    let one = "Your next reply must be a call of the tool `look`, and of no other.";
    assert_eq!(
        of(json!({"type": "function", "function": {"name": "look"}})),
        (1, Some(one.to_owned()), emulated.clone())
    );
    let missing = json!({"type": "function", "function": {"name": "touch"}});
    assert_eq!(of(missing), (2, None, emulated));
}

#[test]
fn complaint_34_long_descriptions_stand_whole_in_the_instructions() {
    let long = format!("{}é", "Look carefully. ".repeat(700));
    let mut look = tool("look");
    look["function"]["description"] = json!(long);
    let (state, losses) = openai(
        &json!({"model": "m", "tools": [look], "messages": [{"role": "user", "content": "Go."}]}),
    );
    assert_eq!(losses, ["tools[].description"]);
    let told = state["history"][0]["userInputMessage"]["content"]
        .as_str()
        .unwrap();
    assert!(told.ends_with(&long));
}

#[test]
fn complaint_11_names_begin_with_a_letter_and_come_back_as_they_were() {
    for name in ["1st.look", "_look", "mcp__files/read", &"x".repeat(90)] {
        let request = asked(
            Protocol::OpenAiChat,
            &json!({"model": "m", "tools": [tool(name)], "messages": [{"role": "user", "content": "Go."}]}),
        );
        let (encoded, state, _) = try_send(&request, Capabilities::default()).unwrap();
        let tools =
            &state["currentMessage"]["userInputMessage"]["userInputMessageContext"]["tools"];
        let spelled = tools[0]["toolSpecification"]["name"].as_str().unwrap();
        assert_eq!(encoded.undo.tool_names[spelled], name);
    }
}

#[test]
fn images_go_in_base64_also_out_of_results() {
    let body = json!({"model": "m", "max_tokens": 9, "messages": [
        {"role": "user", "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/jpg", "data": PNG}}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "look", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": [
            {"type": "text", "text": "Here:"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}]}]}]});
    let (state, losses) = sent(&asked(Protocol::Anthropic, &body));
    assert!(losses.contains(&"messages[].image.media_type".to_owned()));
    let first = &state["history"][0]["userInputMessage"];
    let image = json!([{"format": "png", "source": {"bytes": PNG}}]);
    assert_eq!(
        (&first["content"], &first["images"]),
        (&json!("(See what is attached.)"), &image)
    );
    let current = &state["currentMessage"]["userInputMessage"];
    assert_eq!(current["images"], image);
    let result = &current["userInputMessageContext"]["toolResults"][0]["content"];
    assert_eq!(
        *result,
        json!([{"text": "Here:"}, {"text": "(Its image is attached to this message.)"}])
    );
}

#[test]
fn an_image_that_came_as_a_file_is_an_image() {
    let (state, losses) = openai(
        &json!({"model": "m", "messages": [{"role": "user", "content": [
            {"type": "text", "text": "Look."},
            {"type": "file", "file": {"filename": "a.png", "file_data": format!("data:image/png;base64,{PNG}")}},
        ]}]}),
    );
    let current = &state["currentMessage"]["userInputMessage"];
    let image = json!([{"format": "png", "source": {"bytes": PNG}}]);
    assert_eq!(
        (&current["content"], &current["images"]),
        (&json!("Look."), &image)
    );
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn images_by_address_are_refused_and_too_many_left_out_oldest_first() {
    let image = |url: &str| json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]});
    let by_address = asked(
        Protocol::OpenAiChat,
        &chat(json!([image("https://example.com/a.png")])),
    );
    assert_eq!(refused(&by_address).kind, ErrorKind::InvalidRequest);
    let data = format!("data:image/png;base64,{PNG}");
    let mut messages = Vec::new();
    for _ in 0..12 {
        messages.push(image(&data));
        messages.push(json!({"role": "assistant", "content": "I see."}));
    }
    messages.push(json!({"role": "user", "content": "Thanks."}));
    let (state, losses) = openai(&chat(json!(messages)));
    assert_eq!(losses, ["messages"]);
    let first = &state["history"][0]["userInputMessage"];
    assert!(
        first.get("images").is_none() && first["content"].as_str().unwrap().contains("left out")
    );
    assert!(state["history"][4]["userInputMessage"]["images"].is_array());
    let many: Vec<Value> = (0..11)
        .map(|_| image(&data)["content"][0].clone())
        .collect();
    let many = asked(
        Protocol::OpenAiChat,
        &chat(json!([{"role": "user", "content": many}])),
    );
    assert!(refused(&many).message.contains("10 images"));
}

#[test]
fn own_reasoning_goes_back_with_its_proof_and_foreign_does_not() {
    let of = |format: &str| {
        let (state, _) = openai(&chat(json!([{"role": "user", "content": "2?"},
            {"role": "assistant", "content": "Yes", "reasoning_details": [
                {"type": "reasoning.text", "text": "Hm", "signature": "c2ln", "format": format, "index": 0}]},
            {"role": "user", "content": "3?"}])));
        state["history"][1]["assistantResponseMessage"]["reasoningContent"].clone()
    };
    assert_eq!(
        of("amazon_q"),
        json!({"reasoningText": {"text": "Hm", "signature": "c2ln"}})
    );
    assert_eq!(of("anthropic"), Value::Null);
}

#[test]
fn reasoning_is_asked_for_in_words_where_the_model_knows_them() {
    let mut request = asked(
        Protocol::OpenAiChat,
        &chat(json!([{"role": "user", "content": "2?"}])),
    );
    request.reasoning = Reasoning::Effort(Effort::High);
    let (_, losses) = sent(&request);
    assert_eq!(losses, ["reasoning"]);
    let capabilities = Capabilities {
        thinking: ThinkingForm::Budget,
        ..Capabilities::default()
    };
    let (_, state, losses) = try_send(&request, capabilities).unwrap();
    assert_eq!(losses, ["reasoning"]);
    let told = state["history"][0]["userInputMessage"]["content"]
        .as_str()
        .unwrap();
    assert!(
        told.contains("<max_thinking_length>16384</max_thinking_length>"),
        "{told}"
    );
}

#[test]
fn what_the_protocol_lacks_is_reported_or_refused() {
    let (_, losses) = openai(
        &json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 5, "temperature": 0.5, "top_p": 0.5, "stop": ["x"], "seed": 1, "presence_penalty": 1, "frequency_penalty": 0, "user": "u",
        "response_format": {"type": "json_object"}, "service_tier": "flex"}),
    );
    assert_eq!(
        losses,
        [
            "response_format",
            "max_tokens",
            "temperature",
            "top_p",
            "stop",
            "seed",
            "presence_penalty",
            "user",
            "service_tier"
        ]
    );
    for (field, value) in [("n", json!(2)), ("logprobs", json!(true))] {
        let mut body = chat(json!([{"role": "user", "content": "Hi"}]));
        body[field] = value;
        let error = refused(&asked(Protocol::OpenAiChat, &body));
        assert_eq!(error.param.as_deref(), Some(field));
    }
    let error = refused(&asked(
        Protocol::OpenAiChat,
        &chat(json!([{"role": "system", "content": "Hi"}])),
    ));
    assert!(error.message.contains("at least one user message"));
}

#[test]
fn one_address_takes_everything_and_a_header_says_what() {
    let request = asked(
        Protocol::OpenAiChat,
        &chat(json!([{"role": "user", "content": "Hi"}])),
    );
    let (encoded, ..) = try_send(&request, Capabilities::default()).unwrap();
    let target = |encoded: &protocol::Encoded| encoded.headers[0].1.to_str().unwrap().to_owned();
    assert_eq!(
        target(&encoded),
        "AmazonCodeWhispererStreamingService.GenerateAssistantResponse"
    );
    assert_eq!(codec().path(Operation::Chat, "m", true), "/");
    let list = codec().list_request().unwrap();
    assert_eq!(
        target(&list),
        "AmazonCodeWhispererService.ListAvailableModels"
    );
    let body = codec().with_profile(list.body, "arn:aws:x");
    assert_eq!(body, r#"{"profileArn":"arn:aws:x","origin":"CLI"}"#);
    let models = codec()
        .decode_models(br#"{"models":[{"modelId":"claude-sonnet-4.5","modelName":"Sonnet","tokenLimits":{"maxInputTokens":200000}}],"defaultModel":{"modelId":"x"}}"#)
        .unwrap();
    assert_eq!(
        (models[0].id.as_str(), models[0].max_input_tokens),
        ("claude-sonnet-4.5", Some(200_000))
    );
}
