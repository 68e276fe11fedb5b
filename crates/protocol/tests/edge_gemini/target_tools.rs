//! What providers are sent: tools, calls and results.

use protocol::canonical::{Capabilities, ToolChoice};
use serde_json::{Value, json};

use crate::trial::{read_chat, sent, try_send};

fn history(calls: Value, more: Value) -> Value {
    let mut messages = vec![
        json!({"role": "user", "content": "?"}),
        json!({"role": "assistant", "content": null, "tool_calls": calls}),
    ];
    messages.extend(more.as_array().unwrap().iter().cloned());
    json!({"model": "m", "messages": messages})
}

fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

fn result(id: &str, content: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": content})
}

fn results(body: &Value) -> Vec<Value> {
    let parts = body["contents"][2]["parts"].as_array().unwrap().iter();
    parts.map(|part| part["functionResponse"].clone()).collect()
}

#[test]
fn edge_054_a_result_has_the_name_of_the_call_with_its_id() {
    let asked = history(
        json!([
            call("get_time-1", "weather", "{}"),
            call("weather-2", "time", "{}")
        ]),
        json!([result("get_time-1", "a"), result("weather-2", "b")]),
    );
    let (body, _) = sent(&read_chat(&asked));
    let names: Vec<Value> = results(&body)
        .iter()
        .map(|result| result["name"].clone())
        .collect();
    assert_eq!(names, ["weather", "time"]);
}

#[test]
fn edge_058_a_result_with_references_stays_text() {
    let text = r##"{"c":{"$ref":"#/$defs/X"}}"##;
    let asked = history(json!([call("1", "a", "{}")]), json!([result("1", text)]));
    let (body, _) = sent(&read_chat(&asked));
    assert_eq!(results(&body)[0]["response"], json!({"output": text}));
}

