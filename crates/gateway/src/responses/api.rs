//! What is kept, as clients ask for it: a reply, what was asked, and to have it forgotten.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header, request::Parts};
use protocol::{
    Protocol,
    canonical::{ApiError, ErrorKind, Fault},
    upstream_codec,
};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    credentials, headers, loops,
    reply::{self, Plain},
    speaks::Speaks,
    upstream::{self, Call},
};

const MOST_ITEMS: usize = 100;
const MAX_ANSWER: usize = 256 << 20;

/// A reply, or that it is forgotten.
///
/// # Errors
/// `NotFound` where nobody keeps it.
pub(crate) async fn one(
    app: &Arc<App>,
    protocol: Protocol,
    head: &Parts,
    id: &str,
) -> Result<Plain, ApiError> {
    let answer = if head.method == Method::DELETE {
        let deleted = json!({"id": id, "object": "response", "deleted": true});
        app.responses
            .remove(id)
            .then(|| Bytes::from(deleted.to_string()))
    } else {
        app.responses.turn(id).map(|turn| turn.response)
    };
    match answer {
        Some(body) => Ok(reply::json(StatusCode::OK, body)),
        None => elsewhere(app, protocol, head, (id, "")).await,
    }
}

/// What was asked.
///
/// # Errors
/// `NotFound` where nobody keeps it.
pub(crate) async fn input_items(
    app: &Arc<App>,
    protocol: Protocol,
    head: &Parts,
    id: &str,
) -> Result<Plain, ApiError> {
    let Some(turn) = app.responses.turn(id) else {
        return elsewhere(app, protocol, head, (id, "/input_items")).await;
    };
    let query = |name: &str| {
        let pairs = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
        let mut wanted = pairs.filter(|(key, _)| key == name);
        wanted.next().map(|(_, value)| value.into_owned())
    };
    let mut items: Vec<Value> = turn
        .input
        .iter()
        .enumerate()
        .map(|(at, item)| listed(item.get(), id, at))
        .collect();
    if query("order").as_deref() != Some("asc") {
        items.reverse();
    }
    if let Some(after) = query("after") {
        let at = items.iter().position(|item| item["id"] == after);
        items.drain(..at.map_or(0, |at| at + 1));
    }
    let limit = query("limit").and_then(|limit| limit.parse().ok());
    let limit = limit.unwrap_or(20).clamp(1, MOST_ITEMS);
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
    Ok(reply::json(StatusCode::OK, list.to_string().into()))
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
        fields.insert("id".to_owned(), format!("msg_{exchange}_in{at}").into());
    }
    fields.into()
}

/// Asks the providers that keep their replies themselves, until one knows it. `path`: an id, and what of it.
async fn elsewhere(
    app: &Arc<App>,
    protocol: Protocol,
    head: &Parts,
    path: (&str, &str),
) -> Result<Plain, ApiError> {
    let (id, below) = path;
    let config = app.config.current();
    let hops = loops::check_hops(&head.headers)?;
    let codec = upstream_codec(protocol);
    let path = format!("/responses/{id}{below}");
    let query = head.uri.query().and_then(headers::query_for_provider);
    for provider in &config.providers {
        if Speaks::of(provider.protocol) != Speaks::Wire(protocol) {
            continue;
        }
        let account = config.accounts_of(&provider.id).next();
        let Ok(credential) = credentials::fresh(app, account).await else {
            continue;
        };
        let mut sent = HeaderMap::new();
        loops::count_hop(&mut sent, provider, hops);
        let call = Call {
            method: head.method.clone(),
            provider,
            codec,
            path: &path,
            query: query.as_deref(),
            headers: sent,
            credential: credential.as_ref(),
            body: Vec::new(),
            stream: false,
        };
        let Ok(answer) = app.send(call).await else {
            continue;
        };
        if !answer.status().is_success() {
            continue;
        }
        let (answered, body) = answer.into_parts();
        let idle = provider.timeouts.idle;
        let body = upstream::collect(body, Bytes::new(), provider, idle, MAX_ANSWER).await?;
        let mut answer = reply::json(answered.status, body);
        if let Some(kind) = answered.headers.get(header::CONTENT_TYPE) {
            answer
                .headers_mut()
                .insert(header::CONTENT_TYPE, kind.clone());
        }
        return Ok(answer);
    }
    let id: String = id.chars().take(80).collect();
    let message = format!("Response with id '{id}' not found.");
    Err(ApiError::new(ErrorKind::NotFound, Fault::Client, message).with_code("response_not_found"))
}
