//! Amazon in process: the service for logins and Amazon Q itself, both as strict as the real ones.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
    routing::post,
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::{
    fake::{
        amazon_q::{self as q, event_stream},
        says::Says,
    },
    question,
};

pub(crate) const PROFILE: &str = "arn:aws:codewhisperer:us-east-1:123456789012:profile/ABC";
const SECRET: &str = "canary-client-secret";

pub(crate) struct Cloud {
    pub(crate) url: String,
    state: Arc<Mutex<Known>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Cloud {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What came in.
#[derive(Clone)]
pub(crate) enum Said {
    Chat(Value),
    Login(Value),
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Decision {
    Agreed,
    Open,
    Refused,
}

struct Known {
    decision: Decision,
    /// Asked to slow down once.
    slowed: bool,
    lifetime: u64,
    code_lives: u64,
    down: bool,
    revoked: bool,
    /// Renewals wait for a word.
    held: Option<Arc<Semaphore>>,
    refreshes: usize,
    number: usize,
    access: Vec<String>,
    refresh: Vec<String>,
    said: Vec<Said>,
}

type Shared = Arc<Mutex<Known>>;

fn known(state: &Shared) -> MutexGuard<'_, Known> {
    state.lock().unwrap()
}

impl Cloud {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(Known {
            decision: Decision::Open,
            slowed: false,
            lifetime: 3600,
            code_lives: 600,
            down: false,
            revoked: false,
            held: None,
            refreshes: 0,
            number: 0,
            access: Vec::new(),
            refresh: Vec::new(),
            said: Vec::new(),
        }));
        let router = Router::new()
            .route("/client/register", post(register))
            .route("/device_authorization", post(device))
            .route("/token", post(token))
            .route("/", post(service))
            .with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state, task }
    }

    pub(crate) fn agree(&self) {
        known(&self.state).decision = Decision::Agreed;
    }

    pub(crate) fn refuse(&self) {
        known(&self.state).decision = Decision::Refused;
    }

    pub(crate) fn lifetime(&self, seconds: u64) {
        known(&self.state).lifetime = seconds;
    }

    pub(crate) fn code_lives(&self, seconds: u64) {
        known(&self.state).code_lives = seconds;
    }

    pub(crate) fn logins_fail(&self) {
        known(&self.state).down = true;
    }

    /// The tokens that were given out open nothing any more.
    pub(crate) fn forget_tokens(&self) {
        known(&self.state).access.clear();
    }

    /// No token is renewed any more.
    pub(crate) fn revoke(&self) {
        known(&self.state).revoked = true;
    }

    /// Renewals are granted and told only when the semaphore has room.
    pub(crate) fn hold(&self) -> Arc<Semaphore> {
        let held = Arc::new(Semaphore::new(0));
        known(&self.state).held = Some(Arc::clone(&held));
        held
    }

    pub(crate) fn refreshes(&self) -> usize {
        known(&self.state).refreshes
    }

    pub(crate) fn said(&self) -> Vec<Said> {
        known(&self.state).said.clone()
    }

    /// A token to renew with, for another program.
    pub(crate) fn hand_out(&self) -> String {
        let token = "canary-refresh-other".to_owned();
        known(&self.state).refresh.push(token.clone());
        token
    }
}

fn answer(status: u16, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

fn refusal(word: &str) -> Response {
    answer(
        400,
        &json!({"error": word, "error_description": format!("It is {word}.")}),
    )
}

async fn login_body(state: &Shared, request: Request) -> Result<Value, Response> {
    let json = request
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind == "application/json");
    let agent = request.headers()["user-agent"].to_str().unwrap().to_owned();
    let bytes = axum::body::to_bytes(request.into_body(), usize::MAX)
        .await
        .unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut known = known(state);
    known.said.push(Said::Login(body.clone()));
    if known.down {
        return Err(answer(500, &json!({"error": "server_error"})));
    }
    if !json || !agent.starts_with("patchbay/") {
        return Err(refusal("invalid_request"));
    }
    Ok(body)
}

async fn register(State(state): State<Shared>, request: Request) -> Response {
    let body = match login_body(&state, request).await {
        Ok(body) => body,
        Err(failure) => return failure,
    };
    let scopes = json!([
        "codewhisperer:completions",
        "codewhisperer:analysis",
        "codewhisperer:conversations"
    ]);
    if body != json!({"clientName": "Patchbay", "clientType": "public", "scopes": scopes}) {
        return refusal("invalid_client_metadata");
    }
    answer(
        200,
        &json!({"clientId": "client-1", "clientSecret": SECRET, "clientIdIssuedAt": 1, "clientSecretExpiresAt": 4_000_000_000_u64}),
    )
}

