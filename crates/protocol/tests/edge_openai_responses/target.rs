//! What providers of this protocol are sent, whoever asked.

use protocol::{
    Protocol,
    canonical::{Capabilities, Event, Part, Request, ThinkingForm},
    upstream_codec,
};
use serde_json::{Value, json};

use super::trial::*;

const ANTHROPIC: Protocol = Protocol::Anthropic;
const CHAT: Protocol = Protocol::OpenAiChat;

fn chat(messages: &Value) -> Request {
    read_as(CHAT, &json!({"model": "m", "messages": messages}))
}

#[test]
fn edge_005_call_ids_fit_for_call_and_result_alike() {
    let request = chat(&json!([{"role": "user", "content": "Go."},
        {"role": "assistant", "tool_calls": [{"id": "functions.f:0", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "functions.f:0", "content": "1"}]));
    let (sent, losses) = send(&request);
    let id = sent["input"][1]["call_id"].as_str().unwrap();
    assert!(id.len() <= 64 && !id.contains(['.', ':']), "{id}");
    assert_eq!(sent["input"][2]["call_id"], id);
    assert_eq!(losses, ["messages[].tool_call_id"]);
}

#[test]
fn instructions_alone_are_the_input() {
    let request = chat(&json!([{"role": "system", "content": "Greet me."}]));
    let (sent, losses) = send(&request);
    assert_eq!(sent.get("instructions"), None);
    let words = json!([{"type": "input_text", "text": "Greet me."}]);
    assert_eq!(
        sent["input"],
        json!([{"type": "message", "role": "system", "content": words}])
    );
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn edge_006_long_tool_names_are_shortened_and_restored() {
    let long = "mcp.server/".to_owned() + &"x".repeat(80);
    let request = read_as(
        CHAT,
        &json!({"model": "m", "messages": [{"role": "user", "content": "Go."}],
        "tools": [{"type": "function", "function": {"name": long}}]}),
    );
    let target = protocol::canonical::TargetModel {
        name: "t".to_owned(),
        capabilities: Capabilities::default(),
    };
    let mut losses = protocol::canonical::Losses::default();
    let sent = upstream_codec(RESPONSES)
        .encode_request(&request, &target, &mut losses)
        .unwrap();
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    let spelled = body["tools"][0]["name"].as_str().unwrap();
    assert!(spelled.len() <= 64);
    assert_eq!(sent.undo.tool_names[spelled], long);
}

#[test]
fn edge_033_several_answers_are_refused() {
    let request = read_as(
        CHAT,
        &json!({"model": "m", "n": 2, "messages": [{"role": "user", "content": "Go."}]}),
    );
    let error = try_send(RESPONSES, &request, Capabilities::default()).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("n"));
}

#[test]
fn edge_037_a_failed_result_says_so() {
    let request = read_as(
        ANTHROPIC,
        &json!({"model": "m", "max_tokens": 99, "messages": [
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "is_error": true, "content": "no such file"}]}]}),
    );
    let (sent, losses) = send(&request);
    assert_eq!(sent["input"][2]["output"], "Error: no such file");
    assert_eq!(losses, ["messages[].result.is_error"]);
}

#[test]
fn edge_028_an_image_of_no_type_is_what_its_bytes_are() {
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";
    let request = read_as(
        ANTHROPIC,
        &json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "", "data": png}},
        ]}]}),
    );
    let (sent, _) = send(&request);
    assert_eq!(
        sent["input"][0]["content"][0]["image_url"],
        format!("data:image/png;base64,{png}")
    );
}

