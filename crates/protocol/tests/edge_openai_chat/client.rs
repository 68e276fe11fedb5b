//! Requests of clients, in all the forms that they are known to take.

use protocol::{
    Protocol,
    canonical::{
        Base64, Capabilities, Effort, MediaSource, Message, Opaque, OpaqueKind, OutputFormat, Part,
        Reasoning, Role, ToolChoice, ToolKind,
    },
};
use serde_json::{Value, json};

use super::trial::*;

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";

fn asking(messages: Value) -> Value {
    json!({"model": "gpt", "messages": messages})
}

fn with(field: &str, value: Value) -> Value {
    let mut body = asking(json!([{"role": "user", "content": "Hi"}]));
    body[field] = value;
    body
}

fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}

/// The parts of a user message with this content.
fn content(content: Value) -> (Vec<Part>, Vec<String>) {
    let (mut request, losses) = read(&asking(json!([{"role": "user", "content": content}])));
    (request.messages.remove(0).parts, losses)
}

#[test]
fn a_tool_of_the_providers_own_is_chosen_by_its_type() {
    let (request, _) = read(&json!({
        "model": "m", "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"type": "web_search_20250305", "name": "web_search"}],
        "tool_choice": {"type": "web_search_20250305"},
    }));
    let chosen = ToolChoice::Named("web_search".to_owned());
    assert_eq!(request.tool_choice, chosen);
}

#[test]
fn edge_030_a_schema_without_its_wrapper_is_not_passed_on() {
    let passes = |format: Value| {
        let body = with("response_format", format);
        let body = bytes::Bytes::from(body.to_string());
        protocol::client_codec(CHAT).passes(protocol::RawRequest {
            operation: protocol::Operation::Chat,
            path: "/v1/chat/completions",
            query: None,
            headers: &http::HeaderMap::new(),
            body: &body,
        })
    };
    let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    let named = json!({"type": "object", "properties": {}, "name": {"a": 1}});
    for bare in [&schema, &named] {
        assert!(!passes(json!({"type": "json_schema", "json_schema": bare})));
    }
    for format in [
        json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}),
        json!({"type": "json_schema"}),
        json!({"type": "json_object", "json_schema": schema}),
        json!({"type": "text", "about": "json_schema"}),
        Value::Null,
    ] {
        assert!(passes(format.clone()), "{format}");
    }
}

#[test]
fn edge_010_system_and_developer_anywhere() {
    let (request, losses) = read(&asking(json!([
        {"role": "system", "content": "a"},
        {"role": "developer", "content": [{"type": "text", "text": "b"}]},
        {"role": "user", "content": "c"},
        {"role": "system", "content": "d"},
    ])));
    assert_eq!(request.instructions, [text("a"), text("b")]);
    assert_eq!(
        request.messages,
        [
            Message::new(Role::User, vec![text("c")]),
            Message::new(Role::System, vec![text("d")]),
        ]
    );
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn edge_012_the_newer_limit_counts() {
    let mut body = with("max_tokens", json!(10));
    assert_eq!(read(&body).0.sampling.max_output_tokens, Some(10));
    body["max_completion_tokens"] = json!(20);
    let (request, losses) = read(&body);
    assert_eq!(request.sampling.max_output_tokens, Some(20));
    assert_eq!(losses, ["max_tokens"]);
    body["max_output_tokens"] = json!(20);
    assert_eq!(read(&body).1, ["max_tokens"]);
    let mut body = with("max_tokens", json!(5));
    body["max_output_tokens"] = json!(7);
    let (request, losses) = read(&body);
    assert_eq!(request.sampling.max_output_tokens, Some(5));
    assert_eq!(losses, ["max_output_tokens"]);
}

#[test]
fn edge_019_every_tool_choice() {
    let named = || ToolChoice::Named("f".to_owned());
    for (choice, expected) in [
        (json!("auto"), ToolChoice::Auto),
        (json!("none"), ToolChoice::None),
        (json!("required"), ToolChoice::Required),
        (
            json!({"type": "function", "function": {"name": "f"}}),
            named(),
        ),
        (json!({"type": "custom", "custom": {"name": "f"}}), named()),
        (json!({"type": "function", "name": "f"}), named()),
        (
            json!({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "f"}}]}}),
            ToolChoice::Allowed {
                names: vec!["f".to_owned()],
                required: true,
            },
        ),
        (Value::Null, ToolChoice::Unset),
    ] {
        assert_eq!(read(&with("tool_choice", choice)).0.tool_choice, expected);
    }
    assert_eq!(
        refused(&with("tool_choice", json!("maybe"))).param.unwrap(),
        "tool_choice"
    );
    assert_eq!(
        read(&with("parallel_tool_calls", json!(false)))
            .0
            .parallel_tool_calls,
        Some(false)
    );
}

