//! Whatever a client sends, Gemini is sent what it takes, or the client is told why not.

use proptest::prelude::*;
use protocol::{
    Protocol,
    canonical::{
        Capabilities, Fault, Losses, Part, Request, Role, TargetModel, ThinkingForm, ToolChoice,
    },
    upstream_codec,
};
use serde_json::{Value, json};

use crate::{arbitrary_requests, checks, fixtures, gemini_strict as strict};

const GENERATIONS: [&str; 3] = ["gemini-2.0", "gemini-2.5", "gemini-3"];

/// As the gateway's table has them.
fn able(generation: &str) -> Capabilities {
    let bytes_only = Capabilities {
        image_url: false,
        file_url: false,
        stops: 5,
        ..Capabilities::default()
    };
    match generation {
        "gemini-2.0" => Capabilities {
            json_schema: false,
            output_with_tools: false,
            media_in_results: false,
            max_output_tokens: Some(8192),
            ..bytes_only
        },
        "gemini-2.5" => Capabilities {
            thinking: ThinkingForm::Budget,
            output_with_tools: false,
            media_in_results: false,
            least_thinking: 128,
            most_thinking: Some(24_576),
            ..bytes_only
        },
        _ => Capabilities {
            thinking: ThinkingForm::Effort,
            signed_calls: true,
            ..bytes_only
        },
    }
}

fn sent(request: &Request, generation: &str) -> Option<Value> {
    let target = TargetModel {
        name: "target-model".to_owned(),
        capabilities: able(generation),
    };
    let codec = upstream_codec(Protocol::Gemini);
    match codec.encode_request(request, &target, &mut Losses::default()) {
        Ok(encoded) => Some(serde_json::from_slice(&encoded.body).unwrap()),
        Err(error) => {
            assert_eq!(error.fault, Fault::Client, "{error:?}");
            assert!(error.message.ends_with('.'), "{error:?}");
            None
        }
    }
}

/// What is refused as such: media, which may be at addresses of others, and a choice of a tool that is not there.
fn without_refusals(mut request: Request) -> Request {
    let is_media = |part: &Part| matches!(part, Part::File(_) | Part::Image(_));
    for message in &mut request.messages {
        for part in &mut message.parts {
            if let Part::ToolResult { parts, .. } = part {
                parts.retain(|part| !is_media(part));
            }
        }
        message.parts.retain(|part| !is_media(part));
    }
    if let ToolChoice::Named(_) = request.tool_choice {
        request.tool_choice = ToolChoice::Auto;
    }
    request
}

#[test]
fn edge_052_every_fixture_becomes_a_proper_request() {
    let mut taken = 0;
    for fixture in fixtures::all("requests", "json") {
        let Ok(request) = checks::decoded_request(fixture.protocol, &fixture.bytes) else {
            continue;
        };
        // Its own clients know its fields better than we do.
        if fixture.protocol == Protocol::Gemini && request.rest.is_some() {
            continue;
        }
        for generation in GENERATIONS {
            if let Some(body) = sent(&request, generation) {
                let checked = strict::check(&body, generation);
                assert_eq!(checked, Ok(()), "{generation} {}: {body:#}", fixture.name);
                taken += 1;
            }
        }
    }
    assert!(taken > 100, "only {taken}");
}

#[test]
fn what_the_provider_refuses_is_refused_here() {
    let user = |parts: Value| json!([{"role": "user", "parts": parts}]);
    let call = json!({"functionCall": {"name": "a", "args": {}}});
    let result = json!({"functionResponse": {"name": "a", "response": {}}});
    let round = |calls: Value, results: Value| json!([{"parts": [{"text": "?"}]}, {"role": "model", "parts": calls}, {"parts": results}]);
    let tool = |schema: Value| {
        json!({"contents": user(json!([{"text": "?"}])), "tools": [
        {"functionDeclarations": [{"name": "a", "parameters": schema}]}]})
    };
    let config = |config: Value| json!({"contents": user(json!([{"text": "?"}])), "generationConfig": config});
    for (body, generation) in [
        (json!({"contents": []}), ""),
        (json!({"contents": user(json!([]))}), ""),
        (json!({"contents": user(json!([{"text": " "}]))}), ""),
        (
            json!({"contents": user(json!([{"text": "a", "inlineData": {}}]))}),
            "",
        ),
        (
            json!({"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}),
            "",
        ),
        (
            json!({"contents": [{"role": "model", "parts": [{"text": "a"}]}]}),
            "",
        ),
        (
            json!({"contents": user(json!([{"text": "a"}])), "x": 1}),
            "",
        ),
        (
            json!({"contents": round(json!([call, call]), json!([result]))}),
            "",
        ),
        (
            json!({"contents": round(json!([call]), json!([result, {"text": "a"}]))}),
            "",
        ),
        (
            json!({"contents": round(json!([call]), json!([result]))}),
            "gemini-3",
        ),
        (json!({"contents": user(json!([call]))}), ""),
        (tool(json!({"type": "OBJECT", "properties": {}})), ""),
        (tool(json!({"type": "ARRAY"})), ""),
        (tool(json!({"type": "INTEGER", "enum": [1]})), ""),
        (tool(json!({"type": "STRING", "const": "a"})), ""),
        (
            tool(
                json!({"type": "OBJECT", "properties": {"a": {"type": "STRING", "format": "uri"}}}),
            ),
            "",
        ),
        (config(json!({"topK": 0})), ""),
        (config(json!({"responseSchema": {"type": "STRING"}})), ""),
        (
            config(json!({"thinkingConfig": {"thinkingBudget": 1}})),
            "gemini-3",
        ),
        (
            config(json!({"thinkingConfig": {"thinkingLevel": "LOW"}})),
            "gemini-2.5",
        ),
        (
            config(json!({"thinkingConfig": {"thinkingLevel": "LOW", "thinkingBudget": 1}})),
            "",
        ),
    ] {
        assert!(
            strict::check(&body, generation).is_err(),
            "{generation} {body}"
        );
    }
    let contents = round(json!([call]), json!([result]));
    assert_eq!(strict::check(&json!({ "contents": contents }), ""), Ok(()));
}

proptest! {
    #![proptest_config(crate::cases(600))]

    #[test]
    fn edge_055_any_history_is_made_proper(request in arbitrary_requests::request()) {
        for generation in GENERATIONS {
            if let Some(body) = sent(&request, generation) {
                prop_assert_eq!(strict::check(&body, generation), Ok(()), "{} {:#}", generation, body);
            }
        }
    }

    #[test]
    fn edge_055_only_media_choices_and_silence_are_refused(request in arbitrary_requests::request()) {
        let request = without_refusals(request);
        let speaks = request.messages.iter().any(|message| {
            message.role != Role::System && message.parts.iter().any(|part| match part {
                Part::Text(text) | Part::Refusal(text) => !text.trim().is_empty(),
                Part::ToolCall { .. } => true,
                _ => false,
            })
        });
        if speaks {
            for generation in GENERATIONS {
                prop_assert!(sent(&request, generation).is_some());
            }
        }
    }
}
