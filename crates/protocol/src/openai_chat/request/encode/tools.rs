//! Tools, and the form of the answer, which may be a tool as well.

use std::borrow::Cow;

use serde_json::value::{RawValue, to_raw_value};

use super::{Encoder, messages::text_of};
use crate::{
    Protocol,
    canonical::{
        BESIDE_TOOLS, CacheMark, OutputFormat, Request, StructuredOutput, Tool, ToolChoice,
        ToolKind,
        choice::NOT_SENT,
        free_text,
        output::{self, Output},
        schema::object_schema,
        spelling,
    },
    openai_chat::{
        request::search,
        wire::{
            self, AllowedTools, ChatRequest, Custom, Function, JsonSchema, NamedTool,
            ResponseFormat, Text, TextOr,
        },
    },
};

impl<'r> Encoder<'r, '_> {
    pub(super) fn tools(&mut self, request: &'r Request, wire: &mut ChatRequest<'r>) {
        let mut tools = Vec::with_capacity(request.tools.len());
        for tool in &request.tools {
            match self.search(tool, request) {
                Some(options) => wire.web_search_options = Some(options),
                None => tools.extend(self.tool(tool)),
            }
        }
        let sent = |name: &str| {
            request.tools.iter().any(|tool| {
                let is_listed = match &tool.kind {
                    ToolKind::Custom { .. } | ToolKind::Function { .. } => true,
                    ToolKind::Hosted { owner, kind, .. } => {
                        *owner == Protocol::OpenAiChat && kind != search::OPTIONS
                    }
                };
                tool.name == name && is_listed
            })
        };
        let choice = match &request.tool_choice {
            ToolChoice::Unset => None,
            ToolChoice::Auto | ToolChoice::None if tools.is_empty() => None,
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
                self.losses.dropped("tool_choice", NOT_SENT);
                None
            }
            ToolChoice::Allowed { names, required } => {
                let (sent, missing): (Vec<&String>, Vec<&String>) =
                    names.iter().partition(|name| sent(name));
                if !missing.is_empty() {
                    self.losses.dropped("tool_choice", NOT_SENT);
                }
                let tools: Vec<_> = sent
                    .into_iter()
                    .map(|name| self.chosen(request, name))
                    .collect();
                // An empty list is refused.
                (!tools.is_empty()).then(|| {
                    TextOr::Other(NamedTool {
                        kind: Some("allowed_tools".into()),
                        allowed_tools: Some(AllowedTools {
                            mode: if *required { "required" } else { "auto" }.into(),
                            tools,
                            ..AllowedTools::default()
                        }),
                        ..NamedTool::default()
                    })
                })
            }
        };
        if !tools.is_empty() {
            wire.parallel_tool_calls = request.parallel_tool_calls;
            wire.tools = Some(tools);
            wire.tool_choice = choice;
        }
    }

    /// The options of a search, where the tool is one and the target has it.
    fn search(&mut self, tool: &'r Tool, request: &Request) -> Option<Cow<'r, RawValue>> {
        match &tool.kind {
            ToolKind::Hosted {
                owner: Protocol::OpenAiChat,
                kind,
                definition,
                ..
            } => (kind == search::OPTIONS).then_some(Cow::Borrowed(&**definition)),
            ToolKind::Hosted {
                search: Some(search),
                ..
            } if self.capabilities.vendor_fields && !request.has_clients_tools() => {
                Some(Cow::Owned(search::write(search, self.losses)))
            }
            ToolKind::Custom { .. } | ToolKind::Function { .. } | ToolKind::Hosted { .. } => None,
        }
    }

    fn tool(&mut self, tool: &'r Tool) -> Option<wire::Tool<'r>> {
        let description = tool.description.as_deref().map(Text::from);
        let cache_control = self.marks.of_tool(&tool.name).map(CacheMark::write);
        match &tool.kind {
            ToolKind::Function { schema } => Some(wire::Tool {
                cache_control,
                kind: Some("function".into()),
                function: Some(Function {
                    name: Some(self.name(&tool.name)),
                    description,
                    parameters: schema
                        .as_deref()
                        .map(|schema| object_schema(Some(schema), self.losses)),
                    strict: tool.strict,
                    ..Function::default()
                }),
                ..wire::Tool::default()
            }),
            ToolKind::Custom { format } if !self.capabilities.free_text_tools => {
                self.losses.emulated(
                    "tools",
                    "of free text became functions with one string as input",
                );
                let stated = tool.description.as_deref();
                let (text, schema) = free_text::as_function(stated, format.as_deref());
                Some(wire::Tool {
                    cache_control,
                    kind: Some("function".into()),
                    function: Some(Function {
                        name: Some(self.name(&tool.name)),
                        description: (!text.is_empty()).then(|| text.into()),
                        parameters: Some(Cow::Owned(schema)),
                        ..Function::default()
                    }),
                    ..wire::Tool::default()
                })
            }
            ToolKind::Custom { format } => Some(wire::Tool {
                cache_control,
                kind: Some("custom".into()),
                custom: Some(Custom {
                    name: Some(self.name(&tool.name)),
                    description,
                    format: format.as_deref(),
                    ..Custom::default()
                }),
                ..wire::Tool::default()
            }),
            ToolKind::Hosted {
                owner, definition, ..
            } if *owner == Protocol::OpenAiChat => serde_json::from_str(definition.get()).ok(),
            ToolKind::Hosted {
                search: Some(_), ..
            } if self.capabilities.vendor_fields => {
                self.losses
                    .dropped(format!("tools.{}", tool.name), BESIDE_TOOLS);
                None
            }
            ToolKind::Hosted { kind, .. } => {
                let why = format!("is of type \"{kind}\", which this provider does not run");
                self.losses.dropped(format!("tools.{}", tool.name), why);
                None
            }
        }
    }

    fn chosen(&mut self, request: &'r Request, name: &'r str) -> NamedTool<'r> {
        let tool = request.tools.iter().find(|tool| tool.name == name);
        let spelled = Some(self.name(name));
        match tool.map(|tool| &tool.kind) {
            Some(ToolKind::Custom { .. }) if self.capabilities.free_text_tools => NamedTool {
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
            Some(ToolKind::Custom { .. } | ToolKind::Function { .. }) | None => NamedTool {
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
    pub(super) fn output(
        &mut self,
        request: &'r Request,
        wire: &mut ChatRequest<'r>,
    ) -> Option<String> {
        let form = self.capabilities.structured_output;
        if let (OutputFormat::Json, StructuredOutput::Native) = (&request.output, form) {
            return self.json_mode(request, wire);
        }
        match output::plan(request, form, self.losses) {
            Output::Instruction(words) => Some(words),
            Output::Native(schema) => {
                wire.response_format = Some(json_schema(request, schema));
                None
            }
            Output::Text => None,
            Output::Tool {
                name,
                description,
                schema,
            } => {
                let only = wire.tools.is_none() || request.tool_choice == ToolChoice::None;
                let named = Function {
                    name: Some(name.clone().into()),
                    ..Function::default()
                };
                wire.tools.get_or_insert_default().push(wire::Tool {
                    kind: Some("function".into()),
                    function: Some(Function {
                        description: Some(description.unwrap_or("Gives the answer.").into()),
                        parameters: Some(Cow::Borrowed(schema)),
                        ..named.clone()
                    }),
                    ..wire::Tool::default()
                });
                wire.tool_choice = Some(if only {
                    TextOr::Other(NamedTool {
                        kind: Some("function".into()),
                        function: Some(named),
                        ..NamedTool::default()
                    })
                } else {
                    TextOr::Text("required".into())
                });
                self.json_tool = Some(name);
                None
            }
        }
    }

    fn json_mode(&mut self, request: &Request, wire: &mut ChatRequest<'r>) -> Option<String> {
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
}

fn json_schema<'r>(request: &'r Request, schema: &'r RawValue) -> ResponseFormat<'r> {
    let (name, description, strict) = match &request.output {
        OutputFormat::JsonSchema {
            name,
            description,
            strict,
            ..
        } => (name.as_deref(), description.as_deref(), *strict),
        OutputFormat::Json | OutputFormat::Text => (None, None, None),
    };
    let named = JsonSchema {
        name: Some(Text(spelling::tool_name(name.unwrap_or("answer"), 64))),
        description: description.map(Text::from),
        schema: Some(schema),
        strict,
        ..JsonSchema::default()
    };
    ResponseFormat {
        kind: "json_schema".into(),
        json_schema: to_raw_value(&named).ok().map(Cow::Owned),
        ..ResponseFormat::default()
    }
}

fn speaks_of_json(request: &Request) -> bool {
    let messages = request.messages.iter().map(|message| &message.parts);
    std::iter::once(&request.instructions)
        .chain(messages)
        .flatten()
        .filter_map(text_of)
        .any(|text| text.to_ascii_lowercase().contains("json"))
}
