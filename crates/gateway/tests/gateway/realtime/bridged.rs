//! Onto providers that know nothing of it.

use serde_json::json;
use store::exchanges::ExchangeState;

use super::{Socket, answer, ask, text_of, types};
use crate::{
    ask::Dialect,
    fake::Fake,
    rig::{self, Rig},
};

#[tokio::test]
async fn a_text_comes_from_every_provider() {
    for dialect in Dialect::CLIENTS {
        let fake = Fake::start().await;
        let rig = Rig::with(&rig::both(&fake)).await;
        let model = format!("{}/text", dialect.word());
        let mut socket = Socket::for_model(&rig, &model).await;
        socket.say(ask("Hello")).await;
        let item = socket.hear_until("conversation.item.done").await;
        let asked = item[0]["item"]["id"].as_str().unwrap().to_owned();
        socket.say(answer()).await;
        let events = socket.hear_until("response.done").await;
        let mut kinds = types(&events);
        kinds.dedup();
        assert_eq!(
            kinds,
            [
                "response.created",
                "response.output_item.added",
                "conversation.item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "conversation.item.done",
                "response.output_item.done",
                "response.done",
            ],
            "{dialect:?}"
        );
        let text = text_of(&events, "response.output_text.delta", "delta");
        assert_eq!(text, "Hello from far away");
        assert_eq!(events[2]["previous_item_id"], asked.as_str());
        let done = &events.last().unwrap()["response"];
        assert_eq!(done["status"], "completed");
        assert_eq!(done["output"][0]["content"][0]["text"], text);
        assert_eq!(done["usage"]["output_tokens"], 7);
        socket.close().await;
        let (row, bodies) = rig.only_row().await;
        assert_eq!(row.client_protocol.as_deref(), Some("openai_realtime"));
        assert_eq!(row.upstream_protocol.as_deref(), Some(dialect.word()));
        assert_eq!(row.requested_model.as_deref(), Some(model.as_str()));
        assert_eq!((row.state, row.status), (ExchangeState::Done, Some(200)));
        assert_eq!((&*row.method, row.stream), ("GET", true));
        assert_eq!(row.output_tokens, Some(7));
        assert!(bodies.client_request.is_some() && bodies.client_response.is_some());
    }
}

#[tokio::test]
async fn the_first_names_are_spoken_to_those_who_opt_in() {
    let opt_ins = [
        ("openai-beta", "realtime=v1"),
        (
            "sec-websocket-protocol",
            "realtime, openai-beta.realtime-v1",
        ),
    ];
    for opt_in in opt_ins {
        let fake = Fake::start().await;
        let rig = Rig::with(&rig::both(&fake)).await;
        let path = "/v1/realtime?model=anthropic/text";
        let (mut socket, _) = Socket::try_open(&rig, path, &[opt_in]).await.unwrap();
        let greeting = socket.hear_until("conversation.created").await;
        assert_eq!(greeting[0]["session"]["modalities"], json!(["text"]));
        socket
            .say(json!({"type": "session.update", "session": {"modalities": ["text"], "instructions": "Be brief.", "voice": "alloy", "max_response_output_tokens": 100}}))
            .await;
        let updated = socket.hear().await;
        assert_eq!(updated["session"]["max_response_output_tokens"], 100);
        socket.say(ask("Hello")).await;
        assert_eq!(socket.hear().await["type"], "conversation.item.created");
        socket.say(answer()).await;
        let events = socket.hear_until("response.done").await;
        let text = text_of(&events, "response.text.delta", "delta");
        assert_eq!(text, "Hello from far away");
        assert!(types(&events).contains(&"response.text.done"));
        assert!(types(&events).contains(&"conversation.item.created"));
        let output = &events.last().unwrap()["response"]["output"][0];
        assert_eq!(output["content"], json!([{"type": "text", "text": text}]));
        socket.close().await;
        let seen = fake.seen.requests();
        assert!(seen[0].1["system"].to_string().contains("Be brief."));
        let (row, _) = rig.only_row().await;
        let lost: Vec<&str> = row.losses.iter().map(|loss| loss.field.as_str()).collect();
        assert_eq!(lost, ["voice"]);
    }
}

