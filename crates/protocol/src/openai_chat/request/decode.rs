//! A client's request to the canonical model.

use bytes::Bytes;
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use super::{
    super::{
        free_text, reasoning,
        wire::{
            self, ChatRequest, Content, NamedTool, ReasoningSwitch, ResponseFormat, Text, TextOr,
        },
    },
    media,
};
use crate::{
    Protocol, RawRequest,
    canonical::{
        ApiError, Effort, Losses, Message, OutputFormat, Part, Penalties, Reasoning, Request, Role,
        Sampling, Tool, ToolChoice, ToolKind,
    },
    json::{self, Mended},
};

const NO_EQUIVALENT: &str = "has no equivalent in the target protocol";

pub(in super::super) fn decode(
    raw: RawRequest<'_>,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    let mended = Mended::new();
    let mut wire: ChatRequest<'_> = json::parse_request(raw.body, &mended, losses)?;
    let modalities = wire.modalities.take().unwrap_or_default();
    if modalities.iter().any(|wanted| &**wanted == "audio") {
        return Err(invalid(
            "modalities",
            "Spoken answers cannot be translated; ask for text only.",
        ));
    }
    let mut request = Request {
        model: wire.model.take().map(owned).unwrap_or_default(),
        sampling: sampling(&mut wire, losses)?,
        reasoning: how_to_reason(&mut wire, losses),
        output: match wire.response_format.take() {
            Some(format) => output(&format)?,
            None => OutputFormat::Text,
        },
        choices: wire.n,
        stream: wire.stream.unwrap_or(false),
        user: wire.user.take().map(owned),
        parallel_tool_calls: wire.parallel_tool_calls,
        ..Request::default()
    };
    tools(&mut wire, &mut request)?;
    if let Some(mut options) = wire.stream_options.take() {
        request.stream_usage = options.remove("include_usage") == Some(Value::Bool(true));
        if !options.is_empty() {
            wire.rest
                .insert("stream_options".to_owned(), options.into());
        }
    }
    let mut conversation = Conversation {
        body: raw.body,
        losses,
        request: &mut request,
        unanswered: Vec::new(),
        made_ids: 0,
    };
    if let Some(text) = wire.instructions.take().filter(|text| !text.is_empty()) {
        conversation
            .request
            .instructions
            .push(Part::Text(owned(text)));
    }
    conversation.read_all(wire.messages.take(), wire.input.take())?;
    wire.rest.retain(|_, value| !value.is_null());
    if !wire.rest.is_empty() {
        request.rest = Some((Protocol::OpenAiChat, wire.rest));
    }
    Ok(request)
}

/// Reads messages in order.
struct Conversation<'r> {
    body: &'r Bytes,
    losses: &'r mut Losses,
    request: &'r mut Request,
    /// Calls whose results have not come yet: id and name.
    unanswered: Vec<(String, String)>,
    made_ids: usize,
}

