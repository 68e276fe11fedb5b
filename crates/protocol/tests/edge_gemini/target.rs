//! What providers are sent: contents.

use protocol::{
    Protocol,
    canonical::{Capabilities, Effort, OutputFormat, Reasoning, ThinkingForm},
};
use serde_json::{Value, json};

use crate::trial::{asked, read, read_chat, sent, try_read, try_send};

fn chat(messages: Value) -> Value {
    json!({"model": "m", "messages": messages})
}

#[test]
fn edge_052_turns_of_one_role_are_one_and_results_stand_alone() {
    let (body, losses) = sent(&read_chat(&chat(json!([
        {"role": "user", "content": "One."},
        {"role": "user", "content": "Two."},
        {"role": "assistant", "content": "Looking.", "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "a", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "-3 C"},
        {"role": "user", "content": "And now?"}]))));
    assert_eq!(
        body["contents"],
        json!([
            {"role": "user", "parts": [{"text": "One."}, {"text": "Two."}]},
            {"role": "model", "parts": [{"text": "Looking."}, {"functionCall": {"id": "c", "name": "a", "args": {}}}]},
            {"role": "user", "parts": [{"functionResponse": {"id": "c", "name": "a", "response": {"output": "-3 C"}}}]},
            {"role": "user", "parts": [{"text": "And now?"}]}])
    );
    assert_eq!(losses, [""; 0]);
}

#[test]
fn edge_072_a_picture_alone_goes_alone() {
    let image = json!({"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}});
    let contents = json!([{"role": "user", "parts": [image]}]);
    let (body, losses) = sent(&read(&asked(contents.clone())));
    assert_eq!(body["contents"], contents);
    assert_eq!(losses, [""; 0]);
}

#[test]
fn what_was_drawn_goes_back_with_a_signature_where_one_is_wanted() {
    let drawn = |url: &str| {
        read_chat(&chat(json!([
            {"role": "user", "content": "Draw."},
            {"role": "assistant", "content": "Here.", "images": [
                {"type": "image_url", "image_url": {"url": url}}]},
            {"role": "user", "content": "Again."}])))
    };
    let taking = |signed_calls| Capabilities {
        drawn_images: true,
        signed_calls,
        ..Capabilities::default()
    };
    let image = json!({"mimeType": "image/png", "data": "iVBORw0KGgo="});
    let request = drawn("data:image/png;base64,iVBORw0KGgo=");
    let (body, losses) = try_send(&request, taking(true)).unwrap();
    assert_eq!(
        body["contents"][1]["parts"],
        json!([{"text": "Here."}, {"inlineData": image, "thoughtSignature": "skip_thought_signature_validator"}])
    );
    assert_eq!(losses, [""; 0]);
    let (body, _) = try_send(&request, taking(false)).unwrap();
    assert_eq!(
        body["contents"][1]["parts"][1],
        json!({"inlineData": image})
    );
    for (url, capabilities) in [
        ("https://images.example/1.png", taking(true)),
        (
            "data:image/png;base64,iVBORw0KGgo=",
            Capabilities::default(),
        ),
    ] {
        let (body, losses) = try_send(&drawn(url), capabilities).unwrap();
        assert_eq!(body["contents"][1]["parts"], json!([{"text": "Here."}]));
        assert_eq!(losses, ["messages[1]"]);
    }
}

#[test]
fn edge_073_an_address_goes_only_where_it_can_be_read() {
    let bytes_only = Capabilities {
        image_url: false,
        ..Capabilities::default()
    };
    let part = |address: &str| {
        json!([{"role": "user", "parts": [
        {"fileData": {"mimeType": "image/png", "fileUri": address}}]}])
    };
    let own = part("https://generativelanguage.googleapis.com/v1beta/files/1");
    let (body, _) = try_send(&read(&asked(own.clone())), bytes_only.clone()).unwrap();
    assert_eq!(body["contents"], own);
    let elsewhere = read(&asked(part("https://example.com/a.png")));
    let error = try_send(&elsewhere, bytes_only).unwrap_err();
    assert!(error.message.contains("base64"), "{}", error.message);
    let foreign = read_chat(&chat(json!([{"role": "user", "content": [
        {"type": "file", "file": {"file_id": "file-abc"}}]}])));
    let error = try_send(&foreign, Capabilities::default()).unwrap_err();
    assert!(
        error.message.contains("across providers"),
        "{}",
        error.message
    );
}

#[test]
fn edge_071_a_model_is_told_to_think_as_it_can_be_and_never_in_two_ways() {
    let thinking = |form, reasoning| {
        let mut request = read_chat(&chat(json!([{"role": "user", "content": "?"}])));
        request.reasoning = reasoning;
        let able = Capabilities {
            thinking: form,
            least_thinking: 128,
            most_thinking: Some(24_576),
            ..Capabilities::default()
        };
        let config = &try_send(&request, able).unwrap().0["generationConfig"]["thinkingConfig"];
        assert!(
            config.get("thinkingBudget").is_none() || config.get("thinkingLevel").is_none(),
            "{config}"
        );
        config.clone()
    };
    let high = Reasoning::Effort(Effort::High);
    let (budget, effort) = (ThinkingForm::Budget, ThinkingForm::Effort);
    let shown = |key: &str, value: Value| json!({"includeThoughts": true, key: value});
    assert_eq!(
        thinking(budget, high),
        shown("thinkingBudget", json!(16_384))
    );
    assert_eq!(
        thinking(effort, high),
        shown("thinkingLevel", json!("HIGH"))
    );
    let most = Reasoning::Budget(99_999);
    assert_eq!(
        thinking(budget, most),
        shown("thinkingBudget", json!(24_576))
    );
    assert_eq!(
        thinking(effort, most),
        shown("thinkingLevel", json!("HIGH"))
    );
    assert_eq!(
        thinking(budget, Reasoning::Off),
        json!({"thinkingBudget": 128})
    );
    assert_eq!(
        thinking(effort, Reasoning::Off),
        json!({"thinkingLevel": "LOW"})
    );
    let adaptive = Reasoning::Adaptive;
    assert_eq!(
        thinking(budget, adaptive),
        shown("thinkingBudget", json!(-1))
    );
    assert_eq!(thinking(effort, adaptive), json!({"includeThoughts": true}));
    for form in [budget, effort, ThinkingForm::None] {
        assert_eq!(thinking(form, Reasoning::Unset), Value::Null);
    }
    assert_eq!(thinking(ThinkingForm::None, high), Value::Null);
}

#[test]
fn edge_071_thoughts_leave_room_for_the_reply() {
    let budget = |limit: u64, least: u64| {
        let mut request = read_chat(&chat(json!([{"role": "user", "content": "?"}])));
        request.reasoning = Reasoning::Effort(Effort::High);
        request.sampling.max_output_tokens = Some(limit);
        let able = Capabilities {
            thinking: ThinkingForm::Budget,
            least_thinking: least,
            ..Capabilities::default()
        };
        let (body, losses) = try_send(&request, able).unwrap();
        let config = &body["generationConfig"]["thinkingConfig"];
        let shown = config.get("includeThoughts").is_some();
        assert_eq!(shown, config["thinkingBudget"] != 0);
        (config["thinkingBudget"].as_u64().unwrap(), losses.len())
    };
    assert_eq!(budget(20_000, 128), (16_384, 1));
    assert_eq!(budget(4_000, 128), (3_999, 2));
    assert_eq!(budget(1_025, 0), (1_024, 2));
    assert_eq!(budget(1_024, 0), (0, 2));
    assert_eq!(budget(100, 0), (0, 2));
    assert_eq!(budget(100, 128), (128, 2));
}

#[test]
fn edge_076_instructions_go_without_a_role_and_before_everything_else() {
    let (body, _) = sent(&read_chat(&chat(json!([
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": "?"}]))));
    let system = json!({"parts": [{"text": "Be brief."}, {"text": "Be kind."}]});
    assert_eq!(body["systemInstruction"], system);
    assert_eq!(
        body["contents"],
        json!([{"role": "user", "parts": [{"text": "?"}]}])
    );
}

#[test]
fn edge_065_state_goes_back_on_the_part_it_came_on_and_others_state_does_not_go() {
    let contents = json!([
        {"role": "user", "parts": [{"text": "?"}]},
        {"role": "model", "parts": [
            {"text": "Hm.", "thought": true, "thoughtSignature": "QQ=="},
            {"text": "So.", "thoughtSignature": "Qg=="},
            {"functionCall": {"id": "1", "name": "a", "args": {}}, "thoughtSignature": "Qw=="},
            {"functionCall": {"id": "2", "name": "a", "args": {}}}]},
        {"role": "user", "parts": [
            {"functionResponse": {"id": "1", "name": "a", "response": {"output": "x"}}},
            {"functionResponse": {"id": "2", "name": "a", "response": {"output": "y"}}}]},
        {"role": "model", "parts": [{"text": "Done."}, {"text": "", "thoughtSignature": "RA=="}]},
        {"role": "user", "parts": [{"text": "More."}]}]);
    let able = Capabilities {
        signed_calls: true,
        ..Capabilities::default()
    };
    let (body, losses) = try_send(&read(&asked(contents.clone())), able.clone()).unwrap();
    assert_eq!(body["contents"], contents);
    assert_eq!(losses, [""; 0]);

    let (request, _) = try_read(
        Protocol::Anthropic,
        &json!({"model": "m", "max_tokens": 9, "messages": [
            {"role": "user", "content": "?"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "of-another"},
                {"type": "tool_use", "id": "t", "name": "a", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]}]}),
    );
    let (body, _) = try_send(&request.unwrap(), able).unwrap();
    assert_eq!(
        body["contents"][1]["parts"],
        json!([{"functionCall": {"id": "t", "name": "a", "args": {}},
            "thoughtSignature": "skip_thought_signature_validator"}])
    );
}

#[test]
fn edge_066_only_the_first_call_of_a_step_needs_a_signature() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "a", "arguments": "{}"}});
    let request = read_chat(&chat(json!([
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": null, "tool_calls": [call("1"), call("2")]},
        {"role": "tool", "tool_call_id": "1", "content": "x"},
        {"role": "tool", "tool_call_id": "2", "content": "y"}])));
    let signed = |signed_calls| {
        let able = Capabilities {
            signed_calls,
            ..Capabilities::default()
        };
        let (body, losses) = try_send(&request, able).unwrap();
        let parts = body["contents"][1]["parts"].as_array().unwrap().clone();
        let signed: Vec<bool> = parts
            .iter()
            .map(|part| part.get("thoughtSignature").is_some())
            .collect();
        (signed, losses.len())
    };
    // The word for none is ours, and told.
    assert_eq!(signed(true), (vec![true, false], 1));
    assert_eq!(signed(false), (vec![false, false], 0));
}

#[test]
fn edge_070_a_schema_beside_tools_is_asked_for_in_words_where_it_must_be() {
    let tools = json!([{"type": "function", "function": {"name": "a"}}]);
    let schema =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let format = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}});
    let with = |tools: Value, output_with_tools| {
        let mut body = chat(json!([{"role": "user", "content": "?"}]));
        body["response_format"] = format.clone();
        body["tools"] = tools;
        let request = read_chat(&body);
        assert!(matches!(request.output, OutputFormat::JsonSchema { .. }));
        let able = Capabilities {
            output_with_tools,
            ..Capabilities::default()
        };
        let (body, losses) = try_send(&request, able).unwrap();
        let native = body["generationConfig"]["responseJsonSchema"] == schema;
        let words = body["systemInstruction"].to_string().contains("city");
        (native, words, losses.is_empty())
    };
    assert_eq!(with(tools.clone(), true), (true, false, true));
    assert_eq!(with(tools, false), (false, true, false));
    assert_eq!(with(json!([]), false), (true, false, true));
}

/// Nobody refuses the blank end here, and the reply goes on right behind it.
#[test]
fn what_the_model_goes_on_from_keeps_its_end() {
    let (body, losses) = sent(&read_chat(&chat(json!([
        {"role": "user", "content": "Write code."},
        {"role": "assistant", "content": "```rust\n"}]))));
    assert_eq!(
        body["contents"][1],
        json!({"role": "model", "parts": [{"text": "```rust\n"}]})
    );
    assert_eq!(losses, [""; 0]);
    let refuses = Capabilities {
        prefill: false,
        ..Capabilities::default()
    };
    let asked = read_chat(&chat(json!([
        {"role": "user", "content": "Write code."},
        {"role": "assistant", "content": "```rust\n"}])));
    let (body, losses) = try_send(&asked, refuses).unwrap();
    assert_eq!(body["contents"][2]["role"], "user");
    assert_eq!(losses, ["messages"]);
}
