//! Requests from clients of this protocol.

use protocol::{
    Protocol, RawRequest,
    canonical::{
        Capabilities, Citation, Delta, Effort, Event, Finish, FinishReason, Losses, MediaSource,
        Message, Note, OpaqueKind, OutputFormat, Page, Part, PartKind, Reasoning, Role, Search,
        Shown, TargetModel, ToolChoice, ToolKind,
    },
    client_codec, upstream_codec,
};
use serde_json::{Value, json};

use super::trial::*;

fn asked(messages: Value) -> Value {
    json!({"model": "claude", "max_tokens": 100, "messages": messages})
}

fn with(field: &str, value: Value) -> Value {
    let mut body = asked(json!([{"role": "user", "content": "go"}]));
    body[field] = value;
    body
}

#[test]
fn edge_036_results_become_tool_messages_before_the_rest() {
    let (request, losses) = decoded(&asked(json!([
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "a", "name": "f", "input": {}},
            {"type": "tool_use", "id": "b", "name": "f", "input": {"x": 1.10}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "a", "content": "1"},
            {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "text", "text": "2"}]},
            {"type": "text", "text": "and"},
        ]},
    ])));
    assert_eq!(
        request.messages[1..],
        [
            Message::new(
                Role::Assistant,
                vec![call("a", "f", "{}"), call("b", "f", r#"{"x":1.1}"#)]
            ),
            Message::new(
                Role::Tool,
                vec![result("a", vec![text("1")]), result("b", vec![text("2")])]
            ),
            user("and"),
        ]
    );
    assert!(losses.is_empty());
}

#[test]
fn edge_037_edge_038_failures_and_media_in_results_are_kept() {
    let (request, _) = decoded(&asked(json!([
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]},
        {"role": "user", "content": [{
            "type": "tool_result", "tool_use_id": "a", "is_error": true, "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "notes"}},
            ],
        }]},
    ])));
    let Part::ToolResult {
        parts, is_error, ..
    } = &request.messages[1].parts[0]
    else {
        panic!("no result: {:?}", request.messages);
    };
    assert!(*is_error);
    assert!(matches!(&parts[0], Part::Image(_)));
    assert!(
        matches!(&parts[1], Part::File(file) if file.source == MediaSource::Text("notes".to_owned()))
    );
}

#[test]
fn edge_039_to_edge_042_text_calls_and_reasoning_stay_in_their_order() {
    let (request, losses) = decoded(&asked(json!([
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
            {"type": "redacted_thinking", "data": "ZGF0YQ=="},
            {"type": "thinking", "thinking": "foreign", "signature": ""},
            {"type": "text", "text": "Let me see."},
            {"type": "tool_use", "id": "a", "name": "f", "input": {}},
        ]},
    ])));
    let parts = &request.messages[1].parts;
    let kinds: Vec<Option<OpaqueKind>> = parts[..3]
        .iter()
        .map(|part| match part {
            Part::Reasoning { opaque, .. } => opaque.as_ref().map(|opaque| opaque.kind),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [Some(OpaqueKind::Signature), Some(OpaqueKind::Content), None]
    );
    assert_eq!(parts[3..], [text("Let me see."), call("a", "f", "{}")]);
    assert!(losses.is_empty());
}

#[test]
fn edge_043_server_tools_are_known_as_such_and_their_blocks_reported() {
    let mut body = asked(json!([
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"type": "web_search_result", "url": "u"}]},
            {"type": "text", "text": "Found."},
        ]},
        {"role": "user", "content": "and?"},
    ]));
    body["tools"] = json!([
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        {"type": "bash_20250124", "name": "bash"},
        {"name": "f", "description": "F.", "input_schema": {"type": "object"}, "strict": true, "defer_loading": true},
    ]);
    let (request, losses) = decoded(&body);
    assert_eq!(request.messages[1].parts, [text("Found.")]);
    assert!(matches!(
        &request.tools[0].kind,
        ToolKind::Hosted { owner: Protocol::Anthropic, kind, .. } if kind == "web_search_20250305"
    ));
    let ToolKind::Function {
        schema: Some(schema),
    } = &request.tools[1].kind
    else {
        panic!("{:?}", request.tools[1]);
    };
    assert!(schema.get().contains("\"command\""));
    assert_eq!(request.tools[2].strict, Some(true));
    assert_eq!(
        losses,
        [
            "messages[1].content[0]",
            "messages[1].content[1]",
            "tools.bash_20250124",
            "tools[].defer_loading",
        ]
    );
}

