//! Images that a model draws: they reach the clients that have a place for them and go back with the next request;
//! the others are told that there was one.

use axum::response::Response;
use serde_json::{Value, json};

use crate::{
    ask::{Dialect, PNG},
    rig::Rig,
    scripted::{self, Scripted},
    told::{self, Told},
};

const CLIENTS: [Dialect; 3] = [Dialect::Gemini, Dialect::OpenAi, Dialect::Responses];

/// A provider whose model says something, and draws.
async fn drawing(provider: Dialect) -> Scripted {
    Scripted::start(move |path, body| match provider {
        Dialect::Gemini => gemini(path.ends_with(":streamGenerateContent")),
        _ => chat(body["stream"] == true),
    })
    .await
}

fn gemini(streams: bool) -> Response {
    let chunk = |parts: &[Value], finish: Value| {
        json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0}],
            "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 1290, "totalTokenCount": 1299},
            "modelVersion": "m", "responseId": "r"})
    };
    let text = json!({"text": "Here it is."});
    let image =
        json!({"inlineData": {"mimeType": "image/png", "data": PNG}, "thoughtSignature": "c2ln"});
    if streams {
        return scripted::events(&[chunk(&[text], Value::Null), chunk(&[image], json!("STOP"))]);
    }
    scripted::json(&chunk(&[text, image], json!("STOP")))
}

fn chat(streams: bool) -> Response {
    let url = format!("data:image/png;base64,{PNG}");
    let images = json!([{"type": "image_url", "image_url": {"url": url}, "index": 0}]);
    let reply = |object: &str, field: &str, said: Value, finish: Value| {
        json!({"id": "c", "object": object, "created": 1, "model": "m",
            "usage": {"prompt_tokens": 9, "completion_tokens": 1290, "total_tokens": 1299},
            "choices": [{"index": 0, field: said, "finish_reason": finish}]})
    };
    if streams {
        let chunk = |said, finish| reply("chat.completion.chunk", "delta", said, finish);
        let text = chunk(
            json!({"role": "assistant", "content": "Here it is."}),
            Value::Null,
        );
        let image = chunk(json!({"images": images}), json!("stop"));
        return Response::builder()
            .header("content-type", "text/event-stream")
            .body(format!("data: {text}\n\ndata: {image}\n\ndata: [DONE]\n\n").into())
            .unwrap();
    }
    let said = json!({"role": "assistant", "content": "Here it is.", "images": images});
    scripted::json(&reply("chat.completion", "message", said, json!("stop")))
}

const QUESTION: &str = "Draw a lighthouse.";

/// The first question in a client's words.
fn question(client: Dialect) -> Value {
    match client {
        Dialect::Gemini => json!({"role": "user", "parts": [{"text": QUESTION}]}),
        _ => json!({"role": "user", "content": QUESTION}),
    }
}

/// The answer as an official client sends it back.
fn turn(client: Dialect, answer: &Value) -> Vec<Value> {
    match client {
        Dialect::Gemini => vec![answer["candidates"][0]["content"].clone()],
        Dialect::OpenAi => vec![answer["choices"][0]["message"].clone()],
        _ => answer["output"].as_array().unwrap().clone(),
    }
}

fn body(client: Dialect, said: &[Value], stream: bool) -> Value {
    match client {
        Dialect::Gemini => json!({"contents": said}),
        Dialect::Responses => {
            json!({"model": "lab/m", "input": said, "store": false, "stream": stream})
        }
        _ => json!({"model": "lab/m", "messages": said, "max_tokens": 99, "stream": stream}),
    }
}

async fn send(rig: &Rig, client: Dialect, said: &[Value], stream: bool) -> reqwest::Response {
    let url = format!("{}{}", rig.url, client.path("lab/m", stream));
    let request = rig.client.post(url).json(&body(client, said, stream));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{client:?}");
    answer
}

