//! The client API: each path to what answers it, and everything else in the caller's own shape.

use std::{borrow::Cow, sync::Arc};

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use protocol::{
    About, Protocol,
    canonical::{ApiError, ErrorKind, Fault},
    client_codec,
};

use crate::{
    app::App,
    endpoints::{self, Endpoint},
    exchange::reading,
    handle, loops, models, realtime, refusals,
    reply::{self, Plain},
    responses,
    server::Door,
    unread,
};

/// Characters of a path or a name in a sentence.
const MAX_WORD: usize = 200;

/// Step 2: identifies what is asked, and has it answered.
pub(crate) async fn answer(app: Arc<App>, request: Request, door: Option<Arc<Door>>) -> Response {
    let uri = request.uri().clone();
    let path = uri.path();
    let dialect = endpoints::dialect(&uri, request.headers());
    let posts = request.method() == Method::POST;
    // A colon leads to something to do with a model, which only we do not know.
    let asks_other =
        |found: &Endpoint<'_>| matches!(found, Endpoint::Model(id) if posts && id.contains(':'));
    let Some(endpoint) = endpoints::find(path).filter(|found| !asks_other(found)) else {
        let error = unknown(request.method(), path);
        let request = unread::heard_out(request).await;
        return refusals::answer(&app, request, error).map(Body::from);
    };
    if request.method() == Method::OPTIONS {
        let mut answer = Plain::default();
        *answer.status_mut() = StatusCode::NO_CONTENT;
        allow(&mut answer, &endpoint);
        return answer.map(Body::from);
    }
    if let Some(protocol) = endpoint.socket(request.method(), request.headers()) {
        return responses::open_socket(app, protocol, request, door).await;
    }
    if !endpoint.answers(request.method()) {
        let error = wrong_method(request.method(), path, &endpoint);
        let request = unread::heard_out(request).await;
        let mut answer = refusals::answer(&app, request, error);
        allow(&mut answer, &endpoint);
        return answer.map(Body::from);
    }
    let hops = loops::hops(request.headers());
    match endpoint {
        Endpoint::About(protocol, asked) => match client_codec(protocol).encode_about(asked) {
            Some(body) => reply::json(StatusCode::OK, body).map(Body::from),
            None => {
                let error = unknown(request.method(), path);
                refusals::answer(&app, request, error).map(Body::from)
            }
        },
        Endpoint::Described => described(&app, request, hops).await.map(Body::from),
        Endpoint::Exchange(protocol, operation) => {
            let cut = door.map(|door| door.cut.clone());
            handle::exchange(app, protocol, operation, request, cut).await
        }
        Endpoint::Health => health(&app).map(Body::from),
        Endpoint::Kept(id) => {
            let (head, _) = request.into_parts();
            let answer = responses::one(&app, dialect, &head, id).await;
            told(&app, head, answer)
        }
        Endpoint::KeptCancel(id) => {
            let (head, _) = unread::heard_out(request).await.into_parts();
            let answer = responses::cancel(&app, dialect, &head, id).await;
            told(&app, head, answer)
        }
        Endpoint::KeptInput(id) => {
            let (head, _) = request.into_parts();
            let answer = responses::input_items(&app, dialect, &head, id).await;
            told(&app, head, answer)
        }
        Endpoint::Model(id) => model(&app, request, &id, hops).await.map(Body::from),
        Endpoint::Models => {
            let models = models::addressable(&app, hops).await;
            let query = request.uri().query();
            match client_codec(dialect).encode_models_page(&models, query) {
                Ok(body) => reply::json(StatusCode::OK, body).map(Body::from),
                Err(error) => refusals::answer(&app, request, error).map(Body::from),
            }
        }
        Endpoint::Realtime => realtime::answer(app, request, door).await,
    }
}

/// What the protocol's clients wait for that look for their model server at the root page.
pub(crate) fn root(protocol: Protocol) -> Response {
    let text = client_codec(protocol).encode_about(About::Root);
    let mut answer = Response::new(Body::from(text.unwrap_or_default()));
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, text);
    // Of the same address as the page.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, cookie"));
    answer
}