async fn device(State(state): State<Shared>, request: Request) -> Response {
    let body = match login_body(&state, request).await {
        Ok(body) => body,
        Err(failure) => return failure,
    };
    let start = body["startUrl"].as_str().unwrap_or_default();
    if body["clientId"] != "client-1"
        || body["clientSecret"] != SECRET
        || !start.ends_with("/start")
    {
        return refusal("invalid_client");
    }
    let lives = known(&state).code_lives;
    answer(
        200,
        &json!({
        "deviceCode": "canary-device", "userCode": "ABCD-EFGH", "verificationUri": "https://device.example/",
        "verificationUriComplete": "https://device.example/?user_code=ABCD-EFGH", "expiresIn": lives, "interval": 1}),
    )
}

async fn token(State(state): State<Shared>, request: Request) -> Response {
    let body = match login_body(&state, request).await {
        Ok(body) => body,
        Err(failure) => return failure,
    };
    let renews = body["grantType"] == "refresh_token";
    if renews {
        known(&state).refreshes += 1;
        let held = known(&state).held.clone();
        if let Some(held) = held {
            drop(held.acquire().await);
        }
    }
    let mut known = known(&state);
    if body["clientId"] != "client-1" || body["clientSecret"] != SECRET {
        return refusal("invalid_client");
    }
    if renews {
        let given = body["refreshToken"].as_str().unwrap_or_default();
        let place = known.refresh.iter().position(|token| token == given);
        let Some(place) = place.filter(|_| !known.revoked) else {
            return refusal("invalid_grant");
        };
        // It is good for one renewal only.
        known.refresh.remove(place);
        return granted(&mut known);
    }
    if body["grantType"] != "urn:ietf:params:oauth:grant-type:device_code"
        || body["deviceCode"] != "canary-device"
    {
        return refusal("unsupported_grant_type");
    }
    match known.decision {
        Decision::Agreed if !known.slowed => {
            known.slowed = true;
            refusal("slow_down")
        }
        Decision::Agreed => granted(&mut known),
        Decision::Open => refusal("authorization_pending"),
        Decision::Refused => refusal("access_denied"),
    }
}

fn granted(known: &mut Known) -> Response {
    known.number += 1;
    let access = format!("canary-access-{}", known.number);
    let refresh = format!("canary-refresh-{}", known.number);
    known.access.push(access.clone());
    known.refresh.push(refresh.clone());
    answer(
        200,
        &json!({"accessToken": access, "refreshToken": refresh, "expiresIn": known.lifetime, "tokenType": "Bearer"}),
    )
}

fn failure(status: u16, message: &str) -> Response {
    let kind = q::failure_of(status).parse().unwrap();
    let body: Value = serde_json::from_str(&q::failure(status, message)).unwrap();
    let mut response = answer(status, &body);
    response.headers_mut().insert("x-amzn-errortype", kind);
    response
}

async fn service(State(state): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let header = |name: &str| {
        head.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let token = header("authorization")
        .strip_prefix("Bearer ")
        .unwrap_or_default();
    if !known(&state).access.iter().any(|known| known == token) {
        return failure(403, "The bearer token included in the request is invalid.");
    }
    if let Err((status, message)) = q::check_head(&head.headers) {
        return failure(status, &message);
    }
    match header("x-amz-target") {
        q::LIST if body["origin"] == "CLI" => {
            answer(200, &serde_json::from_str(&q::models()).unwrap())
        }
        "AmazonCodeWhispererService.ListAvailableProfiles" => answer(
            200,
            &json!({"profiles": [{"arn": PROFILE, "profileName": "Work"}]}),
        ),
        q::CHAT => {
            known(&state).said.push(Said::Chat(body.clone()));
            match q::check_body(&body) {
                Ok(()) => chat(&body),
                Err((status, message)) => failure(status, &message),
            }
        }
        _ => failure(404, "No such operation."),
    }
}

/// What only this protocol breaks in; the rest is told to the other fake.
fn chat(body: &Value) -> Response {
    let model = q::model(body);
    let (how, script) = model.split_once('-').unwrap_or(("", model));
    let asked = question::amazon_q::read(body);
    let mut frames = q::stream(&Says::of(script, &asked));
    let half = frames.len() / 2 + 1;
    match how {
        "break" => frames.truncate(half),
        "exception" => {
            frames.truncate(half);
            frames.push(event_stream::exception(
                "InternalServerException",
                "{\"message\":\"It broke.\"}",
            ));
        }
        "flip" => *frames[half].last_mut().unwrap() ^= 1,
        "error" => return failure(script.parse().unwrap(), "The provider says no."),
        _ => {}
    }
    let told = stream::iter(frames).map(|frame| Ok::<_, io::Error>(Bytes::from(frame)));
    let body = if how == "break" {
        Body::from_stream(told.chain(stream::once(async {
            // What was written before is to arrive.
            tokio::time::sleep(Duration::from_millis(20)).await;
            Err(io::Error::other("cut"))
        })))
    } else {
        Body::from_stream(told)
    };
    Response::builder()
        .header("content-type", "application/vnd.amazon.eventstream")
        .body(body)
        .unwrap()
}
