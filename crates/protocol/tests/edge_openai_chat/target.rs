//! Requests to providers of this protocol, of its own clients and of others.

use protocol::canonical::{
    Base64, Capabilities, Effort, Media, MediaSource, Message, Opaque, OpaqueKind, Part, Reasoning,
    Request, Role, StructuredOutput, ThinkingForm, TokenLimitField, ToolChoice,
};
use protocol::{Operation, Protocol, upstream_codec};
use serde_json::{Value, json};

use super::trial::*;

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";

fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}

fn asking(messages: Vec<Message>) -> Request {
    Request {
        messages,
        ..Request::default()
    }
}

fn simple() -> Request {
    asking(vec![Message::new(Role::User, vec![text("Hi")])])
}

fn call(id: &str, name: &str, arguments: &str) -> Part {
    Part::ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    }
}

fn media(source: MediaSource, media_type: &str) -> Media {
    Media {
        source,
        media_type: Some(media_type.to_owned()),
        name: None,
        detail: None,
    }
}

/// Asked by a client of the other protocol.
fn other(fields: Value) -> Request {
    let mut body =
        json!({"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}]});
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    read_other(&body)
}

/// A conversation of the other protocol in which one tool was called.
fn other_with_result(result: Value) -> Request {
    other(json!({
        "tools": [{"name": "shoot", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": "Go."},
            {"role": "assistant", "content": [
                {"type": "text", "text": "Two at once."},
                {"type": "tool_use", "id": "a", "name": "shoot", "input": {}},
                {"type": "tool_use", "id": "b", "name": "shoot", "input": {"k": 1}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "b", "content": "2"},
                result,
                {"type": "image", "source": {"type": "url", "url": "https://example.test/a.png"}},
                {"type": "text", "text": "And?"},
            ]},
        ],
    }))
}

#[test]
fn edge_036_edge_039_results_first_in_order_and_text_beside_calls() {
    let request =
        other_with_result(json!({"type": "tool_result", "tool_use_id": "a", "content": "1"}));
    let (body, _) = sent(&request);
    let call = |id: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": "shoot", "arguments": arguments}});
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": "Go."},
            {"role": "assistant", "content": "Two at once.", "tool_calls": [call("a", "{}"), call("b", "{\"k\":1}")]},
            {"role": "tool", "content": "1", "tool_call_id": "a"},
            {"role": "tool", "content": "2", "tool_call_id": "b"},
            {"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "https://example.test/a.png"}},
                {"type": "text", "text": "And?"},
            ]},
        ])
    );
}

#[test]
fn edge_037_failed_results_say_so() {
    let request = other_with_result(
        json!({"type": "tool_result", "tool_use_id": "a", "content": "boom", "is_error": true}),
    );
    let (body, losses) = sent(&request);
    assert_eq!(body["messages"][2]["content"], "Error: boom");
    assert!(losses.contains(&"messages[].result.is_error".to_owned()));
}

#[test]
fn edge_028_an_image_of_no_type_is_what_its_bytes_are() {
    let (body, _) = sent(&other(json!({"messages": [{"role": "user", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "", "data": PNG}},
    ]}]})));
    assert_eq!(
        body["messages"][0]["content"][0]["image_url"]["url"],
        format!("data:image/png;base64,{PNG}")
    );
}

