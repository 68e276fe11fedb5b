//! Replies to clients of this protocol.

use bytes::BytesMut;
use protocol::{
    ModelInfo, Protocol,
    canonical::{
        Answer, ApiError, Delta, ErrorKind, Event, Fault, Finish, FinishReason, LossKind, Losses,
        Notes, Opaque, OpaqueKind, Part, PartKind, Request, Response, Usage,
    },
    client_codec,
};
use serde_json::{Value, json};

use super::trial::*;

fn start() -> Event {
    Event::Start {
        id: "chatcmpl-1".to_owned(),
        model: "their-model".to_owned(),
    }
}

fn begin(index: usize, part: PartKind) -> Event {
    Event::PartStart { index, part }
}

fn tool_call(id: &str) -> PartKind {
    PartKind::ToolCall {
        id: id.to_owned(),
        name: "f".to_owned(),
    }
}

fn words(index: usize, words: &str) -> Event {
    let delta = Delta::Text(words.to_owned());
    Event::PartDelta { index, delta }
}

fn arguments(index: usize, json: &str) -> Event {
    let delta = Delta::Arguments(json.to_owned());
    Event::PartDelta { index, delta }
}

fn signature(index: usize, owner: Protocol) -> Event {
    let delta = Delta::Opaque(Opaque {
        owner,
        kind: OpaqueKind::Signature,
        value: "c2ln".to_owned(),
        id: None,
    });
    Event::PartDelta { index, delta }
}

fn end(index: usize) -> Event {
    Event::PartEnd { index }
}

fn finish(reason: FinishReason) -> Event {
    Event::Finish(Finish::new(reason, None))
}

/// The frames in short: `start0:text delta0:"a" stop0`.
fn short(frames: &[(String, Value)]) -> String {
    let words: Vec<String> = frames
        .iter()
        .map(|(name, data)| {
            assert_eq!(data["type"], *name, "the name and the type are the same");
            let index = &data["index"];
            match name.as_str() {
                "content_block_start" => {
                    format!(
                        "start{index}:{}",
                        data["content_block"]["type"].as_str().unwrap()
                    )
                }
                "content_block_delta" => {
                    let delta = data["delta"].as_object().unwrap();
                    let value = delta.iter().find(|(key, _)| *key != "type").unwrap().1;
                    format!("delta{index}:{value}")
                }
                "content_block_stop" => format!("stop{index}"),
                other => other.to_owned(),
            }
        })
        .collect();
    words.join(" ")
}

fn stop_reason(frames: &[(String, Value)]) -> &str {
    let end = frames.iter().find(|(name, _)| name == "message_delta");
    end.unwrap().1["delta"]["stop_reason"].as_str().unwrap()
}

#[test]
fn edge_092_complaint_01_blocks_come_one_after_another() {
    let (frames, _) = streamed(&[
        start(),
        begin(0, PartKind::Reasoning),
        words(0, "hm"),
        end(0),
        begin(1, PartKind::Text),
        words(1, "a"),
        words(1, "b"),
        end(1),
        begin(2, tool_call("x")),
        arguments(2, "{"),
        begin(3, tool_call("y")),
        arguments(3, "{\"y\":"),
        arguments(2, "}"),
        arguments(3, "1}"),
        end(3),
        end(2),
        finish(FinishReason::ToolCalls),
    ]);
    assert_eq!(
        short(&frames),
        "message_start start0:thinking delta0:\"hm\" delta0:\"\" stop0 \
         start1:text delta1:\"a\" delta1:\"b\" stop1 \
         start2:tool_use delta2:\"{\" delta2:\"}\" stop2 \
         start3:tool_use delta3:\"{\\\"y\\\":\" delta3:\"1}\" stop3 \
         message_delta message_stop"
    );
    assert_eq!(stop_reason(&frames), "tool_use");
}

#[test]
fn edge_092_empty_parts_make_no_block() {
    let (frames, _) = streamed(&[
        start(),
        begin(0, PartKind::Reasoning),
        end(0),
        begin(1, PartKind::Text),
        end(1),
        begin(2, PartKind::Refusal),
        words(2, "No."),
        end(2),
        finish(FinishReason::ContentFilter),
    ]);
    assert_eq!(
        short(&frames),
        "message_start start0:text delta0:\"No.\" stop0 message_delta message_stop"
    );
}

