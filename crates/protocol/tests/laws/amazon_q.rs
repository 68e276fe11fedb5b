//! Whatever a client sends, Amazon Q is sent what it takes, or the client is told why not.

use proptest::prelude::*;
use protocol::{
    Protocol,
    canonical::{Capabilities, Fault, Losses, Part, Request, Role, TargetModel, ThinkingForm},
    upstream_codec,
};
use serde_json::Value;

use crate::{arbitrary_requests, checks, fixtures, strict};

fn sent(request: &Request) -> Option<Value> {
    let target = TargetModel {
        name: "target-model".to_owned(),
        capabilities: Capabilities {
            thinking: ThinkingForm::Budget,
            ..Capabilities::default()
        },
    };
    let encoded =
        upstream_codec(Protocol::AmazonQ).encode_request(request, &target, &mut Losses::default());
    match encoded {
        Ok(encoded) => Some(serde_json::from_slice(&encoded.body).unwrap()),
        Err(error) => {
            assert_eq!(error.fault, Fault::Client, "{error:?}");
            assert!(error.message.ends_with('.'), "{error:?}");
            None
        }
    }
}

/// Without images by address and PDFs, which are refused as such.
fn without_media(mut request: Request) -> Request {
    for message in &mut request.messages {
        for part in &mut message.parts {
            if let Part::ToolResult { parts, .. } = part {
                parts.retain(|part| !matches!(part, Part::File(_) | Part::Image(_)));
            }
        }
        message
            .parts
            .retain(|part| !matches!(part, Part::File(_) | Part::Image(_)));
    }
    request
}

#[test]
fn complaint_34_every_fixture_becomes_a_proper_request() {
    let mut taken = 0;
    for fixture in fixtures::all("requests", "json") {
        let Ok(request) = checks::decoded_request(fixture.protocol, &fixture.bytes) else {
            continue;
        };
        if let Some(body) = sent(&request) {
            assert_eq!(strict::check(&body), Ok(()), "{}: {body:#}", fixture.name);
            taken += 1;
        }
    }
    assert!(taken > 10, "only {taken}");
}

proptest! {
    #![proptest_config(crate::cases(600))]

    #[test]
    fn complaint_34_edge_123_any_history_is_made_proper(request in arbitrary_requests::request()) {
        if let Some(body) = sent(&request) {
            prop_assert_eq!(strict::check(&body), Ok(()), "{:#}", body);
        }
    }

    #[test]
    fn edge_123_only_media_and_silence_are_refused(request in arbitrary_requests::request()) {
        let request = without_media(request);
        let speaks = request.messages.iter().any(|message| {
            message.role != Role::System && message.parts.iter().any(|part| match part {
                Part::Text(text) | Part::Refusal(text) => !text.trim().is_empty(),
                Part::ToolCall { .. } => true,
                _ => false,
            })
        });
        if speaks {
            prop_assert!(sent(&request).is_some());
        }
    }

    #[test]
    fn edge_123_what_was_said_arrives(request in arbitrary_requests::request()) {
        let request = without_media(request);
        if let Some(body) = sent(&request) {
            let mut arrived = String::new();
            texts(&body["conversationState"], &mut arrived);
            let said = request.messages.iter().flat_map(|message| &message.parts);
            for part in said.chain(&request.instructions) {
                if let Part::Text(text) = part {
                    prop_assert!(arrived.contains(text.trim_end()), "{:?} in {:#}", text, body);
                }
            }
        }
    }
}

/// All strings of a value.
fn texts(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            out.push_str(text);
            out.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(members) => members.values().for_each(|member| texts(member, out)),
        _ => {}
    }
}