#[test]
fn edge_038_images_of_results_follow_all_results() {
    let request = other_with_result(
        json!({"type": "tool_result", "tool_use_id": "a", "content": [
            {"type": "text", "text": "Shot."},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        ]}),
    );
    let (body, losses) = sent(&request);
    let messages = body["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["user", "assistant", "tool", "tool", "user"]);
    let marker = messages[2]["content"].as_str().unwrap();
    assert!(
        marker.starts_with("Shot.") && !marker.contains(PNG),
        "{marker}"
    );
    let content = messages[4]["content"].as_array().unwrap();
    assert_eq!(
        content[0],
        json!({"type": "text", "text": "Image returned by tool shoot:"})
    );
    assert_eq!(
        content[1]["image_url"]["url"],
        format!("data:image/png;base64,{PNG}")
    );
    assert_eq!(content.last().unwrap()["text"], "And?");
    assert!(losses.contains(&"messages[].result".to_owned()));
}

#[test]
fn edge_040_only_calls_have_null_content() {
    let request = asking(vec![Message::new(
        Role::Assistant,
        vec![call("a", "f", " ")],
    )]);
    let (body, _) = sent(&request);
    let message = &body["messages"][0];
    assert!(message.as_object().unwrap().contains_key("content"));
    assert_eq!(message["content"], Value::Null);
    assert_eq!(message["tool_calls"][0]["function"]["arguments"], "{}");
}

#[test]
fn edge_041_edge_042_reasoning_goes_back_only_to_those_who_want_it() {
    let thought = |owner, kind| Part::Reasoning {
        text: "hm".to_owned(),
        opaque: Some(Opaque {
            owner,
            kind,
            value: r#"[{"type":"reasoning.text","signature":"s"}]"#.to_owned(),
            id: None,
        }),
    };
    let foreign = Protocol::ALL
        .into_iter()
        .find(|owner| *owner != CHAT)
        .unwrap();
    let request = asking(vec![
        Message::new(
            Role::Assistant,
            vec![thought(CHAT, OpaqueKind::Signature), text("Yes")],
        ),
        Message::new(
            Role::Assistant,
            vec![thought(CHAT, OpaqueKind::Signature), call("a", "f", "{}")],
        ),
        Message::new(
            Role::Assistant,
            vec![thought(foreign, OpaqueKind::Content), call("b", "f", "{}")],
        ),
        Message::new(Role::Assistant, vec![call("c", "f", "{}")]),
    ]);
    let strict = Capabilities {
        vendor_fields: false,
        ..Capabilities::default()
    };
    let (body, losses) = sent_to(&request, strict);
    assert!(!body.to_string().contains("reasoning"), "{body}");
    assert!(losses.contains(&"messages[].reasoning".to_owned()));
    // What a provider of this protocol wrote beside its thoughts, it gets back on its calls; nobody's else.
    let (body, _) = sent(&request);
    assert!(!body.to_string().contains("reasoning_content"), "{body}");
    assert_eq!(body["messages"][0].get("reasoning_details"), None);
    assert_eq!(
        body["messages"][1]["reasoning_details"][0]["signature"],
        "s"
    );
    assert_eq!(body["messages"][3].get("reasoning_details"), None);
    let replay = Capabilities {
        reasoning_replay: true,
        ..Capabilities::default()
    };
    let (body, _) = sent_to(&request, replay);
    let reasoning = |at: usize| body["messages"][at].get("reasoning_content").cloned();
    assert_eq!(reasoning(0), None);
    assert_eq!(reasoning(1), Some(json!("hm")));
    assert_eq!(
        body["messages"][1]["reasoning_details"][0]["signature"],
        "s"
    );
    assert_eq!(body["messages"][3].get("reasoning_details"), None);
    assert_eq!(reasoning(5), Some(json!("")));
}

#[test]
fn edge_043_tools_that_others_run_are_reported() {
    let request = other(json!({
        "tools": [
            {"type": "web_search_20250305", "name": "web_search"},
            {"name": "f", "input_schema": {"type": "object"}},
        ],
        "tool_choice": {"type": "tool", "name": "web_search"},
    }));
    let (body, losses) = sent(&request);
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(body.get("tool_choice"), None);
    assert!(
        losses.contains(&"tools.web_search".to_owned())
            && losses.contains(&"tool_choice".to_owned())
    );
}

#[test]
fn edge_043_tools_that_are_not_sent_are_not_allowed_either() {
    let allowed = |names: &[&str]| {
        let mut request = other(
            json!({"tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}}]}),
        );
        request.tool_choice = ToolChoice::Allowed {
            names: names.iter().copied().map(str::to_owned).collect(),
            required: true,
        };
        sent(&request)
    };
    let (body, losses) = allowed(&["web_search"]);
    assert_eq!(body.get("tool_choice"), None);
    assert_eq!(losses, ["tool_choice"]);
    let (body, losses) = allowed(&["web_search", "f"]);
    assert_eq!(
        body["tool_choice"]["allowed_tools"]["tools"],
        json!([{"type": "function", "function": {"name": "f"}}])
    );
    assert_eq!(losses, ["tool_choice"]);
    assert!(allowed(&["f"]).1.is_empty());
}

#[test]
fn edge_044_usage_is_asked_for_beside_the_clients_options() {
    let mut body =
        json!({"model": "m", "stream": true, "messages": [{"role": "user", "content": "Hi"}]});
    assert_eq!(
        sent(&read(&body).0).0["stream_options"],
        json!({"include_usage": true})
    );
    body["stream_options"] = json!({"include_obfuscation": false});
    let (request, _) = read(&body);
    assert_eq!(
        sent(&request).0["stream_options"],
        json!({"include_obfuscation": false, "include_usage": true})
    );
    let silent = Capabilities {
        stream_usage: false,
        ..Capabilities::default()
    };
    assert_eq!(
        sent_to(&request, silent.clone()).0["stream_options"],
        json!({"include_obfuscation": false})
    );
    body["stream"] = json!(false);
    let (body, _) = sent(&read(&body).0);
    assert_eq!(
        (body.get("stream"), body.get("stream_options")),
        (None, None)
    );
}

#[test]
fn edge_045_the_limit_has_the_field_that_the_model_knows() {
    let mut request = simple();
    request.sampling.max_output_tokens = Some(5000);
    assert_eq!(sent(&request).0["max_tokens"], 5000);
    let newer = Capabilities {
        token_limit_field: TokenLimitField::MaxCompletionTokens,
        max_output_tokens: Some(4000),
        ..Capabilities::default()
    };
    let (body, losses) = sent_to(&request, newer);
    assert_eq!(
        (body.get("max_tokens"), &body["max_completion_tokens"]),
        (None, &json!(4000))
    );
    assert_eq!(losses, ["max_tokens"]);
}

#[test]
fn edge_046_at_most_four_stops() {
    let mut request = simple();
    request.sampling.stop = ["a", "", "b", "c", "d", "e"].map(str::to_owned).to_vec();
    // What is beyond them ends the reply here, and is no loss.
    let (body, losses) = sent(&request);
    assert_eq!(
        (&body["stop"], losses),
        (&json!(["a", "b", "c", "d"]), Vec::new())
    );
}

#[test]
fn edge_047_complaint_28_text_is_flat_where_arrays_are_refused() {
    let mut request = asking(vec![
        Message::new(Role::User, vec![text("a"), text("b")]),
        Message::new(Role::Assistant, vec![text("c"), text("d")]),
    ]);
    request.instructions = vec![text("s"), text("t")];
    let (body, _) = sent(&request);
    let content = |body: &Value, at: usize| body["messages"][at]["content"].clone();
    assert_eq!(
        [content(&body, 0), content(&body, 1), content(&body, 2)],
        [json!("s\n\nt"), json!("a\n\nb"), json!("cd")]
    );
    let arrays = Capabilities {
        flat_text: false,
        developer_role: true,
        ..Capabilities::default()
    };
    let (body, _) = sent_to(&request, arrays);
    assert_eq!(body["messages"][0]["role"], "developer");
    assert_eq!(
        content(&body, 1),
        json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])
    );
}

#[test]
fn edge_048_the_users_id_is_sent_in_its_own_field() {
    let request = other(json!({"metadata": {"user_id": "u-1"}}));
    let (body, _) = sent(&request);
    assert_eq!((&body["user"], body.get("metadata")), (&json!("u-1"), None));
    let request = other(json!({"metadata": {"user_id": "u".repeat(100)}}));
    let (body, losses) = sent(&request);
    assert_eq!(body["user"].as_str().unwrap().len(), 64);
    assert!(losses.contains(&"user".to_owned()));
}

#[test]
fn edge_049_reasoning_gives_way_to_tools_where_both_are_refused() {
    let (mut request, _) = read(&json!({
        "model": "m", "reasoning_effort": "high",
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"type": "function", "function": {"name": "f"}}],
    }));
    let newest = Capabilities {
        thinking: ThinkingForm::Effort,
        reasoning_with_tools: false,
        ..Capabilities::default()
    };
    let (body, losses) = sent_to(&request, newest.clone());
    assert_eq!(
        (&body["reasoning_effort"], losses),
        (&json!("none"), vec!["reasoning".to_owned()])
    );
    request.tools.clear();
    assert_eq!(sent_to(&request, newest).0["reasoning_effort"], "high");
}

