//! A configuration that is edited while requests are under way.

use std::{fs, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    http::Uri,
    response::Response,
};
use serde_json::{Value, json};
use store::exchanges::ExchangeState;
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};

use crate::{
    rig::Rig,
    scripted::{events, json},
};

/// Longer than any of this takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A provider at three addresses. The first one answers only when it is told to, and streams its first words
/// before; the second and the third answer at once. Each names itself.
struct Providers {
    url: String,
    asked: Arc<Notify>,
    go_on: Arc<Semaphore>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Providers {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Providers {
    async fn start() -> Self {
        let (asked, go_on) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (told, told_on) = (Arc::clone(&asked), Arc::clone(&go_on));
        let router = Router::new().fallback(move |uri: Uri, body: Bytes| {
            let (asked, go_on) = (Arc::clone(&told), Arc::clone(&told_on));
            async move {
                let body: Value = serde_json::from_slice(&body).unwrap();
                answer(uri.path(), &body, asked, go_on).await
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            asked,
            go_on,
            task,
        }
    }

    /// A configuration in which `model` leads to these, and there are no others.
    fn config(&self, names: &[&str]) -> String {
        let providers = names.iter().map(|name| {
            format!(
                "[[providers]]\nid = \"{name}\"\nprotocol = \"openai_chat\"\nbase_url = \"{}/{name}\"\nretries = 0\n",
                self.url
            )
        });
        let targets: Vec<String> = names.iter().map(|name| format!("{name}/m")).collect();
        format!(
            "{}[[aliases]]\nname = \"model\"\ntargets = {targets:?}\n",
            providers.collect::<String>()
        )
    }
}

async fn answer(path: &str, body: &Value, asked: Arc<Notify>, go_on: Arc<Semaphore>) -> Response {
    let name = path.split('/').nth(1).unwrap().to_owned();
    let piece = |field: &str, words: &str, reason: Option<&str>| {
        json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0,
            field: {"role": "assistant", "content": words}, "finish_reason": reason}]})
    };
    let frame = |piece: Value| Bytes::from(format!("data: {piece}\n\n"));
    let is_first = name == "first";
    if body["stream"] == true {
        let begin = frame(piece("delta", &format!("{name} begins"), None));
        let end = frame(piece("delta", &format!(", {name} ends"), Some("stop")));
        if !is_first {
            return events(&[piece("delta", &name, Some("stop"))]);
        }
        let rest = async move {
            asked.notify_one();
            go_on.acquire().await.unwrap().forget();
            Ok(end)
        };
        let begin = futures_util::stream::iter([Ok::<_, std::io::Error>(begin)]);
        let frames = futures_util::StreamExt::chain(begin, futures_util::stream::once(rest));
        return Response::builder()
            .header("content-type", "text/event-stream")
            .body(Body::from_stream(frames))
            .unwrap();
    }
    if is_first {
        asked.notify_one();
        go_on.acquire().await.unwrap().forget();
        if body["messages"][0]["content"] == "Fail." {
            let mut failure = json(&json!({"error": {"message": "No."}}));
            *failure.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
            return failure;
        }
    }
    json(&piece("message", &name, Some("stop")))
}

/// A request for `model`, to its end.
fn ask(rig: &Rig, words: &str, stream: bool) -> tokio::task::JoinHandle<String> {
    let body = json!({"model": "model", "stream": stream,
        "messages": [{"role": "user", "content": words}]});
    let url = format!("{}/v1/chat/completions", rig.url);
    let request = rig.client.post(url).json(&body).send();
    tokio::spawn(async move {
        let answer = request.await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    })
}

/// One request is under way when the file is edited, and goes on behind it; another one follows.
async fn edited_meanwhile(words: &str, stream: bool) -> (String, String, Vec<(String, usize)>) {
    let providers = Providers::start().await;
    let rig = Rig::with(&providers.config(&["first", "second"])).await;
    let under_way = ask(&rig, words, stream);
    timeout(PATIENCE, providers.asked.notified()).await.unwrap();
    let mut configs = rig.config.subscribe();
    let text = fs::read_to_string(rig.file()).unwrap();
    let edited = text.replace(
        &providers.config(&["first", "second"]),
        &providers.config(&["third"]),
    );
    assert_ne!(edited, text);
    fs::write(rig.file(), edited).unwrap();
    let is_edited = configs.wait_for(|config| config.providers.iter().any(|it| it.id == "third"));
    timeout(PATIENCE, is_edited).await.unwrap().unwrap();
    // The new one counts while the old request still waits.
    let next = timeout(PATIENCE, ask(&rig, words, stream)).await.unwrap();
    assert!(!under_way.is_finished());
    providers.go_on.add_permits(1);
    let under_way = timeout(PATIENCE, under_way).await.unwrap();
    let rows = rig.rows().await;
    let of_row = |row: &store::exchanges::ExchangeRow| {
        assert_eq!(row.state, ExchangeState::Done);
        (
            row.provider.as_deref().unwrap().to_owned(),
            row.attempts.len(),
        )
    };
    let rows = rows.iter().map(of_row).collect();
    (under_way.unwrap(), next.unwrap(), rows)
}

fn row(provider: &str, attempts: usize) -> (String, usize) {
    (provider.to_owned(), attempts)
}

#[tokio::test]
async fn complaint_31_a_request_under_way_keeps_the_configuration_it_began_with() {
    for stream in [false, true] {
        let (under_way, next, rows) = edited_meanwhile("Hi.", stream).await;
        let expected = if stream { ", first ends" } else { "first" };
        assert!(under_way.contains(expected), "{under_way}");
        assert!(next.contains("third"), "{next}");
        assert_eq!(rows, [row("first", 1), row("third", 1)]);
    }
}

#[tokio::test]
async fn complaint_31_what_takes_over_is_of_the_same_configuration() {
    let (under_way, next, rows) = edited_meanwhile("Fail.", false).await;
    assert!(under_way.contains("second"), "{under_way}");
    assert!(next.contains("third"), "{next}");
    assert_eq!(rows, [row("second", 2), row("third", 1)]);
}