#[test]
fn edge_022_tools_without_parameters() {
    let (request, _) = read(&with(
        "tools",
        json!([{"type": "function", "function": {"name": "f"}}]),
    ));
    assert!(matches!(
        &request.tools[0].kind,
        ToolKind::Function { schema: None }
    ));
    let error = refused(&with(
        "tools",
        json!([{"type": "function", "function": {}}]),
    ));
    assert_eq!(error.param.unwrap(), "tools[0].function.name");
}

#[test]
fn edge_023_arguments_stay_as_they_are() {
    for arguments in ["", "{\"k\":", "{\"b\":1,\"a\":12345678901234567890.5}"] {
        let (request, _) = read(&asking(json!([
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": arguments}}]},
        ])));
        let Part::ToolCall {
            arguments: kept, ..
        } = &request.messages[1].parts[0]
        else {
            panic!("no call");
        };
        assert_eq!(kept, arguments);
    }
}

#[test]
fn edge_024_the_older_form_of_calls() {
    let body = json!({
        "model": "gpt",
        "functions": [{"name": "f", "description": "d", "parameters": {"type": "object"}}],
        "function_call": {"name": "f"},
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "1"},
            {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "2"},
        ],
    });
    let (request, losses) = read(&body);
    assert!(request.legacy_calls && losses.is_empty(), "{losses:?}");
    assert_eq!(request.tool_choice, ToolChoice::Named("f".to_owned()));
    assert_eq!(request.tools[0].name, "f");
    let ids: Vec<&str> = request
        .messages
        .iter()
        .flat_map(|message| &message.parts)
        .filter_map(|part| match part {
            Part::ToolCall { id, .. } | Part::ToolResult { id, .. } => Some(id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(ids, ["call_fn_0", "call_fn_0", "call_fn_1", "call_fn_1"]);
    assert_eq!(
        read(&with("function_call", json!("none"))).0.tool_choice,
        ToolChoice::None
    );
}

#[test]
fn a_list_of_no_functions_is_not_the_older_form() {
    let mut body = with("functions", json!([]));
    body["tools"] = json!([{"type": "function", "function": {"name": "f"}}]);
    let (request, _) = read(&body);
    assert!(!request.legacy_calls);
    assert_eq!(request.parallel_tool_calls, None);
}

#[test]
fn what_stands_beside_a_function_belongs_to_it() {
    let schema = json!({"type": "object"});
    let (request, losses) = read(&with(
        "tools",
        json!([{
            "type": "function", "name": "f", "strict": true, "description": "other",
            "parameters": schema, "format": {"type": "text"},
            "function": {"name": "f", "description": "d"},
        }]),
    ));
    let [tool] = &request.tools[..] else {
        panic!("{:?}", request.tools);
    };
    assert_eq!((&*tool.name, tool.strict), ("f", Some(true)));
    assert_eq!(tool.description.as_deref(), Some("d"));
    let ToolKind::Function { schema: Some(kept) } = &tool.kind else {
        panic!("{tool:?}");
    };
    assert_eq!(kept.get(), schema.to_string());
    assert_eq!(losses, ["tools[0].format", "tools[0].description"]);
    let (request, losses) = read(&with(
        "tools",
        json!([{"type": "custom", "name": "p", "strict": true, "custom": {"description": "d"}}]),
    ));
    assert_eq!(request.tools[0].name, "p");
    assert_eq!(losses, ["tools[0].strict"]);
}

#[test]
fn edge_027_images_in_every_form() {
    let address = "https://example.test/a.png";
    for (part, url) in [
        (
            json!({"type": "image_url", "image_url": {"url": address, "detail": "low"}}),
            true,
        ),
        (
            json!({"type": "image_url", "image_url": address, "detail": "low"}),
            true,
        ),
        (
            json!({"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PNG}"), "detail": "low"}}),
            false,
        ),
        (
            json!({"type": "input_image", "image_url": PNG, "detail": "low"}),
            false,
        ),
    ] {
        let (parts, losses) = content(json!([part]));
        let [Part::Image(image)] = &parts[..] else {
            panic!("{parts:?}");
        };
        if url {
            assert_eq!(image.source, MediaSource::Url(address.to_owned()));
        } else {
            assert_eq!(image.source, MediaSource::Base64(Base64::from(PNG)));
            assert_eq!(image.media_type.as_deref(), Some("image/png"));
        }
        assert_eq!(image.detail.as_deref(), Some("low"));
        assert!(losses.is_empty(), "{losses:?}");
    }
    let error = refused(&asking(
        json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "cat.png"}}]}]),
    ));
    assert_eq!(error.param.unwrap(), "messages[0].content[0].image_url");
    let (request, _) = read(&asking(
        json!([{"role": "user", "content": "Look.", "images": [PNG]}]),
    ));
    assert!(matches!(request.messages[0].parts[1], Part::Image(_)));
}

