//! Requests to this provider: tools, choices, calls.

use protocol::Protocol;
use protocol::canonical::{Capabilities, Message, Request, Role, Tool, ToolChoice, ToolKind};
use serde_json::{Value, json};

use super::trial::*;

fn with_tool() -> Request {
    let mut request = asking(vec![user("go")]);
    request.tools.push(tool("f"));
    request
}

#[test]
fn edge_005_complaint_10_ids_of_call_and_result_change_alike() {
    let mut request = with_tool();
    request.messages.extend([
        Message::new(Role::Assistant, vec![call("functions.f:0", "f", "{}")]),
        Message::new(Role::Tool, vec![result("functions.f:0", vec![text("1")])]),
    ]);
    let (body, losses) = encoded(&request);
    let id = body["messages"][1]["content"][0]["id"].as_str().unwrap();
    assert!(
        id.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    );
    assert_eq!(body["messages"][2]["content"][0]["tool_use_id"], id);
    assert_eq!(losses.len(), 1);
}

#[test]
fn edge_006_long_names_are_shortened_everywhere_and_undone() {
    let name = format!("mcp.server/{}", "x".repeat(80));
    let mut request = asking(vec![
        user("go"),
        Message::new(Role::Assistant, vec![call("a", &name, "{}")]),
        Message::new(Role::Tool, vec![result("a", vec![text("1")])]),
    ]);
    request.tools.push(tool(&name));
    request.tool_choice = ToolChoice::Named(name.clone());
    let (encoded, losses) = try_encode(&request, Capabilities::default());
    let encoded = encoded.unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    let short = body["tools"][0]["name"].as_str().unwrap();
    assert!(short.len() <= 64);
    assert_eq!(body["tool_choice"]["name"], short);
    assert_eq!(body["messages"][1]["content"][0]["name"], short);
    assert_eq!(encoded.undo.tool_names[short], name);
    assert_eq!(fields(&losses), [format!("tools.{name}")]);
}

#[test]
fn edge_019_choices_and_parallel_calls() {
    for (choice, parallel, expected) in [
        (ToolChoice::Unset, None, Value::Null),
        (
            ToolChoice::Unset,
            Some(false),
            json!({"type": "auto", "disable_parallel_tool_use": true}),
        ),
        (ToolChoice::Auto, None, json!({"type": "auto"})),
        (
            ToolChoice::Required,
            Some(false),
            json!({"type": "any", "disable_parallel_tool_use": true}),
        ),
        (
            ToolChoice::Named("f".to_owned()),
            Some(true),
            json!({"type": "tool", "name": "f", "disable_parallel_tool_use": false}),
        ),
        (ToolChoice::None, Some(false), json!({"type": "none"})),
    ] {
        let mut request = with_tool();
        request.tool_choice = choice.clone();
        request.parallel_tool_calls = parallel;
        let (body, losses) = encoded(&request);
        assert_eq!(body["tool_choice"], expected, "{choice:?}");
        assert!(losses.is_empty());
    }
}

#[test]
fn edge_019_allowed_tools_filter_the_list() {
    let mut request = with_tool();
    request.tools.push(tool("g"));
    request.tool_choice = ToolChoice::Allowed {
        names: vec!["g".to_owned()],
        required: true,
    };
    let (body, losses) = encoded(&request);
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(body["tools"][0]["name"], "g");
    assert_eq!(body["tool_choice"], json!({"type": "any"}));
    assert_eq!(losses, ["tool_choice"]);
}

#[test]
fn edge_020_a_choice_without_tools_is_left_out() {
    let mut request = asking(vec![user("go")]);
    request.tool_choice = ToolChoice::Required;
    let (body, losses) = encoded(&request);
    assert!(body.get("tool_choice").is_none());
    assert_eq!(losses, ["tool_choice"]);
    let mut request = with_tool();
    request.tool_choice = ToolChoice::Named("g".to_owned());
    let (body, losses) = encoded(&request);
    assert!(body.get("tool_choice").is_none());
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(losses, ["tool_choice"]);
}

