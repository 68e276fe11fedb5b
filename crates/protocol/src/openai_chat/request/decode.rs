//! A client's request to the canonical model.

mod blocks;
mod conversation;
mod open_calls;
mod settings;
mod tools;

pub(in crate::openai_chat) use conversation::flattened;
pub(in crate::openai_chat) use settings::{has_bare_schema, has_only_input, stops};

use serde_json::{Map, Value};

use crate::{
    Protocol, RawRequest,
    canonical::{
        ApiError, CacheMark, Drawing, Losses, OutputFormat, OwnField, OwnFields, Part, Request,
    },
    json::{self, Mended},
    openai_chat::wire::{ChatRequest, Text},
};
use conversation::Conversation;
use open_calls::OpenCalls;
use settings::{how_to_reason, output, sampling, shown};
use tools::tools;

/// Encoders' words that clients of this protocol have others for.
const OWN_FIELDS: &[OwnField] = &[
    ("messages[].file", "messages[].content[].file"),
    ("messages[].file.name", "messages[].content[].file.filename"),
    ("messages[].image", "messages[].content[].image_url"),
    (
        "messages[].image.detail",
        "messages[].content[].image_url.detail",
    ),
    (
        "messages[].image.media_type",
        "messages[].content[].image_url",
    ),
    ("messages[].reasoning", "messages[].reasoning_content"),
    ("messages[].result", "messages[].content"),
    ("reasoning", "reasoning_effort"),
    ("system", "messages"),
    ("tools[].description", "tools[].function.description"),
    ("tools[].parameters", "tools[].function.parameters"),
    ("tools[].strict", "tools[].function.strict"),
];

pub(in crate::openai_chat) fn decode(
    raw: RawRequest<'_>,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    let mended = Mended::new();
    let mut wire: ChatRequest<'_> = json::parse_request(raw.body, &mended, losses)?;
    let modalities = wire.modalities.take().unwrap_or_default();
    if modalities.iter().any(|wanted| &**wanted == "audio") {
        return Err(ApiError::invalid(
            "modalities",
            "Spoken answers cannot be translated; ask for text only.",
        ));
    }
    let drawing = Drawing::of(&modalities).unwrap_or_default();
    let mut own_fields = OwnFields::new(OWN_FIELDS);
    let mut request = Request {
        model: wire.model.take().map(Text::into_owned).unwrap_or_default(),
        sampling: sampling(&mut wire, &mut own_fields, losses)?,
        shown: shown(&mut wire),
        reasoning: how_to_reason(&mut wire, &mut own_fields, losses),
        output: match wire.response_format.take() {
            Some(format) => output(&format, losses)?,
            None => OutputFormat::Text,
        },
        drawing,
        choices: wire.n,
        stream: wire.stream.unwrap_or(false),
        user: wire.user.take().map(Text::into_owned),
        parallel_tool_calls: wire.parallel_tool_calls,
        own_fields,
        ..Request::default()
    };
    tools(&mut wire, &mut request, losses)?;
    request.stream_usage = usage_wanted(wire.stream_options.take(), &mut wire.rest);
    let mut conversation = Conversation {
        body: raw.body,
        losses,
        request: &mut request,
        open: OpenCalls::default(),
        made_ids: 0,
        marks: Vec::new(),
    };
    if let Some(text) = wire.instructions.take().filter(|text| !text.is_empty()) {
        conversation
            .request
            .instructions
            .push(Part::Text(text.into_owned()));
    }
    conversation.read_all(wire.messages.take(), wire.input.take())?;
    if let Some(value) = wire.cache_control.take() {
        match CacheMark::read(&value) {
            Some(mark) => conversation.mark_last(mark),
            None => {
                wire.rest.insert("cache_control".to_owned(), value);
            }
        }
    }
    wire.rest.retain(|_, value| !value.is_null());
    if !wire.rest.is_empty() {
        request.rest = Some((Protocol::OpenAiChat, wire.rest));
    }
    Ok(request)
}

/// Whether token counts are asked for on the stream; the other options stay with the unknown fields.
pub(in crate::openai_chat) fn usage_wanted(
    options: Option<Map<String, Value>>,
    rest: &mut Map<String, Value>,
) -> bool {
    let Some(mut options) = options else {
        return false;
    };
    let wanted = options.remove("include_usage") == Some(Value::Bool(true));
    if !options.is_empty() {
        rest.insert("stream_options".to_owned(), options.into());
    }
    wanted
}

/// A client's word, short enough for a sentence.
fn shortened(word: &str) -> String {
    word.chars().take(40).collect()
}