#[test]
fn edge_027_image_data_is_not_copied() {
    let body = asking(
        json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PNG}")}}]}]),
    );
    let body = bytes::Bytes::from(body.to_string());
    let raw = protocol::RawRequest {
        operation: protocol::Operation::Chat,
        path: "/",
        query: None,
        headers: &http::HeaderMap::new(),
        body: &body,
    };
    let request = protocol::client_codec(CHAT)
        .decode_request(raw, &mut protocol::canonical::Losses::default())
        .unwrap();
    let Part::Image(image) = &request.messages[0].parts[0] else {
        panic!("no image");
    };
    let MediaSource::Base64(data) = &image.source else {
        panic!("no data");
    };
    assert!(body.as_ptr_range().contains(&data.as_str().as_ptr()));
}

#[test]
fn edge_029_files_and_sounds() {
    let (parts, _) = content(json!([
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
        {"type": "file", "file": {"file_data": "JVBERi0="}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
    ]));
    let kinds: Vec<Option<&str>> = parts
        .iter()
        .map(|part| match part {
            Part::File(file) => file.media_type.as_deref(),
            other => panic!("{other:?}"),
        })
        .collect();
    let pdf = Some("application/pdf");
    assert_eq!(kinds, [pdf, pdf, None, Some("audio/mpeg")]);
    let error = refused(&asking(
        json!([{"role": "user", "content": [{"type": "file", "file": {}}]}]),
    ));
    assert_eq!(error.param.unwrap(), "messages[0].content[0].file");
}

#[test]
fn edge_030_schemas_in_every_wrapping() {
    let schema = json!({"type": "object", "properties": {"schema": {"type": "string"}}});
    for format in [
        json!({"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": true}}),
        json!({"type": "json_schema", "json_schema": schema}),
        json!({"type": "json_schema", "schema": schema}),
        json!({"type": "json_object", "schema": schema}),
        json!({"type": "json_object", "json_schema": {"name": "n", "schema": schema}}),
    ] {
        let (request, _) = read(&with("response_format", format.clone()));
        let OutputFormat::JsonSchema { schema: kept, .. } = &request.output else {
            panic!("{format}: {:?}", request.output);
        };
        assert_eq!(kept.get(), schema.to_string());
    }
    assert_eq!(
        refused(&with("response_format", json!({"type": "json_schema"})))
            .param
            .unwrap(),
        "response_format.json_schema"
    );
}

#[test]
fn edge_032_json_without_a_schema() {
    for format in [
        json!({"type": "json_object"}),
        json!({"type": "json_schema", "json_schema": {"name": "n"}}),
    ] {
        let is_named = format.get("json_schema").is_some();
        let (request, losses) = read(&with("response_format", format));
        assert!(matches!(request.output, OutputFormat::Json));
        let told = is_named.then_some("response_format.json_schema");
        assert_eq!(losses, Vec::from_iter(told));
    }
    assert!(matches!(
        read(&with("response_format", json!({"type": "text"})))
            .0
            .output,
        OutputFormat::Text
    ));
}

