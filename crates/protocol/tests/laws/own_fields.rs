//! What is told of a request names its client's own fields, whatever provider it goes to.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use http::HeaderMap;
use proptest::prelude::*;
use protocol::{
    Operation, Protocol, RawRequest,
    canonical::{
        ApiError, Capabilities, CompletionForm, Demands, Losses, Request, StructuredOutput,
        TargetModel, ThinkingForm, completion,
    },
    client_codec, upstream_codec,
};
use serde_json::Value;

use crate::{arbitrary_requests, checks, fixtures};

/// What is told of requests that say nothing of it there: marks that stand all over, what an older form of calls or
/// a raw prompt means, tools that only the history has.
const UNASKED: [&str; 4] = ["cache_control", "parallel_tool_calls", "think", "tools"];

/// The fields of a request that are no extensions, as each protocol's reference lists them; of those that are told
/// of requests which came from nowhere.
fn fields_of(client: Protocol) -> &'static [&'static str] {
    match client {
        Protocol::Anthropic => &[
            "max_tokens",
            "messages",
            "metadata",
            "output_config",
            "stop_sequences",
            "system",
            "temperature",
            "thinking",
            "tool_choice",
            "tools",
            "top_k",
            "top_p",
        ],
        Protocol::Gemini => &[
            "contents",
            "generationConfig",
            "systemInstruction",
            "toolConfig",
            "tools",
        ],
        Protocol::Ollama => &["format", "messages", "options", "think", "tools"],
        Protocol::OpenAiChat => &[
            "frequency_penalty",
            "max_tokens",
            "messages",
            "parallel_tool_calls",
            "reasoning_effort",
            "response_format",
            "seed",
            "stop",
            "temperature",
            "tool_choice",
            "tools",
            "top_p",
        ],
        Protocol::OpenAiResponses => &[
            "input",
            "instructions",
            "max_output_tokens",
            "parallel_tool_calls",
            "reasoning",
            "temperature",
            "text",
            "tool_choice",
            "tools",
            "top_p",
        ],
        Protocol::AmazonQ | Protocol::OpenAiRealtime => &[],
    }
}

#[test]
fn every_loss_and_error_names_a_field_of_its_request() {
    let mut strange = BTreeSet::new();
    let mut told = 0;
    for fixture in fixtures::all("requests", "json") {
        let Ok(Value::Object(body)) = serde_json::from_slice(&fixture.bytes) else {
            continue;
        };
        if !Protocol::CLIENTS.contains(&fixture.protocol) {
            continue;
        }
        let given: BTreeSet<String> = body.keys().map(|key| camel(key)).collect();
        for upstream in Protocol::UPSTREAMS {
            for target in targets() {
                for field in of_body(fixture.protocol, &fixture.bytes, upstream, &target) {
                    let head = first(&field);
                    told += 1;
                    if !given.contains(&camel(head)) && !UNASKED.contains(&head) {
                        strange.insert(format!("{} to {upstream:?}: {field}", fixture.name));
                    }
                }
            }
        }
    }
    assert_eq!(strange, BTreeSet::new());
    assert!(told > 500, "{told}");
}

proptest! {
    #![proptest_config(crate::cases(24))]

    #[test]
    fn every_word_of_an_encoder_is_a_field_of_each_client(asked in arbitrary_requests::request()) {
        for client in Protocol::CLIENTS {
            let request = Request { own_fields: own_fields(client), ..asked.clone() };
            for upstream in Protocol::UPSTREAMS {
                for target in targets() {
                    for field in of_request(&request, upstream, &target) {
                        let head = first(&field);
                        prop_assert!(
                            fields_of(client).contains(&head) || cannot_be_asked(client, head),
                            "{client:?} to {upstream:?}: {field}"
                        );
                    }
                }
            }
        }
    }
}

