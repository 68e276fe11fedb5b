//! Replies to clients, exactly as their SDKs expect them.

use bytes::BytesMut;
use protocol::{
    ModelInfo, Protocol,
    canonical::{
        ApiError, Delta, ErrorKind, Event, Events, Fault, Finish, FinishReason, Losses, Opaque,
        OpaqueKind, Part, PartKind, Request, Response, Usage,
    },
    client_codec,
};
use serde_json::{Value, json};

use super::trial::*;

fn asked() -> Request {
    Request {
        stream: true,
        stream_usage: true,
        ..Request::default()
    }
}

fn start() -> Event {
    Event::Start {
        id: "chatcmpl-1".to_owned(),
        model: "m".to_owned(),
    }
}

fn part(index: usize, part: PartKind, deltas: &[&str]) -> Vec<Event> {
    let is_call = matches!(part, PartKind::ToolCall { .. });
    let mut events = vec![Event::PartStart { index, part }];
    events.extend(deltas.iter().map(|text| Event::PartDelta {
        index,
        delta: if is_call {
            Delta::Arguments((*text).to_owned())
        } else {
            Delta::Text((*text).to_owned())
        },
    }));
    events.push(Event::PartEnd { index });
    events
}

fn call(id: &str, name: &str) -> PartKind {
    PartKind::ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
    }
}

fn end(reason: FinishReason) -> Event {
    Event::Finish(Finish::new(reason, None))
}

fn sequence(parts: Vec<Vec<Event>>, reason: FinishReason) -> Events {
    let all = [vec![start()], parts.concat(), vec![end(reason)]].concat();
    all.into_iter().map(|event| (0, event)).collect()
}

fn chunk(delta: Value, reason: Value) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 5, "model": "the-alias",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason}],
        "usage": null,
    })
}

#[test]
fn edge_078_order_of_a_stream_with_usage() {
    let mut events = sequence(vec![part(0, PartKind::Text, &["Hi"])], FinishReason::Stop);
    let usage = Usage {
        input: Some(5),
        cache_read: Some(3),
        cache_write: Some(2),
        output: Some(4),
        reasoning: Some(1),
        estimated: false,
    };
    events.insert(1, (0, Event::Usage(usage)));
    let (chunks, losses) = spoken(&asked(), &events);
    assert_eq!(
        chunks,
        [
            chunk(
                json!({"role": "assistant", "content": "", "refusal": null}),
                Value::Null
            ),
            chunk(json!({"content": "Hi"}), Value::Null),
            chunk(json!({}), json!("stop")),
            json!({
                "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 5, "model": "the-alias",
                "choices": [],
                "usage": {
                    "prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14,
                    "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
                    "completion_tokens_details": {"reasoning_tokens": 1},
                },
            }),
            json!("[DONE]"),
        ]
    );
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn edge_044_usage_stays_hidden_from_those_who_did_not_ask() {
    let events = sequence(vec![part(0, PartKind::Text, &["Hi"])], FinishReason::Stop);
    let (chunks, _) = spoken(&Request::default(), &events);
    assert_eq!(chunks.len(), 4);
    assert!(
        chunks.iter().all(|chunk| chunk.get("usage").is_none()),
        "{chunks:?}"
    );
}

#[test]
fn usage_that_nobody_counted_is_estimated() {
    let events = sequence(
        vec![part(0, PartKind::Text, &["12345678"])],
        FinishReason::Stop,
    );
    let (chunks, losses) = spoken(&asked(), &events);
    let usage = &chunks[3]["usage"];
    assert_eq!(
        (&usage["prompt_tokens"], &usage["completion_tokens"]),
        (&json!(7), &json!(2))
    );
    assert_eq!(losses, ["usage"]);
}

#[test]
fn edge_084_tools_are_counted_on_their_own() {
    let events = sequence(
        vec![
            part(0, PartKind::Text, &["Both."]),
            part(1, call("a", "f"), &["{\"k\":", "1}"]),
            part(2, call("b", "g"), &[]),
        ],
        FinishReason::ToolCalls,
    );
    let (chunks, _) = spoken(&asked(), &events);
    assert_eq!(
        deltas(&chunks),
        [
            json!({"content": "Both."}),
            json!({"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}]}),
            json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"k\":"}}]}),
            json!({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}),
            json!({"tool_calls": [{"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": ""}}]}),
            json!({"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]}),
        ]
    );
    let response = Response::from_events(events).unwrap();
    let (body, _) = whole(&asked(), &response);
    assert_eq!(
        body["choices"][0],
        json!({
            "index": 0,
            "message": {
                "role": "assistant", "content": "Both.", "refusal": null,
                "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"k\":1}"}},
                    {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
                ],
            },
            "logprobs": null, "finish_reason": "tool_calls",
        })
    );
}