#[test]
fn edge_021_calls_in_the_history_get_definitions() {
    let request = asking(vec![
        user("go"),
        Message::new(Role::Assistant, vec![call("a", "f", "{}")]),
        Message::new(Role::Tool, vec![result("a", vec![text("1")])]),
    ]);
    let (body, losses) = encoded(&request);
    assert_eq!(body["tools"][0]["name"], "f");
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
    assert_eq!(losses, ["tools"]);
}

#[test]
fn edge_022_a_tool_without_parameters_takes_an_object() {
    let mut request = asking(vec![user("go")]);
    request.tools.push(Tool {
        kind: ToolKind::Function { schema: None },
        ..tool("f")
    });
    let (body, _) = encoded(&request);
    assert_eq!(
        body["tools"][0]["input_schema"],
        json!({"type": "object", "properties": {}})
    );
}

#[test]
fn edge_023_edge_133_arguments_keep_every_byte() {
    let mut request = with_tool();
    let arguments = r#"{"b": 12345678901234567890, "a":1.10}"#;
    request.messages.extend([
        Message::new(
            Role::Assistant,
            vec![
                call("a", "f", arguments),
                call("b", "f", ""),
                call("c", "f", "{\"cut\":"),
            ],
        ),
        Message::new(
            Role::Tool,
            vec![
                result("a", vec![]),
                result("b", vec![]),
                result("c", vec![]),
            ],
        ),
    ]);
    let (encoded, _) = try_encode(&request, Capabilities::default());
    let body = String::from_utf8(encoded.unwrap().body.to_vec()).unwrap();
    assert!(body.contains(&format!("\"input\":{arguments}")));
    assert!(body.contains("\"input\":{}"));
    assert!(body.contains(r#""input":{"_raw":"{\"cut\":"}"#));
}

#[test]
fn edge_134_schemas_keep_the_order_of_their_keys() {
    let schema = r#"{"type":"object","properties":{"z":{},"a":{}},"required":["z"],"x":1.0}"#;
    let mut request = asking(vec![user("go")]);
    request.tools.push(Tool {
        kind: ToolKind::Function {
            schema: Some(raw(schema)),
        },
        ..tool("f")
    });
    let (encoded, _) = try_encode(&request, Capabilities::default());
    let body = String::from_utf8(encoded.unwrap().body.to_vec()).unwrap();
    assert!(body.contains(schema), "{body}");
}

#[test]
fn hosted_tools_go_home_or_are_reported() {
    let mut request = with_tool();
    let definition = raw(r#"{"type":"web_search_20250305","name":"web_search"}"#);
    request.tools.push(Tool {
        kind: ToolKind::Hosted {
            owner: Protocol::Anthropic,
            kind: "web_search_20250305".to_owned(),
            definition: definition.clone(),
            search: None,
        },
        ..tool("web_search")
    });
    request.tools.push(Tool {
        kind: ToolKind::Hosted {
            owner: Protocol::OpenAiChat,
            kind: "web_search_preview".to_owned(),
            definition: raw("{}"),
            search: None,
        },
        ..tool("search")
    });
    let (body, losses) = encoded(&request);
    assert_eq!(body["tools"][1]["type"], "web_search_20250305");
    assert_eq!(body["tools"].as_array().unwrap().len(), 2);
    assert_eq!(losses, ["tools"]);
}

#[test]
fn free_text_tools_take_one_string() {
    let mut request = asking(vec![user("go")]);
    request.tools.push(Tool {
        kind: ToolKind::Custom {
            format: Some(raw(r#"{"type":"grammar"}"#)),
        },
        ..tool("patch")
    });
    let (body, losses) = encoded(&request);
    assert_eq!(
        body["tools"][0]["input_schema"]["required"],
        json!(["input"])
    );
    assert!(
        body["tools"][0]["description"]
            .as_str()
            .unwrap()
            .contains("grammar")
    );
    assert_eq!(losses, ["tools"]);
}
