//! What clients ask, and what other providers are sent of it.

use protocol::{
    Protocol,
    canonical::{Event, Finish, FinishReason, Part, Role, ToolChoice, ToolKind},
};
use serde_json::{Value, json};

use super::trial::*;

fn with_input(input: &Value) -> Value {
    json!({"model": "m", "input": input})
}

fn tool(name: &str) -> Value {
    json!({"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}, "strict": false})
}

#[test]
fn edge_010_instructions_lead_wherever_they_stand() {
    let (request, _) = read(&json!({"model": "m", "instructions": "One.", "input": [
        {"role": "developer", "content": "Two."}, {"role": "user", "content": "Hello."},
        {"role": "system", "content": [{"type": "input_text", "text": "Three."}]}]}));
    assert_eq!(request.instructions.len(), 2);
    let (sent, _) = send_to(Protocol::OpenAiChat, &request);
    let roles: Vec<&str> = sent["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["system", "user", "system"]);
}

#[test]
fn edge_029_files_are_files_everywhere() {
    let (request, losses) = read(&with_input(&json!([{"role": "user", "content": [
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}]}])));
    assert!(losses.is_empty());
    let (sent, _) = send_to(Protocol::Anthropic, &request);
    let block = &sent["messages"][0]["content"][0];
    assert_eq!(block["type"], "document", "{sent}");
    assert_eq!(block["source"]["media_type"], "application/pdf");
    let (sent, _) = send(&request);
    assert_eq!(sent["input"][0]["content"][0]["filename"], "a.pdf");
}

#[test]
fn edge_100_outputs_answer_calls_by_their_call_id() {
    let (request, _) = read(&with_input(
        &json!([{"role": "user", "content": "Weather?"},
        {"type": "function_call", "id": "fc_7", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "id": "fco_7", "call_id": "call_1", "output": "-3 C"}]),
    ));
    let Part::ToolCall { id, .. } = &request.messages[1].parts[0] else {
        unreachable!("it is a call");
    };
    assert_eq!(id, "call_1");
    let (sent, losses) = send_to(Protocol::OpenAiChat, &request);
    assert_eq!(sent["messages"][2]["tool_call_id"], "call_1");
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn edge_104_every_item_is_carried_or_reported() {
    let (request, losses) = read(&with_input(&json!([
        {"role": "user", "content": "Go."},
        {"type": "reasoning", "summary": []},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        {"type": "some_day", "x": 1},
        {"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "a \"b\""},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "7"}])));
    let roles: Vec<Role> = request
        .messages
        .iter()
        .map(|message| message.role)
        .collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::Tool]);
    assert_eq!(losses, ["input[3]", "input[4]"]);
    let Part::ToolCall { arguments, .. } = &request.messages[1].parts[1] else {
        unreachable!("it is a call");
    };
    assert_eq!(arguments, r#"{"input":"a \"b\""}"#);
}

#[test]
fn edge_105_calls_in_a_row_are_one_message() {
    let (request, _) = read(&with_input(&json!([
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": [{"type": "output_text", "text": "Looking."}]},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "b", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "b", "output": "2"},
        {"type": "function_call_output", "call_id": "a", "output": "1"}])));
    let (sent, losses) = send_to(Protocol::OpenAiChat, &request);
    let said = &sent["messages"][1];
    assert_eq!(said["content"], "Looking.");
    assert_eq!(said["tool_calls"].as_array().unwrap().len(), 2);
    assert_eq!(sent["messages"].as_array().unwrap().len(), 4);
    // Each answer stands where its call stands.
    assert_eq!(sent["messages"][2]["tool_call_id"], "a");
    assert!(
        losses.is_empty(),
        "the order of answers is nobody's loss: {losses:?}"
    );
}

#[test]
fn edge_106_tools_and_choices_are_flat_here_and_nested_there() {
    let mut body = json!({"model": "m", "input": "Go.", "tools": [tool("f"), tool("g")],
        "tool_choice": {"type": "function", "name": "g"}});
    let (request, _) = read(&body);
    assert_eq!(request.tool_choice, ToolChoice::Named("g".to_owned()));
    let (sent, _) = send_to(Protocol::OpenAiChat, &request);
    assert_eq!(sent["tools"][0]["function"]["name"], "f");
    assert_eq!(sent["tool_choice"]["function"]["name"], "g");
    assert_eq!(send(&request).0["tool_choice"], body["tool_choice"]);
    body["tool_choice"] = json!({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]});
    assert_eq!(send(&read(&body).0).0["tool_choice"], body["tool_choice"]);
}

