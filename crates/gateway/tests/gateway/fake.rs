//! A provider in process that speaks all protocols and refuses what the real ones refuse. What it answers
//! is in the model's name.

pub(crate) mod amazon_q;
mod anthropic;
mod form;
pub(crate) mod gemini;
mod ollama;
mod openai;
mod responses;
pub(crate) mod says;
mod texts;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::Value;
use tokio::sync::Notify;

pub(crate) use self::form::cut;
use self::{
    form::{Form, Part, events, part_of, untyped},
    says::Says,
};
use crate::{ask::Dialect, question};

/// The only key it takes.
pub(crate) const KEY: &str = "canary-provider-key-0001";
/// Longer than the gateway's keep-alive, shorter than its patience.
const SLOW: Duration = Duration::from_millis(130);

pub(crate) struct Fake {
    pub(crate) url: String,
    pub(crate) seen: Arc<Seen>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What came in.
#[derive(Default)]
pub(crate) struct Seen {
    requests: Mutex<Vec<(HeaderMap, Value, String)>>,
    /// A request has been read.
    pub(crate) arrived: Notify,
    /// A client went away in the middle of an endless answer.
    pub(crate) hung_up: Notify,
}

impl Seen {
    /// Headers, body, path with query.
    pub(crate) fn requests(&self) -> Vec<(HeaderMap, Value, String)> {
        self.requests.lock().unwrap().clone()
    }
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let seen = Arc::new(Seen::default());
        let router = Router::new()
            .route("/v1/chat/completions", post(chat))
            .route("/v1/completions", post(texts::complete))
            .route("/v1/embeddings", post(texts::embed))
            .route("/v1/responses", post(items))
            .route("/v1/responses/input_tokens", post(items_counted))
            .route("/v1/messages", post(messages))
            .route("/v1/messages/count_tokens", post(messages_counted))
            .route("/v1/models", get(models))
            .route("/api/chat", post(lines))
            .route("/api/embed", post(texts::ollama_embed))
            .route("/api/generate", post(texts::generate))
            .route("/api/tags", get(tags))
            .route("/v1beta/models", get(gemini_models))
            .route("/v1beta/models/{*called}", post(called))
            .route("/", post(operation))
            .with_state(Arc::clone(&seen));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen, task }
    }
}

async fn chat(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    answer(Dialect::OpenAi, &seen, request).await
}

async fn items(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    answer(Dialect::Responses, &seen, request).await
}

async fn messages(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    answer(Dialect::Anthropic, &seen, request).await
}

async fn lines(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    answer(Dialect::Ollama, &seen, request).await
}

/// What is asked stands in the address.
async fn called(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    let uri = request.uri().clone();
    let (_, verb) = gemini::called(&uri);
    match verb {
        "generateContent" | "streamGenerateContent" => {
            answer(Dialect::Gemini, &seen, request).await
        }
        "countTokens" => count(Dialect::Gemini, &seen, request).await,
        "batchEmbedContents" | "embedContent" => {
            let (headers, body) = read(&seen, request).await;
            match gemini::embed(&headers, &uri, &body) {
                Ok(vectors) => json(StatusCode::OK, vectors),
                Err((status, message)) => failure(Dialect::Gemini, status, &message),
            }
        }
        _ => failure(Dialect::Gemini, 404, "Requested entity was not found."),
    }
}

async fn gemini_models(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    read(&seen, request).await;
    json(StatusCode::OK, gemini::models())
}

/// What is asked stands in a header.
async fn operation(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    let target = request.headers().get("x-amz-target").cloned();
    match target.as_ref().and_then(|target| target.to_str().ok()) {
        Some(amazon_q::CHAT) => answer(Dialect::AmazonQ, &seen, request).await,
        Some(amazon_q::LIST) => {
            let (headers, body) = read(&seen, request).await;
            match amazon_q::check(&headers, &body) {
                Ok(()) => json(StatusCode::OK, amazon_q::models()),
                Err((status, message)) => failure(Dialect::AmazonQ, status, &message),
            }
        }
        _ => failure(Dialect::AmazonQ, 404, "No such operation."),
    }
}