#[test]
fn edge_050_edge_051_fields_of_others_do_not_get_through() {
    let request = other(json!({
        "system": [{"type": "text", "text": "x-anthropic-billing-header: cc_version=1; cch=2;"}, {"type": "text", "text": "Be brief."}],
        "context_management": {"edits": []},
        "mcp_servers": [{"name": "x"}],
        "container": "c",
        "top_k": 5,
    }));
    let (body, losses) = sent(&request);
    assert_eq!(body["messages"][0]["content"], "Be brief.");
    for field in ["context_management", "mcp_servers", "container", "top_k"] {
        assert_eq!(body.get(field), None);
        assert!(
            losses.iter().any(|lost| lost == field),
            "{field}: {losses:?}"
        );
    }
}

#[test]
fn reasoning_in_the_form_of_the_model() {
    let form = |thinking, reasoning| {
        let request = Request {
            reasoning,
            ..simple()
        };
        let capabilities = Capabilities {
            thinking,
            ..Capabilities::default()
        };
        let (body, losses) = sent_to(&request, capabilities);
        let fields = [body.get("reasoning_effort"), body.get("thinking")];
        (
            fields.map(|field| field.cloned().unwrap_or_default()),
            losses.len(),
        )
    };
    let effort = |word: &str| [json!(word), Value::Null];
    let none = || [Value::Null, Value::Null];
    let high = Reasoning::Effort(Effort::High);
    assert_eq!(form(ThinkingForm::Effort, high), (effort("high"), 0));
    assert_eq!(
        form(ThinkingForm::Effort, Reasoning::Off),
        (effort("none"), 0)
    );
    assert_eq!(form(ThinkingForm::Effort, Reasoning::Adaptive), (none(), 0));
    assert_eq!(
        form(ThinkingForm::Effort, Reasoning::Budget(2000)),
        (effort("low"), 1)
    );
    assert_eq!(
        form(ThinkingForm::Effort, Reasoning::Budget(10_000)),
        (effort("medium"), 1)
    );
    assert_eq!(
        form(ThinkingForm::Effort, Reasoning::Budget(31_999)),
        (effort("high"), 1)
    );
    assert_eq!(form(ThinkingForm::None, high), (none(), 1));
    assert_eq!(form(ThinkingForm::None, Reasoning::Off), (none(), 0));
    let budget = |fields: Value| [Value::Null, fields];
    assert_eq!(
        form(ThinkingForm::Budget, high),
        (
            budget(json!({"type": "enabled", "budget_tokens": 16384})),
            1
        )
    );
    assert_eq!(
        form(ThinkingForm::Budget, Reasoning::Off),
        (budget(json!({"type": "disabled"})), 0)
    );
}