#[test]
fn edge_034_edge_047_cache_marks_are_one_loss_with_their_number() {
    let mark = json!({"type": "ephemeral"});
    let mut body = asked(json!([{"role": "user", "content": [
        {"type": "text", "text": "a", "cache_control": mark},
        {"type": "text", "text": "b", "cache_control": null},
    ]}]));
    body["system"] =
        json!([{"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]);
    body["tools"] =
        json!([{"name": "f", "input_schema": {"type": "object"}, "cache_control": mark}]);
    let (request, losses) = decoded(&body);
    assert_eq!(losses, [""; 0]);
    let target = TargetModel {
        name: "m".to_owned(),
        capabilities: Capabilities::default(),
    };
    for to in [
        Protocol::AmazonQ,
        Protocol::Gemini,
        Protocol::Ollama,
        Protocol::OpenAiChat,
        Protocol::OpenAiResponses,
    ] {
        let mut losses = Losses::default();
        let sent = upstream_codec(to).encode_request(&request, &target, &mut losses);
        sent.unwrap();
        let mut told = losses.iter().filter(|loss| loss.field == "cache_control");
        let why = &told.next().unwrap().why;
        assert!(why.starts_with("3 cache marks"), "{to:?}: {why}");
        assert_eq!(told.next(), None, "{to:?}");
    }
}

#[test]
fn marks_stay_where_they_are_when_results_move_to_the_front() {
    let mark = json!({"type": "ephemeral"});
    let content = json!([
        {"type": "text", "text": "before", "cache_control": mark},
        {"type": "tool_result", "tool_use_id": "a", "content": [
            {"type": "text", "text": "1", "cache_control": mark}]}]);
    let body = asked(json!([
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]},
        {"role": "user", "content": content}]));
    let (request, _) = decoded(&body);
    let (sent, losses) = encoded(&request);
    let blocks = sent["messages"][2]["content"].as_array().unwrap();
    let marked: Vec<_> = blocks
        .iter()
        .map(|block| (&block["type"], block.get("cache_control").is_some()))
        .collect();
    let (result, text) = (json!("tool_result"), json!("text"));
    assert_eq!(marked, [(&result, true), (&text, true)]);
    assert!(!losses.contains(&"cache_control".to_owned()), "{losses:?}");
}

#[test]
fn edge_048_only_the_users_id_is_carried() {
    let (request, losses) = decoded(&with("metadata", json!({"user_id": "u1", "team": "x"})));
    assert_eq!(request.user.as_deref(), Some("u1"));
    assert_eq!(losses, ["metadata.team"]);
}

#[test]
fn edge_050_complaint_27_the_billing_line_is_left_out() {
    for (system, rest) in [
        (
            json!("x-anthropic-billing-header: cch=1\nBe brief."),
            Some("Be brief."),
        ),
        (
            json!([{"type": "text", "text": "x-anthropic-billing-header: cch=1;"}, {"type": "text", "text": "Be brief."}]),
            Some("Be brief."),
        ),
        (json!("x-anthropic-billing-header: cch=1"), None),
    ] {
        let (request, losses) = decoded(&with("system", system));
        let expected: Vec<Part> = rest.into_iter().map(text).collect();
        assert_eq!(request.instructions, expected);
        assert_eq!(losses, ["system"]);
    }
    let (request, losses) = decoded(&with("system", json!("Say x-anthropic-billing-header: no")));
    assert_eq!(request.instructions.len(), 1);
    assert!(losses.is_empty());
}

#[test]
fn edge_051_complaint_26_fields_of_this_vendor_are_kept_for_it_alone() {
    let mut body = with("context_management", json!({"edits": []}));
    body["mcp_servers"] = json!([]);
    body["service_tier"] = json!("auto");
    let (request, losses) = decoded(&body);
    assert!(losses.is_empty());
    let mut losses = Losses::default();
    assert!(
        request
            .rest_for(Protocol::OpenAiChat, &mut losses)
            .is_none()
    );
    assert_eq!(
        fields(&losses),
        ["context_management", "mcp_servers", "service_tier"]
    );
    let (again, losses) = encoded(&request);
    assert_eq!(again["service_tier"], "auto");
    assert!(losses.is_empty());
}

#[test]
fn instructions_amid_the_conversation_keep_their_place() {
    let (request, _) = decoded(&asked(json!([
        {"role": "user", "content": "go"},
        {"role": "system", "content": "be brief"},
        {"role": "assistant", "content": "ok"},
    ])));
    assert_eq!(
        request.messages[1],
        Message::new(Role::System, vec![text("be brief")])
    );
}

#[test]
fn reasoning_in_all_its_forms() {
    let adaptive = json!({"type": "adaptive"});
    for (thinking, config, expected, lost) in [
        (Value::Null, Value::Null, Reasoning::Unset, 0),
        (
            json!({"type": "enabled", "budget_tokens": 2000}),
            Value::Null,
            Reasoning::Budget(2000),
            0,
        ),
        (adaptive.clone(), Value::Null, Reasoning::Adaptive, 0),
        (
            adaptive,
            json!({"effort": "xhigh"}),
            Reasoning::Effort(Effort::Xhigh),
            0,
        ),
        (json!({"type": "disabled"}), Value::Null, Reasoning::Off, 0),
        (
            json!({"type": "between_tools"}),
            Value::Null,
            Reasoning::Adaptive,
            1,
        ),
        (
            json!({"type": "adaptive", "display": "omitted"}),
            Value::Null,
            Reasoning::Adaptive,
            0,
        ),
        (
            Value::Null,
            json!({"effort": "low"}),
            Reasoning::Effort(Effort::Low),
            0,
        ),
        (Value::Null, json!({"effort": "huge"}), Reasoning::Unset, 1),
    ] {
        let mut body = with("thinking", thinking.clone());
        body["output_config"] = config;
        let (request, losses) = decoded(&body);
        assert_eq!(request.reasoning, expected, "{thinking}");
        assert_eq!(losses.len(), lost, "{thinking}: {losses:?}");
    }
}

#[test]
fn a_schema_for_the_answer_in_its_new_and_its_old_place() {
    let format = json!({"type": "json_schema", "schema": {"type": "object"}});
    for body in [
        with("output_config", json!({"format": format})),
        with("output_format", format.clone()),
    ] {
        let (request, losses) = decoded(&body);
        let OutputFormat::JsonSchema { schema, .. } = request.output else {
            panic!("{:?}", request.output);
        };
        assert_eq!(schema.get(), r#"{"type":"object"}"#);
        assert!(losses.is_empty());
    }
}

#[test]
fn choices_and_parallel_calls() {
    for (choice, expected, parallel) in [
        (json!({"type": "auto"}), ToolChoice::Auto, None),
        (
            json!({"type": "any", "disable_parallel_tool_use": true}),
            ToolChoice::Required,
            Some(false),
        ),
        (
            json!({"type": "tool", "name": "f", "disable_parallel_tool_use": false}),
            ToolChoice::Named("f".to_owned()),
            Some(true),
        ),
        (json!({"type": "none"}), ToolChoice::None, None),
    ] {
        let (request, _) = decoded(&with("tool_choice", choice));
        assert_eq!(
            (request.tool_choice, request.parallel_tool_calls),
            (expected, parallel)
        );
    }
}

#[test]
fn documents_and_search_results_of_all_sources() {
    let (request, losses) = decoded(&asked(json!([{"role": "user", "content": [
        {"type": "document", "title": "T", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}},
        {"type": "document", "source": {"type": "url", "url": "https://e.x/a.pdf"}},
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "document", "source": {"type": "content", "content": "one"}},
        {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]}},
        {"type": "search_result", "source": "https://e.x", "title": "Found", "content": [{"type": "text", "text": "here"}]},
    ]}])));
    let sources: Vec<String> = request.messages[0]
        .parts
        .iter()
        .map(|part| match part {
            Part::File(file) => format!("{:?}", file.source),
            Part::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        sources,
        [
            "Base64(Base64(JVBERi0=… 8 characters))",
            "Url(\"https://e.x/a.pdf\")",
            "FileId(\"file_1\")",
            "Text(\"one\")",
            "Text(\"one\\n\\ntwo\")",
            "Found\nhttps://e.x\n\nhere",
        ]
    );
    assert_eq!(losses, ["messages[0].content[5]"]);
}

