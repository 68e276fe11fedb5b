//! Tools, and the form of the answer, which may be a tool as well.

use std::borrow::Cow;

use serde_json::{Value, value::RawValue};

use super::Encoder;
use crate::{
    Protocol,
    canonical::{
        OutputFormat, Part, Request, StructuredOutput, Tool, ToolChoice, ToolKind, WEB_SEARCH,
        choice::NOT_SENT,
        output::{self, Output},
        schema::object_schema,
        spelling,
    },
    json::raw,
    openai_responses::{
        request::{flat, is_custom, search},
        wire::{self, Choice, JsonFormat, ResponsesRequest, Text, TextOptions, TextOr},
    },
};

impl<'r> Encoder<'r, '_> {
    pub(super) fn tools(&mut self, wire: &mut ResponsesRequest<'r>) {
        let request = self.request;
        let mut tools = Vec::with_capacity(request.tools.len());
        for tool in &request.tools {
            tools.extend(self.tool(tool));
        }
        let takes_search = self.capabilities.vendor_fields;
        let is_sent = |name: &str| {
            request.tools.iter().any(|tool| {
                let is_carried = match &tool.kind {
                    ToolKind::Custom { .. } | ToolKind::Function { .. } => true,
                    ToolKind::Hosted { owner, search, .. } => {
                        *owner == Protocol::OpenAiResponses || (search.is_some() && takes_search)
                    }
                };
                tool.name == name && is_carried
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
            ToolChoice::Named(name) if is_sent(name) => Some(TextOr::Other(self.chosen(name))),
            ToolChoice::Named(_) => {
                self.losses.dropped("tool_choice", NOT_SENT);
                None
            }
            ToolChoice::Allowed { names, required } => Some(TextOr::Other(Choice {
                kind: Some("allowed_tools".into()),
                mode: Some(if *required { "required" } else { "auto" }.into()),
                tools: Some(
                    names
                        .iter()
                        .filter(|name| is_sent(name))
                        .map(|name| self.chosen(name))
                        .collect(),
                ),
                ..Choice::default()
            })),
        };
        if !tools.is_empty() {
            wire.parallel_tool_calls = request.parallel_tool_calls;
            wire.tools = Some(tools);
            wire.tool_choice = choice;
        }
    }

    fn tool(&mut self, tool: &'r Tool) -> Option<wire::Tool<'r>> {
        let defined = wire::Tool {
            name: Some(self.name(&tool.name)),
            description: tool.description.as_deref().map(Text::from),
            ..wire::Tool::default()
        };
        match &tool.kind {
            ToolKind::Function { schema } => Some(wire::Tool {
                kind: Some("function".into()),
                parameters: Some(match schema {
                    Some(schema) => object_schema(Some(schema), self.losses),
                    None => Cow::Owned(raw(&Value::Null)),
                }),
                // Left out it would be true here, and false in most other protocols.
                strict: Some(tool.strict.unwrap_or(false)),
                ..defined
            }),
            ToolKind::Custom { format } => Some(wire::Tool {
                kind: Some("custom".into()),
                format: format.as_deref().map(flat),
                ..defined
            }),
            ToolKind::Hosted {
                owner, definition, ..
            } if *owner == Protocol::OpenAiResponses => serde_json::from_str(definition.get()).ok(),
            ToolKind::Hosted {
                search: Some(search),
                ..
            } if self.capabilities.vendor_fields => Some(search::write(search, self.losses)),
            ToolKind::Hosted { kind, .. } => {
                let why = format!("is of type \"{kind}\", which this provider does not run");
                self.losses.dropped(format!("tools.{}", tool.name), why);
                None
            }
        }
    }

    fn chosen(&self, name: &'r str) -> Choice<'r> {
        let tool = self.request.tools.iter().find(|tool| tool.name == name);
        let kind = match tool.map(|tool| &tool.kind) {
            Some(ToolKind::Hosted { owner, kind, .. }) if *owner == Protocol::OpenAiResponses => {
                return by_kind(kind);
            }
            // Only the older kind of search can be chosen by its kind alone; among several the newer one can, too.
            Some(ToolKind::Hosted { .. }) => {
                return Choice {
                    kind: Some("allowed_tools".into()),
                    mode: Some("required".into()),
                    tools: Some(vec![by_kind(WEB_SEARCH)]),
                    ..Choice::default()
                };
            }
            Some(ToolKind::Custom { .. }) => "custom",
            Some(ToolKind::Function { .. }) | None => "function",
        };
        debug_assert_eq!(kind == "custom", is_custom(self.request, name));
        Choice {
            kind: Some(kind.into()),
            name: Some(self.name(name)),
            ..Choice::default()
        }
    }

    /// Sets the form of the reply, or hands back the words that ask for it.
    pub(super) fn output(&mut self, wire: &mut ResponsesRequest<'r>) -> Option<String> {
        let request = self.request;
        let form = self.capabilities.structured_output;
        if let (OutputFormat::Json, StructuredOutput::Native) = (&request.output, form) {
            wire.text = with_format(JsonFormat {
                kind: "json_object".into(),
                ..JsonFormat::default()
            });
            return self.word_json();
        }
        match output::plan(request, form, self.losses) {
            Output::Instruction(words) => Some(words),
            Output::Native(schema) => {
                wire.text = with_format(json_schema(request, schema));
                None
            }
            Output::Text => None,
            Output::Tool {
                name,
                description,
                schema,
            } => {
                let only = wire.tools.is_none() || request.tool_choice == ToolChoice::None;
                wire.tools.get_or_insert_default().push(wire::Tool {
                    kind: Some("function".into()),
                    name: Some(name.clone().into()),
                    description: Some(description.unwrap_or("Gives the answer.").into()),
                    parameters: Some(Cow::Borrowed(schema)),
                    strict: Some(false),
                    ..wire::Tool::default()
                });
                wire.tool_choice = Some(if only {
                    TextOr::Other(Choice {
                        kind: Some("function".into()),
                        name: Some(name.clone().into()),
                        ..Choice::default()
                    })
                } else {
                    TextOr::Text("required".into())
                });
                self.json_tool = Some(name);
                None
            }
        }
    }

    /// Any JSON is refused unless the conversation speaks of it.
    fn word_json(&mut self) -> Option<String> {
        if speaks_of_json(self.request) {
            return None;
        }
        let why = "needs the word JSON in the conversation; an instruction was added";
        self.losses.emulated("response_format", why);
        Some("Answer with a JSON object.".to_owned())
    }
}

fn with_format(format: JsonFormat<'_>) -> Option<TextOptions<'_>> {
    Some(TextOptions {
        format: Some(format),
        ..TextOptions::default()
    })
}

fn json_schema<'r>(request: &'r Request, schema: &'r RawValue) -> JsonFormat<'r> {
    let (name, description, strict) = match &request.output {
        OutputFormat::JsonSchema {
            name,
            description,
            strict,
            ..
        } => (name.as_deref(), description.as_deref(), *strict),
        OutputFormat::Json | OutputFormat::Text => (None, None, None),
    };
    JsonFormat {
        kind: "json_schema".into(),
        name: Some(Text(spelling::tool_name(name.unwrap_or("answer"), 64))),
        description: description.map(Text::from),
        schema: Some(schema),
        strict,
        ..JsonFormat::default()
    }
}

fn speaks_of_json(request: &Request) -> bool {
    let messages = request.messages.iter().map(|message| &message.parts);
    std::iter::once(&request.instructions)
        .chain(messages)
        .flatten()
        .any(|part| match part {
            Part::Text(text) | Part::Refusal(text) => text.to_ascii_lowercase().contains("json"),
            Part::File(_)
            | Part::Image(_)
            | Part::Reasoning { .. }
            | Part::ToolCall { .. }
            | Part::ToolResult { .. } => false,
        })
}

fn by_kind(kind: &str) -> Choice<'_> {
    Choice {
        kind: Some(kind.into()),
        ..Choice::default()
    }
}
