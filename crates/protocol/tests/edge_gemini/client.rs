//! What clients ask for.

use protocol::canonical::{
    Drawing, Effort, MediaSource, Message, Opaque, OpaqueKind, Part, Reasoning, Role, ToolChoice,
};
use serde_json::{Value, json};

use crate::trial::{GEMINI, asked, read, try_read, try_read_text};

fn refused(body: &Value) -> (String, String) {
    let error = try_read(GEMINI, body).0.unwrap_err();
    (error.param.unwrap_or_default(), error.message)
}

fn calls(messages: &[Message]) -> Vec<(&str, &str)> {
    let parts = messages.iter().flat_map(|message| &message.parts);
    parts
        .filter_map(|part| match part {
            Part::ToolCall { id, name, .. } => Some((id.as_str(), name.as_str())),
            Part::ToolResult { id, .. } => Some((id.as_str(), "")),
            _ => None,
        })
        .collect()
}

#[test]
fn edge_052_roles_are_user_and_model_and_a_missing_one_is_the_users() {
    let request = read(&asked(json!([
        {"parts": [{"text": "Hello."}]},
        {"role": "model", "parts": [{"text": "Hi."}]},
        {"role": "user", "parts": [{"text": "Go on."}]}])));
    let roles: Vec<Role> = request
        .messages
        .iter()
        .map(|message| message.role)
        .collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::User]);
    let (field, _) = refused(&asked(
        json!([{"role": "assistant", "parts": [{"text": "Hi."}]}]),
    ));
    assert_eq!(field, "contents[0].role");
}

#[test]
fn edge_053_calls_and_results_without_ids_are_paired_by_order_and_name() {
    let call = |name: &str| json!({"functionCall": {"name": name}});
    let result =
        |name: &str| json!({"functionResponse": {"name": name, "response": {"output": name}}});
    let body = asked(json!([
        {"role": "user", "parts": [{"text": "?"}]},
        {"role": "model", "parts": [call("a"), call("b"), call("a")]},
        {"role": "user", "parts": [result("a"), result("b"), result("a")]},
        {"role": "model", "parts": [call("a")]},
        {"role": "user", "parts": [result("a")]}]));
    let request = read(&body);
    assert_eq!(
        calls(&request.messages),
        [
            ("call_1_0", "a"),
            ("call_1_1", "b"),
            ("call_1_2", "a"),
            ("call_1_0", ""),
            ("call_1_1", ""),
            ("call_1_2", ""),
            ("call_3_0", "a"),
            ("call_3_0", "")
        ]
    );
    let again = read(&body);
    assert_eq!(calls(&again.messages), calls(&request.messages));
}

#[test]
fn edge_054_a_result_whose_id_nobody_knows_is_paired_by_its_name() {
    let request = read(&asked(json!([
        {"role": "user", "parts": [{"text": "?"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "a"}}, {"functionCall": {"id": "7", "name": "b"}}]},
        {"role": "user", "parts": [
            {"functionResponse": {"id": "7", "name": "b", "response": {}}},
            {"functionResponse": {"id": "made-up-by-the-client", "name": "a", "response": {}}}]}])));
    assert_eq!(
        calls(&request.messages),
        [("call_1_0", "a"), ("7", "b"), ("7", ""), ("call_1_0", "")]
    );
}

#[test]
fn edge_053_a_result_without_an_id_is_of_the_latest_turn() {
    let call = |at: &str| json!({"functionCall": {"name": "f", "args": {"at": at}}});
    let result = json!({"functionResponse": {"name": "f", "response": {"output": "seen"}}});
    let said = |text: &str| json!({"role": "user", "parts": [{"text": text}]});
    let answered = |contents: Value| {
        let request = read(&asked(contents));
        let ids = calls(&request.messages).into_iter();
        let results = ids.filter(|(_, name)| name.is_empty());
        results.map(|(id, _)| id.to_owned()).collect::<Vec<_>>()
    };
    let turns = json!([
        said("?"),
        {"role": "model", "parts": [call("1")]},
        said("Never mind."),
        {"role": "model", "parts": [call("2")]},
        {"role": "model", "parts": [call("3")]},
        {"role": "user", "parts": [result, result]}]);
    assert_eq!(answered(turns), ["call_3_0", "call_4_0"]);
    // It may come late.
    let late = json!([
        said("?"),
        {"role": "model", "parts": [call("1")]},
        said("And?"),
        {"role": "model", "parts": [{"text": "Wait."}]},
        {"role": "user", "parts": [result]}]);
    assert_eq!(answered(late), ["call_1_0"]);
}

