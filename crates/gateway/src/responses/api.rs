//! What is kept, as clients ask for it: a reply, what was asked, and to have it forgotten.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use protocol::{
    Protocol, StreamForm,
    canonical::{ApiError, ErrorKind, Fault},
    client_codec, upstream_codec,
};
use serde_json::{Map, Value, json};
use store::{
    config::{Account, Provider},
    exchanges::Id,
};

use super::{
    Origin,
    query::{self, Query},
    shelf::ASKED,
};
use crate::{
    app::App,
    credentials, headers, loops,
    reply::{self, Plain},
    speaks::Speaks,
    upstream::{self, Call},
};

const MOST_ITEMS: u64 = 100;
const MAX_ANSWER: usize = 256 << 20;

/// A reply, or that it is forgotten.
///
/// # Errors
/// `NotFound` where nobody keeps it, `InvalidRequest` for a form that it cannot be shown in.
pub(crate) async fn one(
    app: &Arc<App>,
    protocol: Protocol,
    head: &Parts,
    id: &str,
) -> Result<Response<Body>, ApiError> {
    if head.method == Method::DELETE {
        if app.responses.remove(id) {
            let deleted = json!({"id": id, "object": "response", "deleted": true});
            let deleted = reply::json(StatusCode::OK, deleted.to_string().into());
            return Ok(deleted.map(Body::from));
        }
    } else if let Some(turn) = app.responses.turn(id) {
        let shown = shown(protocol, &Query::of(&head.uri), turn.response)?;
        return Ok(shown.map(Body::from));
    }
    elsewhere(app, protocol, head, (id, "")).await
}

/// A reply in the form that its client wants to have it in now.
fn shown(protocol: Protocol, query: &Query<'_>, whole: Bytes) -> Result<Plain, ApiError> {
    if query.is_first("stream", ["false", "true"])? {
        return Ok(reply::json(StatusCode::OK, whole));
    }
    let after = query.number("starting_after", 0..=u64::MAX)?;
    let Some(events) = client_codec(protocol).replayed(&whole, after) else {
        return Ok(reply::json(StatusCode::OK, whole));
    };
    let mut answer = Plain::new(events);
    let kind = HeaderValue::from_static(StreamForm::sse(b"").content_type);
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(answer)
}

/// What was asked.
///
/// # Errors
/// `NotFound` where nobody keeps it, `InvalidRequest` for a piece of it that is none.
pub(crate) async fn input_items(
    app: &Arc<App>,
    protocol: Protocol,
    head: &Parts,
    id: &str,
) -> Result<Response<Body>, ApiError> {
    let Some(turn) = app.responses.turn(id) else {
        return elsewhere(app, protocol, head, (id, "/input_items")).await;
    };
    let query = Query::of(&head.uri);
    let is_newest_first = query.is_first("order", ["desc", "asc"])?;
    let limit = query.number("limit", 1..=MOST_ITEMS)?.unwrap_or(20) as usize;
    let mut items: Vec<Value> = turn
        .input
        .iter()
        .enumerate()
        .map(|(at, item)| listed(item.get(), id, at))
        .collect();
    if is_newest_first {
        items.reverse();
    }
    if let Some(after) = query.text("after") {
        let at = items.iter().position(|item| item["id"] == after);
        let at = at.ok_or_else(|| no_item(&after, id))?;
        items.drain(..=at);
    }
    let has_more = items.len() > limit;
    items.truncate(limit);
    let id_of = |item: Option<&Value>| item.map_or(Value::Null, |item| item["id"].clone());
    let list = json!({
        "object": "list",
        "first_id": id_of(items.first()),
        "last_id": id_of(items.last()),
        "has_more": has_more,
        "data": items,
    });
    let list = reply::json(StatusCode::OK, list.to_string().into());
    Ok(list.map(Body::from))
}

fn no_item(after: &str, response: &str) -> ApiError {
    let after: String = after.chars().take(80).collect();
    let message = format!("`after`: the response `{response}` was asked with no item `{after}`.");
    query::refused("after", message)
}

/// An item as lists show it: with an id and a type, which clients may leave out.
fn listed(item: &str, response: &str, at: usize) -> Value {
    let mut fields: Map<String, Value> = serde_json::from_str(item).unwrap_or_default();
    let kind = fields.entry("type").or_insert("message".into()).clone();
    if kind == "message"
        && let Some(Value::String(text)) = fields.get("content")
    {
        let kind = match fields.get("role").and_then(Value::as_str) {
            Some("assistant") => "output_text",
            Some(_) | None => "input_text",
        };
        let content = json!([{"type": kind, "text": text}]);
        fields.insert("content".to_owned(), content);
    }
    if fields.get("id").is_none_or(Value::is_null) {
        let exchange = response.strip_prefix("resp_").unwrap_or(response);
        fields.insert(
            "id".to_owned(),
            format!("msg_{exchange}_{ASKED}{at}").into(),
        );
    }
    fields.into()
}

/// The end of work in the background, which only providers do.
///
/// # Errors
/// `InvalidRequest` for a reply that is kept here, `NotFound` where nobody keeps it.
pub(crate) async fn cancel(
    app: &Arc<App>,
    protocol: Protocol,
    head: &Parts,
    id: &str,
) -> Result<Response<Body>, ApiError> {
    if app.responses.turn(id).is_some() {
        return Err(ApiError::invalid_request(
            "Only a response with `background: true` can be cancelled; this one was finished while its client waited.",
        ));
    }
    elsewhere(app, protocol, head, (id, "/cancel")).await
}

