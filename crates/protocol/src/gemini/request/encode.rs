//! The canonical request to the provider's.

mod contents;
mod media;
mod settings;
mod tools;

use bytes::Bytes;
use serde_json::Map;

use super::super::wire::{ContentOut, PartOut, RequestOut};
use crate::{
    Encoded, Protocol,
    canonical::{
        ApiError, Losses, Message, OutputFormat, Part, Request, Role, StructuredOutput,
        TargetModel, ToolNames,
        output::{self, Output},
        turns,
    },
};

pub(in crate::gemini) fn encode(
    request: &Request,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    let capabilities = &target.capabilities;
    let (leading, conversation) = split(&request.messages);
    let mut turns = turns::repair(conversation, Protocol::Gemini, losses);
    if turns.is_empty() {
        let what = if request.messages.is_empty() && request.instructions.is_empty() {
            "messages: at least one message is required."
        } else {
            "messages: at least one user message is required."
        };
        return Err(ApiError::invalid("messages", what));
    }
    turns::close(&mut turns, capabilities.prefill, losses);

    let names = ToolNames::with(
        request,
        capabilities.tool_name_limit,
        tools::spelled,
        losses,
    );
    let tools = tools::toolbox(request, &names, capabilities, losses)?;
    let ability = if capabilities.structured_output == StructuredOutput::Native
        && (capabilities.output_with_tools || tools.tools.is_empty())
    {
        StructuredOutput::Native
    } else {
        StructuredOutput::Instruction
    };
    let (format, instruction) = match (&request.output, ability) {
        (OutputFormat::Json, StructuredOutput::Native) => (settings::Format::Json, None),
        _ => match output::plan(request, ability, losses) {
            Output::Native(schema) => (settings::Format::Schema(schema), None),
            Output::Instruction(words) => (settings::Format::Text, Some(words)),
            Output::Text | Output::Tool { .. } => (settings::Format::Text, None),
        },
    };
    let (rest, config_rest) = settings::split_rest(request.rest_for(Protocol::Gemini, losses));
    let body = RequestOut {
        system_instruction: system(request, leading, instruction, losses),
        contents: contents::contents(&turns, &names, capabilities, losses)?,
        tools: tools.tools,
        tool_config: tools.config,
        generation_config: settings::config(request, capabilities, format, config_rest, losses)?,
        rest,
    };
    if request.user.is_some() {
        losses.dropped("user", "has no place in this protocol");
    }
    let body = serde_json::to_vec(&body).map_err(|_| {
        ApiError::invalid_request("The request cannot be written in the provider's protocol.")
    })?;
    Ok(Encoded {
        body: Bytes::from(body),
        headers: Vec::new(),
        undo: names.undo(None),
    })
}

/// Instructions at the head of the messages, and the conversation after them.
fn split(messages: &[Message]) -> (&[Message], &[Message]) {
    let head = messages
        .iter()
        .take_while(|message| message.role == Role::System)
        .count();
    messages.split_at(head)
}

fn system<'a>(
    request: &'a Request,
    leading: &'a [Message],
    instruction: Option<String>,
    losses: &mut Losses,
) -> Option<ContentOut<'a>> {
    let mut parts = Vec::new();
    let led = leading.iter().flat_map(|message| &message.parts);
    for part in request.instructions.iter().chain(led) {
        match part {
            Part::Text(text) | Part::Refusal(text) if text.trim().is_empty() => {
                losses.repaired("messages", "held blank text, which is left out");
            }
            Part::Text(text) | Part::Refusal(text) => parts.push(PartOut::text(text)),
            Part::File(_)
            | Part::Image(_)
            | Part::Reasoning { .. }
            | Part::ToolCall { .. }
            | Part::ToolResult { .. } => {
                losses.dropped("system", "holds more than text, which is refused there");
            }
        }
    }
    parts.extend(instruction.map(PartOut::text));
    (!parts.is_empty()).then_some(ContentOut { role: None, parts })
}

/// Every field that only this protocol knows, for the place it came from.
type Rest = Map<String, serde_json::Value>;
