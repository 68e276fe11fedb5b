//! A client's request to the canonical model.

use std::collections::VecDeque;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::media;
use crate::{
    Operation, Protocol, RawRequest,
    canonical::{
        ApiError, Completion, Effort, Losses, Message, NOT_OF_PROTOCOL, OutputFormat, OwnField,
        OwnFields, Part, Penalties, Reasoning, Request, Role, Sampling, Tool, ToolKind, Unnumbered,
        may_be_strict,
    },
    json::{self, Mended},
    ollama::{
        OPTIONS,
        wire::{self, Ask, Options, Text, Think},
    },
};

/// Encoders' words, as clients of this protocol say them.
const OWN_FIELDS: &[OwnField] = &[
    ("frequency_penalty", "options.frequency_penalty"),
    ("max_tokens", "options.num_predict"),
    ("messages[].image", "messages[].images"),
    ("messages[].image.media_type", "messages[].images"),
    ("messages[].reasoning", "messages[].thinking"),
    ("messages[].result", "messages[].content"),
    ("presence_penalty", "options.presence_penalty"),
    ("reasoning", "think"),
    ("response_format", "format"),
    ("seed", "options.seed"),
    ("stop", "options.stop"),
    ("system", "messages"),
    ("temperature", "options.temperature"),
    ("tools[].description", "tools[].function.description"),
    ("tools[].parameters", "tools[].function.parameters"),
    ("top_k", "options.top_k"),
    ("top_p", "options.top_p"),
];

/// What is called otherwise where there is a prompt and no messages.
const OF_A_PROMPT: [OwnField; 4] = [
    ("messages", "prompt"),
    ("messages[].image", "images"),
    ("messages[].image.media_type", "images"),
    ("system", "system"),
];

pub(in crate::ollama) fn decode(
    raw: RawRequest<'_>,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    let mended = Mended::new();
    let mut wire: Ask<'_> = json::parse_request(raw.body, &mended, losses)?;
    let mut request = Request {
        model: wire.model.take().map(Text::into_owned).unwrap_or_default(),
        reasoning: reasoning(wire.think.take())?,
        output: output(&wire)?,
        stream: wire.stream.unwrap_or(true),
        stream_usage: true,
        own_fields: OwnFields::new(OWN_FIELDS),
        ..Request::default()
    };
    let mut rest = Map::new();
    let options = wire.options.take().unwrap_or_default();
    request.sampling = sampling(&wire, options, &mut rest, losses);
    for (at, tool) in wire.tools.take().into_iter().flatten().enumerate() {
        request
            .tools
            .push(define(tool, &format!("tools[{at}]"), losses)?);
    }
    let is_text =
        raw.operation == Operation::Complete || (wire.messages.is_none() && wire.prompt.is_some());
    if is_text {
        for (word, path) in OF_A_PROMPT {
            request.own_fields.uses(word, path);
        }
        text(&mut wire, raw.body, &mut request)?;
    } else {
        let mut conversation = Conversation {
            body: raw.body,
            losses,
            request: &mut request,
            unanswered: VecDeque::new(),
            made_ids: 0,
        };
        for (at, message) in wire.messages.take().into_iter().flatten().enumerate() {
            conversation.read(message, &format!("messages[{at}]"))?;
            Message::place(&mut conversation.request.messages, at);
        }
    }
    rest.extend(wire.rest.into_iter().filter(|(_, value)| !value.is_null()));
    if !rest.is_empty() {
        request.rest = Some((Protocol::Ollama, rest));
    }
    Ok(request)
}

/// A prompt: gone on with where it is raw or has an end, else the question of a chat.
fn text(wire: &mut Ask<'_>, body: &Bytes, request: &mut Request) -> Result<(), ApiError> {
    request
        .instructions
        .extend(said(wire.system.take()).map(|text| Part::Text(text.into_owned())));
    let prompt = said(wire.prompt.take()).map(|text| Part::Text(text.into_owned()));
    let mut parts: Vec<Part> = prompt.into_iter().collect();
    for (at, image) in wire.images.iter().flatten().enumerate() {
        parts.push(media::decode_image(body, image, &format!("images[{at}]"))?);
    }
    let suffix = said(wire.suffix.take()).map(Text::into_owned);
    if wire.raw == Some(true) || suffix.is_some() {
        request.completion = Some(Completion {
            suffix,
            ..Completion::default()
        });
    }
    if !parts.is_empty() || request.completion.is_some() {
        request.messages.push(Message::new(Role::User, parts));
    }
    Ok(())
}

