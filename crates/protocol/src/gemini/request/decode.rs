//! A client's request to the canonical one.

mod contents;
pub(super) mod settings;
mod tools;

use contents::Reader;
use serde_json::{Map, Value};

use super::super::{
    address,
    wire::{Many, RequestBody},
};
use crate::{
    Protocol, RawRequest,
    canonical::{ApiError, Losses, Message, Part, Request, Role},
    json::{self, Mended, Text, TextOr},
};

const ONLY_OWN: &str = "is known to this client's protocol only";

pub(in crate::gemini) fn decode(
    raw: RawRequest<'_>,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    let mended = Mended::new();
    let body: RequestBody<'_> = json::parse_request(raw.body, &mended, losses)?;
    request(raw, body, losses)
}

/// To count tokens the contents stand alone, or the whole request inside another.
pub(in crate::gemini) fn decode_count(
    raw: RawRequest<'_>,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    let mended = Mended::new();
    let body: RequestBody<'_> = json::parse_request(raw.body, &mended, losses)?;
    match body.generate_content_request {
        Some(inner) => {
            let inner = json::parse_part(inner, &"generateContentRequest")?;
            request(raw, inner, losses)
        }
        None => request(raw, body, losses),
    }
}

fn request(
    raw: RawRequest<'_>,
    body: RequestBody<'_>,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    refuse_state(&body)?;
    let mut reader = Reader::new(raw.body, losses);
    let instructions = match body.system_instruction {
        None => Vec::new(),
        Some(TextOr::Text(text)) => vec![Part::Text(text.into_owned())],
        Some(TextOr::Other(content)) => reader.instructions(content)?,
    };
    let contents = body.contents.ok_or_else(|| ApiError::missing("contents"))?;
    let messages = match contents {
        TextOr::Text(text) => vec![Message::new(
            Role::User,
            vec![Part::Text(text.into_owned())],
        )],
        TextOr::Other(Many(contents)) => reader.messages(contents)?,
    };
    if messages.is_empty() {
        return Err(ApiError::invalid(
            "contents",
            "contents: at least one content is required.",
        ));
    }
    let mut tools = tools::tools(body.tools, losses)?;
    let tool_choice = tools::choice(body.tool_config, &mut tools, losses)?;
    let mut rest = body.rest;
    let settings = settings::read(
        body.generation_config.unwrap_or_default(),
        &mut rest,
        losses,
    )?;
    let model = address::model(raw.path).or_else(|| body.model.map(Text::into_owned));
    let model = model.unwrap_or_default();
    Ok(Request {
        model: model.strip_prefix("models/").unwrap_or(&model).to_owned(),
        instructions,
        messages,
        tools,
        tool_choice,
        sampling: settings.sampling,
        reasoning: settings.reasoning,
        shown: settings.shown,
        output: settings.output,
        drawing: settings.drawing,
        choices: settings.choices,
        stream: address::streams(raw.path),
        stream_usage: true,
        rest: rest_of(rest),
        own_fields: settings.own_fields,
        ..Request::default()
    })
}

/// What is null is not set.
fn rest_of(mut rest: Map<String, Value>) -> Option<(Protocol, Map<String, Value>)> {
    rest.retain(|_, value| !value.is_null());
    (!rest.is_empty()).then_some((Protocol::Gemini, rest))
}

/// Says what no other protocol has; `place` is where these fields stand.
fn report(place: &str, rest: &Map<String, Value>, losses: &mut Losses) {
    for (field, _) in rest.iter().filter(|(_, value)| !value.is_null()) {
        losses.dropped(format!("{place}.{field}"), ONLY_OWN);
    }
}

/// What only its own provider can read: without it the request would mean something else.
fn refuse_state(body: &RequestBody<'_>) -> Result<(), ApiError> {
    let is_set = |name: &Option<Text<'_>>| name.as_deref().is_some_and(|name| !name.is_empty());
    if is_set(&body.cached_content) {
        return Err(ApiError::invalid(
            "cachedContent",
            "`cachedContent` is kept by its own provider, which this model is not of; send the content itself.",
        ));
    }
    if is_set(&body.continuation_token) {
        return Err(ApiError::invalid(
            "continuationToken",
            "`continuationToken` is of its own provider, which this model is not of; send the reply so far as the last content.",
        ));
    }
    Ok(())
}
