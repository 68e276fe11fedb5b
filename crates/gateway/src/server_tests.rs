//! A mistake of ours is an answer, not an end.

use axum::{Router, extract::Request, response::Response};
use http_body_util::BodyExt as _;
use protocol::canonical::ApiError;
use store::{
    ConfigStore, Environment, ExchangeLog, Secrets, config::Log, exchanges::ExchangeState,
};

use super::*;
use crate::{
    Options, Pace, Reach, access::InProcess, body::WholeBody, exchange::Exchange, recorder::Outcome,
};

fn app(folder: &std::path::Path) -> Arc<App> {
    let database_path = folder.join("exchanges.sqlite");
    App::new(Options {
        config: ConfigStore::open(&folder.join("config.toml")).unwrap(),
        secrets: Secrets::in_memory(Environment::default()),
        environment: Environment::default(),
        log: ExchangeLog::open(&database_path, Log::default()).unwrap(),
        database_path,
        version: "0.0.0-test",
        notices: Vec::new(),
        pace: Pace::default(),
        reach: Reach::default(),
    })
}

#[tokio::test]
async fn a_panic_is_a_500_in_the_callers_shape_and_leaves_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let app = app(folder.path());
    let shared = Arc::clone(&app);
    let routes = Router::new().fallback(move |request: Request| async move {
        use protocol::{Operation, Protocol};
        let exchange =
            Exchange::accept(shared, Protocol::Anthropic, Operation::Chat, request, None);
        let _exchange = exchange.await.ok().unwrap();
        panic!("a mistake of ours");
        #[expect(unreachable_code, reason = "says what the handler would return")]
        Response::new(Body::empty())
    });
    let front = Front {
        app: Arc::clone(&app),
        others: routes,
    };
    for _ in 0..2 {
        let request = Request::post("/v1/messages/none")
            .extension(InProcess)
            .body(Body::from("{}"))
            .unwrap();
        let answer = front.clone().answer(request, None).await;
        assert_eq!(answer.status(), 500);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["type"], "api_error");
    }
    app.endings.wait().await;
    app.log.flush().await;
    let rows = app.log.query(store::exchanges::Filter::default(), None, 9);
    let rows = rows.await.unwrap().rows;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.state == ExchangeState::Failed));
    assert_eq!(rows[0].error_kind.as_deref(), Some("gateway_fault"));
}

#[tokio::test]
async fn the_network_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let app = app(folder.path());
    for address in ["0.0.0.0:0", "[::]:0"] {
        let state = start(&app, Some(address.parse().unwrap())).await;
        let ServerState::Failed { reason } = &state else {
            panic!("{address}: {state:?}");
        };
        assert!(reason.message.contains("serves this computer only"));
        assert_eq!(app.server.address(), None);
        assert_eq!(app.server_state(), state);
    }
}

#[tokio::test]
async fn an_empty_answer_that_nobody_polls_has_not_lost_its_client() {
    use http_body::Body as _;
    use protocol::{Operation, Protocol};

    let folder = tempfile::tempdir().unwrap();
    let app = app(folder.path());
    for outcome in [
        Outcome::Done,
        Outcome::Failed(ApiError::invalid_request("No.")),
    ] {
        let request = Request::new(Body::from("{}"));
        let exchange = Exchange::accept(
            Arc::clone(&app),
            Protocol::Anthropic,
            Operation::Chat,
            request,
            None,
        );
        let mut exchange = exchange.await.ok().unwrap();
        let recorder = exchange.recorder.take();
        let body = WholeBody::new(bytes::Bytes::new(), recorder, outcome, None);
        assert!(body.is_end_stream());
    }
    app.endings.wait().await;
    app.log.flush().await;
    let rows = app.log.query(store::exchanges::Filter::default(), None, 9);
    let mut states: Vec<_> = rows
        .await
        .unwrap()
        .rows
        .iter()
        .map(|row| row.state)
        .collect();
    states.sort_by_key(|state| *state == ExchangeState::Failed);
    assert_eq!(states, [ExchangeState::Done, ExchangeState::Failed]);
}