/// Fields that no request of the client's protocol says anything of.
fn cannot_be_asked(client: Protocol, head: &str) -> bool {
    match client {
        Protocol::Anthropic => ["frequency_penalty", "seed"].contains(&head),
        Protocol::Gemini => head == "parallel_tool_calls",
        Protocol::Ollama => ["parallel_tool_calls", "tool_choice"].contains(&head),
        Protocol::OpenAiChat => head == "top_k",
        Protocol::OpenAiResponses => ["frequency_penalty", "seed", "stop", "top_k"].contains(&head),
        Protocol::AmazonQ | Protocol::OpenAiRealtime => false,
    }
}

/// As the decoder of the client's plainest request says them.
fn own_fields(client: Protocol) -> protocol::canonical::OwnFields {
    let body = match client {
        Protocol::Gemini => r#"{"contents": "Hello."}"#,
        Protocol::OpenAiResponses => r#"{"input": "Hello."}"#,
        _ => r#"{"max_tokens": 9, "messages": [{"role": "user", "content": "Hello."}]}"#,
    };
    let request = checks::decoded_request(client, body.as_bytes());
    request.unwrap().own_fields
}

fn of_body(client: Protocol, body: &[u8], upstream: Protocol, target: &TargetModel) -> Vec<String> {
    let raw = RawRequest {
        operation: Operation::Chat,
        path: "/",
        query: None,
        headers: &HeaderMap::new(),
        body: &Bytes::copy_from_slice(body),
    };
    let mut losses = Losses::default();
    let decoded = client_codec(client).decode_request(raw, &mut losses);
    let mut fields: Vec<String> = losses.iter().map(|loss| loss.field.clone()).collect();
    if let Ok(request) = decoded {
        fields.extend(of_request(&request, upstream, target));
    }
    fields
}

fn of_request(request: &Request, upstream: Protocol, target: &TargetModel) -> Vec<String> {
    let mut losses = Losses::default();
    let refused = sent(request, upstream, target, &mut losses).err();
    let own = &request.own_fields;
    let losses = own.losses(&losses);
    let mut fields: Vec<String> = losses.iter().map(|loss| loss.field.clone()).collect();
    fields.extend(refused.and_then(|error| own.error(error).param));
    fields
}

fn sent(
    request: &Request,
    upstream: Protocol,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<(), ApiError> {
    let codec = upstream_codec(upstream);
    let able = &target.capabilities;
    let mut request =
        Arc::new(completion::fit(request, codec.completes(), able, losses)?.into_owned());
    Demands::of(&mut request, able, losses);
    codec.encode_request(&request, target, losses).map(drop)
}

/// Models that can do all, and next to nothing.
fn targets() -> impl Iterator<Item = TargetModel> {
    let weak = Capabilities {
        several_choices: false,
        sampling: false,
        prefill: false,
        structured_output: StructuredOutput::Instruction,
        json_mode: false,
        stops: 0,
        blank_stops: false,
        tool_name_limit: 8,
        image_url: false,
        file_url: false,
        max_output_tokens: Some(2),
        media_in_results: false,
        json_schema: false,
        output_with_tools: false,
        reasoning_with_tools: false,
        vendor_fields: false,
        completion: CompletionForm::Chat,
        ..Capabilities::default()
    };
    let all = [
        ThinkingForm::Adaptive,
        ThinkingForm::Budget,
        ThinkingForm::Effort,
        ThinkingForm::None,
        ThinkingForm::Unsure,
    ];
    all.into_iter().flat_map(move |thinking| {
        [checks::target().capabilities, weak.clone()].map(|capabilities| TargetModel {
            name: "target-model".to_owned(),
            capabilities: Capabilities {
                thinking,
                ..capabilities
            },
        })
    })
}

fn first(field: &str) -> &str {
    field.split(['.', '[']).next().unwrap_or(field)
}

/// One protocol takes its fields in either spelling.
fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (head, tail) = word.split_at(word.len().min(1));
        name.push_str(&head.to_uppercase());
        name.push_str(tail);
    }
    name
}
