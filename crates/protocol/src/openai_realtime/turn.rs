//! A turn to the canonical model: the items of a conversation, and what is to come of them.

mod conversation;
pub(super) mod tools;

use bytes::Bytes;

use self::conversation::Conversation;
use super::wire::{ReasoningOptions, Text, TurnBody};
use crate::{
    Protocol,
    canonical::{
        ApiError, Effort, Losses, OwnField, OwnFields, Part, Reasoning, Request, Sampling,
    },
    json::{self, Mended},
};

/// Encoders' words, as clients of this protocol say them.
const OWN_FIELDS: &[OwnField] = &[
    ("max_tokens", "max_output_tokens"),
    ("messages", "input"),
    ("messages[].image", "input[].content[].image_url"),
    ("messages[].image.detail", "input[].content[].detail"),
    ("messages[].image.media_type", "input[].content[].image_url"),
    ("messages[].result", "input[].output"),
    ("messages[].tool_call_id", "input[].call_id"),
    ("reasoning", "reasoning.effort"),
    ("system", "instructions"),
];

pub(super) fn decode(body: &Bytes, losses: &mut Losses) -> Result<Request, ApiError> {
    let mended = Mended::new();
    let turn: TurnBody<'_> = json::parse_request(body, &mended, losses)?;
    let mut options = turn.response;
    let mut request = Request {
        model: turn.model.map(Text::into_owned).unwrap_or_default(),
        sampling: Sampling {
            max_output_tokens: options.max_output_tokens,
            temperature: options.temperature,
            ..Sampling::default()
        },
        parallel_tool_calls: options.parallel_tool_calls,
        stream: true,
        stream_usage: true,
        own_fields: OwnFields::new(OWN_FIELDS),
        ..Request::default()
    };
    if let Some(raw) = options.reasoning {
        request.reasoning = reasoning(json::parse_part(raw, &"reasoning")?, losses);
    }
    tools::tools(&options, &mut request)?;
    if let Some(text) = options.instructions.take().filter(|text| !text.is_empty()) {
        request.instructions.push(Part::Text(text.into_owned()));
    }
    let mut conversation = Conversation::new(body, losses, &mut request);
    for (at, item) in turn.input.into_iter().enumerate() {
        let field = format!("input[{at}]");
        conversation.item(json::parse_part(item, &field)?, &field)?;
    }
    if request.messages.is_empty() && request.instructions.is_empty() {
        let message = "The conversation is empty: create an item before a response.";
        return Err(ApiError::invalid_request(message).with_code("empty_conversation"));
    }
    if !options.rest.is_empty() {
        request.rest = Some((Protocol::OpenAiRealtime, options.rest));
    }
    Ok(request)
}

fn reasoning(options: ReasoningOptions<'_>, losses: &mut Losses) -> Reasoning {
    match options.effort.as_deref() {
        None => Reasoning::Unset,
        Some("none") => Reasoning::Off,
        Some(word) => Effort::of(word).map_or_else(
            || {
                losses.dropped("reasoning.effort", "is a word that is not known");
                Reasoning::Unset
            },
            Reasoning::Effort,
        ),
    }
}