#[test]
fn edge_033_rare_switches_are_kept() {
    let mut body = with("n", json!(2));
    body["seed"] = json!(4);
    body["logprobs"] = json!(true);
    body["top_logprobs"] = json!(3);
    body["frequency_penalty"] = json!(0.5);
    body["logit_bias"] = json!({"50256": -100});
    let (request, _) = read(&body);
    assert_eq!(request.choices, Some(2));
    assert_eq!(request.sampling.seed, Some(4));
    assert_eq!(request.sampling.logprobs, Some(3));
    assert_eq!(request.sampling.penalties.frequency, Some(0.5));
    let (owner, rest) = request.rest.unwrap();
    assert_eq!(owner, CHAT);
    assert_eq!(rest.keys().collect::<Vec<_>>(), ["logit_bias"]);
    assert_eq!(refused(&with("n", json!(0))).param.unwrap(), "n");
}

#[test]
fn complaint_41_tools_written_for_another_vendor_keep_their_schema() {
    let (request, losses) = read(&json!({"model": "gpt",
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"name": "f", "description": "F.", "input_schema": {"type": "object"}}]}));
    assert!(losses.is_empty(), "{losses:?}");
    let ToolKind::Function {
        schema: Some(schema),
    } = &request.tools[0].kind
    else {
        panic!("{:?}", request.tools);
    };
    assert_eq!(schema.get(), r#"{"type": "object"}"#.replace(' ', ""));
}

#[test]
fn complaint_41_calls_results_and_images_may_be_parts() {
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}});
    let (request, losses) = read(&asking(json!([
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": [
            {"type": "text", "text": "I look."},
            {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"far": 1.50}},
        ]},
        {"role": "user", "content": [
            {"type": "text", "text": "And now?", "cache_control": {"type": "ephemeral"}},
            {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": true,
             "content": [{"type": "text", "text": "Dark."}, image]},
        ]},
    ])));
    assert!(losses.is_empty(), "{losses:?}");
    let call = Part::ToolCall {
        id: "toolu_1".to_owned(),
        name: "look".to_owned(),
        arguments: r#"{"far":1.5}"#.to_owned(),
    };
    assert_eq!(request.messages[1].parts, [text("I look."), call]);
    let (results, said) = (&request.messages[2], &request.messages[3]);
    assert_eq!((results.role, said.role), (Role::Tool, Role::User));
    let [
        Part::ToolResult {
            id,
            parts,
            is_error: true,
        },
    ] = &results.parts[..]
    else {
        panic!("{results:?}");
    };
    assert_eq!(id, "toolu_1");
    let [first, Part::Image(drawn)] = &parts[..] else {
        panic!("{parts:?}");
    };
    assert_eq!(*first, text("Dark."));
    assert_eq!(drawn.media_type.as_deref(), Some("image/png"));
    assert_eq!(said.parts, [text("And now?")]);
    // The mark stays with its words, which come second now.
    let (sent, _) = sent_to(
        &request,
        Capabilities {
            cache_marks: true,
            ..Capabilities::default()
        },
    );
    assert_eq!(sent["messages"][2]["role"], "tool");
    let marked = &sent["messages"].as_array().unwrap().last().unwrap()["content"];
    assert!(marked.to_string().contains("ephemeral"), "{sent}");
}

#[test]
fn complaint_41_a_part_that_is_half_a_call_is_refused() {
    let part = |part: Value| refused(&asking(json!([{"role": "user", "content": [part]}])));
    let param = |value: Value| part(value).param.unwrap();
    assert_eq!(
        param(json!({"type": "tool_use"})),
        "messages[0].content[0].name"
    );
    let nameless = json!({"type": "tool_result", "content": "x"});
    assert_eq!(param(nameless), "messages[0].content[0].tool_use_id");
    let empty = json!({"type": "image", "source": {}});
    assert_eq!(param(empty), "messages[0].content[0].source");
}