fn health(app: &App) -> Plain {
    let version = app.version;
    let body = format!(r#"{{"status":"ok","version":"{version}","name":"patchbay"}}"#);
    reply::json(StatusCode::OK, body.into())
}

/// The model that a body names.
#[derive(serde::Deserialize)]
struct Named {
    model: Option<String>,
    /// Its older name.
    name: Option<String>,
}

async fn described(app: &Arc<App>, request: Request, hops: u64) -> Plain {
    let dialect = endpoints::dialect(request.uri(), request.headers());
    let (head, body) = request.into_parts();
    let named = named(app, &head, body).await;
    let request = Request::from_parts(head, Body::empty());
    let name = match named {
        Ok(name) => name,
        Err(error) => return refusals::answer(app, request, error),
    };
    match models::described(app, &name, hops).await {
        Some(model) => reply::json(StatusCode::OK, client_codec(dialect).encode_model(&model)),
        None => {
            let message = format!("model '{}' not found", in_short(&name));
            let error = ApiError::new(ErrorKind::NotFound, Fault::Client, message);
            refusals::answer(app, request, error.with_code("model_not_found"))
        }
    }
}

/// The model that is asked about.
async fn named(app: &App, head: &Parts, body: Body) -> Result<String, ApiError> {
    let body = reading::read(body, head, app.pace.request).await?;
    // serde quotes the value at fault, which may be a prompt.
    let named: Named = serde_json::from_slice(&body).map_err(|error| {
        ApiError::invalid_request(if error.is_data() {
            "The body must be an object in which `model` is a string.".to_owned()
        } else {
            let (line, column) = (error.line(), error.column());
            format!("The body is not JSON: it goes wrong at line {line}, column {column}.")
        })
    })?;
    let name = named.model.or(named.name).filter(|name| !name.is_empty());
    name.ok_or_else(|| ApiError::invalid_request("`model` is missing.").with_param("model"))
}

/// An answer, or why there is none, as a row too.
fn told(app: &Arc<App>, head: Parts, answer: Result<Response<Body>, ApiError>) -> Response<Body> {
    answer.unwrap_or_else(|error| refusals::of_head(app, head, error).map(Body::from))
}

async fn model(app: &Arc<App>, request: Request, id: &str, hops: u64) -> Plain {
    let models = models::addressable(app, hops).await;
    if let Some(model) = models.iter().find(|model| model.id == id) {
        let dialect = endpoints::dialect(request.uri(), request.headers());
        return reply::json(StatusCode::OK, client_codec(dialect).encode_model(model));
    }
    let id = in_short(id);
    let message = format!("No model is called `{id}` here. `GET /v1/models` lists what there is.");
    let error = ApiError::new(ErrorKind::NotFound, Fault::Client, message);
    refusals::answer(app, request, error.with_code("model_not_found"))
}

fn unknown(method: &Method, path: &str) -> ApiError {
    let path = in_short(path);
    let message = format!(
        "There is no {method} {path} here. Patchbay answers POST /v1/chat/completions, POST /v1/completions, POST /v1/embeddings, POST /v1/messages, POST /v1/messages/count_tokens, POST /v1/responses (and compact, input_tokens, and GET and DELETE of a kept one), GET /v1/responses and GET /v1/realtime (WebSockets), POST /v1beta/models/MODEL:generateContent (and streamGenerateContent, countTokens, embedContent, batchEmbedContents), GET /v1/models, and below /api POST chat, embed, generate, show and GET tags, version, ps."
    );
    ApiError::new(ErrorKind::NotFound, Fault::Client, message).with_code("unknown_url")
}

fn wrong_method(method: &Method, path: &str, endpoint: &Endpoint<'_>) -> ApiError {
    let message = format!(
        "{path} does not answer {method}. Use {}.",
        endpoint.methods()
    );
    ApiError::new(ErrorKind::MethodNotAllowed, Fault::Client, message)
}

/// As much of a client's word as a sentence can hold.
fn in_short(word: &str) -> Cow<'_, str> {
    match word.char_indices().nth(MAX_WORD) {
        Some((end, _)) => format!("{}…", &word[..end]).into(),
        None => word.into(),
    }
}

fn allow(answer: &mut Plain, endpoint: &Endpoint<'_>) {
    let methods = HeaderValue::from_static(endpoint.methods());
    answer.headers_mut().insert(header::ALLOW, methods);
}