#[test]
fn edge_038_images_stay_in_the_result() {
    let request = read_as(
        ANTHROPIC,
        &json!({"model": "m", "max_tokens": 99, "messages": [
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": [
            {"type": "text", "text": "Here:"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}]}]}]}),
    );
    let (sent, losses) = send(&request);
    let output = &sent["input"][2]["output"];
    assert_eq!(output[1]["image_url"], "data:image/png;base64,iVBORw0KGgo=");
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn edge_111_what_has_no_place_is_reported() {
    let request = read_as(
        CHAT,
        &json!({"model": "m", "messages": [{"role": "user", "content": "Go."}],
        "stop": ["x"], "top_k": 4, "seed": 7, "frequency_penalty": 0.5, "presence_penalty": 0.5, "logit_bias": {"1": 2}}),
    );
    let (sent, losses) = send(&request);
    for field in [
        "stop",
        "top_k",
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "logit_bias",
    ] {
        assert!(sent.get(field).is_none(), "{field}");
        assert!(
            losses.iter().any(|lost| lost == field),
            "{field}: {losses:?}"
        );
    }
}

#[test]
fn edge_112_the_assistants_words_are_no_input() {
    let request = chat(
        &json!([{"role": "user", "content": "One?"}, {"role": "assistant", "content": "Two."},
        {"role": "assistant", "content": [{"type": "text", "text": "Three."}, {"type": "text", "text": "Four."}]},
        {"role": "user", "content": "Five?"}]),
    );
    for flat_text in [true, false] {
        let capabilities = Capabilities {
            flat_text,
            ..Capabilities::default()
        };
        let (sent, _) = try_send(RESPONSES, &request, capabilities).unwrap();
        for item in sent["input"].as_array().unwrap() {
            let of_user = item["role"] == "user";
            assert_eq!(item.to_string().contains("input_text"), of_user, "{item}");
        }
    }
    let back = try_read(RESPONSES, &send(&request).0).0.unwrap();
    let said = |part: &Part| matches!(part, Part::Text(text) if text == "Three.Four.");
    assert!(
        back.messages
            .iter()
            .any(|message| message.parts.iter().any(said))
    );
}

#[test]
fn nothing_is_stored_and_reasoning_comes_back_with_the_reply() {
    let request = read_as(
        ANTHROPIC,
        &json!({"model": "m", "max_tokens": 3, "messages": [{"role": "user", "content": "Go."}],
        "thinking": {"type": "enabled", "budget_tokens": 20000}}),
    );
    let capabilities = Capabilities {
        thinking: ThinkingForm::Effort,
        ..Capabilities::default()
    };
    let (sent, losses) = try_send(RESPONSES, &request, capabilities).unwrap();
    assert_eq!(sent["store"], false);
    assert_eq!(sent["include"], json!(["reasoning.encrypted_content"]));
    assert_eq!(
        sent["reasoning"],
        json!({"effort": "high", "summary": "auto"})
    );
    // Fewer are refused.
    assert_eq!(sent["max_output_tokens"], 16);
    assert_eq!(losses, ["max_tokens", "reasoning"]);
}

#[test]
fn edge_095_cached_tokens_are_inside_the_prompt_here() {
    let events = hear(
        RESPONSES,
        &[
            json!({"type": "response.completed", "response": {"id": "r", "model": "m",
        "status": "completed", "output": [], "usage": {"input_tokens": 100, "output_tokens": 5,
        "input_tokens_details": {"cached_tokens": 90}}}}),
        ],
    );
    let usage = events.iter().find_map(|(_, event)| match event {
        Event::Usage(usage) => Some(*usage),
        _ => None,
    });
    let usage = usage.unwrap();
    assert_eq!(
        (usage.input, usage.cache_read, usage.input_total()),
        (Some(10), Some(90), Some(100))
    );
}

#[test]
fn edge_133_numbers_and_their_order_stay_byte_for_byte() {
    let arguments = r#"{"z":12345678901234567890.10,"a":1.0}"#;
    let request = chat(&json!([{"role": "user", "content": "Go."},
        {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}]},
        {"role": "tool", "tool_call_id": "c", "content": "1"}]));
    assert_eq!(send(&request).0["input"][1]["arguments"], arguments);
}

#[test]
fn edge_110_a_stream_is_known_by_its_bytes() {
    let stream = include_bytes!("../../fixtures/openai_responses/streams/text.sse");
    let codec = upstream_codec(RESPONSES);
    let whole = codec.decode_response(stream, &exchange()).unwrap();
    assert_eq!(
        whole.answers[0].parts,
        [Part::Text("Grüße, 世界 👋 ok.".to_owned())]
    );
}

