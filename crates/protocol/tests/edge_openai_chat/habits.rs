//! What models and servers of other vendors want otherwise than this protocol's own.

use protocol::canonical::{Capabilities, Effort, Reasoning, Request, ThinkingForm};
use serde_json::{Value, json};

use super::trial::*;

/// A coding agent's tool for free text, called once and to be called again.
fn patching() -> Request {
    let format =
        json!({"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: x"}});
    let (request, _) = read(&json!({
        "model": "m",
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_a", "type": "custom", "custom": {"name": "apply_patch", "input": "*** \"x\""}},
            ]},
            {"role": "tool", "tool_call_id": "call_a", "content": "ok"},
        ],
        "tools": [{"type": "custom", "custom": {"name": "apply_patch", "description": "Patches.", "format": format}}],
        "tool_choice": {"type": "custom", "custom": {"name": "apply_patch"}},
    }));
    request
}

#[test]
fn complaint_01_tools_of_free_text_are_functions_where_they_are_not_known() {
    let (body, _) = sent(&patching());
    assert_eq!(body["tools"][0]["type"], "custom");
    let functions = Capabilities {
        free_text_tools: false,
        ..Capabilities::default()
    };
    let (body, losses) = sent_to(&patching(), functions);
    assert!(!body.to_string().contains("\"custom\""), "{body}");
    let function = &body["tools"][0]["function"];
    assert_eq!(function["name"], "apply_patch");
    assert_eq!(function["parameters"]["required"], json!(["input"]));
    let described = function["description"].as_str().unwrap();
    assert!(described.starts_with("Patches.\n") && described.contains("start: x"));
    let call = &body["messages"][1]["tool_calls"][0]["function"];
    let arguments: Value = serde_json::from_str(call["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({"input": "*** \"x\""}));
    assert_eq!(
        body["tool_choice"],
        json!({"type": "function", "function": {"name": "apply_patch"}})
    );
    assert!(losses.contains(&"tools".to_owned()), "{losses:?}");
}

#[test]
fn complaint_02_late_instructions_are_the_users_words_where_templates_want_them_first() {
    let (request, _) = read(&json!({"model": "m", "messages": [
        {"role": "system", "content": "First."},
        {"role": "user", "content": "env"},
        {"role": "developer", "content": "Late."},
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "system", "content": "Last."},
    ]}));
    let first_only = Capabilities {
        late_instructions: false,
        ..Capabilities::default()
    };
    let (body, losses) = sent_to(&request, first_only);
    let said: Vec<String> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| format!("{}: {}", message["role"], message["content"]))
        .collect();
    assert_eq!(
        said,
        [
            r#""system": "First.""#,
            r#""user": "env""#,
            r#""user": "<system-reminder>\nLate.\n</system-reminder>\n\nGo.""#,
            r#""assistant": null"#,
            r#""tool": "1""#,
            r#""user": "<system-reminder>\nLast.\n</system-reminder>""#,
        ]
    );
    assert_eq!(losses, ["messages[2]", "messages[6]"]);
}

fn thinking(reasoning: Reasoning, capabilities: Capabilities) -> (Value, Vec<String>) {
    let (mut request, _) =
        read(&json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]}));
    request.reasoning = reasoning;
    sent_to(&request, capabilities)
}

#[test]
fn complaint_10_an_effort_that_a_model_lacks_is_the_nearest_that_it_has() {
    use Effort::{High, Low, Max, Medium, Minimal, Xhigh};
    for (taken, always, wanted, word, is_told) in [
        (vec![], false, Reasoning::Effort(Max), "max", false),
        (
            vec![Low, High, Xhigh],
            false,
            Reasoning::Effort(Max),
            "xhigh",
            true,
        ),
        (
            vec![Low, Medium, High, Max],
            false,
            Reasoning::Effort(Xhigh),
            "high",
            true,
        ),
        (
            vec![Low, High],
            false,
            Reasoning::Effort(Minimal),
            "low",
            true,
        ),
        (vec![Low, High], false, Reasoning::Off, "none", false),
        (vec![Minimal, High], true, Reasoning::Off, "minimal", true),
        (vec![Medium, High], true, Reasoning::Off, "medium", true),
        (vec![High], false, Reasoning::Budget(3000), "high", true),
    ] {
        let case = format!("{wanted:?} of {taken:?}");
        let able = Capabilities {
            thinking: ThinkingForm::Effort,
            efforts: taken,
            thinks_always: always,
            ..Capabilities::default()
        };
        let (body, losses) = thinking(wanted, able);
        assert_eq!(body["reasoning_effort"], word, "{case}");
        assert_eq!(losses.contains(&"reasoning".to_owned()), is_told, "{case}");
    }
}

#[test]
fn complaint_12_thinking_is_switched_off_in_the_vendors_own_way() {
    let Value::Object(fields) =
        json!({"thinking": {"type": "disabled"}, "kwargs": {"thinking": false}})
    else {
        return;
    };
    let able = |thinking| Capabilities {
        thinking,
        thinking_off: fields.clone(),
        ..Capabilities::default()
    };
    let (body, losses) = thinking(Reasoning::Off, able(ThinkingForm::Unsure));
    assert_eq!(body["thinking"], json!({"type": "disabled"}));
    assert_eq!(body["kwargs"], json!({"thinking": false}));
    assert_eq!(losses, [""; 0]);
    for (wanted, form) in [
        (Reasoning::Off, ThinkingForm::None),
        (Reasoning::Adaptive, ThinkingForm::Unsure),
        (Reasoning::Unset, ThinkingForm::Unsure),
    ] {
        let (body, _) = thinking(wanted, able(form));
        assert_eq!(body.get("thinking"), None, "{wanted:?}");
    }
}

#[test]
fn complaint_29_short_ids_and_a_word_between_results_and_the_user() {
    let (request, _) = read(&json!({"model": "m", "messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "toolu_01AbCdEfGhIjKl", "function": {"name": "f", "arguments": "{}"}},
            {"id": "abcDEF123", "function": {"name": "f", "arguments": "{}"}},
        ]},
        {"role": "tool", "tool_call_id": "toolu_01AbCdEfGhIjKl", "content": "1"},
        {"role": "tool", "tool_call_id": "abcDEF123", "content": "2"},
        {"role": "user", "content": "Go on."},
    ]}));
    let strict = Capabilities {
        call_id_length: Some(9),
        user_after_results: false,
        ..Capabilities::default()
    };
    let (body, losses) = sent_to(&request, strict);
    let messages = body["messages"].as_array().unwrap();
    let calls = &messages[1]["tool_calls"];
    let short = calls[0]["id"].as_str().unwrap();
    assert!(
        short.len() == 9 && short.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{short}"
    );
    assert_eq!(messages[2]["tool_call_id"], short);
    assert_eq!(
        (&calls[1]["id"], &messages[3]["tool_call_id"]),
        (&json!("abcDEF123"), &json!("abcDEF123"))
    );
    assert_eq!(messages[4]["role"], "assistant");
    assert_eq!(messages[5], json!({"role": "user", "content": "Go on."}));
    assert_eq!(losses, ["messages[].tool_call_id", "messages"]);
}
