//! Single promises of a session that a transcript would bury.

use protocol::realtime::{Action, Dialect};
use serde_json::{Value, json};

use crate::script::{Stage, sent, turns};

fn types(actions: &[Action]) -> Vec<String> {
    let types = sent(actions);
    let types = types
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned());
    types.collect()
}

fn message(text: &str) -> String {
    json!({"type": "conversation.item.create", "item":
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}})
    .to_string()
}

#[test]
fn broken_text_is_mended_and_a_broken_field_is_named() {
    let mut stage = Stage::new(Dialect::Ga, Some("m"));
    let actions = stage.client(&message("a\\ud800b").replace("\\\\", "\\"));
    assert_eq!(
        sent(&actions)[0]["item"]["content"][0]["text"],
        "a\u{fffd}b"
    );
    let refused = sent(
        &stage.client(r#"{"type":"session.update","event_id":"c1","session":{"instructions":5}}"#),
    );
    assert_eq!(refused[0]["error"]["event_id"], "c1");
    assert_eq!(refused[0]["error"]["type"], "invalid_request_error");
    // The id is told even where the rest cannot be read.
    let refused = sent(&stage.client(r#"{"type":7,"event_id":"c2"}"#));
    assert_eq!(refused[0]["error"]["event_id"], "c2");
}

#[test]
fn what_was_deleted_while_it_was_said_stays_away() {
    let mut stage = Stage::new(Dialect::Ga, Some("m"));
    stage.client(&message("Hello"));
    stage.client(r#"{"type":"response.create"}"#);
    let begun = sent(&stage.model("text Hi"));
    let id = begun[0]["item"]["id"].as_str().unwrap();
    stage.client(&json!({"type": "conversation.item.delete", "item_id": id}).to_string());
    stage.model("finish stop");
    let actions = stage.client(r#"{"type":"response.create"}"#);
    assert_eq!(turns(&actions)[0]["input"].as_array().unwrap().len(), 1);
}

#[test]
fn complaint_06_a_cut_call_is_not_done_and_not_in_the_next_turn() {
    for how in ["error It broke.", "break"] {
        let mut stage = Stage::new(Dialect::Ga, Some("m"));
        stage.client(&message("Hello"));
        stage.client(r#"{"type":"response.create"}"#);
        stage.model("call call_1 weather");
        stage.model("args {\"ci");
        let actions = stage.model(how);
        let types = types(&actions);
        assert!(
            !types
                .iter()
                .any(|kind| kind == "response.function_call_arguments.done"),
            "{types:?}"
        );
        assert_eq!(
            types.iter().filter(|kind| *kind == "response.done").count(),
            1,
            "{types:?}"
        );
        assert_eq!(types.last().unwrap(), "error");
        let item = &sent(&actions)[0]["item"];
        assert_eq!(
            (&item["status"], &item["arguments"]),
            (&json!("incomplete"), &json!("{\"ci"))
        );
    }
}

#[test]
fn a_call_at_the_limit_is_done_if_it_is_whole() {
    for (arguments, status) in [(r#"{"a":1}"#, "completed"), (r#"{"a":"#, "incomplete")] {
        let mut stage = Stage::new(Dialect::Ga, Some("m"));
        stage.client(r#"{"type":"response.create"}"#);
        stage.model("call call_1 f");
        stage.model(&format!("args {arguments}"));
        let events = sent(&stage.model("finish length"));
        let response = &events.last().unwrap()["response"];
        assert_eq!(response["status"], "incomplete");
        assert_eq!(response["output"][0]["status"], status);
    }
}

#[test]
fn a_failure_before_the_beginning_ends_the_reply_in_its_own_words() {
    let mut stage = Stage::new(Dialect::Beta, Some("m"));
    stage.client(r#"{"type":"response.create"}"#);
    let mut out = Vec::new();
    let body = r#"{"error":{"message":"No model is called `m` here.","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#;
    stage.session.refuse(body.as_bytes(), &mut out);
    let [done, error] = sent(&out).try_into().unwrap();
    assert_eq!(
        done["response"]["status_details"]["error"],
        json!({"type": "invalid_request_error", "code": "model_not_found"})
    );
    assert_eq!(error["error"]["message"], "No model is called `m` here.");
    assert_eq!(error["error"]["event_id"], Value::Null);
}

#[test]
fn settings_of_one_reply_are_gone_with_it() {
    let mut stage = Stage::new(Dialect::Ga, Some("m"));
    stage.client(&message("Hello"));
    let once = r#"{"type":"response.create","response":{"instructions":"Once.","tools":[{"type":"function","name":"f"}],"tool_choice":"required"}}"#;
    let turn = turns(&stage.client(once)).remove(0);
    assert_eq!(turn["response"]["tool_choice"], "required");
    stage.model("finish stop");
    let turn = turns(&stage.client(r#"{"type":"response.create"}"#)).remove(0);
    assert_eq!(turn["response"], json!({}));
}