impl Conversation<'_> {
    fn read_all(
        &mut self,
        messages: Option<Vec<wire::Message<'_>>>,
        input: Option<TextOr<'_, Vec<wire::Message<'_>>>>,
    ) -> Result<(), ApiError> {
        let messages = messages.filter(|messages| !messages.is_empty());
        let (field, messages) = match (messages, input) {
            (Some(messages), input) => {
                if input.is_some() {
                    self.losses
                        .dropped("input", "was given beside `messages`, which counts");
                }
                ("messages", messages)
            }
            (None, Some(TextOr::Text(text))) => {
                let user = wire::Message {
                    role: Some("user".into()),
                    content: Some(Some(TextOr::Text(text))),
                    ..wire::Message::default()
                };
                ("input", vec![user])
            }
            (None, Some(TextOr::Other(items))) if !items.is_empty() => ("input", items),
            (None, _) => {
                return Err(invalid(
                    "messages",
                    "messages: at least one message is required.",
                ));
            }
        };
        for (at, message) in messages.into_iter().enumerate() {
            self.read(message, &format!("{field}[{at}]"))?;
        }
        Ok(())
    }

    fn read(&mut self, message: wire::Message<'_>, field: &str) -> Result<(), ApiError> {
        self.report_rest(&message.rest, field);
        let role = match (message.role.as_deref(), message.kind.as_deref()) {
            (Some(role), _) => role,
            (None, Some("function_call" | "custom_tool_call")) => "assistant",
            (None, Some("function_call_output" | "custom_tool_call_output")) => "tool",
            (None, Some(kind)) => {
                let why = format!("is an item of type \"{kind}\", which cannot be translated");
                self.losses.dropped(field, why);
                return Ok(());
            }
            (None, None) => {
                return Err(invalid(
                    &format!("{field}.role"),
                    format!("`{field}.role` is missing."),
                ));
            }
        };
        match role {
            "developer" | "system" => {
                let parts = self.content(message.content.flatten(), &format!("{field}.content"))?;
                if self.request.messages.is_empty() {
                    self.request.instructions.extend(parts);
                } else {
                    self.request
                        .messages
                        .push(Message::new(Role::System, parts));
                }
            }
            "user" => {
                let name = message.name.map(owned);
                let mut parts =
                    self.content(message.content.flatten(), &format!("{field}.content"))?;
                let images = match message.image {
                    Some(TextOr::Text(image)) => vec![image],
                    Some(TextOr::Other(images)) => images,
                    None => Vec::new(),
                };
                for image in images.iter().chain(message.images.iter().flatten()) {
                    let field = format!("{field}.images");
                    parts.push(media::decode_image(self.body, image, None, &field)?);
                }
                let role = Role::User;
                self.request.messages.push(Message { role, parts, name });
            }
            "assistant" => self.assistant(message, field)?,
            "tool" | "function" => self.result(message, field)?,
            other => {
                return Err(invalid(
                    &format!("{field}.role"),
                    format!(
                        "`{field}.role` is \"{}\"; it must be system, developer, user, assistant or tool.",
                        shortened(other)
                    ),
                ));
            }
        }
        Ok(())
    }

    fn assistant(&mut self, message: wire::Message<'_>, field: &str) -> Result<(), ApiError> {
        let text = match (&message.reasoning_content, &message.reasoning) {
            (Some(text), _) if !text.is_empty() => &**text,
            (_, Some(TextOr::Text(text))) => text,
            (_, Some(TextOr::Other(_)) | None) => "",
        };
        let mut parts = reasoning::parts(text, message.reasoning_details.as_deref());
        parts.extend(self.content(message.content.flatten(), &format!("{field}.content"))?);
        if let Some(refusal) = message.refusal.filter(|refusal| !refusal.is_empty()) {
            parts.push(Part::Refusal(owned(refusal)));
        }
        for (at, call) in message
            .tool_calls
            .unwrap_or_default()
            .into_iter()
            .enumerate()
        {
            parts.push(self.call(call, &format!("{field}.tool_calls[{at}]"))?);
        }
        let legacy = message.function_call.or_else(|| {
            message.arguments.map(|arguments| wire::Function {
                name: message.name.clone(),
                arguments: Some(arguments),
                ..wire::Function::default()
            })
        });
        if let Some(function) = legacy {
            let call = wire::ToolCall {
                id: message.call_id,
                function: Some(function),
                ..wire::ToolCall::default()
            };
            parts.push(self.call(call, &format!("{field}.function_call"))?);
        }
        let name = message.name.map(owned);
        let role = Role::Assistant;
        // Items of single calls belong to one message.
        match self.request.messages.last_mut() {
            Some(last) if message.role.is_none() && last.role == role => last.parts.extend(parts),
            Some(_) | None => self.request.messages.push(Message { role, parts, name }),
        }
        Ok(())
    }

    fn call(&mut self, call: wire::ToolCall<'_>, field: &str) -> Result<Part, ApiError> {
        let (name, arguments) = match (call.function, call.custom) {
            (Some(function), _) => (function.name, text_of(function.arguments)),
            (None, Some(custom)) => (custom.name, free_text::wrap(&text_or_empty(custom.input))),
            (None, None) => (None, String::new()),
        };
        let Some(name) = name.filter(|name| !name.is_empty()).map(owned) else {
            let field = format!("{field}.function.name");
            return Err(invalid(&field, format!("`{field}` is missing.")));
        };
        let id = match call.id.filter(|id| !id.is_empty()) {
            Some(id) => owned(id),
            None => self.make_id(),
        };
        self.unanswered.push((id.clone(), name.clone()));
        Ok(Part::ToolCall {
            id,
            name,
            arguments,
        })
    }

    fn make_id(&mut self) -> String {
        let id = format!("call_fn_{}", self.made_ids);
        self.made_ids += 1;
        id
    }

    fn result(&mut self, message: wire::Message<'_>, field: &str) -> Result<(), ApiError> {
        let stated = message.tool_call_id.or(message.call_id).map(owned);
        let content = message.content.flatten().or(message.output);
        let parts = self.content(content, &format!("{field}.content"))?;
        let id = match stated.filter(|id| !id.is_empty()) {
            Some(id) => id,
            None => self.guess_call(message.name.as_deref(), message.role.as_deref(), field),
        };
        self.unanswered.retain(|(open, _)| *open != id);
        let result = Part::ToolResult {
            id,
            parts,
            is_error: false,
        };
        match self.request.messages.last_mut() {
            Some(last) if last.role == Role::Tool => last.parts.push(result),
            Some(_) | None => {
                self.request
                    .messages
                    .push(Message::new(Role::Tool, vec![result]));
            }
        }
        Ok(())
    }

    /// The older form names the function only; some clients forget the id.
    fn guess_call(&mut self, name: Option<&str>, role: Option<&str>, field: &str) -> String {
        let called = |name: &str| self.unanswered.iter().find(|(_, called)| called == name);
        let found = match name {
            Some(name) => called(name).or_else(|| self.unanswered.first()),
            None => self.unanswered.first(),
        };
        let found = found.map(|(id, _)| id.clone());
        if role != Some("function") {
            let field = format!("{field}.tool_call_id");
            self.losses.repaired(
                field,
                "was missing; the result was given to the first open call",
            );
        }
        found.unwrap_or_else(|| self.make_id())
    }

    fn content(
        &mut self,
        content: Option<Content<'_>>,
        field: &str,
    ) -> Result<Vec<Part>, ApiError> {
        let mut parts = Vec::new();
        match content {
            None => {}
            Some(TextOr::Text(text)) => push_text(&mut parts, text),
            Some(TextOr::Other(items)) => {
                for (at, item) in items.into_iter().enumerate() {
                    match item {
                        TextOr::Text(text) => push_text(&mut parts, text),
                        TextOr::Other(part) => {
                            self.part(part, &format!("{field}[{at}]"), &mut parts)?;
                        }
                    }
                }
            }
        }
        Ok(parts)
    }

    fn part(
        &mut self,
        part: wire::Part<'_>,
        field: &str,
        parts: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        let kind = match part.kind.as_deref() {
            Some(kind) => kind,
            None if part.text.is_some() => "text",
            None if part.image_url.is_some() => "image_url",
            None => "",
        };
        match kind {
            "text" | "input_text" | "output_text" => {
                push_text(parts, part.text.unwrap_or_default());
            }
            "refusal" => parts.push(Part::Refusal(text_or_empty(part.refusal))),
            "image_url" | "input_image" | "image" => {
                let (url, detail) = match part.image_url {
                    Some(TextOr::Other(image)) => (image.url, image.detail.or(part.detail)),
                    Some(TextOr::Text(url)) => (url, part.detail),
                    None => (part.image.unwrap_or_default(), part.detail),
                };
                let field = format!("{field}.image_url");
                let detail = detail.as_deref();
                parts.push(media::decode_image(self.body, &url, detail, &field)?);
            }
            "input_audio" => {
                let audio = part.input_audio.unwrap_or_default();
                parts.push(media::decode_audio(self.body, &audio));
            }
            "file" | "input_file" => {
                let file = part.file.unwrap_or(wire::File {
                    file_id: part.file_id,
                    filename: part.filename,
                    file_data: part.file_data,
                });
                parts.push(media::decode_file(
                    self.body,
                    &file,
                    &format!("{field}.file"),
                )?);
            }
            "thinking" | "reasoning" => {
                let text = match part.thinking {
                    Some(thinking) => flattened(&thinking),
                    None => text_or_empty(part.text),
                };
                parts.push(Part::Reasoning { text, opaque: None });
            }
            "video_url" | "input_video" => {
                return Err(invalid(
                    field,
                    format!("`{field}`: video input is not supported."),
                ));
            }
            other => {
                let other = shortened(other);
                let why = format!("is of type \"{other}\", which cannot be translated");
                self.losses.dropped(field, why);
            }
        }
        self.report_rest(&part.rest, field);
        Ok(())
    }

    fn report_rest(&mut self, rest: &Map<String, Value>, field: &str) {
        for (key, value) in rest {
            let says_nothing = match value {
                Value::Null => true,
                Value::Array(items) => items.is_empty(),
                Value::Object(fields) => fields.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            };
            // Ids and states of items that came from a reply.
            let is_echo = matches!(key.as_str(), "id" | "status");
            if !says_nothing && !is_echo {
                self.losses.dropped(format!("{field}.{key}"), NO_EQUIVALENT);
            }
        }
    }
}

