//! Tools, and the form of the answer. There is no choice among tools: it is made by which are sent, and in words.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Encoder;
use crate::{
    canonical::{
        NOT_OF_PROTOCOL, OutputFormat, Request, StructuredOutput, ToolChoice, ToolKind,
        choice::NOT_SENT,
        free_text,
        output::{self, Output},
        schema::object_schema,
    },
    ollama::wire::{Ask, Function, Tool},
};

impl<'r> Encoder<'r, '_> {
    /// Sets the tools; hands back the words that stand for the choice among them.
    pub(super) fn tools(&mut self, request: &'r Request, wire: &mut Ask<'r>) -> Option<String> {
        let choice = self.choice(request);
        let mut tools = Vec::with_capacity(request.tools.len());
        for tool in &request.tools {
            let description = tool.description.as_deref();
            let (description, parameters) = match &tool.kind {
                ToolKind::Hosted { kind, .. } => {
                    let why = format!("is of type \"{kind}\", which this provider does not run");
                    self.losses.dropped(format!("tools.{}", tool.name), why);
                    continue;
                }
                ToolKind::Custom { format } => {
                    let why = "takes free text and was sent as a function of one string";
                    self.losses.emulated(format!("tools.{}", tool.name), why);
                    let (text, schema) = free_text::as_function(description, format.as_deref());
                    (Some(text.into()), Cow::Owned(schema))
                }
                ToolKind::Function { schema } => (
                    description.map(Into::into),
                    object_schema(schema.as_deref(), self.losses),
                ),
            };
            let is_wanted = match &*choice {
                ToolChoice::Allowed { names, .. } => names.contains(&tool.name),
                ToolChoice::Named(name) => *name == tool.name,
                ToolChoice::None => false,
                ToolChoice::Auto | ToolChoice::Required | ToolChoice::Unset => true,
            };
            if !is_wanted {
                continue;
            }
            if tool.strict == Some(true) {
                self.losses.dropped("tools[].strict", NOT_OF_PROTOCOL);
            }
            tools.push(Tool {
                kind: Some("function".into()),
                function: Some(Function {
                    name: Some(self.name(&tool.name)),
                    description,
                    parameters: Some(parameters),
                    ..Function::default()
                }),
                ..Tool::default()
            });
        }
        if request.parallel_tool_calls == Some(false) && !tools.is_empty() {
            self.losses.dropped("parallel_tool_calls", NOT_OF_PROTOCOL);
        }
        let words = match &*choice {
            _ if tools.is_empty() => None,
            ToolChoice::Named(name) => {
                Some(format!("Answer by a call of {}.", self.names.spell(name)))
            }
            ToolChoice::Required | ToolChoice::Allowed { required: true, .. } => {
                Some("Answer by a call of one of the tools.".to_owned())
            }
            ToolChoice::Allowed { .. }
            | ToolChoice::Auto
            | ToolChoice::None
            | ToolChoice::Unset => None,
        };
        wire.tools = (!tools.is_empty()).then_some(tools);
        words
    }

    /// The choice as far as there is something to choose from.
    fn choice(&mut self, request: &'r Request) -> Cow<'r, ToolChoice> {
        let choice = &request.tool_choice;
        let sent = |name: &String| {
            let mut tools = request.tools.iter();
            tools.any(|tool| tool.name == *name && tool.is_clients())
        };
        let why = match choice {
            ToolChoice::Auto | ToolChoice::Unset => return Cow::Borrowed(choice),
            ToolChoice::None if request.tools.is_empty() => return Cow::Borrowed(choice),
            _ if request.tools.is_empty() => {
                self.losses
                    .dropped("tool_choice", "was given without tools");
                return Cow::Owned(ToolChoice::Unset);
            }
            ToolChoice::Named(name) if !sent(name) => {
                self.losses.dropped("tool_choice", NOT_SENT);
                return Cow::Owned(ToolChoice::Unset);
            }
            ToolChoice::None => "became a request without tools",
            ToolChoice::Named(_) => "became the only tool and an instruction to call it",
            ToolChoice::Required => "became an instruction: the model may stray from it",
            ToolChoice::Allowed { .. } => "became the list of tools",
        };
        self.losses.emulated("tool_choice", why);
        Cow::Borrowed(choice)
    }

    /// Sets the form of the reply, or hands back the words that ask for it.
    pub(super) fn output(&mut self, request: &'r Request, wire: &mut Ask<'r>) -> Option<String> {
        // A text would be taken for the name of a form.
        let is_taken = match &request.output {
            OutputFormat::JsonSchema { schema, .. } => schema.get().starts_with('{'),
            OutputFormat::Json | OutputFormat::Text => true,
        };
        let ability = match self.capabilities.structured_output {
            StructuredOutput::Native if is_taken => StructuredOutput::Native,
            // No call can be forced.
            StructuredOutput::ForcedTool
            | StructuredOutput::Instruction
            | StructuredOutput::Native => StructuredOutput::Instruction,
        };
        if let (OutputFormat::Json, StructuredOutput::Native) = (&request.output, ability) {
            let any = RawValue::from_string("\"json\"".to_owned());
            wire.format = any.ok().map(Cow::Owned);
            return None;
        }
        match output::plan(request, ability, self.losses) {
            Output::Instruction(words) => Some(words),
            Output::Native(schema) => {
                wire.format = Some(Cow::Borrowed(schema));
                None
            }
            Output::Text | Output::Tool { .. } => None,
        }
    }
}