#[test]
fn edge_056_a_result_is_its_words_its_error_or_all_of_its_object() {
    let heard = |response: Value| {
        let request = read(&asked(json!([
            {"role": "user", "parts": [{"text": "?"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "a"}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "a", "response": response}}]}])));
        match &request.messages[2].parts[0] {
            Part::ToolResult {
                parts, is_error, ..
            } => (parts.clone(), *is_error),
            other => unreachable!("{other:?}"),
        }
    };
    let said = |text: &str| vec![Part::Text(text.to_owned())];
    assert_eq!(heard(json!({"output": "-3 C"})), (said("-3 C"), false));
    assert_eq!(
        heard(json!({"output": {"c": -3}})),
        (said(r#"{"c":-3}"#), false)
    );
    assert_eq!(heard(json!({"error": "No."})), (said("No."), true));
    let both = json!({"output": 1, "error": "No."});
    assert_eq!(heard(both.clone()), (said(&both.to_string()), false));
    assert_eq!(heard(json!({"c": 1.0})), (said(r#"{"c":1.0}"#), false));
    assert_eq!(heard(json!({})), (Vec::new(), false));
}

#[test]
fn edge_057_arguments_that_are_missing_are_an_empty_object() {
    for call in [
        json!({"name": "a"}),
        json!({"name": "a", "args": null}),
        json!({"name": "a", "args": {}}),
    ] {
        let request = read(&asked(json!([
            {"role": "user", "parts": [{"text": "?"}]},
            {"role": "model", "parts": [{"functionCall": call}]}])));
        assert!(
            matches!(&request.messages[1].parts[0], Part::ToolCall { arguments, .. } if arguments == "{}"),
            "{request:?}"
        );
    }
}

#[test]
fn edge_065_signatures_stay_with_the_part_they_stand_on() {
    let signed = |value: &str, kind| Part::Reasoning {
        text: String::new(),
        opaque: Some(Opaque {
            owner: GEMINI,
            kind,
            value: value.to_owned(),
            id: None,
        }),
    };
    let request = read(&asked(json!([
        {"role": "user", "parts": [{"text": "?"}]},
        {"role": "model", "parts": [
            {"text": "Hm.", "thought": true},
            {"text": "", "thought": true, "thoughtSignature": "QQ=="},
            {"text": "So.", "thought_signature": "Qg=="},
            {"functionCall": {"id": "1", "name": "a", "args": {}}, "thoughtSignature": "Qw=="},
            {"text": "", "thoughtSignature": "RA=="}]}])));
    let call = Part::ToolCall {
        id: "1".to_owned(),
        name: "a".to_owned(),
        arguments: "{}".to_owned(),
    };
    let thought = Part::Reasoning {
        text: "Hm.".to_owned(),
        opaque: Some(Opaque {
            owner: GEMINI,
            kind: OpaqueKind::Signature,
            value: "QQ==".to_owned(),
            id: None,
        }),
    };
    assert_eq!(
        request.messages[1].parts,
        [
            thought,
            signed("Qg==", OpaqueKind::Content),
            Part::Text("So.".to_owned()),
            signed("Qw==", OpaqueKind::Content),
            call,
            signed("RA==", OpaqueKind::Content)
        ]
    );
    // The word for none is none.
    let request = read(&asked(json!([
        {"role": "user", "parts": [{"text": "?"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "a"},
            "thoughtSignature": "skip_thought_signature_validator"}]}])));
    assert_eq!(request.messages[1].parts.len(), 1);
}

#[test]
fn a_part_that_is_marked_as_a_thought_keeps_its_call() {
    let (request, losses) = try_read(
        GEMINI,
        &asked(json!([
            {"role": "user", "parts": [{"text": "?"}]},
            {"role": "model", "parts": [
                {"thought": true, "text": "Hm.", "fileData": {"fileUri": "files/1"}},
                {"thought": true, "functionCall": {"name": "a"}}]},
            {"role": "user", "parts": [
                {"thought": true, "functionResponse": {"name": "a", "response": {}}}]}])),
    );
    let messages = request.unwrap().messages;
    assert_eq!(calls(&messages), [("call_1_1", "a"), ("call_1_1", "")]);
    assert_eq!(losses, ["contents[1].parts[0].fileData"]);
}

#[test]
fn what_is_null_is_not_set() {
    let body = json!({
        "contents": [{"parts": [{"text": "?"}]}],
        "tools": [{"functionDeclarations": null, "googleSearch": null, "codeExecution": null},
            {"functionDeclarations": [{"name": "a", "behavior": null}]}],
        "toolConfig": {"retrievalConfig": null},
        "safetySettings": null,
        "generationConfig": {"speechConfig": null},
        "cachedContent": "",
        "continuationToken": ""});
    let (request, losses) = try_read(GEMINI, &body);
    let request = request.unwrap();
    assert_eq!(losses, [""; 0]);
    assert_eq!(request.tools.len(), 1);
    assert_eq!(request.rest, None);
}

#[test]
fn edge_132_a_cut_character_costs_no_tool_and_no_failure() {
    let body = r#"{"contents": [
        {"role": "model", "parts": [{"functionCall": {"name": "a", "args": {"x": "cut \ud83d"}}}]},
        {"parts": [{"functionResponse": {"name": "a", "response": {"error": "cut \ud83d"}}}]}],
        "tools": [{"functionDeclarations": [{"name": "a", "description": "cut \ud83d"}]}]}"#;
    let (request, losses) = try_read_text(GEMINI, body);
    let request = request.unwrap();
    assert_eq!(losses, ["body"]);
    assert_eq!(
        request.tools[0].description.as_deref(),
        Some("cut \u{fffd}")
    );
    assert!(
        matches!(&request.messages[0].parts[0], Part::ToolCall { arguments, .. } if arguments == r#"{"x": "cut \ufffd"}"#)
    );
    let said = vec![Part::Text("cut \u{fffd}".to_owned())];
    assert!(
        matches!(&request.messages[1].parts[0], Part::ToolResult { parts, is_error: true, .. } if *parts == said)
    );
}

#[test]
fn decimals_may_be_text_and_a_choice_below_nothing_is_told() {
    let body =
        json!({"contents": "?", "generationConfig": {"temperature": "0.5", "topP": 1, "topK": -1}});
    let (request, losses) = try_read(GEMINI, &body);
    let sampling = request.unwrap().sampling;
    assert_eq!(
        (sampling.temperature, sampling.top_p, sampling.top_k),
        (Some(0.5), Some(1.0), None)
    );
    assert_eq!(losses, ["generationConfig.topK"]);
    let wrong = json!({"contents": "?", "generationConfig": {"temperature": "warm"}});
    assert_eq!(refused(&wrong).0, "generationConfig.temperature");
}

#[test]
fn edge_069_modes_and_names_become_a_choice() {
    let choice = |calling: Value| {
        read(
            &json!({"contents": "?", "tools": {"functionDeclarations": {"name": "a"}},
            "toolConfig": {"functionCallingConfig": calling}}),
        )
        .tool_choice
    };
    let named = |names: &[&str], required| ToolChoice::Allowed {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        required,
    };
    assert_eq!(choice(json!({"mode": "AUTO"})), ToolChoice::Auto);
    assert_eq!(choice(json!({"mode": "NONE"})), ToolChoice::None);
    assert_eq!(choice(json!({"mode": "ANY"})), ToolChoice::Required);
    assert_eq!(choice(json!({"mode": "VALIDATED"})), ToolChoice::Auto);
    let one = json!({"mode": "ANY", "allowedFunctionNames": ["a"]});
    assert_eq!(choice(one), ToolChoice::Named("a".to_owned()));
    let two = json!({"mode": "any", "allowed_function_names": ["a", "b"]});
    assert_eq!(choice(two), named(&["a", "b"], true));
    let some = json!({"mode": "VALIDATED", "allowedFunctionNames": ["a"]});
    assert_eq!(choice(some), named(&["a"], false));
    let wrong = json!({"contents": "?", "toolConfig": {"functionCallingConfig": {"mode": "SOME"}}});
    assert_eq!(refused(&wrong).0, "toolConfig.functionCallingConfig.mode");
}

#[test]
fn edge_071_budgets_and_levels_are_both_read() {
    let thinks = |config: Value| {
        read(&json!({"contents": "?", "generationConfig": {"thinkingConfig": config}})).reasoning
    };
    assert_eq!(thinks(json!({"thinkingBudget": 0})), Reasoning::Off);
    assert_eq!(thinks(json!({"thinkingBudget": -1})), Reasoning::Adaptive);
    assert_eq!(
        thinks(json!({"thinkingBudget": "512"})),
        Reasoning::Budget(512)
    );
    for (level, effort) in [
        ("MINIMAL", Effort::Minimal),
        ("low", Effort::Low),
        ("MEDIUM", Effort::Medium),
        ("HIGH", Effort::High),
    ] {
        let config = json!({"thinkingLevel": level});
        assert_eq!(thinks(config), Reasoning::Effort(effort), "{level}");
    }
    assert_eq!(
        thinks(json!({"includeThoughts": true})),
        Reasoning::Adaptive
    );
    assert_eq!(thinks(json!({})), Reasoning::Unset);
}

#[test]
fn edge_073_addresses_of_the_vendors_own_files_are_ids_and_others_addresses() {
    let source = |address: &str| {
        let part = json!({"fileData": {"mimeType": "image/png", "fileUri": address}});
        let request = read(&asked(json!([{"parts": [part]}])));
        match &request.messages[0].parts[0] {
            Part::Image(media) => media.source.clone(),
            other => unreachable!("{other:?}"),
        }
    };
    let address = "https://example.com/a.png";
    assert_eq!(source(address), MediaSource::Url(address.to_owned()));
    for own in [
        "https://generativelanguage.googleapis.com/v1beta/files/1",
        "gs://bucket/a.png",
        "files/1",
    ] {
        assert_eq!(source(own), MediaSource::FileId(own.to_owned()));
    }
}

#[test]
fn edge_075_names_are_read_in_both_cases_and_single_values_as_lists() {
    let image = "iVBORw0KGgo=";
    let schema =
        json!({"type": "OBJECT", "properties": {"a": {"type": "STRING", "max_length": "3"}}});
    let snake = json!({
        "system_instruction": {"parts": {"text": "Brief."}},
        "contents": {"role": "user", "parts": [{"inline_data": {"mime_type": "image/png", "data": image}},
            {"file_data": {"mime_type": "image/png", "file_uri": "files/1"}}]},
        "tools": {"function_declarations": {"name": "a", "parameters": schema}},
        "tool_config": {"function_calling_config": {"mode": "ANY"}},
        "generation_config": {"top_k": 3, "max_output_tokens": "9", "candidate_count": 2, "stop_sequences": ["x"],
            "response_mime_type": "application/json", "response_schema": schema,
            "presence_penalty": 0.5, "frequency_penalty": 0.5, "response_logprobs": true, "logprobs": 2,
            "thinking_config": {"include_thoughts": true, "thinking_budget": 64}}});
    let camel = json!({
        "systemInstruction": {"parts": [{"text": "Brief."}]},
        "contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": image}},
            {"fileData": {"mimeType": "image/png", "fileUri": "files/1"}}]}],
        "tools": [{"functionDeclarations": [{"name": "a", "parameters": schema}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "generationConfig": {"topK": 3, "maxOutputTokens": 9, "candidateCount": 2, "stopSequences": ["x"],
            "responseMimeType": "application/json", "responseSchema": schema,
            "presencePenalty": 0.5, "frequencyPenalty": 0.5, "responseLogprobs": true, "logprobs": 2,
            "thinkingConfig": {"includeThoughts": true, "thinkingBudget": 64}}});
    let (read_snake, losses) = try_read(GEMINI, &snake);
    assert_eq!(losses, [""; 0]);
    let (snake, camel) = (read_snake.unwrap(), read(&camel));
    assert_eq!(format!("{snake:?}"), format!("{camel:?}"));
}

