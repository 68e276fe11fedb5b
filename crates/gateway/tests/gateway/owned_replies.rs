//! Replies that a provider keeps itself: each is with the account that it was made for, and with no other.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    fake,
    rig::{self, Rig},
    scripted,
};

/// A provider with two accounts, neither of which knows the other's replies.
struct Lab {
    url: String,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    /// Ids, and whose they are.
    made: Vec<(String, usize)>,
    /// Account, method and path of each request.
    asked: Vec<(usize, String)>,
    busy: Option<usize>,
}

const KEYS: [&str; 2] = [fake::KEY, "an-access-key"];

impl Drop for Lab {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Lab {
    async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let router = Router::new().fallback(
            move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let shared = Arc::clone(&shared);
                async move {
                    let key = headers["authorization"].to_str().unwrap();
                    let account = KEYS.iter().position(|known| key.ends_with(known)).unwrap();
                    let body = serde_json::from_slice(&body).unwrap_or_default();
                    let mut state = shared.lock().unwrap();
                    state
                        .asked
                        .push((account, format!("{method} {}", uri.path())));
                    state.answer(account, &method, uri.path(), &body)
                }
            },
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state, task }
    }

    /// A gateway that has just begun.
    async fn rig(&self) -> Rig {
        let accounts = [("one", "FAKE_KEY"), ("two", "ACCESS_KEY")].map(|(id, key)| {
            format!(
                "[[accounts]]\nid = \"{id}\"\nprovider = \"lab\"\nkey = {{ env = \"{key}\" }}\n"
            )
        });
        Rig::with(&format!(
            "[[providers]]\nid = \"lab\"\nprotocol = \"openai_responses\"\nbase_url = \"{}\"\nretries = 0\n{}",
            self.url,
            accounts.concat()
        ))
        .await
    }

    fn busy(&self, account: Option<usize>) {
        self.state.lock().unwrap().busy = account;
    }

    /// Who was asked since the last time.
    fn asked(&self) -> Vec<usize> {
        let asked = std::mem::take(&mut self.state.lock().unwrap().asked);
        asked.into_iter().map(|(account, _)| account).collect()
    }
}

impl State {
    fn answer(&mut self, account: usize, method: &Method, path: &str, body: &Value) -> Response {
        if self.busy == Some(account) {
            let mut answer = failure(429, "rate_limit_exceeded", "Busy.");
            let headers = answer.headers_mut();
            headers.insert("retry-after", "7".parse().unwrap());
            return answer;
        }
        let owns = |id: &str| self.made.contains(&(id.to_owned(), account));
        let Some(id) = path.strip_prefix("/v1/responses/") else {
            let previous = body["previous_response_id"].as_str();
            if !previous.is_none_or(owns) {
                return failure(400, "previous_response_not_found", "No such reply.");
            }
            let id = format!("resp_{:048x}", self.made.len());
            self.made.push((id.clone(), account));
            let reply = json!({"id": id, "object": "response", "created_at": 1, "status": "completed",
                "model": "x", "output": [{"type": "message", "id": "msg_1", "role": "assistant",
                    "status": "completed", "content": [{"type": "output_text", "text": "Yes.", "annotations": []}]}]});
            if body["stream"] != true {
                return scripted::json(&reply);
            }
            return scripted::events(&[
                json!({"type": "response.created", "sequence_number": 0, "response": reply}),
                json!({"type": "response.completed", "sequence_number": 1, "response": reply}),
            ]);
        };
        let (id, below) = id.split_once('/').unwrap_or((id, ""));
        if !owns(id) {
            return failure(404, "not_found", "No such reply.");
        }
        if below == "cancel" && *method == Method::POST {
            return scripted::json(&json!({"id": id, "status": "cancelled"}));
        }
        scripted::json(&json!({"id": id, "account": account}))
    }
}

