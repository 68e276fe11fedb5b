//! The client API: each path to what answers it, and everything else in the caller's own shape.

use std::sync::Arc;

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use protocol::{
    Protocol,
    canonical::{ApiError, ErrorKind, Fault},
    client_codec,
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    endpoints::{self, Endpoint},
    handle, loops, models,
    reply::{self, Plain},
};

/// Step 2: identifies what is asked, and has it answered.
pub(crate) async fn answer(
    app: Arc<App>,
    request: Request,
    cut: Option<CancellationToken>,
) -> Response {
    let path = request.uri().path().to_owned();
    let dialect = endpoints::dialect(&path, request.headers());
    let Some(endpoint) = endpoints::find(&path) else {
        let method = request.method();
        return reply::failure(dialect, &unknown(method, &path), None).map(Body::from);
    };
    if request.method() == Method::OPTIONS {
        return allowed(&endpoint, StatusCode::NO_CONTENT, Bytes::new()).map(Body::from);
    }
    if !endpoint.answers(request.method()) {
        let error = wrong_method(request.method(), &path, &endpoint);
        let mut answer = reply::failure(dialect, &error, None);
        allow(&mut answer, &endpoint);
        return answer.map(Body::from);
    }
    let hops = loops::hops(request.headers());
    match endpoint {
        Endpoint::Exchange(protocol, operation) => {
            handle::exchange(app, protocol, operation, request, cut).await
        }
        Endpoint::Health => health(&app).map(Body::from),
        Endpoint::Model(id) => model(&app, dialect, &id, hops).await.map(Body::from),
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

async fn model(app: &Arc<App>, dialect: Protocol, id: &str, hops: u64) -> Plain {
    let models = models::addressable(app, hops).await;
    if let Some(model) = models.iter().find(|model| model.id == id) {
        return reply::json(StatusCode::OK, client_codec(dialect).encode_model(model));
    }
    let message = format!("No model is called `{id}` here. `GET /v1/models` lists what there is.");
    let error = ApiError::new(ErrorKind::NotFound, Fault::Client, message);
    reply::failure(dialect, &error.with_code("model_not_found"), None)
}

fn unknown(method: &Method, path: &str) -> ApiError {
    let message = format!(
        "There is no {method} {path} here. Patchbay answers POST /v1/chat/completions, POST /v1/messages, POST /v1/messages/count_tokens and GET /v1/models."
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