/// The guide's own example, and what it says of events.
#[tokio::test]
async fn guide_003_realtime_six_plain_events() {
    let fake = Fake::start().await;
    let config = format!(
        "{}\n[[aliases]]\nname = \"gpt-4\"\ntargets = [\"ollama/text\"]\n",
        rig::both(&fake)
    );
    let rig = Rig::with(&config).await;
    let mut socket = Socket::open(&rig, "/v1/realtime").await;
    assert_eq!(socket.hear().await["type"], "conversation.created");
    socket
        .say(json!({"type": "session.update", "session": {"model": "gpt-4"}}))
        .await;
    assert_eq!(socket.hear().await["model"], "gpt-4");
    socket
        .say(json!({"type": "message", "message": "Hello"}))
        .await;
    let events = socket.hear_until("message.completed").await;
    let mut kinds = types(&events);
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "message.created",
            "content.start",
            "content.delta",
            "content.stop",
            "message.completed",
        ]
    );
    let roles: Vec<_> = events
        .iter()
        .filter_map(|event| event["role"].as_str())
        .collect();
    assert_eq!(roles, ["user", "assistant", "assistant"]);
    let text = text_of(&events, "content.delta", "message");
    assert_eq!(text, "Hello from far away");
    assert_eq!(events.last().unwrap()["message"], text.as_str());
    // Every event is of the form of the guide.
    assert!(events.iter().all(|event| event["message"].is_string()));
    socket.close().await;
    let (row, _) = rig.only_row().await;
    assert_eq!(row.requested_model.as_deref(), Some("gpt-4"));
}

#[tokio::test]
async fn a_tool_is_called_and_its_result_goes_back() {
    for dialect in Dialect::CLIENTS {
        let fake = Fake::start().await;
        let rig = Rig::with(&rig::both(&fake)).await;
        let model = format!("{}/tools", dialect.word());
        let mut socket = Socket::for_model(&rig, &model).await;
        let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": false});
        socket
            .say(json!({"type": "session.update", "session": {"type": "realtime", "tools": [
                {"type": "function", "name": "weather", "description": "Of a city.", "parameters": parameters}]}}))
            .await;
        assert_eq!(socket.hear().await["type"], "session.updated");
        socket.say(ask("Weather in Rome?")).await;
        socket.say(answer()).await;
        let events = socket.hear_until("response.done").await;
        let done = events
            .iter()
            .find(|event| event["type"] == "response.function_call_arguments.done")
            .unwrap();
        assert_eq!(
            (&done["name"], &done["arguments"]),
            (&json!("weather"), &json!("{\"city\":\"Rome\"}"))
        );
        let output = &events.last().unwrap()["response"]["output"];
        assert_eq!(output[0]["type"], "message", "{dialect:?}");
        assert_eq!(output[1]["call_id"], done["call_id"]);
        socket
            .say(json!({"type": "conversation.item.create", "item":
                {"type": "function_call_output", "call_id": done["call_id"], "output": "21 C"}}))
            .await;
        socket.say(answer()).await;
        let events = socket.hear_until("response.done").await;
        assert_eq!(
            events.last().unwrap()["response"]["status"],
            "completed",
            "{dialect:?}: {events:?}"
        );
        socket.close().await;
        // The provider refuses a call without its result, and a result without its call.
        let second = fake.seen.requests()[1].1.to_string();
        assert!(second.contains("21 C"), "{second}");
        let rows = rig.rows().await;
        assert_eq!(rows.len(), 2);
        assert!(
            rows.iter()
                .all(|row| row.finish_reason.as_deref() == Some("tool_calls"))
        );
    }
}

#[tokio::test]
async fn a_second_reply_knows_the_first() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::for_model(&rig, "openai_chat/text").await;
    for question in ["One?", "Two?"] {
        socket.say(ask(question)).await;
        socket.say(answer()).await;
        socket.hear_until("response.done").await;
    }
    socket.close().await;
    let messages = &fake.seen.requests()[1].1["messages"];
    assert_eq!(
        *messages,
        json!([
            {"role": "user", "content": "One?"},
            {"role": "assistant", "content": "Hello from far away"},
            {"role": "user", "content": "Two?"},
        ])
    );
    assert_eq!(rig.rows().await.len(), 2);
}