fn failure(status: u16, code: &str, message: &str) -> Response {
    let error =
        json!({"message": message, "type": "invalid_request_error", "param": null, "code": code});
    let mut answer = scripted::json(&json!({"error": error}));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

/// Asks, and returns the status and the reply's id or the failure's code.
async fn ask(rig: &Rig, previous: Option<&str>, stream: bool) -> (u16, String) {
    let mut body = json!({"model": "lab/x", "input": "Hi", "stream": stream});
    if let Some(previous) = previous {
        body["previous_response_id"] = json!(previous);
    }
    let request = rig.client.post(format!("{}/v1/responses", rig.url));
    let answer = request.json(&body).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let told = match text.lines().rfind(|line| line.starts_with("data: ")) {
        Some(line) => serde_json::from_str::<Value>(&line[6..]).unwrap()["response"].clone(),
        None => serde_json::from_str(&text).unwrap(),
    };
    let word = told["id"]
        .as_str()
        .or_else(|| told["error"]["code"].as_str());
    (status, word.unwrap().to_owned())
}

async fn call(rig: &Rig, method: Method, path: &str) -> (u16, Value) {
    let url = format!("{}/v1/responses/{path}", rig.url);
    let answer = rig.client.request(method, url).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// A gateway and a reply of each account.
async fn both(lab: &Lab, stream: bool) -> (Rig, String, String) {
    let rig = lab.rig().await;
    let (_, first) = ask(&rig, None, stream).await;
    lab.busy(Some(0));
    let (_, second) = ask(&rig, None, stream).await;
    lab.busy(None);
    assert_eq!(lab.asked(), [0, 0, 1]);
    (rig, first, second)
}

#[tokio::test]
async fn complaint_23_a_conversation_goes_on_with_the_account_that_keeps_it() {
    for stream in [false, true] {
        let lab = Lab::start().await;
        let (rig, first, second) = both(&lab, stream).await;
        // The account cools down, and is the only one that can answer.
        assert_eq!(ask(&rig, Some(&first), stream).await.0, 200);
        assert_eq!(lab.asked(), [0]);
        assert_eq!(ask(&rig, Some(&second), stream).await.0, 200);
        assert_eq!(lab.asked(), [1]);
        lab.busy(Some(0));
        let told = ask(&rig, Some(&first), stream).await;
        assert_eq!(told, (429, "rate_limit_exceeded".to_owned()));
        assert_eq!(lab.asked(), [0]);
    }
}

#[tokio::test]
async fn where_nobody_knows_the_account_each_is_asked() {
    let lab = Lab::start().await;
    let (_, first, second) = both(&lab, false).await;
    let rig = lab.rig().await;
    assert_eq!(ask(&rig, Some(&second), false).await.0, 200);
    assert_eq!(lab.asked(), [0, 1]);
    let unknown = ask(&rig, Some("resp_nobodys"), false).await;
    assert_eq!(unknown, (400, "previous_response_not_found".to_owned()));
    assert_eq!(lab.asked(), [0, 1]);
    // That the other has no such conversation does not hide why its own account did not answer.
    lab.busy(Some(0));
    assert_eq!(ask(&rig, Some(&first), false).await.0, 429);
}

#[tokio::test]
async fn a_reply_is_asked_of_the_account_that_keeps_it() {
    let lab = Lab::start().await;
    let (rig, first, second) = both(&lab, true).await;
    for (account, id) in [(0, &first), (1, &second)] {
        for method in [Method::GET, Method::DELETE] {
            let (status, told) = call(&rig, method, id).await;
            assert_eq!((status, &told["account"]), (200, &json!(account)));
            assert_eq!(lab.asked(), [account]);
        }
    }
    lab.busy(Some(1));
    assert_eq!(call(&rig, Method::GET, &second).await.0, 429);
    lab.busy(None);
    // After a restart nobody knows whose it is, until it was found once.
    let rig = lab.rig().await;
    lab.asked();
    for asked in [&[0, 1][..], &[1]] {
        assert_eq!(call(&rig, Method::GET, &second).await.0, 200);
        assert_eq!(lab.asked(), asked);
    }
    assert_eq!(call(&rig, Method::GET, "resp_nobodys").await.0, 404);
    assert_eq!(lab.asked(), [0, 1]);
}

#[tokio::test]
async fn work_in_the_background_is_cancelled_where_it_is_done() {
    let lab = Lab::start().await;
    let (rig, _, second) = both(&lab, false).await;
    let path = format!("{second}/cancel");
    let (status, told) = call(&rig, Method::POST, &path).await;
    assert_eq!((status, &told["status"]), (200, &json!("cancelled")));
    let asked = lab.state.lock().unwrap().asked.clone();
    assert_eq!(asked, [(1, format!("POST /v1/responses/{path}"))]);
    assert_eq!(call(&rig, Method::POST, "resp_nobodys/cancel").await.0, 404);
    assert_eq!(call(&rig, Method::GET, &path).await.0, 405);
}

#[tokio::test]
async fn what_was_made_here_is_asked_of_nobody_else() {
    let lab = Lab::start().await;
    let fake = fake::Fake::start().await;
    let config = rig::both(&fake).replace(
        &format!(
            "protocol = \"openai_responses\"\nbase_url = \"{}/v1\"",
            fake.url
        ),
        &format!(
            "protocol = \"openai_responses\"\nbase_url = \"{}\"",
            lab.url
        ),
    );
    let rig = Rig::with(&config).await;
    let mut ids = Vec::new();
    for store in [true, false] {
        let body = json!({"model": "anthropic/text", "input": "Hi", "store": store});
        let request = rig.client.post(format!("{}/v1/responses", rig.url));
        let told: Value = request
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        ids.push(told["id"].as_str().unwrap().to_owned());
    }
    let (status, told) = call(&rig, Method::POST, &format!("{}/cancel", ids[0])).await;
    assert_eq!(status, 400);
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains("background"), "{message}");
    assert_eq!(call(&rig, Method::DELETE, &ids[0]).await.0, 200);
    for id in &ids {
        for (method, below) in [
            (Method::GET, ""),
            (Method::DELETE, ""),
            (Method::GET, "/input_items"),
            (Method::POST, "/cancel"),
        ] {
            let (status, told) = call(&rig, method, &format!("{id}{below}")).await;
            assert_eq!(
                (status, &told["error"]["code"]),
                (404, &json!("response_not_found"))
            );
        }
    }
    assert!(lab.asked().is_empty());
}

#[tokio::test]
async fn who_cannot_be_asked_is_not_one_who_knows_nothing() {
    let lab = Lab::start().await;
    let (_, _, second) = both(&lab, false).await;
    let rig = lab.rig().await;
    lab.busy(Some(1));
    for method in [Method::GET, Method::DELETE] {
        let (status, told) = call(&rig, method, &second).await;
        assert_eq!(
            (status, &told["error"]["code"]),
            (429, &json!("rate_limit_exceeded"))
        );
        assert_eq!(lab.asked(), [0, 1]);
    }
    lab.busy(None);
    assert_eq!(call(&rig, Method::GET, &second).await.0, 200);
}

#[tokio::test]
async fn a_reply_in_the_making_is_followed_as_it_comes() {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<Result<Bytes, String>>();
    let receiver = Mutex::new(Some(receiver));
    let lab = scripted::Scripted::start(move |_, _| {
        let receiver = receiver.lock().unwrap().take().unwrap();
        let chunks = futures_util::stream::unfold(receiver, async |mut receiver| {
            let chunk = receiver.recv().await?;
            Some((chunk, receiver))
        });
        let body = axum::body::Body::from_stream(chunks);
        let kind = ("content-type", "text/event-stream; charset=utf-8");
        Response::builder()
            .header(kind.0, kind.1)
            .body(body)
            .unwrap()
    })
    .await;
    let rig = Rig::with(&lab.config("openai_responses")).await;
    let url = format!(
        "{}/v1/responses/resp_abc?stream=true&starting_after=1",
        rig.url
    );
    let events = ["data: {\"sequence_number\":2}\n\n", "data: [DONE]\n\n"];
    sender.send(Ok(events[0].into())).unwrap();
    // Each comes before the next one is made.
    let mut answer = rig.client.get(url).send().await.unwrap();
    assert_eq!(
        answer.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );
    assert_eq!(answer.chunk().await.unwrap().unwrap(), events[0]);
    sender.send(Ok(events[1].into())).unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), events[1]);
    sender.send(Err("It broke.".to_owned())).unwrap();
    assert!(
        answer.chunk().await.is_err(),
        "what is cut does not end well"
    );
}