fn sampling(wire: &mut ChatRequest<'_>, losses: &mut Losses) -> Result<Sampling, ApiError> {
    if wire.n == Some(0) {
        return Err(invalid("n", "`n` must be at least 1."));
    }
    let limits = [
        wire.max_completion_tokens,
        wire.max_tokens,
        wire.max_output_tokens,
    ];
    let mut stated = limits.into_iter().flatten();
    let max_output_tokens = stated.next();
    if stated.any(|other| Some(other) != max_output_tokens) {
        losses.dropped(
            "max_tokens",
            "differs from `max_completion_tokens`, which counts",
        );
    }
    let logprobs = match (wire.logprobs, wire.top_logprobs) {
        (Some(true), top) => Some(top.unwrap_or(0)),
        (Some(false) | None, Some(1..)) => {
            losses.dropped("top_logprobs", "counts only with `logprobs: true`");
            None
        }
        (Some(false) | None, _) => None,
    };
    Ok(Sampling {
        max_output_tokens,
        temperature: wire.temperature,
        top_p: wire.top_p,
        top_k: wire.top_k,
        stop: match wire.stop.take() {
            None => Vec::new(),
            Some(TextOr::Text(stop)) => vec![owned(stop)],
            Some(TextOr::Other(stops)) => stops.into_iter().map(owned).collect(),
        },
        seed: wire.seed,
        penalties: Penalties {
            frequency: wire.frequency_penalty,
            presence: wire.presence_penalty,
        },
        logprobs,
    })
}