#[test]
fn refusals_of_earlier_turns_stay_refusals() {
    let request = chat(&json!([{"role": "user", "content": "Go."},
        {"role": "assistant", "content": "Checking.", "refusal": "I cannot."},
        {"role": "user", "content": "Why?"}]));
    let parts = Capabilities {
        flat_text: false,
        ..Capabilities::default()
    };
    let (sent, losses) = try_send(RESPONSES, &request, parts.clone()).unwrap();
    let said = json!([{"type": "output_text", "text": "Checking.", "annotations": []},
        {"type": "refusal", "refusal": "I cannot."}]);
    assert_eq!(sent["input"][1]["content"], said);
    assert!(losses.is_empty(), "{losses:?}");

    let (back, _) = read(&json!({"model": "m", "input": sent["input"]}));
    let (chat, losses) = try_send(CHAT, &back, parts).unwrap();
    let said = json!([{"type": "text", "text": "Checking."},
        {"type": "refusal", "refusal": "I cannot."}]);
    assert_eq!(chat["messages"][1]["content"], said);
    assert!(losses.is_empty(), "{losses:?}");

    // Whoever takes nothing but one text can still tell the one from the other.
    for (to, place) in [
        (RESPONSES, "/input/1/content"),
        (CHAT, "/messages/1/content"),
    ] {
        let (sent, losses) = try_send(to, &back, Capabilities::default()).unwrap();
        assert_eq!(sent.pointer(place), Some(&json!("Checking.\n\nI cannot.")));
        assert_eq!(losses.len(), 1, "{losses:?}");
    }
}