#[test]
fn the_vendors_types_are_read_in_json_schemas_too() {
    let shouted = json!({"type": "OBJECT", "properties": {"score": {"type": "INTEGER", "description": "OBJECT"}}});
    let spoken = json!({"type": "object", "properties": {"score": {"type": "integer", "description": "OBJECT"}}});
    let asking = |schema: &Value| {
        read(&json!({
            "contents": [{"parts": [{"text": "Hi"}]}],
            "tools": [{"functionDeclarations": [{"name": "a", "parametersJsonSchema": schema}]}],
            "generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": schema}}))
    };
    let (shouted, spoken) = (asking(&shouted), asking(&spoken));
    assert_eq!(format!("{shouted:?}"), format!("{spoken:?}"));
}

#[test]
fn edge_075_data_may_be_in_the_other_alphabet_of_base64() {
    let request = read(&asked(json!([{"parts": [
        {"inlineData": {"mimeType": "audio/wav", "data": "UklGRg__-w=="}}]}])));
    let Part::File(media) = &request.messages[0].parts[0] else {
        unreachable!("{request:?}")
    };
    let MediaSource::Base64(data) = &media.source else {
        unreachable!("{media:?}")
    };
    assert_eq!(data.as_str(), "UklGRg//+w==");
}

#[test]
fn edge_076_instructions_are_a_content_of_any_role_or_text() {
    for instructions in [
        json!("Be brief."),
        json!({"parts": [{"text": "Be brief."}]}),
        json!({"parts": {"text": "Be brief."}}),
        json!({"role": "system", "parts": [{"text": "Be brief."}]}),
        json!({"role": "user", "parts": [{"text": "Be brief."}, {"text": ""}]}),
    ] {
        let request = read(&json!({"contents": "?", "systemInstruction": instructions}));
        assert_eq!(request.instructions, [Part::Text("Be brief.".to_owned())]);
    }
}