/// The vendor's own word first, then the switches of other servers of this protocol.
fn how_to_reason(wire: &mut ChatRequest<'_>, losses: &mut Losses) -> Reasoning {
    let switches = [
        ("reasoning", wire.reasoning.take()),
        ("thinking", wire.thinking.take()),
    ];
    let mut wanted = match wire.reasoning_effort.take() {
        Some(word) => effort(&word, "reasoning_effort", losses),
        None => Reasoning::Unset,
    };
    for (field, switch) in switches {
        let Some(switch) = switch else { continue };
        for key in switch.rest.keys() {
            losses.dropped(format!("{field}.{key}"), NO_EQUIVALENT);
        }
        let switched = by_switch(&switch, field, losses);
        if wanted == Reasoning::Unset {
            wanted = switched;
        }
    }
    let template = wire.rest.get("chat_template_kwargs");
    let in_template = template.and_then(|kwargs| kwargs.get("enable_thinking")?.as_bool());
    match wire.enable_thinking.or(in_template) {
        Some(true) if wanted == Reasoning::Unset => Reasoning::Adaptive,
        Some(false) if wanted == Reasoning::Unset => Reasoning::Off,
        Some(_) | None => wanted,
    }
}

fn by_switch(switch: &ReasoningSwitch<'_>, field: &str, losses: &mut Losses) -> Reasoning {
    let kind = switch.kind.as_deref();
    if switch.enabled == Some(false) || kind == Some("disabled") {
        return Reasoning::Off;
    }
    if let Some(word) = &switch.effort {
        return effort(word, &format!("{field}.effort"), losses);
    }
    match switch.budget_tokens.or(switch.max_tokens) {
        Some(budget) => Reasoning::Budget(budget),
        None if switch.enabled == Some(true) || kind.is_some() => Reasoning::Adaptive,
        None => Reasoning::Unset,
    }
}