#[test]
fn edge_024_the_older_form_is_answered_in_itself() {
    let legacy = Request {
        legacy_calls: true,
        ..Request::default()
    };
    let events = sequence(
        vec![
            part(0, call("a", "f"), &["{}"]),
            part(1, call("b", "g"), &["{}"]),
        ],
        FinishReason::ToolCalls,
    );
    let (chunks, losses) = spoken(&legacy, &events);
    assert_eq!(
        deltas(&chunks),
        [
            json!({"function_call": {"name": "f", "arguments": ""}}),
            json!({"function_call": {"arguments": "{}"}}),
        ]
    );
    assert_eq!(chunks[3]["choices"][0]["finish_reason"], "function_call");
    assert_eq!(losses, ["tool_calls"]);
    let (body, losses) = whole(&legacy, &Response::from_events(events).unwrap());
    let message = &body["choices"][0]["message"];
    assert_eq!(
        message["function_call"],
        json!({"name": "f", "arguments": "{}"})
    );
    assert_eq!((&message["content"], losses.len()), (&Value::Null, 2));
}

#[test]
fn complaint_14_free_text_leaves_its_arguments() {
    let (request, _) = read(&json!({
        "model": "gpt", "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"type": "custom", "custom": {"name": "patch"}}],
    }));
    let events = sequence(
        vec![part(
            0,
            call("a", "patch"),
            &["{\"input\":\"say \\", "\"hi\\\"\"}"],
        )],
        FinishReason::ToolCalls,
    );
    let (chunks, _) = spoken(&request, &events);
    assert_eq!(
        deltas(&chunks),
        [
            json!({"tool_calls": [{"index": 0, "id": "a", "type": "custom", "custom": {"name": "patch", "input": ""}}]}),
            json!({"tool_calls": [{"index": 0, "custom": {"input": "say \"hi\""}}]}),
        ]
    );
    let (body, _) = whole(&request, &Response::from_events(events).unwrap());
    assert_eq!(
        body["choices"][0]["message"]["tool_calls"],
        json!([{"id": "a", "type": "custom", "custom": {"name": "patch", "input": "say \"hi\""}}])
    );
}

#[test]
fn edge_064_edge_089_a_failure_is_a_chunk_of_its_own_without_the_mark_of_a_whole_answer() {
    let mut events = sequence(vec![part(0, PartKind::Text, &["Hi"])], FinishReason::Stop);
    events.pop();
    let error = ApiError::new(ErrorKind::Overloaded, Fault::Provider, "Try later.");
    events.push((0, Event::Error(error)));
    let (chunks, _) = spoken(&asked(), &events);
    assert_eq!(
        chunks[2..],
        [
            json!({"error": {"message": "Try later.", "type": "server_error", "param": null, "code": "overloaded"}}),
        ]
    );
    // A reply that the provider calls failed has no finish reason either.
    let failed = sequence(vec![], FinishReason::Error);
    let (chunks, _) = spoken(&asked(), &failed);
    assert_eq!(chunks[1]["error"]["type"], "server_error");
}