#[test]
fn both_versions_are_read_alike() {
    // The newer version refuses sampling, and documents and citations where the older one takes them.
    let mut body = with("temperature", json!(0.5));
    body["messages"] = json!([
        {"role": "user", "content": [{"type": "text", "text": "a", "citations": [{"type": "char_location"}]}]},
        {"role": "assistant", "content": [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "d"}}]},
    ]);
    for version in ["2023-06-01", "2026-10-21"] {
        let mut headers = http::HeaderMap::new();
        headers.insert("anthropic-version", http::HeaderValue::from_static(version));
        let bytes = bytes::Bytes::from(body.to_string());
        let raw = RawRequest {
            operation: protocol::Operation::Chat,
            path: "/v1/messages",
            query: None,
            headers: &headers,
            body: &bytes,
        };
        let mut losses = Losses::default();
        let request = client_codec(Protocol::Anthropic)
            .decode_request(raw, &mut losses)
            .unwrap();
        assert_eq!(request.sampling.temperature, Some(0.5));
        assert_eq!(fields(&losses), ["messages[0].content[0].citations"]);
    }
}

#[test]
fn images_share_the_bodys_memory() {
    let body = asked(json!([{"role": "user", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
    ]}]));
    let bytes = bytes::Bytes::from(body.to_string());
    let raw = RawRequest {
        operation: protocol::Operation::Chat,
        path: "",
        query: None,
        headers: &http::HeaderMap::new(),
        body: &bytes,
    };
    let request = client_codec(Protocol::Anthropic)
        .decode_request(raw, &mut Losses::default())
        .unwrap();
    let Part::Image(image) = &request.messages[0].parts[0] else {
        panic!("{:?}", request.messages);
    };
    let MediaSource::Base64(data) = &image.source else {
        panic!("{image:?}");
    };
    assert!(bytes.as_ptr_range().contains(&data.as_str().as_ptr()));
}