#[test]
fn edge_093_a_signature_comes_right_before_the_end_and_only_our_own() {
    for (owner, value, lost) in [
        (Protocol::Anthropic, "\"c2ln\"", 0),
        (Protocol::OpenAiChat, "\"\"", 1),
    ] {
        let (frames, losses) = streamed(&[
            start(),
            Event::Usage(Usage {
                input: Some(1),
                output: Some(1),
                ..Usage::default()
            }),
            begin(0, PartKind::Reasoning),
            signature(0, owner),
            words(0, "hm"),
            end(0),
            finish(FinishReason::Stop),
        ]);
        assert_eq!(
            short(&frames),
            format!(
                "message_start start0:thinking delta0:\"hm\" delta0:{value} stop0 message_delta message_stop"
            )
        );
        assert_eq!(losses.len(), lost);
    }
    let (frames, _) = streamed(&[
        start(),
        begin(0, PartKind::Reasoning),
        signature(0, Protocol::Anthropic),
        end(0),
        finish(FinishReason::Stop),
    ]);
    assert_eq!(
        short(&frames),
        "message_start start0:thinking delta0:\"c2ln\" stop0 message_delta message_stop"
    );
}

#[test]
fn edge_093_redacted_reasoning_comes_whole() {
    let delta = Delta::Opaque(Opaque {
        owner: Protocol::Anthropic,
        kind: OpaqueKind::Content,
        value: "ZGF0YQ==".to_owned(),
        id: None,
    });
    let (frames, _) = streamed(&[
        start(),
        begin(0, PartKind::Reasoning),
        Event::PartDelta { index: 0, delta },
        end(0),
        finish(FinishReason::Stop),
    ]);
    assert_eq!(
        short(&frames),
        "message_start start0:redacted_thinking stop0 message_delta message_stop"
    );
    assert_eq!(frames[1].1["content_block"]["data"], "ZGF0YQ==");
}

#[test]
fn edge_094_the_first_count_is_an_estimate_and_the_last_the_truth() {
    let counted = Event::Usage(Usage {
        input: Some(90),
        cache_read: Some(10),
        output: Some(5),
        ..Usage::default()
    });
    let (frames, losses) = streamed(&[
        start(),
        begin(0, PartKind::Text),
        words(0, "a"),
        end(0),
        counted.clone(),
        finish(FinishReason::Stop),
    ]);
    assert_eq!(frames[0].1["message"]["usage"]["input_tokens"], 7);
    let last = &frames[4].1["usage"];
    assert_eq!(
        (
            &last["input_tokens"],
            &last["cache_read_input_tokens"],
            &last["output_tokens"]
        ),
        (&json!(90), &json!(10), &json!(5))
    );
    assert!(losses.is_empty());
    let (frames, _) = streamed(&[start(), counted, finish(FinishReason::Stop)]);
    assert_eq!(frames[0].1["message"]["usage"]["input_tokens"], 90);
}

#[test]
fn edge_094_without_any_count_the_estimate_is_reported() {
    let (frames, losses) = streamed(&[
        start(),
        begin(0, PartKind::Text),
        words(0, "twelve bytes"),
        end(0),
        finish(FinishReason::Stop),
    ]);
    let usage = &frames[4].1["usage"];
    assert_eq!(
        (&usage["input_tokens"], &usage["output_tokens"]),
        (&json!(7), &json!(3))
    );
    assert_eq!(
        fields(&losses),
        ["usage.input_tokens", "usage.output_tokens"]
    );
    assert!(losses.iter().all(|loss| loss.kind == LossKind::Estimated));
}