#[test]
fn edge_008_nothing_of_a_call_that_was_cut_can_be_carried_out() {
    let (free, _) = read(&json!({
        "model": "gpt", "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"type": "custom", "custom": {"name": "patch"}}],
    }));
    let older = Request {
        legacy_calls: true,
        ..asked()
    };
    let begun = json!({"function": {"name": "f", "arguments": ""}, "id": "a", "index": 0, "type": "function"});
    for (request, name, arguments, last) in [
        (&asked(), "f", &[][..], json!({"tool_calls": [begun]})),
        (
            &older,
            "f",
            &[],
            json!({"function_call": {"name": "f", "arguments": ""}}),
        ),
        (
            &free,
            "patch",
            &["{\"input\":\"rm -r /tmp"],
            json!({"tool_calls": [{"index": 0, "id": "a", "type": "custom", "custom": {"name": "patch", "input": ""}}]}),
        ),
    ] {
        let mut events = sequence(
            vec![part(0, call("a", name), arguments)],
            FinishReason::Stop,
        );
        events.pop();
        let cut = ApiError::new(ErrorKind::ProviderFault, Fault::Provider, "Cut.");
        for ending in [
            Event::Error(cut),
            Event::Finish(Finish::new(FinishReason::Error, None)),
        ] {
            let mut events = events.clone();
            events.push((0, ending));
            let (chunks, _) = spoken(request, &events);
            assert_eq!(chunks[1]["choices"][0]["delta"], last);
            assert!(chunks[2]["error"].is_object(), "{chunks:?}");
        }
    }
}

#[test]
fn edge_090_edge_097_refusals_keep_their_field() {
    let events = sequence(
        vec![part(0, PartKind::Refusal, &["No."])],
        FinishReason::ContentFilter,
    );
    let (chunks, _) = spoken(&asked(), &events);
    assert_eq!(deltas(&chunks), [json!({"refusal": "No."})]);
    assert_eq!(chunks[2]["choices"][0]["finish_reason"], "content_filter");
    let (body, _) = whole(&asked(), &Response::from_events(events).unwrap());
    let message = &body["choices"][0]["message"];
    assert_eq!(
        (&message["content"], &message["refusal"]),
        (&Value::Null, &json!("No."))
    );
}

#[test]
fn edge_091_each_choice_has_its_role_and_finish_and_the_end_comes_once() {
    let request = Request {
        choices: Some(2),
        ..asked()
    };
    let mut events = Events::new();
    for choice in [1, 0] {
        events.push((choice, start()));
        events.extend(
            part(0, PartKind::Text, &["a"])
                .into_iter()
                .map(|event| (choice, event)),
        );
    }
    events.push((1, end(FinishReason::Length)));
    events.push((0, end(FinishReason::Stop)));
    let (chunks, _) = spoken(&request, &events);
    let roles = chunks
        .iter()
        .filter(|chunk| chunk.pointer("/choices/0/delta/role").is_some());
    assert_eq!(roles.count(), 2);
    assert_eq!(chunks.iter().filter(|chunk| *chunk == "[DONE]").count(), 1);
    assert_eq!(chunks.last(), Some(&json!("[DONE]")));
    assert_eq!(chunks[chunks.len() - 2]["choices"], json!([]));
}

#[test]
fn provider_state_travels_in_details_and_comes_back() {
    let owner = Protocol::ALL
        .into_iter()
        .find(|owner| *owner != CHAT)
        .unwrap();
    let opaque = Opaque {
        owner,
        kind: OpaqueKind::Signature,
        value: "sig".to_owned(),
        id: None,
    };
    let thought = vec![
        Event::PartStart {
            index: 0,
            part: PartKind::Reasoning,
        },
        Event::PartDelta {
            index: 0,
            delta: Delta::Text("hm".to_owned()),
        },
        Event::PartDelta {
            index: 0,
            delta: Delta::Opaque(opaque.clone()),
        },
        Event::PartEnd { index: 0 },
    ];
    let events = sequence(
        vec![thought, part(1, PartKind::Text, &["Yes"])],
        FinishReason::Stop,
    );
    let (chunks, _) = spoken(&asked(), &events);
    let item = json!({"type": "reasoning.text", "text": "hm", "signature": "sig", "format": owner.word(), "index": 0});
    assert_eq!(
        deltas(&chunks),
        [
            json!({"reasoning_content": "hm"}),
            json!({"reasoning_details": [item]}),
            json!({"content": "Yes"}),
        ]
    );
    let (body, _) = whole(&asked(), &Response::from_events(events).unwrap());
    let message = body["choices"][0]["message"].clone();
    assert_eq!(message["reasoning_content"], "hm");
    let (request, _) =
        read(&json!({"model": "m", "messages": [{"role": "user", "content": "?"}, message]}));
    let protocol::canonical::Part::Reasoning { opaque: kept, .. } = &request.messages[1].parts[0]
    else {
        panic!("{:?}", request.messages);
    };
    assert_eq!(kept.as_ref(), Some(&opaque));
}