/// An account of a provider that keeps its replies itself.
type Keeper<'c> = (&'c Provider, Option<&'c Account>);

/// Asks the account that a reply is with, or each until one knows it. `path`: an id, and what of it.
async fn elsewhere(
    app: &Arc<App>,
    protocol: Protocol,
    head: &Parts,
    path: (&str, &str),
) -> Result<Response<Body>, ApiError> {
    let (id, _) = path;
    let config = app.config.current();
    let hops = loops::check_hops(&head.headers)?;
    let origin = app.responses.origin(id);
    if origin.is_none() && is_of_here(id) {
        return Err(not_found(id));
    }
    let providers = config.providers.iter();
    let providers = providers.filter(|one| Speaks::of(one.protocol) == Speaks::Wire(protocol));
    let mut keepers: Vec<Keeper<'_>> = providers
        .flat_map(|provider| {
            let mut accounts: Vec<_> = config.accounts_of(&provider.id).map(Some).collect();
            if accounts.is_empty() {
                accounts.push(None);
            }
            accounts.into_iter().map(move |account| (provider, account))
        })
        .collect();
    let owns = |keeper: &Keeper<'_>| {
        let origin = origin.as_ref();
        origin.is_some_and(|origin| origin.is(keeper.0, keeper.1))
    };
    let is_known = keepers.iter().any(owns);
    if is_known {
        keepers.retain(owns);
    }
    let (mut refused, mut failed) = (None, None);
    for keeper in keepers {
        match asked(app, protocol, head, path, (keeper, hops)).await {
            Ok(answer) => {
                app.responses.belongs(id, Origin::new(keeper.0, keeper.1));
                return Ok(answer);
            }
            Err(error) if is_known => return Err(error),
            // Who does not know it says so; this one does.
            Err(error) if error.status == Some(400) || error.status == Some(409) => {
                refused.get_or_insert(error);
            }
            // Who keeps no replies has not got this one either.
            Err(error)
                if matches!(
                    error.kind,
                    ErrorKind::MethodNotAllowed | ErrorKind::NotFound
                ) => {}
            // Who cannot be asked may have it.
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    Err(refused.or(failed).unwrap_or_else(|| not_found(id)))
}

/// What one account says of it.
async fn asked(
    app: &Arc<App>,
    protocol: Protocol,
    head: &Parts,
    (id, below): (&str, &str),
    ((provider, account), hops): (Keeper<'_>, u64),
) -> Result<Response<Body>, ApiError> {
    let codec = upstream_codec(protocol);
    let credential = credentials::to_send(app, account).await?;
    let query = head.uri.query().and_then(headers::query_for_provider);
    let mut sent = HeaderMap::new();
    loops::count_hop(&mut sent, provider, hops);
    let call = Call {
        method: head.method.clone(),
        provider,
        codec,
        path: &format!("/responses/{id}{below}"),
        query: query.as_deref(),
        headers: sent,
        credential: credential.as_ref(),
        body: Vec::new(),
        stream: false,
    };
    let (answered, body) = app.send(call).await?.into_parts();
    let kind = answered.headers.get(header::CONTENT_TYPE);
    if answered.status.is_success() && kind.is_some_and(is_stream) {
        return Ok(answer(&answered, as_it_comes(body, provider)));
    }
    let idle = provider.timeouts.idle;
    let body = upstream::collect(body, Bytes::new(), provider, idle, MAX_ANSWER).await?;
    if answered.status.is_redirection() {
        return Err(upstream::redirected(&answered.headers, provider));
    }
    if !answered.status.is_success() {
        return Err(credentials::failure(codec, &answered, body, credential).0);
    }
    Ok(answer(&answered, body.into()))
}

fn is_stream(kind: &HeaderValue) -> bool {
    kind.as_bytes().starts_with(b"text/event-stream")
}

/// A reply that is still being made is followed by its stream.
fn as_it_comes(body: reqwest::Body, provider: &Provider) -> Body {
    let begun = Some((body, provider.clone()));
    Body::from_stream(stream::unfold(begun, async |open| {
        let (mut body, provider) = open?;
        let idle = provider.timeouts.idle;
        match upstream::next_chunk(&mut body, &provider, idle).await {
            Ok(chunk) => Some((Ok(chunk?), Some((body, provider)))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

fn answer(answered: &http::response::Parts, body: Body) -> Response<Body> {
    let mut answer = reply::json(answered.status, Bytes::new()).map(|_| body);
    if let Some(kind) = answered.headers.get(header::CONTENT_TYPE) {
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, kind.clone());
    }
    answer
}

/// Whether an id is one that this gateway gives: it is kept here or nowhere.
fn is_of_here(id: &str) -> bool {
    let exchange = id.strip_prefix("resp_");
    exchange.is_some_and(|exchange| exchange.parse::<Id>().is_ok())
}

fn not_found(id: &str) -> ApiError {
    let id: String = id.chars().take(80).collect();
    let message = format!("Response with id '{id}' not found.");
    ApiError::new(ErrorKind::NotFound, Fault::Client, message).with_code("response_not_found")
}
