//! A client's request to the canonical model.

mod conversation;
pub(super) mod settings;
mod tools;

use std::{borrow::Cow, collections::HashMap};

use serde_json::{Map, Value, value::RawValue};

use crate::{
    Protocol, RawRequest,
    canonical::{ApiError, Losses, OwnField, OwnFields, Part, Request},
    json::{self, Mended},
    openai_responses::wire::{ResponsesRequest, Text},
};
use conversation::Conversation;

/// The gateway keeps replies and what belongs to them, whoever gave them.
const KEPT_HERE: &[&str] = &["metadata", "store"];

/// Encoders' words, as clients of this protocol say them.
const OWN_FIELDS: &[OwnField] = &[
    ("logprobs", "top_logprobs"),
    ("max_tokens", "max_output_tokens"),
    ("messages", "input"),
    ("messages[].file", "input[].content[].file_data"),
    ("messages[].file.name", "input[].content[].filename"),
    ("messages[].image", "input[].content[].image_url"),
    ("messages[].image.detail", "input[].content[].detail"),
    ("messages[].image.media_type", "input[].content[].image_url"),
    ("messages[].reasoning", "input[].summary"),
    ("messages[].result", "input[].output"),
    ("messages[].tool_call_id", "input[].call_id"),
    ("reasoning", "reasoning.effort"),
    ("response_format", "text.format"),
    ("system", "instructions"),
];

pub(in crate::openai_responses) fn decode(
    raw: RawRequest<'_>,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    let mended = Mended::new();
    let mut wire: ResponsesRequest<'_> = json::parse_request(raw.body, &mended, losses)?;
    refuse_what_is_kept_elsewhere(&wire)?;
    let stream = wire.stream.unwrap_or(false);
    let mut own_fields = OwnFields::new(OWN_FIELDS);
    if wire.top_logprobs.is_none() {
        own_fields.uses("logprobs", "include");
    }
    let mut request = Request {
        model: wire.model.take().map(Text::into_owned).unwrap_or_default(),
        sampling: settings::sampling(&mut wire)?,
        reasoning: settings::reasoning(&mut wire, losses),
        output: settings::output(&mut wire, losses)?,
        stream,
        stream_usage: stream,
        user: wire.user.take().map(Text::into_owned),
        parallel_tool_calls: wire.parallel_tool_calls,
        own_fields,
        ..Request::default()
    };
    tools::tools(&mut wire, &mut request, losses)?;
    if let Some(text) = wire.instructions.take().filter(|text| !text.is_empty()) {
        request.instructions.push(Part::Text(text.into_owned()));
    }
    let mut conversation = Conversation::new(raw.body, losses, &mut request);
    conversation.read_all(wire.input.take())?;
    wire.rest.retain(|_, value| !value.is_null());
    if wire.store == Some(true) {
        wire.rest.insert("store".to_owned(), true.into());
    }
    request.kept_here = KEPT_HERE;
    request.repeated = repeated(raw.body);
    if !wire.rest.is_empty() {
        request.rest = Some((Protocol::OpenAiResponses, wire.rest));
    }
    Ok(request)
}

/// What replies repeat of their requests.
const REPEATED: [&str; 13] = [
    "instructions",
    "max_output_tokens",
    "metadata",
    "parallel_tool_calls",
    "reasoning",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
    "truncation",
    "user",
];

fn repeated(body: &[u8]) -> Map<String, Value> {
    let fields: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(body).unwrap_or_default();
    let given = REPEATED.into_iter().filter_map(|name| {
        let value: Value = serde_json::from_str(fields.get(name)?.get()).ok()?;
        (!value.is_null()).then(|| (name.to_owned(), value))
    });
    given.collect()
}

/// What the request only points at is with somebody else, and nothing is a request without it.
fn refuse_what_is_kept_elsewhere(wire: &ResponsesRequest<'_>) -> Result<(), ApiError> {
    let is_given = |raw: Option<&RawValue>| raw.is_some_and(|raw| raw.get() != "null");
    if let Some(id) = wire.previous_response_id.as_deref() {
        let id = shortened(id);
        let error = ApiError::invalid(
            "previous_response_id",
            format!(
                "The response `{id}` is not known here. Send the whole conversation as `input`."
            ),
        );
        return Err(error.with_code("previous_response_not_found"));
    }
    if is_given(wire.conversation) {
        return Err(only_elsewhere(
            "conversation",
            "`conversation`: conversations are not stored for this model. Send the whole conversation as `input`, or go on from `previous_response_id`.",
        ));
    }
    if is_given(wire.prompt) {
        return Err(only_elsewhere(
            "prompt",
            "`prompt`: stored prompts are with another provider. Send their text as `instructions` and `input`.",
        ));
    }
    if wire.background == Some(true) {
        return Err(only_elsewhere(
            "background",
            "`background`: this model does not work in the background. Ask for a stream instead.",
        ));
    }
    Ok(())
}

/// What a provider of this protocol may have, and no other has.
fn only_elsewhere(field: &str, message: &str) -> ApiError {
    ApiError::invalid(field, message).with_code("unsupported_parameter")
}

/// A client's word, short enough for a sentence.
fn shortened(word: &str) -> String {
    word.chars().take(60).collect()
}