#[test]
fn what_cannot_be_understood_is_refused_by_field() {
    let go = json!([{"role": "user", "content": "go"}]);
    for (body, param) in [
        (json!({"max_tokens": 1}), "messages"),
        (json!({"max_tokens": 1, "messages": []}), "messages"),
        (json!({"messages": go}), "max_tokens"),
        (json!({"max_tokens": "many", "messages": go}), "max_tokens"),
        (
            asked(json!([{"role": "robot", "content": "x"}])),
            "messages[0].role",
        ),
        (
            asked(json!([{"role": "user", "content": 3}])),
            "messages[0].content",
        ),
        (
            asked(json!([{"role": "user", "content": [{"type": "text"}]}])),
            "messages[0].content[0].text",
        ),
        (
            asked(
                json!([{"role": "user", "content": [{"type": "image", "source": {"type": "fax"}}]}]),
            ),
            "messages[0].content[0].source.type",
        ),
        (
            asked(
                json!([{"role": "user", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]}]),
            ),
            "messages[0].content",
        ),
        (
            with("tools", json!([{"description": "x"}])),
            "tools[0].name",
        ),
        (with("tools", json!([3])), "tools[0]"),
        (
            with("tool_choice", json!({"type": "maybe"})),
            "tool_choice.type",
        ),
        (
            with("thinking", json!({"type": "enabled"})),
            "thinking.budget_tokens",
        ),
    ] {
        let error = try_decode(&body).0.unwrap_err();
        assert_eq!(
            error.param.as_deref(),
            Some(param),
            "{body}: {}",
            error.message
        );
        assert!(error.message.ends_with('.'), "{}", error.message);
        assert_eq!(error.http_status(), 400);
    }
}

#[test]
fn content_in_content_without_end_is_refused() {
    let (open, close) = (
        r#"[{"type":"tool_result","tool_use_id":"a","content":"#,
        "}]",
    );
    let deep = open.repeat(5_000) + "\"x\"" + &close.repeat(5_000);
    let body = format!(
        r#"{{"model":"m","max_tokens":1,"messages":[{{"role":"user","content":{deep}}}]}}"#
    );
    let bytes = bytes::Bytes::from(body);
    let raw = RawRequest {
        operation: protocol::Operation::Chat,
        path: "",
        query: None,
        headers: &http::HeaderMap::new(),
        body: &bytes,
    };
    let error = client_codec(Protocol::Anthropic)
        .decode_request(raw, &mut Losses::default())
        .unwrap_err();
    assert!(
        error.message.ends_with("is nested too deeply."),
        "{}",
        error.message
    );
    let (request, _) = decoded(&asked(json!([
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": [
            {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "x"}]}},
        ]}]},
    ])));
    assert_eq!(request.messages.len(), 2);
}

#[test]
fn edge_142_a_request_to_count_needs_no_max_tokens() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "go"}], "tools": [{"name": "f", "input_schema": {}}]});
    let bytes = bytes::Bytes::from(body.to_string());
    let raw = RawRequest {
        operation: protocol::Operation::Chat,
        path: "",
        query: None,
        headers: &http::HeaderMap::new(),
        body: &bytes,
    };
    let codec = client_codec(Protocol::Anthropic);
    let request = codec
        .decode_count_request(raw, &mut Losses::default())
        .unwrap();
    assert_eq!((request.tools.len(), request.messages.len()), (1, 1));
    assert_eq!(codec.encode_token_count(42), "{\"input_tokens\":42}");
}