fn effort(word: &str, field: &str, losses: &mut Losses) -> Reasoning {
    Reasoning::Effort(match word {
        "none" => return Reasoning::Off,
        "minimal" => Effort::Minimal,
        "low" => Effort::Low,
        "medium" => Effort::Medium,
        "high" => Effort::High,
        "xhigh" => Effort::Xhigh,
        "max" => Effort::Max,
        other => {
            let other = shortened(other);
            losses.dropped(field, format!("is \"{other}\", a word that is not known"));
            return Reasoning::Unset;
        }
    })
}

fn output(format: &ResponseFormat<'_>) -> Result<OutputFormat, ApiError> {
    let with_schema = |schema: &RawValue| OutputFormat::JsonSchema {
        name: None,
        description: None,
        schema: schema.to_owned(),
        strict: None,
    };
    match (
        &*format.kind,
        format.json_schema.as_deref().or(format.schema),
    ) {
        ("" | "text", _) => Ok(OutputFormat::Text),
        ("json_object", None) => Ok(OutputFormat::Json),
        ("json_object", Some(schema)) => Ok(with_schema(schema)),
        ("json_schema", Some(raw)) => {
            let Ok(named) = serde_json::from_str::<wire::JsonSchema<'_>>(raw.get()) else {
                // A schema whose own keywords clash with the wrapper's names.
                return Ok(with_schema(raw));
            };
            match named.schema {
                Some(schema) => Ok(OutputFormat::JsonSchema {
                    name: named.name.map(owned),
                    description: named.description.map(owned),
                    schema: schema.to_owned(),
                    strict: named.strict,
                }),
                None if is_schema(raw) => Ok(with_schema(raw)),
                None => Ok(OutputFormat::Json),
            }
        }
        ("json_schema", None) => Err(invalid(
            "response_format.json_schema",
            "`response_format.json_schema` is missing.",
        )),
        (other, _) => Err(invalid(
            "response_format.type",
            format!(
                "`response_format.type` is \"{}\"; it must be text, json_object or json_schema.",
                shortened(other)
            ),
        )),
    }
}

/// Whether a schema stands where its wrapper should.
fn is_schema(raw: &RawValue) -> bool {
    const KEYWORDS: [&str; 8] = [
        "type",
        "properties",
        "$ref",
        "anyOf",
        "oneOf",
        "allOf",
        "enum",
        "items",
    ];
    serde_json::from_str::<Map<String, Value>>(raw.get())
        .is_ok_and(|fields| KEYWORDS.iter().any(|keyword| fields.contains_key(*keyword)))
}

fn tools(wire: &mut ChatRequest<'_>, request: &mut Request) -> Result<(), ApiError> {
    for (at, tool) in wire.tools.take().into_iter().flatten().enumerate() {
        request.tools.push(define(tool, &format!("tools[{at}]"))?);
    }
    request.tool_choice = match wire.tool_choice.take() {
        None => ToolChoice::Unset,
        Some(TextOr::Text(word)) => choice_word(&word, "tool_choice")?,
        Some(TextOr::Other(named)) => choice(named)?,
    };
    if let Some(functions) = wire.functions.take() {
        request.legacy_calls = true;
        request.parallel_tool_calls = Some(false);
        for (at, function) in functions.into_iter().enumerate() {
            request
                .tools
                .push(function_tool(function, &format!("functions[{at}]"))?);
        }
    }
    match wire.function_call.take() {
        None => {}
        Some(TextOr::Text(word)) => request.tool_choice = choice_word(&word, "function_call")?,
        Some(TextOr::Other(function)) => {
            let name = named(function.name, "function_call.name")?;
            request.tool_choice = ToolChoice::Named(name);
        }
    }
    Ok(())
}