#[test]
fn complaint_41_items_of_the_neighbouring_endpoint() {
    let (request, losses) = read(&json!({
        "model": "gpt",
        "instructions": "Be brief.",
        "max_output_tokens": 5,
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
            {"type": "reasoning", "summary": []},
            {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
            {"type": "function_call", "call_id": "b", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "1"},
            {"type": "function_call_output", "call_id": "b", "output": "2"},
        ],
    }));
    assert_eq!(request.instructions, [text("Be brief.")]);
    assert_eq!(request.sampling.max_output_tokens, Some(5));
    assert_eq!(request.tools[0].name, "f");
    let roles: Vec<(Role, usize)> = request
        .messages
        .iter()
        .map(|message| (message.role, message.parts.len()))
        .collect();
    assert_eq!(
        roles,
        [(Role::User, 1), (Role::Assistant, 2), (Role::Tool, 2)]
    );
    assert_eq!(losses, ["input[1]"]);
    let (request, losses) = read(&json!({"model": "gpt", "input": [
        {"type": "message", "role": "user", "content": "Hi"},
        {"type": "custom_tool_call", "call_id": "a", "name": "patch", "input": "*** \"Begin\""},
        {"type": "custom_tool_call_output", "call_id": "a", "output": "Done."},
        {"type": "function_call", "call_id": "b", "name": "f"},
    ]}));
    let calls = [
        (1, "a", "patch", r#"{"input":"*** \"Begin\""}"#),
        (3, "b", "f", ""),
    ];
    for (at, id, name, arguments) in calls {
        let call = Part::ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        };
        assert_eq!(request.messages[at].parts, [call]);
    }
    assert!(losses.is_empty(), "{losses:?}");
    let (request, _) = read(&json!({"model": "gpt", "input": "Hi"}));
    assert_eq!(
        request.messages,
        [Message::new(Role::User, vec![text("Hi")])]
    );
}

#[test]
fn edge_085_reasoning_that_comes_back() {
    let assistant = |fields: Value| {
        let mut message = json!({"role": "assistant", "content": "Yes"});
        message
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let (mut request, _) = read(&asking(json!([{"role": "user", "content": "Hi"}, message])));
        request.messages.remove(1).parts.remove(0)
    };
    let thought = |opaque| Part::Reasoning {
        text: "hm".to_owned(),
        opaque,
    };
    assert_eq!(assistant(json!({"reasoning_content": "hm"})), thought(None));
    assert_eq!(assistant(json!({"reasoning": "hm"})), thought(None));
    let details = json!([{"type": "reasoning.text", "text": "hm", "signature": "s"}]);
    assert_eq!(
        assistant(json!({"reasoning": "hm", "reasoning_details": details})),
        thought(Some(Opaque {
            owner: CHAT,
            kind: OpaqueKind::Signature,
            value: details.to_string(),
            id: None,
        }))
    );
    let owner = Protocol::ALL
        .into_iter()
        .find(|owner| *owner != CHAT)
        .unwrap();
    let details =
        json!([{"type": "reasoning.text", "text": "hm", "signature": "s", "format": owner.word()}]);
    assert_eq!(
        assistant(json!({"reasoning_content": "hm", "reasoning_details": details})),
        thought(Some(Opaque {
            owner,
            kind: OpaqueKind::Signature,
            value: "s".to_owned(),
            id: None,
        }))
    );
}

#[test]
fn how_to_reason_in_every_dialect() {
    for (field, value, expected) in [
        ("reasoning_effort", json!("none"), Reasoning::Off),
        (
            "reasoning_effort",
            json!("xhigh"),
            Reasoning::Effort(Effort::Xhigh),
        ),
        (
            "reasoning",
            json!({"effort": "low", "exclude": true}),
            Reasoning::Effort(Effort::Low),
        ),
        (
            "reasoning",
            json!({"max_tokens": 2000}),
            Reasoning::Budget(2000),
        ),
        ("reasoning", json!({"enabled": false}), Reasoning::Off),
        (
            "thinking",
            json!({"type": "enabled", "budget_tokens": 3000}),
            Reasoning::Budget(3000),
        ),
        ("thinking", json!({"type": "disabled"}), Reasoning::Off),
        ("thinking", json!({"type": "enabled"}), Reasoning::Adaptive),
        ("enable_thinking", json!(false), Reasoning::Off),
        (
            "chat_template_kwargs",
            json!({"enable_thinking": true}),
            Reasoning::Adaptive,
        ),
        ("reasoning_effort", json!(null), Reasoning::Unset),
    ] {
        assert_eq!(read(&with(field, value)).0.reasoning, expected, "{field}");
    }
    let (request, losses) = read(&with("reasoning_effort", json!("huge")));
    assert_eq!(
        (request.reasoning, losses),
        (Reasoning::Unset, vec!["reasoning_effort".to_owned()])
    );
}