#[tokio::test]
async fn a_reply_is_cancelled_in_the_middle_and_the_next_one_comes() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::open(
        &rig,
        "/v1/realtime?model=anthropic/endless-text&dialect=simple",
    )
    .await;
    socket
        .say(json!({"type": "message", "message": "Hello"}))
        .await;
    socket.hear_until("content.delta").await;
    socket.say(json!({"type": "response.cancel"})).await;
    let events = socket.hear_until("message.completed").await;
    let completed = events.last().unwrap();
    assert_eq!(
        (&completed["status"], &completed["reason"]),
        (&json!("cancelled"), &json!("client_cancelled"))
    );
    fake.seen.hung_up.notified().await;
    socket
        .say(json!({"type": "session.update", "session": {"model": "anthropic/text"}}))
        .await;
    socket
        .say(json!({"type": "message", "message": "Again"}))
        .await;
    let events = socket.hear_until("message.completed").await;
    assert_eq!(events.last().unwrap()["status"], "completed");
    socket.close().await;
    let rows = rig.rows().await;
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [ExchangeState::ClientLeft, ExchangeState::Done]);
}

/// A microphone sends many a second, and does not stop for a reply.
#[tokio::test]
async fn sounds_are_refused_each_and_the_conversation_goes_on() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::for_model(&rig, "openai_chat/text").await;
    socket
        .say(json!({"type": "session.update", "session": {"type": "realtime", "output_modalities": ["audio"], "instructions": "Be brief."}}))
        .await;
    let updated = socket.hear().await;
    assert_eq!(updated["type"], "session.updated");
    assert_eq!(updated["session"]["output_modalities"], json!(["text"]));
    assert_eq!(updated["session"]["instructions"], "Be brief.");
    let sounds = "A".repeat(9600);
    socket.say(ask("Hello")).await;
    socket.say(answer()).await;
    for id in 0..200 {
        socket
            .say(json!({"type": "input_audio_buffer.append", "event_id": id.to_string(), "audio": sounds}))
            .await;
    }
    socket
        .say(json!({"type": "input_audio_buffer.commit", "event_id": "last"}))
        .await;
    let (mut refused, mut done) = (Vec::new(), None);
    while refused.last().is_none_or(|id| id != "last") || done.is_none() {
        let event = socket.hear().await;
        match event["type"].as_str().unwrap() {
            "error" => {
                assert_eq!(event["error"]["code"], "audio_not_supported");
                refused.push(event["error"]["event_id"].as_str().unwrap().to_owned());
            }
            "response.done" => done = Some(event),
            _ => {}
        }
    }
    let expected = (0..200).map(|id| id.to_string());
    let expected: Vec<String> = expected.chain(["last".to_owned()]).collect();
    assert_eq!(refused, expected);
    assert_eq!(done.unwrap()["response"]["status"], "completed");
    socket.close().await;
    let (row, _) = rig.only_row().await;
    let lost: Vec<&str> = row.losses.iter().map(|loss| loss.field.as_str()).collect();
    assert_eq!(lost, ["output_modalities"]);
}

#[tokio::test]
async fn who_hangs_up_takes_the_reply_along() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::for_model(&rig, "openai_chat/endless-text").await;
    socket.say(ask("Hello")).await;
    socket.say(answer()).await;
    socket.hear_until("response.output_text.delta").await;
    drop(socket);
    fake.seen.hung_up.notified().await;
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::ClientLeft);
}

#[tokio::test]
async fn failures_end_the_reply_and_not_the_connection() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    for (model, code) in [
        ("anthropic/error-401", "upstream_auth_error"),
        ("openai_chat/error-429", "rate_limit_exceeded"),
        ("ollama/cut-text", "upstream_unreachable"),
    ] {
        let mut socket = Socket::for_model(&rig, model).await;
        socket.say(ask("Hello")).await;
        socket.say(answer()).await;
        let events = socket.hear_until("error").await;
        let done = events
            .iter()
            .filter(|event| event["type"] == "response.done");
        let done: Vec<_> = done.collect();
        assert_eq!(done.len(), 1, "{model}: {events:#?}");
        assert_eq!(done[0]["response"]["status"], "failed", "{model}");
        assert_eq!(events.last().unwrap()["error"]["code"], code, "{model}");
        socket.say(ask("Still there?")).await;
        assert_eq!(socket.hear().await["type"], "conversation.item.added");
        socket.close().await;
    }
    let rows = rig.rows().await;
    assert!(
        rows.iter().all(|row| row.state == ExchangeState::Failed),
        "{rows:#?}"
    );
}

#[tokio::test]
async fn echo_answers_without_any_provider() {
    let rig = Rig::with("").await;
    let mut socket = Socket::for_model(&rig, "echo/echo").await;
    socket.say(ask("Hello, echo")).await;
    socket.say(answer()).await;
    let events = socket.hear_until("response.done").await;
    let text = text_of(&events, "response.output_text.delta", "delta");
    assert!(text.contains("Hello, echo"), "{text}");
}
