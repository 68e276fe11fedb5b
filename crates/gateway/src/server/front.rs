//! What every request passes through, by whichever door it comes.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{Router, body::Body, extract::Request, response::Response};
use futures_util::FutureExt as _;
use http::Uri;
use protocol::{
    Protocol,
    canonical::{ApiError, ErrorKind, Fault},
};
use tower::ServiceExt as _;

use super::Door;
use crate::{access, admin, app::App, client_api, endpoints, reply, ui};

/// All routes, for requests that do not come through the port.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let front = Front::new(app);
    Router::new().fallback(move |request: Request| front.answer(request, None))
}

#[derive(Clone)]
pub(super) struct Front {
    pub(super) app: Arc<App>,
    /// Everything that is not the client API, which is found without a router's detours.
    pub(super) others: Router,
}

impl Front {
    pub(super) fn new(app: &Arc<App>) -> Self {
        let unknown = {
            let app = Arc::clone(app);
            move |request: Request| client_api::answer(Arc::clone(&app), request, None)
        };
        let others = admin::router(Arc::clone(app))
            .merge(ui::router())
            .method_not_allowed_fallback(unknown.clone())
            .fallback(unknown);
        Self {
            app: Arc::clone(app),
            others,
        }
    }

    /// Step 1: lets in who may come in. A panic behind it becomes an answer; the server lives on.
    /// `door`: of a request from the network.
    pub(super) async fn answer(self, request: Request, door: Option<Arc<Door>>) -> Response {
        let dialect = endpoints::dialect(request.uri(), request.headers());
        let address = request.uri().clone();
        let Self { app, others } = self;
        let inside = {
            let app = Arc::clone(&app);
            |request: Request| async move {
                let path = request.uri().path();
                let probe = endpoints::probe(path, request.method(), request.headers());
                if let Some(protocol) = probe {
                    return client_api::root(protocol);
                }
                if endpoints::find(path).is_some() {
                    return client_api::answer(app, request, door).await;
                }
                match others.oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                }
            }
        };
        // In a box, because moving so large a future about costs more than the box.
        let answer = AssertUnwindSafe(Box::pin(access::guard(app, request, inside)));
        match answer.catch_unwind().await {
            Ok(response) => response,
            Err(_) => panicked(dialect, &address),
        }
    }
}

fn panicked(dialect: Protocol, address: &Uri) -> Response {
    tracing::error!("a request handler panicked");
    let error = ApiError::new(
        ErrorKind::GatewayFault,
        Fault::Gateway,
        "Patchbay made a mistake with this request. It goes on running; please report what you sent.",
    );
    reply::failure(dialect, address, &error, None).map(Body::from)
}
