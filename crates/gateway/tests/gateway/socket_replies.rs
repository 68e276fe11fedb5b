//! Replies asked for over a real socket: one exchange for each request, whatever its provider speaks.

mod door;
mod memory;
mod told;

use serde_json::{Value, json};
use store::exchanges::ExchangeState;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    ask::Dialect,
    fake::Fake,
    rig::{self, Rig},
    socket::Socket,
};

const PATH: &str = "/v1/responses";
const ENDS: [&str; 3] = ["response.completed", "response.failed", "error"];

/// A request whose reply nobody is to keep.
fn create(model: &str, input: &str) -> Value {
    json!({"type": "response.create", "model": model, "store": false,
        "max_output_tokens": 100, "input": [{"role": "user", "content": input}]})
}

fn going_on(model: &str, input: &str, previous: &Value) -> Value {
    let mut asked = create(model, input);
    asked["previous_response_id"] = previous.clone();
    asked
}

/// All events of one reply, and the last of them.
async fn reply(socket: &mut Socket) -> (Vec<Value>, Value) {
    let mut events = Vec::new();
    loop {
        let event = socket.hear().await;
        events.push(event.clone());
        if ENDS.iter().any(|end| event["type"] == *end) {
            return (events, event);
        }
    }
}

fn text_of(events: &[Value]) -> String {
    let deltas = events
        .iter()
        .filter(|event| event["type"] == "response.output_text.delta");
    deltas
        .map(|event| event["delta"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn requests_on_one_connection_are_exchanges_with_any_provider() {
    for dialect in Dialect::CLIENTS {
        let fake = Fake::start().await;
        let rig = Rig::with(&rig::both(&fake)).await;
        let model = format!("{}/text", dialect.word());
        let mut socket = Socket::open(&rig, PATH).await;
        socket.say(create(&model, "One?")).await;
        let (events, end) = reply(&mut socket).await;
        assert_eq!(events[0]["type"], "response.created", "{dialect:?}");
        assert_eq!(end["type"], "response.completed", "{dialect:?}: {end}");
        assert_eq!(text_of(&events), "Hello from far away");
        assert_eq!(end["response"]["usage"]["output_tokens"], 7);
        // Read is read.
        let id = &end["response"]["id"];
        socket
            .say(json!({"type": "response.processed", "response_id": id}))
            .await;
        socket.say(going_on(&model, "Two?", id)).await;
        let (_, end) = reply(&mut socket).await;
        assert_eq!(end["type"], "response.completed", "{dialect:?}: {end}");
        // One of these providers calls each of its replies the same.
        let id = &end["response"]["id"];
        socket.say(going_on(&model, "Three?", id)).await;
        let (_, end) = reply(&mut socket).await;
        assert_eq!(end["type"], "response.completed", "{dialect:?}: {end}");
        socket.close().await;
        let (_, sent, _) = fake.seen.requests().pop().unwrap();
        let said = sent.to_string();
        let at = |word: &str| said.find(word).unwrap_or_else(|| panic!("{word}: {said}"));
        assert!(at("One?") < at("Hello from far away"), "{said}");
        assert!(at("Hello from far away") < at("Two?"), "{said}");
        assert!(at("Two?") < at("Three?"), "{said}");
        assert_eq!(said.matches("Hello from far away").count(), 2, "{said}");
        assert!(sent.get("previous_response_id").is_none(), "{said}");
        let rows = rig.rows().await;
        assert_eq!(rows.len(), 3);
        for row in rows {
            assert_eq!((row.state, row.status), (ExchangeState::Done, Some(200)));
            assert_eq!(row.client_protocol.as_deref(), Some("openai_responses"));
            assert_eq!(row.upstream_protocol.as_deref(), Some(dialect.word()));
            assert_eq!(row.requested_model.as_deref(), Some(model.as_str()));
            assert_eq!((&*row.method, row.stream), ("GET", true));
            assert_eq!(row.output_tokens, Some(7));
        }
    }
}

#[tokio::test]
async fn a_tool_is_called_and_its_result_alone_goes_back() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::open(&rig, PATH).await;
    let mut asked = create("anthropic/tools", "Weather in Rome?");
    asked["tools"] = json!([{"type": "function", "name": "weather", "strict": false,
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}]);
    socket.say(asked.clone()).await;
    let (events, end) = reply(&mut socket).await;
    let done = events
        .iter()
        .rfind(|event| event["type"] == "response.output_item.done");
    let call = &done.unwrap()["item"];
    assert_eq!(call["type"], "function_call");
    asked["previous_response_id"] = end["response"]["id"].clone();
    asked["input"] =
        json!([{"type": "function_call_output", "call_id": call["call_id"], "output": "21 C"}]);
    socket.say(asked).await;
    let (_, end) = reply(&mut socket).await;
    assert_eq!(end["type"], "response.completed", "{end}");
    socket.close().await;
    // The provider refuses a result without its call.
    let (_, sent, _) = fake.seen.requests().pop().unwrap();
    assert!(sent.to_string().contains("21 C"), "{sent}");
}

/// What is to be kept is kept where it would be if it had been posted.
#[tokio::test]
async fn a_reply_to_be_kept_outlives_its_connection() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::open(&rig, PATH).await;
    let mut kept = create("anthropic/text", "One?");
    kept["store"] = json!(true);
    socket.say(kept).await;
    let (_, kept) = reply(&mut socket).await;
    let kept = &kept["response"]["id"];
    socket.say(going_on("anthropic/text", "Two?", kept)).await;
    let (_, gone) = reply(&mut socket).await;
    let gone = &gone["response"]["id"];
    // From what is remembered to what is kept.
    socket.say(going_on("ollama/text", "Three?", gone)).await;
    let (_, end) = reply(&mut socket).await;
    assert_eq!(end["type"], "response.completed", "{end}");
    let (_, sent, _) = fake.seen.requests().pop().unwrap();
    assert_eq!(sent["messages"].as_array().unwrap().len(), 5, "{sent}");
    socket.close().await;
    let mut socket = Socket::open(&rig, PATH).await;
    socket.say(going_on("ollama/text", "Four?", kept)).await;
    let (_, end) = reply(&mut socket).await;
    assert_eq!(end["type"], "response.completed", "{end}");
    socket.say(going_on("ollama/text", "Four?", gone)).await;
    let (_, end) = reply(&mut socket).await;
    assert_eq!(
        (&end["type"], &end["status"]),
        (&json!("error"), &json!(400))
    );
    assert_eq!(end["error"]["code"], "previous_response_not_found");
}

#[tokio::test]
async fn a_warm_up_asks_nobody_and_is_gone_on_from() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::open(&rig, PATH).await;
    let mut asked = create("openai_chat/text", "One?");
    asked["generate"] = json!(false);
    socket.say(asked).await;
    let (events, end) = reply(&mut socket).await;
    assert_eq!(events[0]["type"], "response.created");
    assert_eq!(end["type"], "response.completed", "{end}");
    assert_eq!(end["response"]["output"], json!([]));
    assert!(fake.seen.requests().is_empty());
    let mut asked = going_on("openai_chat/text", "", &end["response"]["id"]);
    asked["input"] = json!([]);
    socket.say(asked).await;
    let (events, _) = reply(&mut socket).await;
    assert_eq!(text_of(&events), "Hello from far away");
    let (_, sent, _) = fake.seen.requests().pop().unwrap();
    assert_eq!(
        sent["messages"],
        json!([{"role": "user", "content": "One?"}])
    );
    socket.close().await;
    assert_eq!(rig.rows().await.len(), 1);
}