async fn tags(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    read(&seen, request).await;
    json(StatusCode::OK, ollama::tags())
}

async fn items_counted(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    count(Dialect::Responses, &seen, request).await
}

async fn messages_counted(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    count(Dialect::Anthropic, &seen, request).await
}

/// As many for everybody, once the request is one.
async fn count(dialect: Dialect, seen: &Seen, request: Request) -> Response {
    let uri = request.uri().clone();
    let (headers, body) = read(seen, request).await;
    let checked = match dialect {
        Dialect::Anthropic => anthropic::check_count(&headers, &body),
        Dialect::Gemini => gemini::check_count(&headers, &uri, &body),
        _ => Ok(()),
    };
    if let Err((status, message)) = checked {
        return failure(dialect, status, &message);
    }
    let (asked, _) = asked(dialect, &uri, &body);
    let (model, part) = part_of(&asked);
    if part == Some(Part::Silent) {
        return std::future::pending().await;
    }
    if let Some(status) = error_of(model) {
        return failure(dialect, status, "The provider says no.");
    }
    if model == "words" {
        return json(StatusCode::OK, "upstream connect error".to_owned());
    }
    let field = match dialect {
        Dialect::Gemini => "totalTokens",
        _ => "input_tokens",
    };
    json(StatusCode::OK, format!("{{\"{field}\":4242}}"))
}

async fn models(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    read(&seen, request).await;
    let list = r#"{"object":"list","data":[{"id":"listed-model","object":"model","type":"model","display_name":"Listed","created":1700000000,"created_at":"2024-01-01T00:00:00Z","owned_by":"fake"}],"has_more":false}"#;
    json(StatusCode::OK, list.to_owned())
}

async fn read(seen: &Seen, request: Request) -> (HeaderMap, Value) {
    let (head, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let path = head.uri.path_and_query().unwrap().to_string();
    let entry = (head.headers.clone(), value.clone(), path);
    seen.requests.lock().unwrap().push(entry);
    seen.arrived.notify_one();
    (head.headers, value)
}

async fn answer(dialect: Dialect, seen: &Arc<Seen>, request: Request) -> Response {
    let uri = request.uri().clone();
    let (headers, body) = read(seen, request).await;
    let checked = match dialect {
        Dialect::AmazonQ => amazon_q::check(&headers, &body),
        Dialect::Gemini => gemini::check(&headers, &uri, &body),
        Dialect::Anthropic => anthropic::check(&headers, &body),
        Dialect::Ollama => ollama::check(&headers, &body),
        Dialect::OpenAi => openai::check(&headers, &body),
        Dialect::Responses => responses::check(&headers, &body),
    };
    if let Err((status, message)) = checked {
        return failure(dialect, status, &message);
    }
    let (asked, form) = asked(dialect, &uri, &body);
    let (model, part) = part_of(&asked);
    if part == Some(Part::Slow) {
        tokio::time::sleep(SLOW).await;
    }
    if let Some(status) = error_of(model) {
        return failure(dialect, status, "The provider says no.");
    }
    if let Some((kind, status)) = model.split_once('-')
        && let Some(answer) = unusual(kind, status)
    {
        return answer;
    }
    let says = Says::of(model, &question::read(dialect, &body));
    let reply = Reply {
        dialect,
        asked: &asked,
        says: &says,
        body: &body,
    };
    match (model, form) {
        // It does the other thing than it was asked for, and says so in a wrong content type.
        ("stream_anyway", Form::Whole) => {
            let form = Form::of(dialect);
            untyped(form, reply.chunks(form), part, seen)
        }
        ("whole_anyway", Form::Array | Form::Events | Form::Lines) => {
            json(StatusCode::OK, reply.whole())
        }
        ("web_page", _) => {
            let mut page = json(StatusCode::OK, "<html>Welcome</html>".to_owned());
            page.headers_mut()
                .insert("content-type", "text/html".parse().unwrap());
            page
        }
        (_, Form::Whole) => json(StatusCode::OK, reply.whole()),
        (_, form) => events(form, reply.chunks(form), part, seen),
    }
}

/// The status that a model fails with: `error-429`, or `error-429-again`.
fn error_of(model: &str) -> Option<u16> {
    let status = model.strip_prefix("error-")?.split('-').next()?;
    status.parse().ok()
}

/// The model that is asked, and how it is to answer.
fn asked(dialect: Dialect, uri: &Uri, body: &Value) -> (String, Form) {
    let (model, streams) = match dialect {
        Dialect::AmazonQ => (amazon_q::model(body), true),
        Dialect::Gemini => {
            let (model, verb) = gemini::called(uri);
            let is_array = uri.query().is_none_or(|query| !query.contains("alt=sse"));
            if verb == "streamGenerateContent" && is_array {
                return (model.to_owned(), Form::Array);
            }
            (model, verb == "streamGenerateContent")
        }
        Dialect::Ollama => (body["model"].as_str().unwrap(), body["stream"] != false),
        Dialect::Anthropic | Dialect::OpenAi | Dialect::Responses => {
            (body["model"].as_str().unwrap(), body["stream"] == true)
        }
    };
    let form = if streams {
        Form::of(dialect)
    } else {
        Form::Whole
    };
    (model.to_owned(), form)
}

/// An answer that is not in the protocol at all.
fn unusual(kind: &str, status: &str) -> Option<Response> {
    let (content_type, body) = match kind {
        "empty" | "redirect" => ("text/plain", ""),
        "page" => ("text/html", "<html><title>Down</title></html>"),
        "words" => ("text/plain", "upstream connect error"),
        _ => return None,
    };
    let answer = Response::builder()
        .status(status.parse::<u16>().ok()?)
        .header("content-type", content_type)
        .header(
            "location",
            "https://elsewhere.example/v1/login?token=canary",
        )
        .header("x-request-id", "req_fake");
    Some(answer.body(Body::from(body)).unwrap())
}

/// What is said, and by which name.
struct Reply<'r> {
    dialect: Dialect,
    asked: &'r str,
    says: &'r Says,
    body: &'r Value,
}