#[test]
fn what_another_provider_found_is_not_passed_on() {
    let passes = |body: &Value| {
        let body = bytes::Bytes::from(body.to_string());
        protocol::client_codec(Protocol::Anthropic).passes(protocol::RawRequest {
            operation: protocol::Operation::Chat,
            path: "/v1/messages",
            query: None,
            headers: &http::HeaderMap::new(),
            body: &body,
        })
    };
    let search = Search {
        queries: vec!["x".to_owned()],
        pages: vec![Page {
            url: "https://a.example/".to_owned(),
            title: None,
        }],
    };
    let cited = Citation {
        url: "https://a.example/".to_owned(),
        ..Citation::default()
    };
    for note in [Note::Search(search), Note::Citation(cited)] {
        let events = [
            Event::Start {
                id: "r".to_owned(),
                model: "m".to_owned(),
            },
            Event::PartStart {
                index: 0,
                part: PartKind::Text,
            },
            Event::PartDelta {
                index: 0,
                delta: Delta::Text("Found.".to_owned()),
            },
            Event::Note(Box::new(note)),
            Event::PartEnd { index: 0 },
            Event::Finish(Finish::new(FinishReason::Stop, None)),
        ];
        let (reply, _) = whole(&folded(events.to_vec()));
        let mut asked = json!({"model": "m", "max_tokens": 9, "messages": [
            {"role": "user", "content": "Hi \"patchbay:none\""},
            {"role": "assistant", "content": reply["content"]},
            {"role": "user", "content": "Go on."},
        ]});
        assert!(!passes(&asked), "{reply}");
        let (request, losses) = decoded(&asked);
        assert_eq!(request.messages[1].parts, [text("Found.")]);
        assert!(!losses.is_empty());
        asked["messages"][1]["content"] = "Found.".into();
        assert!(passes(&asked));
    }
}

#[test]
fn a_limit_of_nothing_is_refused_where_nothing_is_cached() {
    let (told, _) = try_decode(&with("max_tokens", json!(0)));
    let error = told.unwrap_err();
    assert_eq!(
        (error.param.as_deref(), error.code.as_deref()),
        // Another target of the alias may be of this protocol.
        (Some("max_tokens"), Some("unsupported_parameter"))
    );
    let thinking = json!({"type": "enabled", "budget_tokens": 0});
    let (told, _) = try_decode(&with("thinking", thinking));
    let error = told.unwrap_err();
    assert_eq!(
        error.message,
        "`thinking.budget_tokens` must be at least 1024."
    );
}

#[test]
fn edge_071_thinking_is_shown_to_those_who_ask_for_it() {
    for (thinking, shown) in [
        (json!(null), Shown::Nothing),
        (json!({"type": "disabled"}), Shown::Nothing),
        (
            json!({"type": "adaptive", "display": "omitted"}),
            Shown::State,
        ),
        (json!({"type": "adaptive"}), Shown::All),
    ] {
        let (request, losses) =
            decoded(&json!({"model": "m", "max_tokens": 9, "thinking": thinking,
            "messages": [{"role": "user", "content": "?"}]}));
        assert_eq!((request.shown, losses), (shown, vec![]), "{thinking}");
    }
}

#[test]
fn a_summary_of_the_provider_stands_for_what_is_before_it() {
    let (request, losses) = decoded(&asked(json!([
        {"role": "user", "content": "long ago"},
        {"role": "assistant", "content": [
            {"type": "text", "text": "said before"},
            {"type": "compaction", "content": "They greeted.", "encrypted_content": "abc"},
            {"type": "text", "text": "Go on."},
        ]},
        {"role": "user", "content": "and now?"},
    ])));
    let told: Vec<(Role, String)> = request
        .messages
        .iter()
        .map(|message| (message.role, format!("{:?}", message.parts)))
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0].0, Role::User);
    assert!(told[0].1.contains("They greeted."));
    assert_eq!(told[1].0, Role::Assistant);
    assert!(told[1].1.contains("Go on.") && !told[1].1.contains("before"));
    assert!(told[2].1.contains("and now?"));
    assert_eq!(losses, ["messages[1].content[1]"]);
    // One that came to nothing stands for nothing.
    let (request, _) = decoded(&asked(json!([
        {"role": "user", "content": "long ago"},
        {"role": "assistant", "content": [
            {"type": "compaction", "content": null}, {"type": "text", "text": "Hi."},
        ]},
        {"role": "user", "content": "and now?"},
    ])));
    assert_eq!(request.messages.len(), 3);
}