/// Text in which there is something.
fn said(text: Option<Text<'_>>) -> Option<Text<'_>> {
    text.filter(|text| !text.is_empty())
}

fn reasoning(think: Option<Think<'_>>) -> Result<Reasoning, ApiError> {
    match think {
        None => Ok(Reasoning::Unset),
        Some(Think::Switch(true)) => Ok(Reasoning::Adaptive),
        Some(Think::Switch(false)) => Ok(Reasoning::Off),
        Some(Think::Level(word)) => Effort::of(&word).map(Reasoning::Effort).ok_or_else(|| {
            ApiError::invalid(
                "think",
                "`think` must be true, false, low, medium, high or max.",
            )
        }),
    }
}

fn output(wire: &Ask<'_>) -> Result<OutputFormat, ApiError> {
    match wire.format.as_deref().map(|format| (format, format.get())) {
        None | Some((_, "\"\"")) => Ok(OutputFormat::Text),
        Some((_, "\"json\"")) => Ok(OutputFormat::Json),
        Some((schema, text)) if text.starts_with('{') => Ok(OutputFormat::JsonSchema {
            name: None,
            description: None,
            strict: may_be_strict(schema).then_some(true),
            schema: schema.to_owned(),
        }),
        Some(_) => Err(ApiError::invalid(
            "format",
            "`format` must be \"json\" or a JSON schema.",
        )),
    }
}

fn sampling(
    wire: &Ask<'_>,
    options: Options<'_>,
    rest: &mut Map<String, Value>,
    losses: &mut Losses,
) -> Sampling {
    for (name, value) in options.rest {
        if !value.is_null() {
            rest.insert(format!("{OPTIONS}{name}"), value);
        }
    }
    let logprobs = match (wire.logprobs, wire.top_logprobs) {
        (Some(true), top) => Some(top.unwrap_or(0)),
        (Some(false) | None, Some(1..)) => {
            losses.dropped("top_logprobs", "counts only with `logprobs: true`");
            None
        }
        (Some(false) | None, _) => None,
    };
    let stops = options.stop.unwrap_or_default().0;
    Sampling {
        // Below 1 are words of the server's own for "no limit".
        max_output_tokens: options
            .num_predict
            .and_then(|limit| u64::try_from(limit).ok())
            .filter(|limit| *limit > 0),
        temperature: options.temperature,
        top_p: options.top_p,
        top_k: options.top_k,
        stop: stops.into_iter().map(Text::into_owned).collect(),
        seed: options.seed,
        penalties: Penalties {
            frequency: options.frequency_penalty,
            presence: options.presence_penalty,
        },
        logprobs,
    }
}

fn define(tool: wire::Tool<'_>, field: &str, losses: &mut Losses) -> Result<Tool, ApiError> {
    tool.unknown.report(&field, losses);
    let function = tool.function.unwrap_or_default();
    let nested = format_args!("{field}.function");
    function.unknown.report(&nested, losses);
    let name = function.name.filter(|name| !name.is_empty());
    Ok(Tool {
        name: name
            .ok_or_else(|| ApiError::missing(format!("{field}.function.name")))?
            .into_owned(),
        description: function.description.map(Text::into_owned),
        kind: ToolKind::Function {
            schema: function.parameters.map(std::borrow::Cow::into_owned),
        },
        strict: None,
    })
}

/// Reads messages in order.
struct Conversation<'r> {
    body: &'r Bytes,
    losses: &'r mut Losses,
    request: &'r mut Request,
    unanswered: VecDeque<Open>,
    made_ids: usize,
}

/// A call whose result has not come yet.
struct Open {
    id: String,
    /// It came without an id.
    is_nameless: bool,
    tool: String,
}