#[test]
fn edge_006_long_tool_names_are_spelled_short_and_found_again() {
    let long = format!("mcp.files/{}", "read".repeat(20));
    let (request, _) = read(&json!({
        "model": "m",
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "function": {"name": long, "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "a", "content": "1"},
        ],
        "tools": [{"type": "function", "function": {"name": long}}],
        "tool_choice": {"type": "function", "function": {"name": long}},
    }));
    let (body, losses, undo) = try_send(&request, Capabilities::default()).unwrap();
    let short = body["tools"][0]["function"]["name"].as_str().unwrap();
    assert!(short.len() <= 64, "{short}");
    assert_eq!(body["tool_choice"]["function"]["name"], short);
    assert_eq!(
        body["messages"][1]["tool_calls"][0]["function"]["name"],
        short
    );
    assert_eq!(undo.tool_names[short], long);
    assert_eq!(losses.len(), 1);
}

#[test]
fn edge_133_edge_134_numbers_and_schemas_are_byte_exact() {
    let schema = r#"{"type":"object","properties":{"z":{"const":12345678901234567890123},"a":{"default":1.0}}}"#;
    let arguments = r#"{\"z\":9007199254740993,\"a\":1.50}"#;
    let text = format!(
        r#"{{"model":"m","temperature":3,"messages":[{{"role":"user","content":"Hi"}},{{"role":"assistant","tool_calls":[{{"id":"a","function":{{"name":"f","arguments":"{arguments}"}}}}]}}],"tools":[{{"type":"function","function":{{"name":"f","parameters":{schema},"strict":true}}}}]}}"#
    );
    let request = try_read_as(CHAT, text.as_bytes()).0.unwrap();
    let target = protocol::canonical::TargetModel {
        name: "t".to_owned(),
        capabilities: Capabilities::default(),
    };
    let mut losses = protocol::canonical::Losses::default();
    let encoded = upstream_codec(CHAT)
        .encode_request(&request, &target, &mut losses)
        .unwrap();
    let body = String::from_utf8(encoded.body.to_vec()).unwrap();
    assert!(body.contains(schema) && body.contains(arguments), "{body}");
    assert!(
        body.contains(r#""temperature":2.0"#)
            && fields(&losses).contains(&"temperature".to_owned())
    );
}

#[test]
fn edge_020_a_choice_without_tools_is_dropped() {
    let (request, _) = read(
        &json!({"model": "m", "tool_choice": "required", "parallel_tool_calls": true, "messages": [{"role": "user", "content": "Hi"}]}),
    );
    let (body, losses) = sent(&request);
    assert_eq!(
        (body.get("tool_choice"), body.get("parallel_tool_calls")),
        (None, None)
    );
    assert_eq!(losses, ["tool_choice"]);
}

#[test]
fn edge_030_schemas_by_every_road() {
    let (request, _) = read(&json!({
        "model": "m", "messages": [{"role": "user", "content": "Hi"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "my schema", "strict": true, "schema": {"type": "object"}}},
    }));
    let road = |structured_output| Capabilities {
        structured_output,
        ..Capabilities::default()
    };
    let (body, _) = sent(&request);
    let wrapped = &body["response_format"]["json_schema"];
    assert_eq!(wrapped["schema"], json!({"type": "object"}));
    assert!(!wrapped["name"].as_str().unwrap().contains(' '));
    let (body, losses, undo) = try_send(&request, road(StructuredOutput::ForcedTool)).unwrap();
    assert_eq!(
        body["tool_choice"]["function"]["name"],
        json!(undo.json_tool)
    );
    assert_eq!((body.get("response_format"), losses.len()), (None, 1));
    let (body, losses) = sent_to(&request, road(StructuredOutput::Instruction));
    assert!(
        body["messages"][0]["content"]
            .as_str()
            .unwrap()
            .contains("{\"type\":\"object\"}")
    );
    assert_eq!(losses.len(), 1);
}

#[test]
fn edge_032_json_mode_speaks_of_json() {
    let json_mode = |words: &str| {
        let (request, _) = read(&json!({
            "model": "m", "messages": [{"role": "user", "content": words}],
            "response_format": {"type": "json_object"},
        }));
        let (body, losses) = sent(&request);
        assert_eq!(body["response_format"], json!({"type": "json_object"}));
        (body["messages"].as_array().unwrap().len(), losses.len())
    };
    assert_eq!(json_mode("As Json, then."), (1, 0));
    assert_eq!(json_mode("Hi"), (2, 1));
}

#[test]
fn edge_009_a_begun_answer_gets_a_hint_where_it_is_not_continued() {
    let request = asking(vec![
        Message::new(Role::User, vec![text("Hi")]),
        Message::new(Role::Assistant, vec![text("Well")]),
    ]);
    assert_eq!(sent(&request).0["messages"].as_array().unwrap().len(), 2);
    let strict = Capabilities {
        prefill: false,
        ..Capabilities::default()
    };
    let (body, losses) = sent_to(&request, strict);
    assert_eq!(body["messages"][2]["role"], "user");
    assert_eq!(losses, ["messages"]);
}

#[test]
fn edge_029_media_that_can_be_sent_and_media_that_cannot() {
    let attempt = |part: Part, capabilities: Capabilities| {
        try_send(
            &asking(vec![Message::new(Role::User, vec![part])]),
            capabilities,
        )
        .map(|(body, _, _)| body["messages"][0]["content"].clone())
    };
    let data = || MediaSource::Base64(Base64::from("JVBERi0="));
    let sent = |part| attempt(part, Capabilities::default());
    assert_eq!(
        sent(Part::File(media(data(), "application/pdf"))).unwrap()[0]["file"],
        json!({"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBERi0="})
    );
    assert_eq!(
        sent(Part::File(media(data(), "audio/mpeg"))).unwrap()[0]["input_audio"],
        json!({"data": "JVBERi0=", "format": "mp3"})
    );
    let drawn = MediaSource::Base64(Base64::from(PNG));
    for named in ["image/png", "application/octet-stream"] {
        let image = Part::File(media(drawn.clone(), named));
        let url = &sent(image).unwrap()[0]["image_url"]["url"];
        assert!(url.as_str().unwrap().ends_with(PNG), "{named}: {url}");
    }
    let mut note = media(MediaSource::Text("Notes.".to_owned()), "text/plain");
    note.name = Some("Title".to_owned());
    assert_eq!(sent(Part::File(note)).unwrap(), "Title\n\nNotes.");
    let inside = MediaSource::Base64(Base64::from("Tm90ZXMu"));
    let note = media(inside, "text/plain");
    assert_eq!(sent(Part::File(note)).unwrap(), "Notes.");
    let id = || MediaSource::FileId("file-1".to_owned());
    let url = || MediaSource::Url("https://example.test/a".to_owned());
    for part in [
        Part::File(media(id(), "application/pdf")),
        Part::Image(media(id(), "image/png")),
        Part::File(media(url(), "application/pdf")),
        Part::File(media(data(), "audio/flac")),
        Part::File(media(data(), "video/mp4")),
    ] {
        assert_eq!(sent(part).unwrap_err().param.unwrap(), "messages[]");
    }
    let blind = Capabilities {
        image_url: false,
        ..Capabilities::default()
    };
    let error = attempt(Part::Image(media(url(), "image/png")), blind).unwrap_err();
    assert!(error.message.contains("send base64"), "{error}");
}

#[test]
fn edge_014_models_that_refuse_sampling_get_none() {
    let mut request = simple();
    request.sampling.temperature = Some(0.5);
    request.sampling.top_p = Some(0.5);
    let strict = Capabilities {
        sampling: false,
        ..Capabilities::default()
    };
    let (body, losses) = sent_to(&request, strict);
    assert_eq!((body.get("temperature"), body.get("top_p")), (None, None));
    assert_eq!(losses, ["temperature", "top_p"]);
}

#[test]
fn every_field_of_the_protocol_survives_its_own_translation() {
    let body = json!({
        "model": "target",
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "name": "ann", "content": [
                {"type": "text", "text": "a"},
                {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PNG}"), "detail": "low"}},
            ]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "b", "type": "custom", "custom": {"name": "patch", "input": "x"}},
            ]},
            {"role": "tool", "content": "1", "tool_call_id": "a"},
            {"role": "tool", "content": "2", "tool_call_id": "b"},
        ],
        "tools": [
            {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}, "strict": true}},
            {"type": "custom", "custom": {"name": "patch", "format": {"type": "text"}}},
            {"type": "hosted", "limit": 3},
        ],
        "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "custom", "custom": {"name": "patch"}}]}},
        "parallel_tool_calls": false,
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.25,
        "frequency_penalty": 1.0,
        "presence_penalty": -1.0,
        "seed": 3,
        "stop": ["END"],
        "logprobs": true,
        "top_logprobs": 2,
        "n": 2,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "description": "d", "schema": {"type": "object"}, "strict": true}},
        "user": "u",
        "stream": true,
        "stream_options": {"include_obfuscation": true, "include_usage": true},
        "logit_bias": {"1": 2},
        "metadata": {"a": "b"},
        "service_tier": "flex",
        "store": true,
        "verbosity": "low",
        "prediction": {"type": "content", "content": "x"},
        "prompt_cache_key": "k",
        "safety_identifier": "s",
        "web_search_options": {},
    });
    let (request, read_losses) = read(&body);
    let (again, sent_losses) = sent(&request);
    assert_eq!(again, body);
    assert!(
        read_losses.is_empty() && sent_losses.is_empty(),
        "{read_losses:?} {sent_losses:?}"
    );
}

#[test]
fn paths_and_headers() {
    let codec = upstream_codec(CHAT);
    assert_eq!(codec.path(Operation::Chat, "m", true), "/chat/completions");
    assert_eq!(codec.path(Operation::ListModels, "m", false), "/models");
    let (name, before) = codec.credential_header();
    assert_eq!((name.as_str(), before), ("authorization", "Bearer "));
}