#[test]
fn state_behind_a_text_comes_back_behind_it() {
    let owner = Protocol::ALL
        .into_iter()
        .find(|owner| *owner != CHAT)
        .unwrap();
    let opaque = Opaque {
        owner,
        kind: OpaqueKind::Content,
        value: "c2ln".to_owned(),
        id: None,
    };
    let state = vec![
        Event::PartStart {
            index: 1,
            part: PartKind::Reasoning,
        },
        Event::PartDelta {
            index: 1,
            delta: Delta::Opaque(opaque.clone()),
        },
        Event::PartEnd { index: 1 },
    ];
    let call = PartKind::ToolCall {
        id: "call_1".to_owned(),
        name: "look".to_owned(),
    };
    let events = sequence(
        vec![
            part(0, PartKind::Text, &["Looking."]),
            state,
            part(2, call, &["{}"]),
        ],
        FinishReason::ToolCalls,
    );
    let (chunks, _) = spoken(&asked(), &events);
    let item = json!({"type": "reasoning.encrypted", "data": "c2ln", "format": owner.word(), "index": 0, "behind_text": true});
    assert!(deltas(&chunks).contains(&json!({"reasoning_details": [item]})));
    let (body, _) = whole(&asked(), &Response::from_events(events).unwrap());
    let message = body["choices"][0]["message"].clone();
    assert_eq!(message["reasoning_details"], json!([item]));
    let (request, _) =
        read(&json!({"model": "m", "messages": [{"role": "user", "content": "?"}, message]}));
    assert_eq!(
        request.messages[1].parts,
        [
            Part::Text("Looking.".to_owned()),
            Part::Reasoning {
                text: String::new(),
                opaque: Some(opaque),
            },
            Part::ToolCall {
                id: "call_1".to_owned(),
                name: "look".to_owned(),
                arguments: "{}".to_owned(),
            },
        ]
    );
}

#[test]
fn edge_141_the_alias_is_named_and_the_id_looks_familiar() {
    let response = answered(
        &json!({"id": "msg_1", "model": "real", "choices": [{"message": {"content": ""}, "finish_reason": "stop"}]}),
    );
    let (body, _) = whole(&asked(), &response);
    assert_eq!(body["model"], "the-alias");
    assert_eq!(body["id"], "chatcmpl-msg_1");
    assert_eq!(body["object"], "chat.completion");
    assert_eq!(body["choices"][0]["message"]["content"], "");
}

#[test]
fn keep_alives_are_comments() {
    let form = client_codec(CHAT).stream_form(&reply());
    assert_eq!(&form.keep_alive[..], b": ping\n\n");
    let mut out = BytesMut::new();
    client_codec(CHAT).event_encoder(&asked(), &reply()).push(
        0,
        &Event::Ping,
        &mut out,
        &mut Losses::default(),
    );
    assert_eq!(&out[..], b": ping\n\n");
}

#[test]
fn edge_140_models_have_every_field_that_clients_read() {
    let model = ModelInfo {
        id: "a/b".to_owned(),
        created: Some(3),
        owned_by: Some("a".to_owned()),
        ..ModelInfo::default()
    };
    let shown = json!({"id": "a/b", "object": "model", "created": 3, "owned_by": "a", "permission": [], "root": "a/b", "parent": null});
    let list: Value =
        serde_json::from_slice(&client_codec(CHAT).encode_models(std::slice::from_ref(&model)))
            .unwrap();
    assert_eq!(list, json!({"object": "list", "data": [shown]}));
    let one: Value = serde_json::from_slice(&client_codec(CHAT).encode_model(&model)).unwrap();
    assert_eq!(one, shown);
    let count: Value = serde_json::from_slice(&client_codec(CHAT).encode_token_count(12)).unwrap();
    assert_eq!(count["input_tokens"], 12);
}
