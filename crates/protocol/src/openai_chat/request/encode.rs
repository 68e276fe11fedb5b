//! The canonical model to a request for a provider.

use std::{borrow::Cow, collections::HashMap};

use bytes::Bytes;
use serde_json::{Map, Value, value::to_raw_value};

use super::{
    super::{
        free_text, reasoning,
        wire::{
            self, AllowedTools, Arguments, ChatRequest, Custom, Function, JsonSchema, NamedTool,
            ReasoningSwitch, ResponseFormat, Text, TextOr,
        },
    },
    history, media,
};
use crate::{
    Encoded, Protocol,
    canonical::{
        ApiError, Capabilities, Effort, Losses, Media, Message, OutputFormat, Part, Reasoning,
        Request, Role, StructuredOutput, TargetModel, ThinkingForm, TokenLimitField, Tool,
        ToolChoice, ToolKind, Undo, spelling,
    },
};

const JSON_TOOL: &str = "json_output";
const STOP_LIMIT: usize = 4;
const USER_LIMIT: usize = 64;
const NOT_OF_MODEL: &str = "is not a parameter of this model";
const TEXT_ONLY: &str = "may hold text only in the target protocol";
const NOT_OF_PROTOCOL: &str = "has no equivalent in the target protocol";

pub(in super::super) fn encode(
    request: &Request,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    let capabilities = &target.capabilities;
    let history = history::repaired(&request.messages, losses);
    let mut encoder = Encoder {
        capabilities,
        undo: Undo::default(),
        losses,
        names: HashMap::new(),
        custom: request
            .tools
            .iter()
            .filter(|tool| matches!(tool.kind, ToolKind::Custom { .. }))
            .map(|tool| tool.name.as_str())
            .collect(),
    };
    let mut wire = ChatRequest {
        model: Some(target.name.as_str().into()),
        ..ChatRequest::default()
    };
    encoder.tools(request, &mut wire);
    let json_words = encoder.output(request, &mut wire);
    let instructions: Vec<&str> = encoder
        .instructions(request)
        .into_iter()
        .chain(json_words.as_deref())
        .collect();
    wire.messages = Some(encoder.messages(&instructions, &history)?);
    encoder.sampling(request, &mut wire);
    encoder.reasoning(request, &mut wire);
    encoder.rest(request, &mut wire);
    let body = serde_json::to_vec(&wire).map_err(|error| {
        ApiError::invalid_request(format!("The request cannot be written as JSON: {error}."))
    })?;
    Ok(Encoded {
        body: Bytes::from(body),
        headers: Vec::new(),
        undo: encoder.undo,
    })
}

struct Encoder<'r, 'l> {
    capabilities: &'r Capabilities,
    undo: Undo,
    losses: &'l mut Losses,
    /// Call ids of the history and the names of their tools.
    names: HashMap<&'r str, &'r str>,
    /// Tools that take free text.
    custom: Vec<&'r str>,
}