#[test]
fn edge_055_complaint_12_results_stand_in_the_order_and_number_of_their_calls() {
    let asked = history(
        json!([
            call("1", "a", "{}"),
            call("2", "b", "{}"),
            call("3", "c", "{}")
        ]),
        json!([result("3", "z"), result("1", "x"), result("1", "again"), {"role": "user", "content": "Go on."}]),
    );
    let (body, losses) = sent(&read_chat(&asked));
    let told: Vec<(Value, bool)> = results(&body)
        .iter()
        .map(|result| {
            (
                result["id"].clone(),
                result["response"].get("error").is_some(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [(json!("1"), false), (json!("2"), true), (json!("3"), false)]
    );
    assert_eq!(
        body["contents"][3],
        json!({"role": "user", "parts": [{"text": "Go on."}]})
    );
    assert!(!losses.is_empty());
}

#[test]
fn edge_056_what_a_tool_said_is_an_object() {
    let response = |content: &str| {
        let asked = history(json!([call("1", "a", "{}")]), json!([result("1", content)]));
        results(&sent(&read_chat(&asked)).0)[0]["response"].clone()
    };
    assert_eq!(response("-3 C"), json!({"output": "-3 C"}));
    assert_eq!(response(""), json!({"output": ""}));
    assert_eq!(response(r#"{"c": -3.0}"#), json!({"c": -3.0}));
    assert_eq!(response("[1]"), json!({"output": "[1]"}));
    assert_eq!(response("{broken"), json!({"output": "{broken"}));
    // Those are the vendor's own words for how it went.
    let own = r#"{"error": "of the tool's own making"}"#;
    assert_eq!(response(own), json!({ "output": own }));
}

#[test]
fn edge_057_arguments_are_an_object_whatever_they_were() {
    let args = |arguments: &str| {
        let asked = history(
            json!([call("1", "a", arguments)]),
            json!([result("1", "x")]),
        );
        sent(&read_chat(&asked)).0["contents"][1]["parts"][0]["functionCall"]["args"].clone()
    };
    assert_eq!(args(r#"{"n": 1.0}"#), json!({"n": 1.0}));
    assert_eq!(args(""), json!({}));
    assert_eq!(args("[1]"), json!({"_raw": "[1]"}));
    assert_eq!(args("{\"city\": \"Os"), json!({"_raw": "{\"city\": \"Os"}));
}

#[test]
fn edge_069_names_are_given_only_where_one_of_them_must_be_called() {
    let with = |choice: Value| {
        let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "?"}],
            "tools": [tool("a"), tool("b")], "tool_choice": choice});
        let (body, losses) = sent(&read_chat(&body));
        let declared = body["tools"][0]["functionDeclarations"]
            .as_array()
            .unwrap()
            .len();
        let calling = body["toolConfig"]["functionCallingConfig"].clone();
        (calling, declared, losses.concat())
    };
    let found = |calling: Value, declared, loss: &str| (calling, declared, loss.to_owned());
    assert_eq!(with(json!("auto")), found(json!({"mode": "AUTO"}), 2, ""));
    assert_eq!(with(json!("none")), found(json!({"mode": "NONE"}), 2, ""));
    assert_eq!(
        with(json!("required")),
        found(json!({"mode": "ANY"}), 2, "")
    );
    let named = json!({"type": "function", "function": {"name": "b"}});
    let only = json!({"mode": "ANY", "allowedFunctionNames": ["b"]});
    assert_eq!(with(named.clone()), found(only.clone(), 2, ""));
    let allowed = |mode: &str| json!({"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [named]}});
    assert_eq!(with(allowed("required")), found(only, 2, ""));
    assert_eq!(
        with(allowed("auto")),
        found(json!({"mode": "AUTO"}), 1, "tool_choice")
    );
    let missing = json!({"type": "function", "function": {"name": "c"}});
    assert_eq!(with(missing), found(Value::Null, 2, "tool_choice"));
}

#[test]
fn complaint_11_names_are_spelled_as_they_may_be_and_told_apart() {
    let spelled = |name: &str| {
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "?"}],
            "tools": [{"type": "function", "function": {"name": name}}]});
        let (body, losses) = sent(&read_chat(&body));
        let name = body["tools"][0]["functionDeclarations"][0]["name"]
            .as_str()
            .unwrap()
            .to_owned();
        (name, losses.len())
    };
    for plain in ["weather", "_x", "a-b_c", "mcp.files.read"] {
        assert_eq!(spelled(plain), (plain.to_owned(), 0));
    }
    let long = "x".repeat(80);
    for other in ["7zip", "-rf", "a b", "工具", "a/b", long.as_str()] {
        let (name, losses) = spelled(other);
        assert_eq!(losses, 1, "{other}");
        assert!(
            name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_'),
            "{name}"
        );
        assert!(name.len() <= 64 && !name.contains(['/', ' ']), "{name}");
    }
    assert_ne!(spelled("7zip").0, "_7zip", "which may be another tool");
}

#[test]
fn edge_022_no_parameters_are_none_where_an_empty_object_is_refused() {
    let parameters = |able: Capabilities| {
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "?"}], "tools": [
            {"type": "function", "function": {"name": "a", "parameters": {"type": "object", "properties": {}}}}]});
        let (body, _) = try_send(&read_chat(&body), able).unwrap();
        body["tools"][0]["functionDeclarations"][0].clone()
    };
    let subset = Capabilities {
        json_schema: false,
        ..Capabilities::default()
    };
    assert_eq!(parameters(subset), json!({"name": "a"}));
    let json = parameters(Capabilities::default());
    assert_eq!(
        json["parametersJsonSchema"],
        json!({"type": "object", "properties": {}})
    );
}

#[test]
fn strict_tools_are_validated_calls() {
    let with = |strict: [Option<bool>; 2], choice: Value| {
        let tool = |name: &str, strict: Option<bool>| json!({"type": "function", "function": {"name": name, "strict": strict}});
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "?"}],
            "tools": [tool("a", strict[0]), tool("b", strict[1])], "tool_choice": choice});
        let (body, losses) = sent(&read_chat(&body));
        let mode = body["toolConfig"]["functionCallingConfig"]["mode"].clone();
        (mode, losses.concat())
    };
    let found = |mode: &str, loss: &str| (json!(mode), loss.to_owned());
    let all = [Some(true), Some(true)];
    assert_eq!(with(all, json!("auto")), found("VALIDATED", ""));
    assert_eq!(with(all, Value::Null), found("VALIDATED", ""));
    assert_eq!(with(all, json!("required")), found("ANY", ""));
    assert_eq!(with(all, json!("none")), found("NONE", ""));
    let some = [Some(true), None];
    assert_eq!(
        with(some, json!("auto")),
        found("VALIDATED", "tools[].strict")
    );
}

#[test]
fn a_list_of_tools_that_are_not_sent_forces_no_other() {
    let mut request = read_chat(&json!({
        "model": "m", "messages": [{"role": "user", "content": "?"}],
        "tools": [{"type": "function", "function": {"name": "f"}}],
    }));
    request.tool_choice = ToolChoice::Allowed {
        names: vec!["web_search".to_owned()],
        required: true,
    };
    let (body, losses) = sent(&request);
    assert_eq!(body.get("toolConfig"), None);
    assert_eq!(losses, ["tool_choice"]);
}