#[test]
fn edge_107_complaint_14_tools_for_free_text_are_functions_elsewhere() {
    let body = json!({"model": "m", "input": "Go.", "tools": [{"type": "custom", "name": "apply_patch",
        "description": "Patches.", "format": {"type": "grammar", "syntax": "lark", "definition": "start: X"}}]});
    let (request, _) = read(&body);
    let (sent, _) = send_to(Protocol::Anthropic, &request);
    let tool = &sent["tools"][0];
    assert_eq!(
        tool["input_schema"]["properties"]["input"]["type"],
        "string"
    );
    assert!(
        tool["description"].as_str().unwrap().contains("start: X"),
        "{tool}"
    );
    // Where there are such tools they stay what they are, each in its own form.
    assert_eq!(
        send(&request).0["tools"][0]["format"],
        body["tools"][0]["format"]
    );
    let (sent, _) = send_to(Protocol::OpenAiChat, &request);
    assert_eq!(
        sent["tools"][0]["custom"]["format"]["grammar"]["syntax"],
        "lark"
    );
}

#[test]
fn edge_108_state_goes_home_and_nowhere_else() {
    let of = |state: &str| {
        read(&with_input(&json!([{"role": "user", "content": "Go."},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": state},
            {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "1"}])))
        .0
    };
    let own = of("gAAAA-1");
    assert_eq!(send(&own).0["input"][1]["encrypted_content"], "gAAAA-1");
    assert!(
        !send_to(Protocol::Anthropic, &own)
            .0
            .to_string()
            .contains("gAAAA")
    );
    // What was packed for the way through the client is unpacked for its owner.
    let foreign = of("patchbay.anthropic.signature.EqQB");
    let (sent, losses) = send(&foreign);
    assert!(!sent.to_string().contains("EqQB"), "{sent}");
    assert_eq!(losses, ["messages[].reasoning"]);
    let (sent, _) = send_to(Protocol::Anthropic, &foreign);
    assert!(sent.to_string().contains("EqQB"), "{sent}");
    assert!(!sent.to_string().contains("patchbay."), "{sent}");
}

