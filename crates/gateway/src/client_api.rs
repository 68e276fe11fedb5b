//! The client API: each path to what answers it, and everything else in the caller's own shape.

use std::{borrow::Cow, sync::Arc};

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use protocol::{
    canonical::{ApiError, ErrorKind, Fault},
    client_codec,
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    endpoints::{self, Endpoint},
    handle, loops, models, refusals,
    reply::{self, Plain},
};

/// Characters of a path or a name in a sentence.
const MAX_WORD: usize = 200;

/// Step 2: identifies what is asked, and has it answered.
pub(crate) async fn answer(
    app: Arc<App>,
    request: Request,
    cut: Option<CancellationToken>,
) -> Response {
    let path = request.uri().path().to_owned();
    let dialect = endpoints::dialect(&path, request.headers());
    let Some(endpoint) = endpoints::find(&path) else {
        let error = unknown(request.method(), &path);
        return refusals::answer(&app, request, error).map(Body::from);
    };
    if request.method() == Method::OPTIONS {
        return allowed(&endpoint, StatusCode::NO_CONTENT, Bytes::new()).map(Body::from);
    }
    if !endpoint.answers(request.method()) {
        let error = wrong_method(request.method(), &path, &endpoint);
        let mut answer = refusals::answer(&app, request, error);
        allow(&mut answer, &endpoint);
        return answer.map(Body::from);
    }
    let hops = loops::hops(request.headers());
    match endpoint {
        Endpoint::Exchange(protocol, operation) => {
            handle::exchange(app, protocol, operation, request, cut).await
        }
        Endpoint::Health => health(&app).map(Body::from),
        Endpoint::Model(id) => model(&app, request, &id, hops).await.map(Body::from),
        Endpoint::Models => {
            let models = models::addressable(&app, hops).await;
            let body = client_codec(dialect).encode_models(&models);
            reply::json(StatusCode::OK, body).map(Body::from)
        }
    }
}

fn health(app: &App) -> Plain {
    let body = format!(
        r#"{{"status":"ok","version":"{}","name":"patchbay"}}"#,
        app.version
    );
    reply::json(StatusCode::OK, body.into())
}

async fn model(app: &Arc<App>, request: Request, id: &str, hops: u64) -> Plain {
    let models = models::addressable(app, hops).await;
    if let Some(model) = models.iter().find(|model| model.id == id) {
        let dialect = endpoints::dialect(request.uri().path(), request.headers());
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
        "There is no {method} {path} here. Patchbay answers POST /v1/chat/completions, POST /v1/completions, POST /v1/embeddings, POST /v1/messages, POST /v1/messages/count_tokens and GET /v1/models."
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

fn allowed(endpoint: &Endpoint<'_>, status: StatusCode, body: Bytes) -> Plain {
    let mut answer = Plain::new(body);
    *answer.status_mut() = status;
    allow(&mut answer, endpoint);
    answer
}

fn allow(answer: &mut Plain, endpoint: &Endpoint<'_>) {
    let methods = HeaderValue::from_static(endpoint.methods());
    answer.headers_mut().insert(header::ALLOW, methods);
}