#[tokio::test]
async fn failures_are_told_with_their_status_and_the_connection_goes_on() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::open(&rig, PATH).await;
    for (model, status, code) in [
        ("anthropic/error-401", 401, "upstream_auth_error"),
        ("openai_chat/error-429", 429, "rate_limit_exceeded"),
        ("nobody", 404, "model_not_found"),
    ] {
        socket.say(create(model, "Hello")).await;
        let (events, end) = reply(&mut socket).await;
        assert_eq!(events.len(), 1, "{events:#?}");
        assert_eq!(
            (&end["type"], &end["status"]),
            (&json!("error"), &json!(status)),
            "{model}: {end}"
        );
        assert_eq!(end["error"]["code"], code, "{end}");
        assert!(end["headers"]["x-patchbay-exchange"].is_string(), "{end}");
    }
    // In the middle it is the reply that fails.
    socket.say(create("ollama/cut-text", "Hello")).await;
    let (_, end) = reply(&mut socket).await;
    assert_eq!(end["type"], "response.failed", "{end}");
    socket.say(create("ollama/text", "Still there?")).await;
    let (_, end) = reply(&mut socket).await;
    assert_eq!(end["type"], "response.completed", "{end}");
    socket.close().await;
    let rows = rig.rows().await;
    let failed = rows
        .iter()
        .filter(|row| row.state == ExchangeState::Failed)
        .count();
    assert_eq!((failed, rows.len()), (4, 5));
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_a_row() {
    let rig = Rig::with("").await;
    let mut socket = Socket::open(&rig, PATH).await;
    let wrong = [
        (
            Message::text("{\"type\": \"response.create\""),
            "invalid_event",
        ),
        (Message::text("[]"), "invalid_event"),
        (Message::text("{\"model\": \"echo/echo\"}"), "invalid_event"),
        (
            Message::text("{\"type\": \"response.dance\"}"),
            "unknown_event",
        ),
        (Message::binary(vec![1, 2, 3]), "invalid_event"),
    ];
    let count = wrong.len();
    for (message, code) in wrong {
        use futures_util::SinkExt as _;
        socket.0.send(message).await.unwrap();
        let (_, end) = reply(&mut socket).await;
        assert_eq!(
            (&end["status"], &end["error"]["code"]),
            (&json!(400), &json!(code))
        );
    }
    socket.say(create("echo/echo", "Hello, echo")).await;
    let (events, _) = reply(&mut socket).await;
    assert!(text_of(&events).contains("Hello, echo"));
    socket.close().await;
    assert_eq!(rig.rows().await.len(), count + 1);
}

