//! Requests to this provider: messages, limits, sampling, reasoning, output.

use protocol::canonical::{
    Base64, Capabilities, Effort, Media, MediaSource, Message, Opaque, OpaqueKind, OutputFormat,
    Part, Penalties, Reasoning, Request, Role, Sampling, StructuredOutput, ThinkingForm,
    ToolChoice,
};
use protocol::{Operation, Protocol, upstream_codec};
use serde_json::{Value, json};

use super::trial::*;

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";

fn media(source: MediaSource, media_type: Option<&str>) -> Media {
    Media {
        source,
        media_type: media_type.map(str::to_owned),
        name: None,
        detail: None,
    }
}

fn sent_part(part: Part) -> (Value, Vec<String>) {
    let (body, losses) = encoded(&asking(vec![Message::new(Role::User, vec![part])]));
    (body["messages"][0]["content"][0].clone(), losses)
}

fn thinking_model(form: ThinkingForm) -> Capabilities {
    Capabilities {
        thinking: form,
        ..Capabilities::default()
    }
}

#[test]
fn edge_001_to_edge_003_one_turn_with_results_first_and_images_kept() {
    let image = Part::Image(media(
        MediaSource::Base64(Base64::from(PNG)),
        Some("image/png"),
    ));
    let mut request = asking(vec![
        user("one"),
        Message::new(Role::User, vec![image, text("two")]),
        Message::new(
            Role::Assistant,
            vec![call("a", "f", ""), call("b", "f", "")],
        ),
        user("three"),
        Message::new(Role::Tool, vec![result("b", vec![text("2")])]),
        Message::new(Role::Tool, vec![result("a", vec![text("1")])]),
    ]);
    request.tools.push(tool("f"));
    let (body, _) = encoded(&request);
    let kinds: Vec<Vec<&str>> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| {
            let blocks = message["content"].as_array().unwrap();
            blocks
                .iter()
                .map(|block| block["type"].as_str().unwrap())
                .collect()
        })
        .collect();
    assert_eq!(
        kinds,
        [
            vec!["text", "image", "text"],
            vec!["tool_use", "tool_use"],
            vec!["tool_result", "tool_result", "text"],
        ]
    );
    assert_eq!(body["messages"][2]["content"][0]["tool_use_id"], "a");
}

#[test]
fn edge_007_complaint_07_blank_text_is_left_out_everywhere() {
    let mut request = asking(vec![
        user("go"),
        Message::new(Role::Assistant, vec![text(" "), call("a", "f", "")]),
        Message::new(Role::Tool, vec![result("a", vec![text("\n")])]),
    ]);
    request.instructions = vec![text("\t")];
    request.tools.push(tool("f"));
    let (body, losses) = encoded(&request);
    assert!(body.get("system").is_none());
    assert_eq!(body["messages"][1]["content"].as_array().unwrap().len(), 1);
    assert_eq!(
        body["messages"][2]["content"],
        json!([{"type": "tool_result", "tool_use_id": "a"}])
    );
    assert_eq!(losses, ["messages"]);
}

#[test]
fn edge_008_edge_009_a_beginning_is_trimmed_or_asked_for() {
    let request = asking(vec![user("go"), assistant("Once \n")]);
    let (body, losses) = encoded(&request);
    assert_eq!(body["messages"][1]["content"][0]["text"], "Once");
    assert_eq!(losses, ["messages"]);
    let capabilities = Capabilities {
        prefill: false,
        ..Capabilities::default()
    };
    let (body, losses) = encoded_for(&request, capabilities);
    assert_eq!(body["messages"][2]["role"], "user");
    assert_eq!(losses.len(), 2);
}

#[test]
fn edge_010_leading_instructions_are_system_text() {
    let mut request = asking(vec![
        Message::new(Role::System, vec![text("late")]),
        user("go"),
        assistant("well"),
        Message::new(Role::System, vec![text("amid")]),
    ]);
    request.instructions = vec![text("first")];
    let (body, losses) = encoded(&request);
    assert_eq!(
        body["system"],
        json!([{"type": "text", "text": "first"}, {"type": "text", "text": "late"}])
    );
    assert!(body["messages"][2].to_string().contains("system-reminder"));
    assert_eq!(losses.len(), 1);
    let only = asking(vec![Message::new(Role::System, vec![text("alone")])]);
    let error = try_encode(&only, Capabilities::default()).0.unwrap_err();
    assert_eq!(
        error.message,
        "messages: at least one user message is required."
    );
}