#[test]
fn edge_109_settings_have_other_names_elsewhere() {
    let (request, losses) = read(
        &json!({"model": "m", "input": "Go.", "max_output_tokens": 99,
        "reasoning": {"effort": "high", "summary": "auto"},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": true}}}),
    );
    assert!(losses.is_empty(), "{losses:?}");
    let capabilities = protocol::canonical::Capabilities {
        thinking: protocol::canonical::ThinkingForm::Effort,
        ..Default::default()
    };
    let (sent, _) = try_send(Protocol::OpenAiChat, &request, capabilities.clone()).unwrap();
    assert_eq!(sent["max_tokens"], 99);
    assert_eq!(sent["reasoning_effort"], "high");
    assert_eq!(sent["response_format"]["json_schema"]["name"], "n");
    let (sent, _) = try_send(RESPONSES, &request, capabilities).unwrap();
    assert_eq!(
        sent["reasoning"],
        json!({"effort": "high", "summary": "auto"})
    );
    assert_eq!(sent["text"]["format"]["name"], "n");
    assert_eq!(sent["max_output_tokens"], 99);
}

#[test]
fn complaint_13_images_in_results_are_never_text() {
    let (request, _) = read(&with_input(&json!([{"role": "user", "content": "Look."},
        {"type": "function_call", "call_id": "a", "name": "shot", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": [
            {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="}]},
        {"type": "computer_call", "call_id": "b", "action": {"type": "screenshot"}},
        {"type": "computer_call_output", "call_id": "b", "output":
            {"type": "computer_screenshot", "image_url": "data:image/png;base64,iVBORw0KGgo="}}])));
    let images = request.messages.iter().flat_map(|message| &message.parts);
    let images = images.filter(|part| {
        matches!(part, Part::ToolResult { parts, .. } if matches!(parts.as_slice(), [Part::Image(_)]))
    });
    assert_eq!(images.count(), 2);
    let (sent, _) = send(&request);
    assert_eq!(sent["input"][2]["output"][0]["type"], "input_image");
}

#[test]
fn what_is_kept_elsewhere_is_refused_and_named() {
    for (field, value) in [
        ("previous_response_id", json!("resp_1")),
        ("conversation", json!("conv_1")),
        ("prompt", json!({"id": "p"})),
        ("background", json!(true)),
    ] {
        let mut body = with_input(&json!("Go."));
        body[field] = value;
        let error = try_read(RESPONSES, &body).0.unwrap_err();
        assert_eq!(error.param.as_deref(), Some(field));
        assert_eq!(error.http_status(), 400);
    }
}

#[test]
fn a_limit_of_nothing_is_refused() {
    let body = json!({"model": "m", "input": "Hi", "max_output_tokens": 0});
    let error = try_read(RESPONSES, &body).0.unwrap_err();
    assert_eq!(error.param.as_deref(), Some("max_output_tokens"));
}

#[test]
fn a_search_for_tools_stays_in_the_conversation() {
    let (request, _) = read(&with_input(
        &json!([{"role": "user", "content": "Any issues?"},
        {"type": "tool_search_call", "call_id": "s", "execution": "client", "status": "completed",
            "arguments": {"query": "issues"}},
        {"type": "tool_search_output", "call_id": "s", "execution": "client", "status": "completed",
            "tools": [{"type": "function", "name": "list_issues", "parameters": {"type": "object"}}]},
        {"role": "user", "content": "Go on."}]),
    ));
    let parts: Vec<&Part> = request
        .messages
        .iter()
        .flat_map(|message| &message.parts)
        .collect();
    let [_, called, found, _] = parts[..] else {
        panic!("{parts:?}");
    };
    let Part::ToolCall {
        id,
        name,
        arguments,
    } = called
    else {
        panic!("{called:?}");
    };
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    assert_eq!((id.as_str(), name.as_str()), ("s", "tool_search"));
    assert_eq!(arguments, json!({"query": "issues"}));
    let Part::ToolResult { id, parts, .. } = found else {
        panic!("{found:?}");
    };
    assert_eq!(id, "s");
    assert!(matches!(&parts[..], [Part::Text(text)] if text.contains("list_issues")));
    // What was found can be called.
    let names = request.tools.iter().map(|tool| tool.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["list_issues"]);
}

#[test]
fn tools_that_come_with_the_conversation_are_tools() {
    let brought = json!({"type": "additional_tools", "role": "developer", "tools": [
        {"type": "custom", "name": "exec", "format": {"type": "text"}},
        {"type": "function", "name": "wait", "parameters": {"type": "object"}},
        {"type": "namespace", "name": "agents", "description": "d", "tools": [
            {"type": "function", "name": "spawn", "parameters": {"type": "object"}}]}]});
    let mut body = with_input(&json!([brought,
        {"type": "message", "role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Go."}]));
    body["tools"] =
        json!([{"type": "function", "name": "wait", "description": "first", "parameters": null}]);
    let (request, losses) = read(&body);
    let names: Vec<&str> = request
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    assert_eq!(names, ["wait", "exec", "agents__spawn"]);
    assert_eq!(request.tools[0].description.as_deref(), Some("first"));
    assert!(matches!(request.tools[1].kind, ToolKind::Custom { .. }));
    let groups = request.groups.iter();
    let groups: Vec<_> = groups
        .map(|(tool, group)| (tool.as_str(), group.as_str()))
        .collect();
    assert_eq!(groups, [("agents__spawn", "agents")]);
    assert!(losses.iter().any(|field| field == "input[0]"), "{losses:?}");
    assert_eq!(request.messages.last().unwrap().role, Role::User);
}

#[test]
fn a_call_is_of_the_group_that_its_tool_was_defined_in() {
    let group =
        |name: &str, tools: Value| json!({"type": "namespace", "name": name, "tools": tools});
    let (request, _) = read(&json!({"model": "m", "input": "Go.", "tools": [
        group("mcp__git", json!([tool("diff")])), tool("mcp__git__log"),
        group("a", json!([tool("x")])), group("a__b", json!([tool("c")]))]}));
    let called = |name: &str| {
        let over = Event::Finish(Finish::new(FinishReason::ToolCalls, None));
        let events = part(0, call("c", name), &["{}"]);
        let answer = tell_whole(&request, &[vec![start()], events, vec![over]].concat());
        let item = &answer["output"][0];
        (item["namespace"].clone(), item["name"].clone())
    };
    assert_eq!(called("mcp__git__diff"), (json!("mcp__git"), json!("diff")));
    assert_eq!(
        called("mcp__git__log"),
        (Value::Null, json!("mcp__git__log"))
    );
    assert_eq!(called("a__x"), (json!("a"), json!("x")));
    assert_eq!(called("a__b__c"), (json!("a__b"), json!("c")));
}

#[test]
fn what_stands_beside_the_words_is_carried_or_reported() {
    let (request, losses) = read(&with_input(&json!([
        {"role": "user", "name": "Ada", "content": [{"type": "input_text", "text": "Read."},
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0=", "detail": "high"}]},
        {"role": "assistant", "phase": "commentary", "content": "Reading."},
        {"role": "assistant", "phase": "final_answer", "name": "bot", "content": "Read."},
        {"role": "user", "content": "Thanks."}])));
    assert_eq!(request.messages[0].name.as_deref(), Some("Ada"));
    assert_eq!(
        losses,
        [
            "input[0].content[1].detail",
            "input[].phase",
            "input[2].name"
        ]
    );
}

#[test]
fn a_patch_that_failed_is_told_as_one() {
    let (request, _) = read(&with_input(&json!([{"role": "user", "content": "Patch."},
        {"type": "apply_patch_call", "call_id": "a", "operation": {"type": "delete_file", "path": "x"}},
        {"type": "apply_patch_call", "call_id": "b", "operation": {"type": "delete_file", "path": "y"}},
        {"type": "apply_patch_call_output", "call_id": "a", "status": "failed", "output": "no such file"},
        {"type": "apply_patch_call_output", "call_id": "b", "status": "completed"}])));
    let results: Vec<(&str, bool)> = request
        .messages
        .iter()
        .flat_map(|message| &message.parts)
        .filter_map(|part| match part {
            Part::ToolResult { id, is_error, .. } => Some((id.as_str(), *is_error)),
            _ => None,
        })
        .collect();
    assert_eq!(results, [("a", true), ("b", false)]);
}