impl<'r> Encoder<'r, '_> {
    fn instructions(&mut self, request: &'r Request) -> Vec<&'r str> {
        let mut texts = Vec::new();
        for part in &request.instructions {
            match part {
                Part::Text(text) if text.is_empty() => {}
                Part::Text(text) => texts.push(text.as_str()),
                Part::File(_)
                | Part::Image(_)
                | Part::Reasoning { .. }
                | Part::Refusal(_)
                | Part::ToolCall { .. }
                | Part::ToolResult { .. } => {
                    self.losses.dropped("system", TEXT_ONLY);
                }
            }
        }
        texts
    }

    fn messages(
        &mut self,
        instructions: &[&str],
        history: &'r [Message],
    ) -> Result<Vec<wire::Message<'r>>, ApiError> {
        let mut messages = Vec::with_capacity(history.len() + 1);
        if !instructions.is_empty() {
            messages.push(self.system(instructions));
        }
        // Images of tool results wait for the user message that follows all results.
        let mut waiting: Vec<wire::Part<'r>> = Vec::new();
        for (at, message) in history.iter().enumerate() {
            if !matches!(message.role, Role::Tool | Role::User) && !waiting.is_empty() {
                messages.push(self.user(std::mem::take(&mut waiting), None));
            }
            let field = format!("messages[{at}]");
            match message.role {
                Role::System => {
                    let texts: Vec<&str> = texts(&message.parts).collect();
                    if !message.parts.iter().all(is_text) {
                        self.losses.dropped(&field, TEXT_ONLY);
                    }
                    if !texts.is_empty() {
                        messages.push(self.system(&texts));
                    }
                }
                Role::User => {
                    let mut parts = std::mem::take(&mut waiting);
                    for part in &message.parts {
                        parts.extend(self.user_part(part, &field)?);
                    }
                    if !parts.is_empty() {
                        messages.push(self.user(parts, message.name.as_deref()));
                    }
                }
                Role::Assistant => messages.extend(self.assistant(message, &field)),
                Role::Tool => {
                    for part in &message.parts {
                        if let Part::ToolResult {
                            id,
                            parts,
                            is_error,
                        } = part
                        {
                            let result = self.result(id, parts, *is_error, &field, &mut waiting)?;
                            messages.push(result);
                        }
                    }
                }
            }
        }
        if !waiting.is_empty() {
            messages.push(self.user(waiting, None));
        }
        if messages.is_empty() {
            let what = "messages: at least one message that is not empty is required.";
            return Err(ApiError::invalid_request(what).with_param("messages"));
        }
        let ends_with_assistant = history
            .last()
            .is_some_and(|last| last.role == Role::Assistant);
        if ends_with_assistant && !self.capabilities.prefill {
            let hint = "Go on exactly where your last message ends.";
            messages.push(self.user(vec![text_part(hint.into())], None));
            self.losses.emulated(
                "messages",
                "ended with the assistant; a hint to go on was added, because this model does not continue a message",
            );
        }
        Ok(messages)
    }

    fn system(&self, texts: &[&str]) -> wire::Message<'r> {
        let role = if self.capabilities.developer_role {
            "developer"
        } else {
            "system"
        };
        let content = match texts {
            [_, _, ..] if !self.capabilities.flat_text => TextOr::Other(
                texts
                    .iter()
                    .map(|text| TextOr::Other(text_part((*text).to_owned().into())))
                    .collect(),
            ),
            _ => TextOr::Text(texts.join("\n\n").into()),
        };
        wire::Message {
            role: Some(role.into()),
            content: Some(Some(content)),
            ..wire::Message::default()
        }
    }

    fn user(&self, parts: Vec<wire::Part<'r>>, name: Option<&'r str>) -> wire::Message<'r> {
        wire::Message {
            role: Some("user".into()),
            name: name.map(Text::from),
            content: Some(Some(self.content(parts, "\n\n"))),
            ..wire::Message::default()
        }
    }

    /// One text is a string; several are, too, where arrays of text are refused.
    fn content(&self, mut parts: Vec<wire::Part<'r>>, between: &str) -> wire::Content<'r> {
        let all_text = parts.iter().all(|part| part.text.is_some());
        if !all_text || (parts.len() > 1 && !self.capabilities.flat_text) {
            return TextOr::Other(parts.into_iter().map(TextOr::Other).collect());
        }
        if parts.len() == 1 {
            return TextOr::Text(parts.remove(0).text.unwrap_or_default());
        }
        let texts: Vec<&str> = parts
            .iter()
            .filter_map(|part| part.text.as_deref())
            .collect();
        TextOr::Text(texts.join(between).into())
    }

    fn user_part(
        &mut self,
        part: &'r Part,
        field: &str,
    ) -> Result<Option<wire::Part<'r>>, ApiError> {
        Ok(match part {
            Part::Text(text) | Part::Refusal(text) => {
                (!text.is_empty()).then(|| text_part(text.as_str().into()))
            }
            Part::Image(image) => Some(media::encode_image(image, field, self.capabilities)?),
            Part::File(file) => Some(media::encode_file(file, field, self.losses)?),
            Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => {
                self.losses.dropped(field, "has no place in a user message");
                None
            }
        })
    }

    fn assistant(&mut self, message: &'r Message, field: &str) -> Option<wire::Message<'r>> {
        let mut wire = wire::Message {
            role: Some("assistant".into()),
            name: message.name.as_deref().map(Text::from),
            ..wire::Message::default()
        };
        let mut said = Vec::new();
        let mut calls = Vec::new();
        let mut thought = String::new();
        let mut details: Vec<Value> = Vec::new();
        for part in &message.parts {
            match part {
                Part::Text(text) if text.is_empty() => {}
                Part::Text(text) => said.push(text_part(text.as_str().into())),
                Part::Refusal(text) if self.capabilities.flat_text => {
                    self.losses
                        .emulated(field, "held a refusal; it was sent as text");
                    said.push(text_part(text.as_str().into()));
                }
                Part::Refusal(text) => said.push(wire::Part {
                    kind: Some("refusal".into()),
                    refusal: Some(text.as_str().into()),
                    ..wire::Part::default()
                }),
                Part::ToolCall {
                    id,
                    name,
                    arguments,
                } => {
                    self.names.insert(id, name);
                    calls.push(self.call(id, name, arguments));
                }
                Part::Reasoning { text, opaque } => {
                    thought.push_str(text);
                    match opaque {
                        Some(opaque) if opaque.owner == Protocol::OpenAiChat => {
                            details.extend(reasoning::items(opaque, text, details.len()));
                        }
                        Some(_) | None => {}
                    }
                }
                Part::File(_) | Part::Image(_) | Part::ToolResult { .. } => {
                    self.losses
                        .dropped(field, "has no place in an assistant message");
                }
            }
        }
        // Those who want reasoning back want it beside calls, be it empty; others refuse the field.
        let replay = self.capabilities.reasoning_replay && !calls.is_empty();
        if replay {
            wire.reasoning_content = Some(thought.into());
            if !details.is_empty() {
                wire.reasoning_details = to_raw_value(&details).ok().map(Cow::Owned);
            }
        } else if message
            .parts
            .iter()
            .any(|part| matches!(part, Part::Reasoning { .. }))
        {
            self.losses.dropped(
                "messages.reasoning",
                "of earlier turns is not sent to this model",
            );
        }
        if said.is_empty() && calls.is_empty() {
            return None;
        }
        wire.content = Some((!said.is_empty()).then(|| self.content(said, "")));
        wire.tool_calls = (!calls.is_empty()).then_some(calls);
        Some(wire)
    }

    fn call(&mut self, id: &'r str, name: &'r str, arguments: &'r str) -> wire::ToolCall<'r> {
        let arguments = if arguments.trim().is_empty() {
            "{}"
        } else {
            arguments
        };
        if self.custom.contains(&name) {
            return wire::ToolCall {
                id: Some(self.id(id)),
                kind: Some("custom".into()),
                custom: Some(Custom {
                    name: Some(self.name(name)),
                    input: Some(free_text::unwrap(arguments).into()),
                    ..Custom::default()
                }),
                ..wire::ToolCall::default()
            };
        }
        wire::ToolCall {
            index: None,
            id: Some(self.id(id)),
            kind: Some("function".into()),
            function: Some(Function {
                name: Some(self.name(name)),
                arguments: Some(Arguments(arguments.into())),
                ..Function::default()
            }),
            custom: None,
        }
    }

    fn result(
        &mut self,
        id: &'r str,
        parts: &'r [Part],
        is_error: bool,
        field: &str,
        waiting: &mut Vec<wire::Part<'r>>,
    ) -> Result<wire::Message<'r>, ApiError> {
        let mut said: Vec<&str> = Vec::new();
        let mut moved = Vec::new();
        for part in parts {
            match part {
                Part::Text(text) | Part::Refusal(text) => said.push(text),
                Part::Image(image) => {
                    moved.push(media::encode_image(image, field, self.capabilities)?);
                }
                Part::File(file) => {
                    let sent = media::encode_file(file, field, self.losses)?;
                    moved.push(sent);
                }
                Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => {
                    self.losses
                        .dropped(field, "has no place in a tool's result");
                }
            }
        }
        if !moved.is_empty() {
            let name = self.names.get(id).copied().unwrap_or("the tool");
            let kind = if parts.iter().any(is_image) {
                "Image"
            } else {
                "File"
            };
            said.push("(See the next user message for what this tool returned.)");
            waiting.push(text_part(format!("{kind} returned by tool {name}:").into()));
            waiting.append(&mut moved);
            self.losses.emulated(
                "tool_result.content",
                "held an image or a file; it was sent in a user message after the results",
            );
        }
        let mut text = said.join("\n");
        if is_error {
            text.insert_str(0, "Error: ");
            self.losses.emulated(
                "tool_result.is_error",
                "has no equivalent in the target protocol; the text begins with \"Error: \"",
            );
        }
        Ok(wire::Message {
            role: Some("tool".into()),
            tool_call_id: Some(self.id(id)),
            content: Some(Some(TextOr::Text(text.into()))),
            ..wire::Message::default()
        })
    }

    fn id(&mut self, id: &'r str) -> Text<'r> {
        let spelled = spelling::call_id(id);
        if spelled != id {
            self.losses.push(
                "tool_call.id",
                crate::canonical::LossKind::Renamed,
                "has a form that not every provider accepts; call and result got another",
            );
        }
        Text(spelled)
    }

    fn name(&mut self, name: &'r str) -> Text<'r> {
        let spelled = spelling::tool_name(name, self.capabilities.tool_name_limit);
        if spelled != name && !self.undo.tool_names.contains_key(&*spelled) {
            self.undo
                .tool_names
                .insert(spelled.clone().into_owned(), name.to_owned());
            self.losses.push(
                format!("tools.{name}"),
                crate::canonical::LossKind::Renamed,
                format!("was sent as \"{spelled}\"; the reply names it as before"),
            );
        }
        Text(spelled)
    }

    fn tools(&mut self, request: &'r Request, wire: &mut ChatRequest<'r>) {
        let mut tools = Vec::with_capacity(request.tools.len());
        for (at, tool) in request.tools.iter().enumerate() {
            tools.extend(self.tool(tool, at));
        }
        let sent = |name: &str| {
            request.tools.iter().any(|tool| {
                let foreign = matches!(
                    &tool.kind,
                    ToolKind::Hosted { owner, .. } if *owner != Protocol::OpenAiChat
                );
                tool.name == name && !foreign
            })
        };
        let choice = match &request.tool_choice {
            ToolChoice::Unset => None,
            ToolChoice::None if tools.is_empty() => None,
            _ if tools.is_empty() => {
                self.losses
                    .dropped("tool_choice", "was given without tools");
                None
            }
            ToolChoice::None => Some(TextOr::Text("none".into())),
            ToolChoice::Auto => Some(TextOr::Text("auto".into())),
            ToolChoice::Required => Some(TextOr::Text("required".into())),
            ToolChoice::Named(name) if sent(name) => {
                Some(TextOr::Other(self.chosen(request, name)))
            }
            ToolChoice::Named(_) => {
                self.losses
                    .dropped("tool_choice", "names a tool that is not sent");
                None
            }
            ToolChoice::Allowed { names, required } => {
                let tools = names
                    .iter()
                    .filter(|name| sent(name))
                    .map(|name| self.chosen(request, name))
                    .collect();
                Some(TextOr::Other(NamedTool {
                    kind: Some("allowed_tools".into()),
                    allowed_tools: Some(AllowedTools {
                        mode: if *required { "required" } else { "auto" }.into(),
                        tools,
                    }),
                    ..NamedTool::default()
                }))
            }
        };
        if !tools.is_empty() {
            wire.parallel_tool_calls = request.parallel_tool_calls;
            wire.tools = Some(tools);
            wire.tool_choice = choice;
        }
    }

    fn tool(&mut self, tool: &'r Tool, at: usize) -> Option<wire::Tool<'r>> {
        let description = tool.description.as_deref().map(Text::from);
        match &tool.kind {
            ToolKind::Function { schema } => Some(wire::Tool {
                kind: Some("function".into()),
                function: Some(Function {
                    name: Some(self.name(&tool.name)),
                    description,
                    parameters: schema.as_deref(),
                    strict: tool.strict,
                    arguments: None,
                }),
                ..wire::Tool::default()
            }),
            ToolKind::Custom { format } => Some(wire::Tool {
                kind: Some("custom".into()),
                custom: Some(Custom {
                    name: Some(self.name(&tool.name)),
                    description,
                    format: format.as_deref(),
                    input: None,
                }),
                ..wire::Tool::default()
            }),
            ToolKind::Hosted {
                owner, definition, ..
            } if *owner == Protocol::OpenAiChat => serde_json::from_str(definition.get()).ok(),
            ToolKind::Hosted { kind, .. } => {
                let why = format!("is of type \"{kind}\", which this provider does not run");
                self.losses.dropped(format!("tools[{at}]"), why);
                None
            }
        }
    }

    fn chosen(&mut self, request: &'r Request, name: &'r str) -> NamedTool<'r> {
        let tool = request.tools.iter().find(|tool| tool.name == name);
        let spelled = Some(self.name(name));
        match tool.map(|tool| &tool.kind) {
            Some(ToolKind::Custom { .. }) => NamedTool {
                kind: Some("custom".into()),
                custom: Some(Custom {
                    name: spelled,
                    ..Custom::default()
                }),
                ..NamedTool::default()
            },
            Some(ToolKind::Hosted { kind, .. }) => NamedTool {
                kind: Some(kind.as_str().into()),
                ..NamedTool::default()
            },
            Some(ToolKind::Function { .. }) | None => NamedTool {
                kind: Some("function".into()),
                function: Some(Function {
                    name: spelled,
                    ..Function::default()
                }),
                ..NamedTool::default()
            },
        }
    }

    /// Sets the form of the reply, or hands back the words that ask for it.
    fn output(&mut self, request: &'r Request, wire: &mut ChatRequest<'r>) -> Option<String> {
        let form = self.capabilities.structured_output;
        match (&request.output, form) {
            (OutputFormat::Text, _) => None,
            (OutputFormat::Json, StructuredOutput::Native) => {
                wire.response_format = Some(ResponseFormat {
                    kind: "json_object".into(),
                    ..ResponseFormat::default()
                });
                // Refused unless the conversation speaks of it.
                if speaks_of_json(request) {
                    return None;
                }
                let why = "needs the word JSON in the conversation; an instruction was added";
                self.losses.emulated("response_format", why);
                Some("Answer with a JSON object.".to_owned())
            }
            (OutputFormat::Json, StructuredOutput::ForcedTool | StructuredOutput::Instruction) => {
                let why = "is asked for by an instruction, because this model has no switch for it";
                self.losses.emulated("response_format", why);
                Some("Answer with one JSON object and nothing else.".to_owned())
            }
            (
                OutputFormat::JsonSchema {
                    name,
                    description,
                    schema,
                    strict,
                },
                StructuredOutput::Native,
            ) => {
                let name = name.as_deref().unwrap_or("answer");
                let named = JsonSchema {
                    name: Some(Text(spelling::tool_name(name, 64))),
                    description: description.as_deref().map(Text::from),
                    schema: Some(schema),
                    strict: *strict,
                };
                wire.response_format = Some(ResponseFormat {
                    kind: "json_schema".into(),
                    json_schema: to_raw_value(&named).ok().map(Cow::Owned),
                    schema: None,
                });
                None
            }
            (
                OutputFormat::JsonSchema {
                    description,
                    schema,
                    ..
                },
                StructuredOutput::ForcedTool,
            ) if wire.tools.is_none() => {
                let why = "is reached by a tool that the model must call";
                self.losses.emulated("response_format", why);
                let description = description.as_deref().unwrap_or("Gives the answer.");
                let name = || Some(Text::from(JSON_TOOL));
                wire.tools = Some(vec![wire::Tool {
                    kind: Some("function".into()),
                    function: Some(Function {
                        name: name(),
                        description: Some(description.into()),
                        parameters: Some(schema),
                        ..Function::default()
                    }),
                    ..wire::Tool::default()
                }]);
                wire.tool_choice = Some(TextOr::Other(NamedTool {
                    kind: Some("function".into()),
                    function: Some(Function {
                        name: name(),
                        ..Function::default()
                    }),
                    ..NamedTool::default()
                }));
                self.undo.json_tool = Some(JSON_TOOL.to_owned());
                None
            }
            (
                OutputFormat::JsonSchema { schema, .. },
                StructuredOutput::ForcedTool | StructuredOutput::Instruction,
            ) => {
                let why = "is asked for by an instruction, because this model has no switch for it";
                self.losses.emulated("response_format", why);
                Some(format!(
                    "Answer with JSON that matches this JSON schema, and nothing else:\n{}",
                    schema.get()
                ))
            }
        }
    }

    fn sampling(&mut self, request: &'r Request, wire: &mut ChatRequest<'r>) {
        let sampling = &request.sampling;
        let mut allowed = |field: &str, value: Option<f64>| {
            if value.is_some() && !self.capabilities.sampling {
                self.losses.dropped(field, NOT_OF_MODEL);
                return None;
            }
            value
        };
        let temperature = allowed("temperature", sampling.temperature);
        wire.top_p = allowed("top_p", sampling.top_p);
        wire.temperature = temperature.map(|given| {
            let kept = given.clamp(0.0, 2.0);
            if (given - kept).abs() > 0.0 {
                self.losses
                    .clamped("temperature", format!("was cut to {kept}"));
            }
            kept
        });
        if sampling.top_k.is_some() {
            self.losses.dropped("top_k", NOT_OF_PROTOCOL);
        }
        wire.frequency_penalty = sampling.penalties.frequency;
        wire.presence_penalty = sampling.penalties.presence;
        wire.seed = sampling.seed;
        if let Some(top) = sampling.logprobs {
            wire.logprobs = Some(true);
            wire.top_logprobs = (top > 0).then_some(top);
        }
        wire.n = request.choices.filter(|choices| *choices > 1);
        let stops: Vec<Text<'_>> = sampling
            .stop
            .iter()
            .filter(|stop| !stop.is_empty())
            .map(|stop| Text::from(stop.as_str()))
            .collect();
        if stops.len() > STOP_LIMIT {
            let why = format!("may hold {STOP_LIMIT} entries; the first {STOP_LIMIT} were sent");
            self.losses.clamped("stop", why);
        }
        let stops: Vec<Text<'_>> = stops.into_iter().take(STOP_LIMIT).collect();
        wire.stop = (!stops.is_empty()).then_some(TextOr::Other(stops));
        self.limit(sampling.max_output_tokens, wire);
    }

    fn limit(&mut self, wanted: Option<u64>, wire: &mut ChatRequest<'_>) {
        let most = self.capabilities.max_output_tokens.unwrap_or(u64::MAX);
        let limit = wanted.map(|wanted| {
            if wanted > most {
                self.losses
                    .clamped("max_tokens", format!("was cut to {most}"));
            }
            wanted.min(most)
        });
        match self.capabilities.token_limit_field {
            TokenLimitField::MaxCompletionTokens => wire.max_completion_tokens = limit,
            TokenLimitField::MaxTokens => wire.max_tokens = limit,
        }
    }

    fn reasoning(&mut self, request: &Request, wire: &mut ChatRequest<'r>) {
        let wanted = request.reasoning;
        match self.capabilities.thinking {
            ThinkingForm::None => {
                if !matches!(wanted, Reasoning::Off | Reasoning::Unset) {
                    self.losses.dropped("reasoning", NOT_OF_MODEL);
                }
            }
            ThinkingForm::Budget => wire.thinking = self.budget(wanted),
            ThinkingForm::Adaptive | ThinkingForm::Effort => {
                let word = self.effort(wanted);
                let clash = !self.capabilities.reasoning_with_tools && wire.tools.is_some();
                if clash && word != Some("none") {
                    if word.is_some() {
                        let why =
                            "was switched off, because this model refuses it together with tools";
                        self.losses.dropped("reasoning", why);
                    }
                    wire.reasoning_effort = Some("none".into());
                } else {
                    wire.reasoning_effort = word.map(Text::from);
                }
            }
        }
    }

    fn effort(&mut self, wanted: Reasoning) -> Option<&'static str> {
        match wanted {
            Reasoning::Adaptive | Reasoning::Unset => None,
            Reasoning::Off => Some("none"),
            Reasoning::Effort(effort) => Some(word(effort)),
            Reasoning::Budget(tokens) => {
                // Not above `high`: more than that few models know.
                let effort = match tokens {
                    0..=4096 => Effort::Low,
                    4097..=12_288 => Effort::Medium,
                    _ => Effort::High,
                };
                let effort = word(effort);
                self.losses.emulated(
                    "thinking.budget_tokens",
                    format!("was sent as the effort \"{effort}\""),
                );
                Some(effort)
            }
        }
    }

    fn budget(&mut self, wanted: Reasoning) -> Option<ReasoningSwitch<'r>> {
        let budget_tokens = match wanted {
            Reasoning::Unset => return None,
            Reasoning::Off | Reasoning::Adaptive => None,
            Reasoning::Budget(tokens) => Some(tokens),
            Reasoning::Effort(effort) => {
                let tokens = match effort {
                    Effort::Minimal => 1024,
                    Effort::Low => 2048,
                    Effort::Medium => 8192,
                    Effort::High => 16_384,
                    Effort::Xhigh | Effort::Max => 32_000,
                };
                let why = format!("was sent as a budget of {tokens} tokens");
                self.losses.emulated("reasoning_effort", why);
                Some(tokens)
            }
        };
        let kind = if wanted == Reasoning::Off {
            "disabled"
        } else {
            "enabled"
        };
        Some(ReasoningSwitch {
            kind: Some(kind.into()),
            budget_tokens,
            ..ReasoningSwitch::default()
        })
    }

    fn rest(&mut self, request: &'r Request, wire: &mut ChatRequest<'r>) {
        wire.user = request.user.as_deref().map(|user| {
            if user.len() <= USER_LIMIT {
                return user.into();
            }
            self.losses.push(
                "user",
                crate::canonical::LossKind::Renamed,
                "is longer than the target accepts; a hash of it was sent",
            );
            spelling::hash(user, USER_LIMIT).into()
        });
        let mut rest = request
            .rest_for(Protocol::OpenAiChat, self.losses)
            .cloned()
            .unwrap_or_default();
        let mut options: Map<String, Value> = match rest.remove("stream_options") {
            Some(Value::Object(options)) => options,
            Some(_) | None => Map::new(),
        };
        if request.stream {
            wire.stream = Some(true);
            if self.capabilities.stream_usage {
                options.insert("include_usage".to_owned(), true.into());
            }
            wire.stream_options = (!options.is_empty()).then_some(options);
        }
        wire.rest = rest;
    }
}

fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::Minimal => "minimal",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
        Effort::Xhigh => "xhigh",
        Effort::Max => "max",
    }
}

fn text_part(text: Text<'_>) -> wire::Part<'_> {
    wire::Part {
        kind: Some("text".into()),
        text: Some(text),
        ..wire::Part::default()
    }
}

fn texts(parts: &[Part]) -> impl Iterator<Item = &str> {
    parts.iter().filter_map(|part| match part {
        Part::Text(text) | Part::Refusal(text) if !text.is_empty() => Some(text.as_str()),
        Part::File(_)
        | Part::Image(_)
        | Part::Reasoning { .. }
        | Part::Refusal(_)
        | Part::Text(_)
        | Part::ToolCall { .. }
        | Part::ToolResult { .. } => None,
    })
}

fn is_text(part: &Part) -> bool {
    matches!(part, Part::Text(_) | Part::Refusal(_))
}

fn is_image(part: &Part) -> bool {
    matches!(part, Part::Image(Media { .. }))
}

fn speaks_of_json(request: &Request) -> bool {
    let messages = request.messages.iter().map(|message| &message.parts);
    std::iter::once(&request.instructions)
        .chain(messages)
        .flat_map(|parts| texts(parts))
        .any(|text| text.to_ascii_lowercase().contains("json"))
}