#[test]
fn edge_011_edge_012_max_tokens_is_always_there() {
    let (body, _) = encoded(&asking(vec![user("go")]));
    assert_eq!(body["max_tokens"], 8_192);
    let capabilities = Capabilities {
        max_output_tokens: Some(64_000),
        ..Capabilities::default()
    };
    let (body, losses) = encoded_for(&asking(vec![user("go")]), capabilities);
    assert_eq!(body["max_tokens"], 64_000);
    assert!(losses.is_empty());
}

#[test]
fn edge_014_a_thinking_model_is_not_sampled() {
    let mut request = asking(vec![user("go")]);
    request.reasoning = Reasoning::Budget(2_000);
    request.sampling = Sampling {
        temperature: Some(0.3),
        top_p: Some(0.5),
        top_k: Some(4),
        ..Sampling::default()
    };
    let (body, losses) = encoded_for(&request, thinking_model(ThinkingForm::Budget));
    assert_eq!(
        body["thinking"],
        json!({"type": "enabled", "budget_tokens": 2_000})
    );
    for field in ["temperature", "top_p", "top_k"] {
        assert!(body.get(field).is_none(), "{field}");
        assert!(losses.iter().any(|loss| loss == field), "{field}");
    }
    let capabilities = Capabilities {
        sampling: false,
        ..Capabilities::default()
    };
    request.reasoning = Reasoning::Unset;
    let (body, losses) = encoded_for(&request, capabilities);
    assert!(body.get("temperature").is_none());
    assert_eq!(losses, ["temperature", "top_p", "top_k"]);
}

#[test]
fn edge_015_temperature_is_cut_to_its_range() {
    let mut request = asking(vec![user("go")]);
    request.sampling.temperature = Some(1.6);
    let (body, losses) = encoded(&request);
    assert_eq!(body["temperature"], 1.0);
    assert_eq!(losses, ["temperature"]);
}

#[test]
fn edge_016_a_forced_tool_turns_thinking_off() {
    let mut request = asking(vec![user("go")]);
    request.tools.push(tool("f"));
    request.tool_choice = ToolChoice::Required;
    request.reasoning = Reasoning::Budget(2_000);
    for form in [ThinkingForm::Adaptive, ThinkingForm::Budget] {
        let (body, losses) = encoded_for(&request, thinking_model(form));
        assert!(body.get("thinking").is_none());
        assert_eq!(body["tool_choice"]["type"], "any");
        assert!(losses.contains(&"reasoning".to_owned()));
    }
}

#[test]
fn edge_017_calls_without_their_signed_reasoning_turn_thinking_off() {
    let signed = |owner| Part::Reasoning {
        text: "hm".to_owned(),
        opaque: Some(Opaque {
            owner,
            kind: OpaqueKind::Signature,
            value: "c2ln".to_owned(),
            id: None,
        }),
    };
    for (owner, thinks) in [(Protocol::Anthropic, true), (Protocol::OpenAiChat, false)] {
        let mut request = asking(vec![
            user("go"),
            Message::new(Role::Assistant, vec![signed(owner), call("a", "f", "{}")]),
            Message::new(Role::Tool, vec![result("a", vec![text("1")])]),
        ]);
        request.tools.push(tool("f"));
        request.reasoning = Reasoning::Budget(2_000);
        let (body, losses) = encoded_for(&request, thinking_model(ThinkingForm::Budget));
        let first = &body["messages"][1]["content"][0];
        assert_eq!(body.get("thinking").is_some(), thinks);
        assert_eq!(losses.is_empty(), thinks);
        if thinks {
            assert_eq!(
                *first,
                json!({"type": "thinking", "thinking": "hm", "signature": "c2ln"})
            );
        } else {
            assert_eq!(first["type"], "tool_use");
        }
    }
}