#[test]
fn edge_096_edge_097_every_reason_has_its_word() {
    for (reason, word) in [
        (FinishReason::ContentFilter, "refusal"),
        (FinishReason::ContextFull, "model_context_window_exceeded"),
        (FinishReason::Length, "max_tokens"),
        (FinishReason::Other, "end_turn"),
        (FinishReason::Pause, "pause_turn"),
        (FinishReason::Stop, "end_turn"),
        (FinishReason::ToolCalls, "end_turn"),
    ] {
        let (frames, _) = streamed(&[start(), finish(reason)]);
        assert_eq!(stop_reason(&frames), word);
    }
    let (frames, _) = streamed(&[start(), finish(FinishReason::Error)]);
    assert_eq!(short(&frames), "error");
    let (frames, _) = streamed(&[
        start(),
        begin(0, tool_call("x")),
        end(0),
        finish(FinishReason::Stop),
    ]);
    assert_eq!(stop_reason(&frames), "tool_use");
    let stopped = Finish {
        stop_sequence: Some("END".to_owned()),
        ..Finish::new(FinishReason::Stop, None)
    };
    let (frames, _) = streamed(&[start(), Event::Finish(stopped)]);
    assert_eq!(frames[1].1["delta"]["stop_reason"], "stop_sequence");
    assert_eq!(frames[1].1["delta"]["stop_sequence"], "END");
}

#[test]
fn edge_098_nothing_follows_an_error() {
    let error = ApiError::new(ErrorKind::Overloaded, Fault::Provider, "Busy.");
    let (frames, _) = streamed(&[
        start(),
        begin(0, PartKind::Text),
        words(0, "a"),
        end(0),
        Event::Error(error.clone()),
    ]);
    assert_eq!(
        short(&frames),
        "message_start start0:text delta0:\"a\" stop0 error"
    );
    assert_eq!(
        frames[4].1,
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}, "request_id": "x1"})
    );
    let (frames, _) = streamed(&[start(), Event::Error(error)]);
    assert_eq!(short(&frames), "error");
}

#[test]
fn only_the_first_of_several_answers_is_told_but_every_error() {
    let mut losses = Losses::default();
    let mut encoder =
        client_codec(Protocol::Anthropic).event_encoder(&Request::default(), &reply());
    let mut out = BytesMut::new();
    encoder.push(1, &start(), &mut out, &mut losses);
    encoder.push(1, &begin(0, PartKind::Text), &mut out, &mut losses);
    assert!(out.is_empty());
    assert_eq!(fields(&losses), ["n"]);
    let error = ApiError::new(ErrorKind::Timeout, Fault::Network, "Late.");
    encoder.push(1, &Event::Error(error), &mut out, &mut losses);
    assert!(out.starts_with(b"event: error\n"));
}

#[test]
fn edge_099_a_ping_is_an_event_of_its_own() {
    let ping = client_codec(Protocol::Anthropic)
        .stream_form(&reply())
        .keep_alive;
    assert_eq!(&ping[..], b"event: ping\ndata: {\"type\": \"ping\"}\n\n");
    let (frames, _) = streamed(&[start(), Event::Ping, finish(FinishReason::Stop)]);
    assert_eq!(
        short(&frames),
        "message_start ping message_delta message_stop"
    );
}

#[test]
fn edge_141_the_client_reads_the_name_it_asked_for() {
    let (frames, _) = streamed(&[start(), finish(FinishReason::Stop)]);
    assert_eq!(frames[0].1["message"]["model"], "the-alias");
    assert_eq!(frames[0].1["message"]["id"], "msg_x1");
}

#[test]
fn a_whole_reply_has_every_key() {
    let response = Response {
        id: "msg_x1".to_owned(),
        model: "their-model".to_owned(),
        answers: vec![Answer {
            parts: vec![
                Part::Reasoning {
                    text: "hm".to_owned(),
                    opaque: None,
                },
                text(""),
                text("Hello"),
                call("functions.f:0", "f", "{\"x\": 1.10}"),
                call("b", "f", "{\"cut\":"),
                call("c", "f", ""),
            ],
            notes: Notes::default(),
            finish: Finish::new(FinishReason::Stop, Some("stop")),
        }],
        usage: Some(Usage {
            input: Some(10),
            cache_read: Some(2),
            output: Some(5),
            reasoning: Some(1),
            ..Usage::default()
        }),
        losses: Vec::new(),
    };
    let (body, losses) = whole(&response);
    let id = body["content"][2]["id"].clone();
    assert!(!id.as_str().unwrap().contains(':'));
    let direct = json!({"type": "direct"});
    assert_eq!(
        body,
        json!({
            "id": "msg_x1",
            "type": "message",
            "role": "assistant",
            "model": "the-alias",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": ""},
                {"type": "text", "text": "Hello"},
                {"type": "tool_use", "id": id, "name": "f", "input": {"x": 1.1}, "caller": direct},
                {"type": "tool_use", "id": "b", "name": "f", "input": {"_raw": "{\"cut\":"}, "caller": direct},
                {"type": "tool_use", "id": "c", "name": "f", "input": {}, "caller": direct},
            ],
            "container": null,
            "diagnostics": null,
            "stop_details": null,
            "stop_reason": "tool_use",
            "stop_sequence": null,
            "usage": {
                "input_tokens": 10,
                "cache_creation": null,
                "cache_creation_input_tokens": null,
                "cache_read_input_tokens": 2,
                "output_tokens": 5,
                "output_tokens_details": {"thinking_tokens": 1},
                "server_tool_use": null,
                "service_tier": null, "inference_geo": null, "speed": null,
            },
        })
    );
    assert!(losses.is_empty());
}