#[test]
fn switches_of_reasoning_that_say_something_else_are_told() {
    let low = Reasoning::Effort(Effort::Low);
    for (fields, expected, told) in [
        (
            json!({"reasoning_effort": "low", "enable_thinking": false,
                "thinking": {"type": "enabled", "budget_tokens": 9000}}),
            low,
            vec!["thinking", "enable_thinking"],
        ),
        (
            json!({"reasoning_effort": "low", "reasoning": {"effort": "low"},
                "thinking": {"type": "enabled"}, "enable_thinking": true}),
            low,
            vec![],
        ),
        (
            json!({"thinking": {"type": "disabled"}, "enable_thinking": true}),
            Reasoning::Off,
            vec!["enable_thinking"],
        ),
        (
            json!({"reasoning": {"effort": "low", "max_tokens": 2000}}),
            low,
            vec!["reasoning.max_tokens"],
        ),
        (
            json!({"thinking": {"effort": "huge", "budget_tokens": 2000}}),
            Reasoning::Budget(2000),
            vec!["thinking.effort"],
        ),
    ] {
        let mut body = asking(json!([{"role": "user", "content": "Hi"}]));
        let fields = fields.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        let (request, losses) = read(&body);
        assert_eq!(request.reasoning, expected, "{body}");
        assert_eq!(losses, told, "{body}");
    }
}