#[test]
fn edge_018_depth_is_a_word_or_a_number() {
    let mut request = asking(vec![user("go")]);
    request.reasoning = Reasoning::Effort(Effort::High);
    let (body, losses) = encoded_for(&request, thinking_model(ThinkingForm::Adaptive));
    assert_eq!(body["thinking"], json!({"type": "adaptive"}));
    assert_eq!(body["output_config"], json!({"effort": "high"}));
    assert!(losses.is_empty());
    let (body, losses) = encoded_for(&request, thinking_model(ThinkingForm::Budget));
    assert_eq!(
        body["thinking"],
        json!({"type": "enabled", "budget_tokens": 16_384})
    );
    assert_eq!(body["max_tokens"], 16_384 + 8_192);
    assert_eq!(losses, ["reasoning"]);
    request.reasoning = Reasoning::Budget(9_000);
    let (body, losses) = encoded_for(&request, thinking_model(ThinkingForm::Adaptive));
    assert_eq!(body["output_config"], json!({"effort": "medium"}));
    assert_eq!(losses, ["reasoning"]);
    request.reasoning = Reasoning::Off;
    let (body, _) = encoded_for(&request, thinking_model(ThinkingForm::Budget));
    assert_eq!(body["thinking"], json!({"type": "disabled"}));
}

#[test]
fn edge_025_blank_stop_sequences_are_left_out() {
    let mut request = asking(vec![user("go")]);
    request.sampling.stop = vec!["\n".to_owned(), "END".to_owned()];
    let (body, losses) = encoded(&request);
    assert_eq!(body["stop_sequences"], json!(["END"]));
    assert_eq!(losses, ["stop"]);
}

#[test]
fn edge_026_a_users_id_does_not_give_the_person_away() {
    for (user_id, kept) in [
        ("user-1234", true),
        ("1234567890", true),
        ("9f8e@session", true),
        ("ada@example.com", false),
        ("+44 20 7946 0958", false),
        ("020-7946-0958", false),
    ] {
        let mut request = asking(vec![user("go")]);
        request.user = Some(user_id.to_owned());
        let (body, losses) = encoded(&request);
        assert_eq!(
            body.pointer("/metadata/user_id").is_some(),
            kept,
            "{user_id}"
        );
        assert_eq!(losses.is_empty(), kept, "{user_id}");
    }
}

#[test]
fn edge_027_images_by_address_and_by_bytes() {
    let (part, _) = sent_part(Part::Image(media(
        MediaSource::Url("https://example.com/a.png".to_owned()),
        None,
    )));
    assert_eq!(
        part["source"],
        json!({"type": "url", "url": "https://example.com/a.png"})
    );
    let data = MediaSource::Base64(Base64::from(PNG));
    let (part, losses) = sent_part(Part::Image(media(data, Some("image/png"))));
    assert_eq!(
        part["source"],
        json!({"type": "base64", "media_type": "image/png", "data": PNG})
    );
    assert!(losses.is_empty());
}

#[test]
fn edge_027_what_this_provider_cannot_look_at_is_refused_by_name() {
    for (part, word) in [
        (
            Part::Image(media(MediaSource::FileId("file-1".to_owned()), None)),
            "File ids",
        ),
        (
            Part::Image(media(
                MediaSource::Base64(Base64::from("Qk0=")),
                Some("image/bmp"),
            )),
            "image/bmp",
        ),
        (
            Part::File(media(
                MediaSource::Base64(Base64::from("UEsDBA==")),
                Some("application/zip"),
            )),
            "application/zip",
        ),
    ] {
        let request = asking(vec![Message::new(Role::User, vec![part])]);
        let error = try_encode(&request, Capabilities::default()).0.unwrap_err();
        assert!(error.message.contains(word), "{}", error.message);
        assert_eq!(error.http_status(), 400);
    }
}

#[test]
fn edge_028_a_wrong_image_type_is_corrected() {
    let data = MediaSource::Base64(Base64::from(PNG));
    let (part, losses) = sent_part(Part::Image(media(data, Some("image/jpeg"))));
    assert_eq!(part["source"]["media_type"], "image/png");
    assert_eq!(losses, ["messages[].image.media_type"]);
}