impl Conversation<'_> {
    fn read(&mut self, message: wire::Message<'_>, field: &str) -> Result<(), ApiError> {
        for (key, value) in &message.rest {
            if !value.is_null() {
                let field = format!("{}.{key}", Unnumbered(field));
                self.losses.dropped(field, NOT_OF_PROTOCOL);
            }
        }
        let Some(role) = &message.role else {
            return Err(ApiError::missing(format!("{field}.role")));
        };
        let role = match role.to_ascii_lowercase().as_str() {
            "developer" | "system" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            _ => {
                return Err(ApiError::invalid(
                    format!("{field}.role"),
                    format!("`{field}.role` must be system, user, assistant or tool."),
                ));
            }
        };
        let mut parts = Vec::new();
        if let Some(text) = said(message.thinking) {
            let text = text.into_owned();
            parts.push(Part::Reasoning { text, opaque: None });
        }
        parts.extend(said(message.content).map(|text| Part::Text(text.into_owned())));
        for (at, image) in message.images.into_iter().flatten().enumerate() {
            let field = format!("{field}.images[{at}]");
            parts.push(media::decode_image(self.body, &image, &field)?);
        }
        for (at, call) in message.tool_calls.into_iter().flatten().enumerate() {
            parts.push(self.call(call, &format!("{field}.tool_calls[{at}]"))?);
        }
        let messages = &mut self.request.messages;
        match role {
            Role::System if messages.is_empty() => self.request.instructions.extend(parts),
            Role::Assistant | Role::System | Role::User => messages.push(Message::new(role, parts)),
            Role::Tool => {
                let id = self.answered(said(message.tool_call_id), said(message.tool_name));
                let result = Part::ToolResult {
                    id,
                    parts,
                    is_error: false,
                };
                match self.request.messages.last_mut() {
                    Some(last) if last.role == Role::Tool => last.parts.push(result),
                    Some(_) | None => {
                        let message = Message::new(Role::Tool, vec![result]);
                        self.request.messages.push(message);
                    }
                }
            }
        }
        Ok(())
    }

    fn call(&mut self, call: wire::ToolCall<'_>, field: &str) -> Result<Part, ApiError> {
        let place = Unnumbered(field);
        call.unknown.report(&place, self.losses);
        let function = call.function.unwrap_or_default();
        let nested = format_args!("{place}.function");
        function.unknown.report(&nested, self.losses);
        let arguments = function.arguments();
        let Some(name) = function.name.filter(|name| !name.is_empty()) else {
            return Err(ApiError::missing(format!("{field}.function.name")));
        };
        let name = name.into_owned();
        let stated = call.id.filter(|id| !id.is_empty());
        let is_nameless = stated.is_none();
        let id = stated.map_or_else(|| self.make_id(), Text::into_owned);
        self.unanswered.push_back(Open {
            id: id.clone(),
            is_nameless,
            tool: name.clone(),
        });
        Ok(Part::ToolCall {
            id,
            name,
            arguments,
        })
    }

    /// By its place in the conversation, so that it is the same each time the conversation is sent.
    fn make_id(&mut self) -> String {
        let id = format!("call_{}", self.made_ids);
        self.made_ids += 1;
        id
    }

    /// The call that a result answers: the one it names, else the first open one of its tool, else the first. Some
    /// clients name calls by themselves, and say so in results only: their ids fit calls that came without one.
    fn answered(&mut self, stated: Option<Text<'_>>, tool: Option<Text<'_>>) -> String {
        let named = self
            .unanswered
            .iter()
            .position(|open| stated.as_deref() == Some(&open.id));
        let fits = |open: &Open| stated.is_none() || open.is_nameless;
        let of_tool = |open: &Open| fits(open) && tool.as_deref() == Some(&open.tool);
        let at = named
            .or_else(|| self.unanswered.iter().position(of_tool))
            .or_else(|| self.unanswered.iter().position(fits));
        match at.and_then(|at| self.unanswered.remove(at)) {
            Some(open) => open.id,
            None => stated.map_or_else(|| self.make_id(), Text::into_owned),
        }
    }
}
