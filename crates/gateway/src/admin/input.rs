//! What callers send: bodies, queries and path segments, with a [`Refusal`] for what cannot be read.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::BytesRejection},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;

use super::failure::Refusal;
use crate::{
    headers::essence,
    sentence::{Sentence, sentence},
};

/// A JSON body.
pub(super) struct Input<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        // A page of another origin can send other types without asking first.
        if !is_json(request.headers()) {
            let message = "Send JSON, with the content type application/json.";
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "invalid",
                message,
            ));
        }
        let body = Bytes::from_request(request, state).await.map_err(unread)?;
        decode(&body).map(Self)
    }
}

/// A JSON body, or nothing at all.
pub(super) struct OptionalInput<T>(pub(super) Option<T>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalInput<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        if request.headers().contains_key(header::CONTENT_TYPE) {
            return Input::from_request(request, state)
                .await
                .map(|Input(body)| Self(Some(body)));
        }
        Ok(Self(None))
    }
}

/// The parameters of the query; each type knows all of its own, and no other is passed over.
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(query)| Self(query))
            .map_err(|rejection| {
                let text = rejection.body_text();
                let (field, reason) = split_field(
                    text.rsplit_once("query string: ")
                        .map_or(&*text, |(_, why)| why),
                );
                if let Some((name, known)) = unknown(reason) {
                    return Refusal::invalid(name, no_such_parameter(name, known));
                }
                let message = format!("The query parameter `{field}` cannot be read: {reason}.");
                Refusal::invalid(field, message)
            })
    }
}

/// What a list is asked that has nothing to choose from.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// The one variable segment of the path.
pub(super) struct Segment(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(segment)| Self(segment))
            .map_err(|_| Refusal::not_found("There is nothing at this address."))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    essence(headers).eq_ignore_ascii_case("application/json")
}

fn unread(rejection: BytesRejection) -> Refusal {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let message = "The body is too large for this call.";
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid", message)
        }
        status => Refusal::new(status, "invalid", "The body broke off."),
    }
}

/// The sentences never hold the body's text: it may be a key.
fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refuse(&path, error.inner())
    })?;
    json.end().map_err(|error| refuse(".", &error))?;
    Ok(value)
}

fn refuse(path: &str, error: &serde_json::Error) -> Refusal {
    use serde_json::error::Category;
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Data => {
            let (what, field) = match missing(error) {
                Some(field) => ("is missing", join(path, &field)),
                None => (
                    "has a value of the wrong kind",
                    path.trim_matches('.').to_owned(),
                ),
            };
            if field.is_empty() {
                return Refusal::invalid("", format!("The body has the wrong form at {place}."));
            }
            Refusal::invalid(&field, format!("The field `{field}` {what} ({place})."))
        }
        Category::Eof | Category::Io | Category::Syntax => {
            Refusal::invalid("", format!("The body is not valid JSON at {place}."))
        }
    }
}

fn missing(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let name = text.strip_prefix("missing field `")?.split('`').next()?;
    Some(name.to_owned())
}

fn join(path: &str, field: &str) -> String {
    match path {
        "." | "" => field.to_owned(),
        path => format!("{path}.{field}"),
    }
}

/// The name that nobody knows, and those that are known, from what serde says.
fn unknown(reason: &str) -> Option<(&str, Option<&str>)> {
    let (name, rest) = reason.strip_prefix("unknown field `")?.split_once('`')?;
    let known = rest.strip_prefix(", expected ");
    Some((name, known.map(|known| known.trim_start_matches("one of "))))
}

fn no_such_parameter(name: &str, known: Option<&str>) -> Sentence {
    match known.map(|known| known.replace(" or ", ", ")) {
        Some(known) => sentence!(
            "parameter_unknown",
            "There is no query parameter `{name}` here. There are: {known}.",
            name,
            known
        ),
        None => sentence!(
            "parameter_needless",
            "There is no query parameter `{name}` here, and no other.",
            name
        ),
    }
}

fn split_field(text: &str) -> (&str, &str) {
    match text.split_once(": ") {
        Some((field, reason)) if !field.contains(' ') => (field, reason),
        _ => ("", text),
    }
}