#[test]
fn edge_029_documents_of_all_kinds() {
    let pdf = MediaSource::Base64(Base64::from("JVBERi0xLjQ="));
    let mut file = media(pdf, Some("application/pdf"));
    file.name = Some("report.pdf".to_owned());
    let (part, _) = sent_part(Part::File(file));
    assert_eq!(
        part,
        json!({
            "type": "document",
            "title": "report.pdf",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="},
        })
    );
    let notes = MediaSource::Base64(Base64::from("aGVsbG8="));
    let (part, losses) = sent_part(Part::File(media(notes, Some("text/markdown"))));
    assert_eq!(
        part["source"],
        json!({"type": "text", "media_type": "text/plain", "data": "hello"})
    );
    assert_eq!(losses, ["messages[].file"]);
    let (part, _) = sent_part(Part::File(media(MediaSource::Text("hi".to_owned()), None)));
    assert_eq!(part["source"]["data"], "hi");
    let address = MediaSource::Url("https://example.com/a.pdf".to_owned());
    let (part, _) = sent_part(Part::File(media(address, None)));
    assert_eq!(part["source"]["type"], "url");
}

fn schema_request() -> Request {
    let mut request = asking(vec![user("go")]);
    request.output = OutputFormat::JsonSchema {
        name: Some("person".to_owned()),
        description: None,
        schema: raw(
            r#"{"type":"object","properties":{"age":{"type":"integer","minimum":0}},"required":["age"]}"#,
        ),
        strict: Some(true),
    };
    request
}

fn answering(form: StructuredOutput) -> Capabilities {
    Capabilities {
        structured_output: form,
        thinking: ThinkingForm::Budget,
        ..Capabilities::default()
    }
}

#[test]
fn edge_030_a_schema_is_native_a_tool_or_words() {
    let request = schema_request();
    let (body, losses) = encoded_for(&request, answering(StructuredOutput::Native));
    assert_eq!(body["output_config"]["format"]["type"], "json_schema");
    assert_eq!(
        body["output_config"]["format"]["schema"]["properties"]["age"],
        json!({"type": "integer", "description": "minimum: 0"})
    );
    assert_eq!(losses, ["response_format"]);

    let (encoded, losses) = try_encode(&request, answering(StructuredOutput::ForcedTool));
    let encoded = encoded.unwrap();
    assert_eq!(encoded.undo.json_tool.as_deref(), Some("json_output"));
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(
        body["tool_choice"],
        json!({"type": "tool", "name": "json_output"})
    );
    assert_eq!(
        body["tools"][0]["input_schema"]["properties"]["age"]["minimum"],
        0
    );
    assert_eq!(fields(&losses), ["response_format"]);

    let (body, _) = encoded_for(&request, answering(StructuredOutput::Instruction));
    assert!(body["system"].as_str().unwrap().contains("\"minimum\":0"));
    assert!(body.get("tools").is_none());
}

#[test]
fn edge_030_beside_other_tools_the_forced_one_is_one_of_several() {
    let mut request = schema_request();
    request.tools.push(tool("json_output"));
    request.reasoning = Reasoning::Budget(2_000);
    let (encoded, losses) = try_encode(&request, answering(StructuredOutput::ForcedTool));
    let encoded = encoded.unwrap();
    assert_eq!(encoded.undo.json_tool.as_deref(), Some("json_output_"));
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(body["tool_choice"], json!({"type": "any"}));
    assert!(body.get("thinking").is_none());
    assert_eq!(fields(&losses), ["response_format", "reasoning"]);
}

#[test]
fn edge_030_a_native_schema_takes_no_beginning_of_the_answer() {
    let mut request = schema_request();
    request.messages.push(assistant("{"));
    let (body, losses) = encoded_for(&request, answering(StructuredOutput::Native));
    assert_eq!(body["messages"][2]["role"], "user");
    assert_eq!(losses, ["response_format", "messages"]);
}