impl Reply<'_> {
    fn chunks(&self, form: Form) -> Vec<Vec<u8>> {
        let (says, body) = (self.says, self.body);
        let texts = match self.dialect {
            Dialect::AmazonQ => return amazon_q::stream(says),
            Dialect::Anthropic => anthropic::stream(says, body),
            Dialect::Gemini => gemini::stream(says, self.asked, form == Form::Array),
            Dialect::Ollama => ollama::stream(says, body),
            Dialect::OpenAi => openai::stream(says, body),
            Dialect::Responses => responses::stream(says, body),
        };
        texts.into_iter().map(String::into_bytes).collect()
    }

    fn whole(&self) -> String {
        let (says, body) = (self.says, self.body);
        match self.dialect {
            Dialect::AmazonQ => unreachable!("it always streams"),
            Dialect::Anthropic => anthropic::whole(says, body),
            Dialect::Gemini => gemini::whole(says, self.asked),
            Dialect::Ollama => ollama::whole(says, body),
            Dialect::OpenAi => openai::whole(says, body),
            Dialect::Responses => responses::whole(says, body).to_string(),
        }
    }
}

fn json(status: StatusCode, body: String) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("x-request-id", "req_fake")
        .body(Body::from(body))
        .unwrap()
}

fn failure(dialect: Dialect, status: u16, message: &str) -> Response {
    let body = match dialect {
        Dialect::AmazonQ => amazon_q::failure(status, message),
        Dialect::Anthropic => anthropic::failure(status, message),
        Dialect::Gemini => gemini::failure(status, message),
        Dialect::Ollama => ollama::failure(message),
        Dialect::OpenAi | Dialect::Responses => openai::failure(status, message),
    };
    let mut response = json(StatusCode::from_u16(status).unwrap(), body);
    let headers = response.headers_mut();
    if dialect == Dialect::AmazonQ {
        let kind = amazon_q::failure_of(status).parse().unwrap();
        headers.insert("x-amzn-errortype", kind);
    }
    // One says in the body how long to wait.
    if status == 429 && dialect != Dialect::Gemini {
        headers.insert("retry-after", "7".parse().unwrap());
    }
    response
}
