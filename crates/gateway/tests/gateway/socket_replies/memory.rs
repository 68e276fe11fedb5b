//! What a connection remembers, when providers and clients are odd.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::response::Response;
use serde_json::{Value, json};

use super::{PATH, create, going_on, reply};
use crate::{
    fake::Fake,
    rig::{self, Rig},
    scripted::{self, Scripted},
    socket::Socket,
};

const MODEL: &str = "lab/any";
const STATE: &str = "reasoning.encrypted_content";

fn reply_of(id: &str, items: &[Value]) -> Response {
    let whole = |status: &str, output: &[Value]| json!({"id": id, "object": "response", "status": status, "model": "any", "output": output});
    let begun = json!({"type": "response.created", "response": whole("in_progress", &[])});
    let done = items.iter().enumerate().map(
        |(at, item)| json!({"type": "response.output_item.done", "output_index": at, "item": item}),
    );
    let over = json!({"type": "response.completed", "response": whole("completed", items)});
    let events: Vec<Value> = [begun].into_iter().chain(done).chain([over]).collect();
    scripted::events(&events)
}

fn message(text: &str) -> Value {
    json!({"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "text": text, "annotations": []}]})
}

#[tokio::test]
async fn a_provider_that_gives_ids_again_ends_no_conversation() {
    let count = AtomicUsize::new(0);
    let provider = Scripted::start(move |_, _| {
        let at = count.fetch_add(1, Ordering::Relaxed);
        reply_of(["resp_a", "resp_b"][at % 2], &[message("Hm.")])
    })
    .await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    let mut socket = Socket::open(&rig, PATH).await;
    socket.say(create(MODEL, "0")).await;
    for turn in 1..=5 {
        let (_, end) = reply(&mut socket).await;
        let id = &end["response"]["id"];
        socket.say(going_on(MODEL, &turn.to_string(), id)).await;
    }
    reply(&mut socket).await;
    let sent = provider.asked().pop().unwrap();
    let asked = sent["input"].as_array().unwrap().iter();
    let asked = asked.filter(|item| item["role"] == "user");
    let asked: Vec<&str> = asked
        .map(|item| item["content"].as_str().unwrap())
        .collect();
    assert_eq!(asked, ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(sent["input"].as_array().unwrap().len(), 11, "{sent}");
}

/// Who keeps no reply cannot look its reasoning up by its id either.
fn forgetful(_: &str, body: &Value) -> Response {
    let items = body["input"].as_array().unwrap();
    let is_lost =
        |item: &Value| item["type"] == "reasoning" && item["encrypted_content"].as_str().is_none();
    if items.iter().any(is_lost) {
        let mut failure = scripted::json(&json!({"error": {"type": "invalid_request_error",
            "message": "Items are not persisted when `store` is set to false."}}));
        *failure.status_mut() = http::StatusCode::NOT_FOUND;
        return failure;
    }
    let mut thought = json!({"type": "reasoning", "id": "rs_1", "summary": []});
    let included = body["include"].as_array();
    if included.is_some_and(|words| words.contains(&json!(STATE))) {
        thought["encrypted_content"] = json!("gAAAA");
    }
    reply_of("resp_a", &[thought, message("Hm.")])
}

#[tokio::test]
async fn reasoning_that_nobody_keeps_is_asked_for_with_its_state() {
    const SOURCES: &str = "web_search_call.action.sources";
    const REASONER: &str = "lab/gpt-5.4";
    let provider = Scripted::start(forgetful).await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    let mut socket = Socket::open(&rig, PATH).await;
    let (low, unset) = (json!({"effort": "low"}), json!({"effort": null}));
    for (model, reasoning, included, sent) in [
        (MODEL, &low, None, json!([STATE])),
        (MODEL, &low, Some(json!(null)), json!([STATE])),
        (MODEL, &low, Some(json!([STATE])), json!([STATE])),
        (MODEL, &low, Some(json!([SOURCES])), json!([SOURCES, STATE])),
        // It may be a model that refuses the word; what it does not tell is left out.
        (MODEL, &unset, None, Value::Null),
        (
            MODEL,
            &Value::Null,
            Some(json!([SOURCES])),
            json!([SOURCES]),
        ),
        // Of this one it is known that it reasons, whether it is spoken of or not.
        (REASONER, &unset, None, json!([STATE])),
        (
            REASONER,
            &Value::Null,
            Some(json!([SOURCES])),
            json!([SOURCES, STATE]),
        ),
        (REASONER, &Value::Null, Some(json!([STATE])), json!([STATE])),
        // Its reasoning is text.
        ("lab/gpt-oss-20b", &Value::Null, None, Value::Null),
        ("lab/gpt-4.1", &Value::Null, None, Value::Null),
    ] {
        let mut asked = create(model, "One?");
        asked["reasoning"] = reasoning.clone();
        if let Some(included) = included {
            asked["include"] = included;
        }
        socket.say(asked.clone()).await;
        let (_, end) = reply(&mut socket).await;
        assert_eq!(provider.asked().pop().unwrap()["include"], sent, "{model}");
        asked["previous_response_id"] = end["response"]["id"].clone();
        socket.say(asked).await;
        let (_, end) = reply(&mut socket).await;
        assert_eq!(end["type"], "response.completed", "{end}");
        let last = provider.asked().pop().unwrap();
        let has_state = last["input"].to_string().contains("gAAAA");
        assert_eq!(has_state, sent.to_string().contains(STATE), "{last}");
    }
    // What is kept is kept with its reasoning.
    for (model, reasoning) in [(MODEL, low), (REASONER, Value::Null)] {
        let mut asked = create(model, "One?");
        asked["store"] = json!(true);
        asked["reasoning"] = reasoning;
        socket.say(asked).await;
        reply(&mut socket).await;
        assert!(provider.asked().pop().unwrap().get("include").is_none());
    }
}

/// Who brings its history itself decides what it brings.
#[tokio::test]
async fn what_is_posted_is_not_asked_for_with_its_state() {
    let provider = Scripted::start(forgetful).await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    let mut asked = create("lab/gpt-5.4", "One?");
    asked["stream"] = json!(true);
    let url = format!("{}{PATH}", rig.url);
    let answer = rig.client.post(url).json(&asked).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(provider.asked().pop().unwrap().get("include").is_none());
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_not_left_out() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let mut socket = Socket::open(&rig, PATH).await;
    for model in ["anthropic/text", "openai_responses/text"] {
        socket.say(create(model, "One?")).await;
        let (_, end) = reply(&mut socket).await;
        let mut asked = going_on(model, "", &end["response"]["id"]);
        asked["input"] = json!(5);
        for is_warm_up in [false, true] {
            asked["generate"] = json!(!is_warm_up);
            socket.say(asked.clone()).await;
            let (_, end) = reply(&mut socket).await;
            assert_eq!(end["status"], 400, "{model}: {end}");
            assert!(end.to_string().contains("input"), "{model}: {end}");
        }
        // None is not an unreadable one.
        asked["input"] = Value::Null;
        asked["generate"] = json!(true);
        socket.say(asked).await;
        let (_, end) = reply(&mut socket).await;
        assert_eq!(end["type"], "response.completed", "{model}: {end}");
    }
}