#[test]
fn complaint_14_tools_for_free_text() {
    let format = json!({"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}});
    let (request, _) = read(&with(
        "tools",
        json!([{"type": "custom", "custom": {"name": "patch", "format": format}}]),
    ));
    let ToolKind::Custom { format: Some(kept) } = &request.tools[0].kind else {
        panic!("{:?}", request.tools);
    };
    assert_eq!(kept.get(), format.to_string());
    let (request, _) = read(&with(
        "tools",
        json!([{"type": "web_search", "max_uses": 2}]),
    ));
    assert!(
        matches!(&request.tools[0].kind, ToolKind::Hosted { kind, .. } if kind == "web_search")
    );
}

#[test]
fn what_is_unknown_inside_messages_is_reported() {
    let (parts, losses) = content(json!([
        "bare",
        {"type": "text", "text": "a", "cache_control": {"type": "for ever"}},
        {"type": "hologram", "data": 1},
    ]));
    assert_eq!(parts, [text("bare"), text("a")]);
    assert_eq!(
        losses,
        [
            "messages[].content[].cache_control",
            "messages[0].content[2]",
        ]
    );
}

#[test]
fn what_is_unknown_in_many_messages_is_told_once() {
    let part = json!({"type": "text", "text": "a", "x": 1});
    let message = json!({"role": "user", "content": [part, part], "phase": "a"});
    let (_, losses) = read(&asking(json!([message, message, message])));
    assert_eq!(losses, ["messages[].content[].x", "messages[].phase"]);
}

#[test]
fn known_fields_where_they_mean_nothing_are_reported() {
    let call = json!({"id": "a", "function": {"name": "f", "arguments": "{}"}});
    let (_, losses) = read(&asking(json!([
        {"role": "user", "content": "Hi", "tool_calls": [call], "refusal": "No."},
        {"role": "assistant", "content": "", "tool_calls": [call], "tool_call_id": "a"},
        {"role": "tool", "tool_call_id": "a", "content": "1", "reasoning_content": "hm"},
        {"role": "user", "tool_calls": [], "refusal": null, "content": [
            {"type": "text", "text": "a", "image_url": {"url": "https://example.test/a.png"}},
        ]},
    ])));
    assert_eq!(
        losses,
        [
            "messages[].refusal",
            "messages[].tool_calls",
            "messages[].tool_call_id",
            "messages[].reasoning_content",
            "messages[].content[].image_url",
        ]
    );
}

#[test]
fn images_beside_a_result_are_part_of_it() {
    let (request, losses) = read(&asking(json!([
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "a", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "1",
            "images": [format!("data:image/png;base64,{PNG}")]},
    ])));
    let [Part::ToolResult { parts, .. }] = &request.messages[2].parts[..] else {
        panic!("{:?}", request.messages);
    };
    let [said, Part::Image(image)] = &parts[..] else {
        panic!("{parts:?}");
    };
    assert_eq!(*said, text("1"));
    assert_eq!(image.source, MediaSource::Base64(Base64::from(PNG)));
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn reasoning_in_a_form_that_nobody_knows_is_reported() {
    let (request, losses) = read(&asking(json!([
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "a", "reasoning": {"text": "hm"}, "reasoning_details": {"text": "hm"}},
        {"role": "assistant", "content": "b", "reasoning": [], "reasoning_details": null},
    ])));
    assert_eq!(request.messages[1].parts, [text("a")]);
    assert_eq!(request.messages[2].parts, [text("b")]);
    assert_eq!(
        losses,
        ["messages[].reasoning", "messages[].reasoning_details"]
    );
}

#[test]
fn results_without_an_id_go_to_the_open_call() {
    let (request, losses) = read(&asking(json!([
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "", "tool_calls": [
            {"id": "a", "function": {"name": "f", "arguments": "{}"}},
            {"id": "b", "function": {"name": "g", "arguments": "{}"}},
        ]},
        {"role": "tool", "name": "g", "content": "2"},
        {"role": "tool", "content": "1"},
    ])));
    let ids: Vec<&str> = request.messages[2]
        .parts
        .iter()
        .map(|part| match part {
            Part::ToolResult { id, .. } => id.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["b", "a"]);
    assert_eq!(losses.len(), 2);
}

#[test]
fn wrong_requests_name_the_field() {
    for (body, param, words) in [
        (json!({"model": "gpt"}), "messages", "at least one message"),
        (
            json!({"model": "gpt", "messages": []}),
            "messages",
            "at least one message",
        ),
        (
            asking(json!([{"content": "Hi"}])),
            "messages[0].role",
            "missing",
        ),
        (
            asking(json!([{"role": "robot", "content": "Hi"}])),
            "messages[0].role",
            "robot",
        ),
        (
            asking(json!([{"role": "user"}])),
            "messages[0].content",
            "missing",
        ),
        (
            asking(json!([{"role": "system"}, {"role": "user", "content": "Hi"}])),
            "messages[0].content",
            "missing",
        ),
        (
            asking(json!([{"role": "user", "content": 5}])),
            "messages[0].content",
            "a string, an array or an object",
        ),
        (asking(json!("Hi")), "messages", "an array"),
        (with("temperature", json!("hot")), "temperature", "a number"),
        (
            with("modalities", json!(["text", "audio"])),
            "modalities",
            "Spoken",
        ),
        (
            asking(json!([{"role": "user", "content": [{"type": "video_url"}]}])),
            "messages[0].content[0]",
            "video",
        ),
    ] {
        let error = refused(&body);
        assert_eq!(error.param.as_deref(), Some(param), "{body}: {error}");
        assert!(error.message.contains(words), "{body}: {error}");
    }
}

#[test]
fn edge_132_lone_surrogates_do_not_fail_a_request() {
    let body = br#"{"model":"gpt","messages":[{"role":"user","content":"a\ud83d"}]}"#;
    let (request, losses) = try_read_as(CHAT, body);
    assert_eq!(request.unwrap().messages[0].parts, [text("a\u{fffd}")]);
    assert_eq!(losses, ["body"]);
}

#[test]
fn options_of_the_stream() {
    let mut body = with("stream", json!(true));
    body["stream_options"] = json!({"include_usage": true, "include_obfuscation": false});
    let (request, _) = read(&body);
    assert!(request.stream && request.stream_usage);
    let (_, rest) = request.rest.unwrap();
    assert_eq!(
        rest["stream_options"],
        json!({"include_obfuscation": false})
    );
}

#[test]
fn a_limit_of_nothing_is_refused() {
    for field in ["max_completion_tokens", "max_tokens"] {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
        body[field] = json!(0);
        let error = refused(&body);
        assert_eq!(error.param.as_deref(), Some(field));
        assert_eq!(error.message, format!("`{field}` must be at least 1."));
    }
}
