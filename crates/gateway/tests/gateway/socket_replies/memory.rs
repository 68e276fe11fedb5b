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
#[tokio::test]
async fn reasoning_that_nobody_keeps_is_asked_for_with_its_state() {
    const STATE: &str = "reasoning.encrypted_content";
    const SOURCES: &str = "web_search_call.action.sources";
    let provider = Scripted::start(|_, body| {
        let items = body["input"].as_array().unwrap();
        let is_lost = |item: &Value| {
            item["type"] == "reasoning" && item["encrypted_content"].as_str().is_none()
        };
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
    })
    .await;
    let rig = Rig::with(&provider.config("openai_responses")).await;
    let mut socket = Socket::open(&rig, PATH).await;
    let (low, unset) = (json!({"effort": "low"}), json!({"effort": null}));
    for (reasoning, included, sent) in [
        (&low, None, json!([STATE])),
        (&low, Some(json!(null)), json!([STATE])),
        (&low, Some(json!([STATE])), json!([STATE])),
        (&low, Some(json!([SOURCES])), json!([SOURCES, STATE])),
        // It may be a model that refuses the word; what it does not tell is left out.
        (&unset, None, Value::Null),
        (&Value::Null, Some(json!([SOURCES])), json!([SOURCES])),
    ] {
        let mut asked = create(MODEL, "One?");
        asked["reasoning"] = reasoning.clone();
        if let Some(included) = included {
            asked["include"] = included;
        }
        socket.say(asked.clone()).await;
        let (_, end) = reply(&mut socket).await;
        assert_eq!(provider.asked().pop().unwrap()["include"], sent);
        asked["previous_response_id"] = end["response"]["id"].clone();
        socket.say(asked).await;
        let (_, end) = reply(&mut socket).await;
        assert_eq!(end["type"], "response.completed", "{end}");
        let last = provider.asked().pop().unwrap();
        let has_state = last["input"].to_string().contains("gAAAA");
        assert_eq!(has_state, sent.to_string().contains(STATE), "{last}");
    }
    // What is kept is kept with its reasoning.
    let mut asked = create(MODEL, "One?");
    asked["store"] = json!(true);
    asked["reasoning"] = low;
    socket.say(asked).await;
    reply(&mut socket).await;
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