#[tokio::test]
async fn who_hangs_up_takes_the_reply_along() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::open(&rig, PATH).await;
    socket
        .say(create("openai_chat/endless-text", "Hello"))
        .await;
    socket.hear_until("response.output_text.delta").await;
    drop(socket);
    fake.seen.hung_up.notified().await;
    let (row, _) = rig.only_row().await;
    assert_eq!(row.state, ExchangeState::ClientLeft);
}

#[tokio::test]
async fn lanes_are_answered_beside_each_other_and_their_requests_in_turn() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::open(&rig, PATH).await;
    let on = |lane: &str, model: &str| {
        let mut asked = create(model, "Hello");
        asked["stream_id"] = json!(lane);
        asked
    };
    socket.say(on("long", "openai_chat/endless-text")).await;
    socket.hear_until("response.output_text.delta").await;
    socket.say(on("long", "anthropic/text")).await;
    socket.say(on("short", "anthropic/text")).await;
    socket.say(on("short", "ollama/text")).await;
    let mut ended = Vec::new();
    while ended.len() < 2 {
        let event = socket.hear().await;
        let lane = event["stream_id"].as_str().unwrap();
        assert!(lane == "long" || lane == "short", "{event}");
        if event["type"] == "response.completed" {
            assert_eq!(lane, "short");
            ended.push(event["response"]["model"].clone());
        }
    }
    assert_eq!(ended, ["anthropic/text", "ollama/text"]);
    drop(socket);
    fake.seen.hung_up.notified().await;
    // What waited in its lane was never asked.
    assert_eq!(rig.rows().await.len(), 3);
}