#[test]
fn edge_137_errors_have_this_protocols_shape() {
    for (kind, status, word) in [
        (ErrorKind::Authentication, 401, "authentication_error"),
        (ErrorKind::ContextTooLong, 400, "invalid_request_error"),
        (ErrorKind::GatewayFault, 500, "api_error"),
        (ErrorKind::InvalidRequest, 400, "invalid_request_error"),
        (ErrorKind::MethodNotAllowed, 405, "invalid_request_error"),
        (ErrorKind::NotFound, 404, "not_found_error"),
        (ErrorKind::Overloaded, 529, "overloaded_error"),
        (ErrorKind::Permission, 403, "permission_error"),
        (ErrorKind::ProviderFault, 502, "api_error"),
        (ErrorKind::RateLimited, 429, "rate_limit_error"),
        (ErrorKind::Timeout, 504, "timeout_error"),
        (ErrorKind::TooLarge, 413, "request_too_large"),
        (ErrorKind::Unreachable, 502, "api_error"),
    ] {
        let error = ApiError::new(kind, Fault::Gateway, "Why.");
        let reply = client_codec(Protocol::Anthropic).encode_error(&error, None);
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(
            (reply.status, &body["error"]["type"]),
            (status, &json!(word))
        );
        assert_eq!(
            (&body["type"], &body["request_id"]),
            (&json!("error"), &Value::Null)
        );
    }
}

#[test]
fn edge_140_a_list_of_models_is_a_page() {
    let models = [ModelInfo {
        id: "claude".to_owned(),
        display_name: Some("Claude".to_owned()),
        created: Some(1_739_923_200),
        ..ModelInfo::default()
    }];
    let codec = client_codec(Protocol::Anthropic);
    let page: Value = serde_json::from_slice(&codec.encode_models(&models)).unwrap();
    assert_eq!(page["data"][0]["created_at"], "2025-02-19T00:00:00Z");
    assert_eq!(
        (&page["first_id"], &page["has_more"]),
        (&json!("claude"), &json!(false))
    );
    let empty: Value = serde_json::from_slice(&codec.encode_models(&[])).unwrap();
    assert_eq!(empty["first_id"], Value::Null);
    let one: Value = serde_json::from_slice(&codec.encode_model(&models[0])).unwrap();
    assert_eq!(one, page["data"][0]);
}

#[test]
fn ids_of_replies_have_the_vendors_form() {
    for (given, told) in [
        ("msg_01", "msg_01"),
        ("c1", "msg_x1"),
        ("resp_1", "msg_x1"),
        ("", "msg_x1"),
    ] {
        let begun = Event::Start {
            id: given.to_owned(),
            model: "m".to_owned(),
        };
        let events = [
            begun,
            begin(0, PartKind::Text),
            words(0, "a"),
            end(0),
            finish(FinishReason::Stop),
        ];
        let (frames, _) = streamed(&events);
        assert_eq!(frames[0].1["message"]["id"], told);
        let events = events.into_iter().map(|event| (0, event)).collect();
        let response = Response::from_events(events).unwrap();
        let (whole, _) = whole(&response);
        assert_eq!(whole["id"], told);
    }
}