#[test]
fn edge_032_any_json_is_asked_for_in_words() {
    let mut request = asking(vec![user("go")]);
    request.instructions = vec![text("Be brief.")];
    request.output = OutputFormat::Json;
    let (body, losses) = encoded(&request);
    assert_eq!(body["system"][0]["text"], "Be brief.");
    assert!(
        body["system"][1]["text"]
            .as_str()
            .unwrap()
            .contains("JSON object")
    );
    assert_eq!(losses, ["response_format"]);
}

#[test]
fn edge_033_what_has_no_place_is_reported_and_what_changes_the_meaning_refused() {
    let mut request = asking(vec![user("go")]);
    request.sampling.seed = Some(7);
    request.sampling.penalties = Penalties {
        frequency: Some(1.0),
        presence: Some(0.5),
    };
    let bias = serde_json::Map::from_iter([("logit_bias".to_owned(), json!({"50256": -100}))]);
    request.rest = Some((Protocol::OpenAiChat, bias));
    let (body, losses) = encoded(&request);
    assert_eq!(
        losses,
        [
            "seed",
            "frequency_penalty",
            "presence_penalty",
            "logit_bias"
        ]
    );
    assert!(body.get("logit_bias").is_none());
    for (change, field) in [
        (
            (|request| request.choices = Some(2)) as fn(&mut Request),
            "n",
        ),
        (|request| request.sampling.logprobs = Some(0), "logprobs"),
    ] {
        let mut request = asking(vec![user("go")]);
        change(&mut request);
        let error = try_encode(&request, Capabilities::default()).0.unwrap_err();
        assert_eq!(error.param.as_deref(), Some(field));
        assert_eq!(error.http_status(), 400);
    }
}

#[test]
fn edge_035_no_beta_headers_are_made_up() {
    let codec = upstream_codec(Protocol::Anthropic);
    assert_eq!(codec.headers(), [("anthropic-version", "2023-06-01")]);
    assert_eq!(codec.credential_header().0, "x-api-key");
    assert_eq!(codec.path(Operation::Chat, "m", true), "/messages");
    let (encoded, _) = try_encode(&asking(vec![user("go")]), Capabilities::default());
    assert!(encoded.unwrap().headers.is_empty());
}

#[test]
fn a_turn_of_the_model_that_was_cut_behind_its_reasoning_ends_before_it() {
    let thought = || Part::Reasoning {
        text: "hm".to_owned(),
        opaque: Some(Opaque {
            kind: OpaqueKind::Signature,
            owner: Protocol::Anthropic,
            value: "c2ln".to_owned(),
            id: None,
        }),
    };
    let says = |parts| Message::new(Role::Assistant, parts);
    let (body, losses) = encoded(&asking(vec![
        user("one"),
        says(vec![thought(), text("So."), thought()]),
        user("two"),
        says(vec![thought()]),
        user("three"),
    ]));
    let kinds: Vec<Vec<&str>> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| {
            let blocks = message["content"].as_array().unwrap().iter();
            blocks
                .map(|block| block["type"].as_str().unwrap())
                .collect()
        })
        .collect();
    assert_eq!(
        kinds,
        [
            vec!["text"],
            vec!["thinking", "text"],
            vec!["text"],
            vec!["text"]
        ]
    );
    assert_eq!(losses, ["messages[].reasoning"]);
}

#[test]
fn a_call_that_failed_without_a_word_is_said_to_have_failed() {
    let failed = |parts| Part::ToolResult {
        id: "a".to_owned(),
        parts,
        is_error: true,
    };
    for (parts, said, lost) in [
        (vec![], "The call failed.", vec!["messages[].result"]),
        (vec![text("No.")], "No.", vec![]),
    ] {
        let mut request = asking(vec![
            user("go"),
            Message::new(Role::Assistant, vec![call("a", "f", "{}")]),
            Message::new(Role::Tool, vec![failed(parts)]),
        ]);
        request.tools.push(tool("f"));
        let (body, losses) = encoded(&request);
        let result = &body["messages"][2]["content"][0];
        assert_eq!(result["is_error"], true);
        assert_eq!(result["content"][0]["text"], said);
        assert_eq!(losses, lost);
    }
}