#[tokio::test]
async fn what_is_drawn_reaches_clients_that_have_a_place_for_it() {
    for provider in [Dialect::Gemini, Dialect::OpenAi] {
        for client in CLIENTS {
            for stream in [false, true] {
                let lab = drawing(provider).await;
                let rig = Rig::with(&lab.config(provider.word())).await;
                let answer = send(&rig, client, &[question(client)], stream).await;
                let bytes = answer.bytes().await.unwrap();
                let told = if stream {
                    told::stream(client, &bytes)
                } else {
                    told::whole(client, &bytes)
                };
                let wanted = Told {
                    text: "Here it is.".to_owned(),
                    images: vec![PNG.to_owned()],
                    finish: Some("stop".to_owned()),
                    model: told.model.clone(),
                    counts: told.counts,
                    ..Told::default()
                };
                let name = format!("{client:?} -> {provider:?} stream={stream}");
                assert_eq!(told, wanted, "{name}");
                let (row, _) = rig.only_row().await;
                assert_eq!(row.losses, [], "{name}");
            }
        }
    }
}

/// The images that a provider is sent as its model's own.
fn own_images(provider: Dialect, asked: &Value) -> Vec<String> {
    let messages = match provider {
        Dialect::Gemini => &asked["contents"],
        _ => &asked["messages"],
    };
    let own = messages.as_array().unwrap().iter();
    let own = own.filter(|said| said["role"] == "model" || said["role"] == "assistant");
    let text = own.map(Value::to_string).collect::<String>();
    text.matches(PNG).map(str::to_owned).collect()
}

/// Of chat's hosts only some are known to take images back: this one gets them from clients of chat alone.
#[tokio::test]
async fn what_was_drawn_goes_back_with_the_next_request() {
    for provider in [Dialect::Gemini, Dialect::OpenAi] {
        for client in CLIENTS {
            let lab = drawing(provider).await;
            let rig = Rig::with(&lab.config(provider.word())).await;
            let answer = send(&rig, client, &[question(client)], false).await;
            let answer: Value = answer.json().await.unwrap();
            let mut said = vec![question(client)];
            said.extend(turn(client, &answer));
            said.push(question(client));
            let answer = send(&rig, client, &said, false).await;
            let told = loss(&answer);
            let name = format!("{client:?} -> {provider:?}");
            let taken = provider == Dialect::Gemini || client == provider;
            let asked = &lab.asked()[1];
            let images = own_images(provider, asked);
            assert_eq!(images.len(), usize::from(taken), "{name}: {asked}");
            let row = rig.rows().await.pop().unwrap();
            assert_eq!(told.is_empty(), taken, "{name}: {told}");
            assert_eq!(row.losses.is_empty(), taken, "{name}: {:?}", row.losses);
        }
    }
}

fn loss(answer: &reqwest::Response) -> String {
    let told = answer.headers().get("x-patchbay-loss");
    let told = told.map(|told| told.to_str().unwrap());
    told.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn clients_without_a_place_for_it_are_told_that_something_was_drawn() {
    let messages = json!([{"role": "user", "content": QUESTION}]);
    let anthropic = json!({"max_tokens": 99, "messages": messages});
    let chats = json!({"messages": messages});
    let (gemini, openai) = (Dialect::Gemini, Dialect::OpenAi);
    // A host of OpenAI's protocols goes on with texts by itself, and draws nothing.
    let (chat, text) = (&[gemini, openai][..], &[gemini][..]);
    for (path, body, field, providers) in [
        ("/v1/messages", anthropic, "content", chat),
        ("/api/chat", chats, "content", chat),
        ("/v1/completions", json!({"prompt": QUESTION}), "text", text),
    ] {
        for &provider in providers {
            for stream in [false, true] {
                let lab = drawing(provider).await;
                let rig = Rig::with(&lab.config(provider.word())).await;
                let mut body = body.clone();
                body["model"] = json!("lab/m");
                body["stream"] = json!(stream);
                let url = format!("{}{path}", rig.url);
                let answer = rig.client.post(url).json(&body).send().await.unwrap();
                let told = loss(&answer);
                let text = answer.text().await.unwrap();
                let name = format!("{path} -> {provider:?} stream={stream}: {text}");
                assert!(text.contains("Here it is."), "{name}");
                assert!(!text.contains(PNG), "{name}");
                // The headers of a stream are gone before something is drawn.
                let dropped = format!("dropped {field}");
                assert_eq!(told.contains(&dropped), !stream, "{name}: {told}");
                let (row, _) = rig.only_row().await;
                let mut losses = row.losses.iter();
                let is_told = losses.any(|loss| loss.kind == "dropped" && loss.field == field);
                assert!(is_told, "{name}: {:?}", row.losses);
            }
        }
    }
}