fn define(tool: wire::Tool<'_>, field: &str) -> Result<Tool, ApiError> {
    let strict = tool.strict;
    match tool.kind.as_deref() {
        None | Some("function") => {
            let nested = tool.function.unwrap_or_else(|| wire::Function {
                name: tool.name,
                description: tool.description,
                parameters: tool.parameters,
                strict,
                ..wire::Function::default()
            });
            function_tool(nested, &format!("{field}.function"))
        }
        Some("custom") => {
            let nested = tool.custom.unwrap_or(wire::Custom {
                name: tool.name,
                description: tool.description,
                format: tool.format,
                input: None,
            });
            Ok(Tool {
                name: named(nested.name, &format!("{field}.custom.name"))?,
                description: nested.description.map(owned),
                kind: ToolKind::Custom {
                    format: nested.format.map(RawValue::to_owned),
                },
                strict: None,
            })
        }
        Some(kind) => {
            let definition = to_raw_value(&tool)
                .map_err(|_| invalid(field, format!("`{field}` cannot be read.")))?;
            Ok(Tool {
                name: tool.name.as_deref().unwrap_or(kind).to_owned(),
                description: None,
                kind: ToolKind::Hosted {
                    owner: Protocol::OpenAiChat,
                    kind: kind.to_owned(),
                    definition,
                },
                strict: None,
            })
        }
    }
}

fn function_tool(function: wire::Function<'_>, field: &str) -> Result<Tool, ApiError> {
    Ok(Tool {
        name: named(function.name, &format!("{field}.name"))?,
        description: function.description.map(owned),
        kind: ToolKind::Function {
            schema: function.parameters.map(RawValue::to_owned),
        },
        strict: function.strict,
    })
}

fn choice_word(word: &str, field: &str) -> Result<ToolChoice, ApiError> {
    match word {
        "none" => Ok(ToolChoice::None),
        "auto" => Ok(ToolChoice::Auto),
        "required" | "any" => Ok(ToolChoice::Required),
        other => Err(invalid(
            field,
            format!(
                "`{field}` is \"{}\"; it must be none, auto, required or name a tool.",
                shortened(other)
            ),
        )),
    }
}

fn choice(chosen: NamedTool<'_>) -> Result<ToolChoice, ApiError> {
    let Some(allowed) = chosen.allowed_tools else {
        return tool_name(chosen, "tool_choice").map(ToolChoice::Named);
    };
    let mut names = Vec::new();
    for (at, tool) in allowed.tools.into_iter().enumerate() {
        names.push(tool_name(
            tool,
            &format!("tool_choice.allowed_tools.tools[{at}]"),
        )?);
    }
    Ok(ToolChoice::Allowed {
        names,
        required: &*allowed.mode == "required",
    })
}

fn tool_name(chosen: NamedTool<'_>, field: &str) -> Result<String, ApiError> {
    let hosted = chosen
        .kind
        .filter(|kind| !matches!(&**kind, "function" | "custom"));
    let name = chosen
        .function
        .and_then(|function| function.name)
        .or_else(|| chosen.custom?.name)
        .or(chosen.name)
        .or(hosted);
    named(name, &format!("{field}.function.name"))
}

fn named(name: Option<Text<'_>>, field: &str) -> Result<String, ApiError> {
    name.filter(|name| !name.is_empty())
        .map(owned)
        .ok_or_else(|| invalid(field, format!("`{field}` is missing.")))
}

/// The text in content, whatever surrounds it.
pub(in super::super) fn flattened(content: &Content<'_>) -> String {
    match content {
        TextOr::Text(text) => text.to_string(),
        TextOr::Other(items) => items
            .iter()
            .map(|item| match item {
                TextOr::Text(text) => &**text,
                TextOr::Other(part) => part.text.as_deref().unwrap_or_default(),
            })
            .collect(),
    }
}

fn push_text(parts: &mut Vec<Part>, text: Text<'_>) {
    if !text.is_empty() {
        parts.push(Part::Text(owned(text)));
    }
}

fn owned(text: Text<'_>) -> String {
    text.0.into_owned()
}

fn text_or_empty(text: Option<Text<'_>>) -> String {
    text.map(owned).unwrap_or_default()
}

fn text_of(arguments: Option<wire::Arguments<'_>>) -> String {
    arguments
        .map(|arguments| owned(arguments.0))
        .unwrap_or_default()
}

/// A client's word, short enough for a sentence.
fn shortened(word: &str) -> String {
    word.chars().take(40).collect()
}

fn invalid(field: &str, message: impl Into<String>) -> ApiError {
    ApiError::invalid_request(message).with_param(field)
}