#[test]
fn sound_is_not_answered_with_and_images_are() {
    let asked = |modalities: Value| {
        json!({
            "contents": [{"parts": [{"text": "?"}]}],
            "generationConfig": {"responseModalities": modalities}
        })
    };
    for sound in [json!(["TEXT", "AUDIO"]), json!(["AUDIO"]), json!(["x"])] {
        let (field, _) = refused(&asked(sound));
        assert_eq!(field, "generationConfig.responseModalities");
    }
    for (modalities, drawing) in [
        (json!(["TEXT"]), Drawing::Unasked),
        (json!([]), Drawing::Unasked),
        (json!(["IMAGE"]), Drawing::Only),
        (json!(["Image", "Text"]), Drawing::WithText),
    ] {
        assert_eq!(read(&asked(modalities)).drawing, drawing);
    }
}

#[test]
fn validated_calls_are_strict_tools() {
    let asked = json!({
        "contents": [{"parts": [{"text": "?"}]}],
        "tools": [{"functionDeclarations": [{"name": "look"}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "VALIDATED"}}
    });
    let request = read(&asked);
    assert_eq!(request.tools[0].strict, Some(true));
    assert_eq!(request.tool_choice, ToolChoice::Auto);
}

#[test]
fn a_limit_of_nothing_is_refused() {
    let mut body = asked(json!([{"role": "user", "parts": [{"text": "Hi"}]}]));
    body["generationConfig"] = json!({"maxOutputTokens": 0});
    let error = try_read(GEMINI, &body).0.unwrap_err();
    assert_eq!(
        error.param.as_deref(),
        Some("generationConfig.maxOutputTokens")
    );
}

#[test]
fn a_text_that_a_stream_sent_in_pieces_is_one() {
    let request = read(&asked(json!([
        {"role": "user", "parts": [{"text": "Part one."}, {"text": "Part two."}]},
        {"role": "model", "parts": [{"text": "Hmm", "thought": true}, {"text": "A"}]},
        {"role": "model", "parts": [{"text": " "}]},
        {"role": "model", "parts": [{"text": "b"}, {"text": "\n\n"}, {"text": "c"}]},
        {"role": "model", "parts": [{"text": "d"}, {"functionCall": {"id": "1", "name": "f"}}]},
        {"role": "model", "parts": [{"text": "e"}]}])));
    let text = |text: &str| Part::Text(text.to_owned());
    let [asked, answered] = &request.messages[..] else {
        panic!("{:?}", request.messages);
    };
    assert_eq!(asked.parts, [text("Part one."), text("Part two.")]);
    // The thought comes first, and the call stands before the last.
    let texts = [&answered.parts[1], &answered.parts[2], &answered.parts[4]];
    assert_eq!(texts, [&text("A b\n\n"), &text("cd"), &text("e")]);
}