#[test]
fn edge_048_fields_of_the_vendor_go_from_one_of_its_forms_to_the_other() {
    let chat = json!({"model": "m", "messages": [{"role": "user", "content": "Hi."}], "verbosity": "low",
        "service_tier": "flex", "metadata": {"a": "b"}, "safety_identifier": "s", "prompt_cache_key": "k",
        "prompt_cache_retention": "24h", "logit_bias": {"1": 2}});
    let (body, losses) = send(&read_as(CHAT, &chat));
    assert_eq!(body["text"]["verbosity"], "low");
    assert_eq!(body["service_tier"], "flex");
    assert_eq!(body["safety_identifier"], "s");
    assert_eq!(body["prompt_cache_key"], "k");
    assert_eq!(body["prompt_cache_retention"], "24h");
    // It is refused of replies that are not stored.
    assert_eq!(
        (&body["store"], body.get("metadata")),
        (&json!(false), None)
    );
    assert_eq!(losses, ["metadata", "logit_bias"]);

    let mut stored = chat.clone();
    stored["store"] = json!(true);
    let (body, losses) = send(&read_as(CHAT, &stored));
    assert_eq!(
        (&body["store"], &body["metadata"]),
        (&json!(true), &json!({"a": "b"}))
    );
    assert_eq!(losses, ["logit_bias"]);

    let plain = Capabilities {
        vendor_fields: false,
        ..Capabilities::default()
    };
    let (body, losses) = try_send(RESPONSES, &read_as(CHAT, &chat), plain).unwrap();
    assert_eq!((body.get("text"), body.get("service_tier")), (None, None));
    assert_eq!(losses.len(), 7);

    let (request, losses) = read(
        &json!({"model": "m", "input": "Hi.", "text": {"verbosity": "high"}, "metadata": {"a": "b"}, "store": true,
        "service_tier": "flex", "safety_identifier": "s", "prompt_cache_key": "k", "prompt_cache_retention": "24h"}),
    );
    assert!(losses.is_empty());
    let (_, losses) = send_to(ANTHROPIC, &request);
    assert!(!losses.contains(&"metadata".to_owned()), "{losses:?}");
    let (body, losses) = send_to(CHAT, &request);
    assert_eq!((body.get("store"), body.get("metadata")), (None, None));
    assert_eq!(body["verbosity"], "high");
    assert_eq!(body["service_tier"], "flex");
    assert_eq!(body["safety_identifier"], "s");
    assert_eq!(body["prompt_cache_key"], "k");
    assert_eq!(body["prompt_cache_retention"], "24h");
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn a_model_that_nobody_knows_is_told_what_a_client_asks_and_no_more() {
    let unsure = || Capabilities {
        thinking: ThinkingForm::Unsure,
        ..Capabilities::default()
    };
    let asked = |effort: &str| {
        read_as(
            CHAT,
            &json!({"model": "m", "messages": [{"role": "user", "content": "Hi."}], "reasoning_effort": effort}),
        )
    };
    for (to, place) in [
        (RESPONSES, "/reasoning/effort"),
        (CHAT, "/reasoning_effort"),
    ] {
        let (body, losses) = try_send(to, &asked("high"), unsure()).unwrap();
        assert_eq!(body.pointer(place), Some(&json!("high")));
        assert!(losses.is_empty());
        let (body, losses) = try_send(to, &asked("none"), unsure()).unwrap();
        assert_eq!(body.pointer(place), None);
        assert_eq!(losses, ["reasoning"]);
        let silent = read_as(
            CHAT,
            &json!({"model": "m", "messages": [{"role": "user", "content": "Hi."}]}),
        );
        let (body, losses) = try_send(to, &silent, unsure()).unwrap();
        assert_eq!((body.get("reasoning"), body.get("include")), (None, None));
        assert!(losses.is_empty());
    }
}

#[test]
fn a_shared_field_that_is_no_word_stays_behind() {
    let request = read_as(
        CHAT,
        &json!({"model": "m", "messages": [{"role": "user", "content": "Hi."}], "verbosity": true}),
    );
    let (body, losses) = send(&request);
    assert_eq!(body.get("text"), None);
    assert_eq!(losses, ["verbosity"]);
}

#[test]
fn a_search_goes_only_where_the_vendors_fields_do() {
    let request = read_as(
        ANTHROPIC,
        &json!({"model": "m", "max_tokens": 99, "messages": [{"role": "user", "content": "News?"}],
        "tools": [{"type": "web_search_20250305", "name": "web_search"}],
        "tool_choice": {"type": "tool", "name": "web_search"}}),
    );
    let (body, losses) = send(&request);
    assert_eq!(body["tools"], json!([{"type": "web_search"}]));
    let choice =
        json!({"type": "allowed_tools", "mode": "required", "tools": [{"type": "web_search"}]});
    assert_eq!(body["tool_choice"], choice);
    assert!(losses.is_empty(), "{losses:?}");

    let plain = Capabilities {
        vendor_fields: false,
        ..Capabilities::default()
    };
    for protocol in [RESPONSES, CHAT] {
        let (body, losses) = try_send(protocol, &request, plain.clone()).unwrap();
        assert_eq!(
            (body.get("tools"), body.get("web_search_options")),
            (None, None)
        );
        assert!(
            losses.contains(&"tools.web_search".to_owned()),
            "{losses:?}"
        );
    }
}

#[test]
fn a_clients_own_search_goes_before_the_providers() {
    let body = json!({"model": "m", "input": "News?", "tools": [
        {"type": "web_search"},
        {"type": "function", "name": "web_search", "parameters": {"type": "object", "properties": {}}},
    ]});
    let (body, losses) = send_to(ANTHROPIC, &read(&body).0);
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert!(body["tools"][0]["input_schema"].is_object());
    assert_eq!(losses, ["tools"]);
}

#[test]
fn a_search_that_cannot_be_understood_is_reported() {
    let tool = json!({"type": "web_search", "filters": {"allowed_domains": 3}});
    let body = json!({"model": "m", "input": "News?", "tools": [tool]});
    let (body, losses) = send_to(ANTHROPIC, &read(&body).0);
    assert_eq!(body.get("tools"), None);
    assert_eq!(losses, ["tools"]);
}
