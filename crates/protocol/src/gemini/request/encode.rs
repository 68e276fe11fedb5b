//! The canonical request to the provider's.

mod contents;
mod media;
mod settings;
mod tools;

use serde_json::Map;

use super::super::{
    address,
    wire::{ContentOut, CountOut, PartOut, RequestOut},
};
use crate::{
    Encoded, Protocol,
    canonical::{
        ApiError, Losses, Message, OutputFormat, Request, StructuredOutput, TargetModel, ToolNames,
        output::{self, Output},
        turns::{self, TakesBack},
    },
};

pub(in crate::gemini) fn encode(
    request: &Request,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    written(request, target, Purpose::Reply, losses)
}

pub(in crate::gemini) fn encode_count(
    request: &Request,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    written(request, target, Purpose::Count, losses)
}

#[derive(Clone, Copy)]
enum Purpose {
    Count,
    Reply,
}

fn written(
    request: &Request,
    target: &TargetModel,
    purpose: Purpose,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    let capabilities = &target.capabilities;
    let takes = TakesBack {
        images: capabilities.drawn_images,
        ..TakesBack::reasoning_of(Protocol::Gemini)
    };
    let (leading, mut turns) = turns::of(request, takes, losses)?;
    turns::go_on(&mut turns, capabilities.prefill, losses);

    let names = ToolNames::with(
        request,
        capabilities.tool_name_limit,
        tools::spelled,
        losses,
    );
    let tools = tools::toolbox(request, &names, capabilities, losses);
    let ability = match capabilities.output_form(!tools.tools.is_empty()) {
        StructuredOutput::Native => StructuredOutput::Native,
        StructuredOutput::ForcedTool | StructuredOutput::Instruction => {
            StructuredOutput::Instruction
        }
    };
    let (format, instruction) = match (&request.output, ability) {
        (OutputFormat::Json, StructuredOutput::Native) => (settings::Format::Json, None),
        _ => match output::plan(request, ability, losses) {
            Output::Native(schema) => (settings::Format::Schema(schema), None),
            Output::Instruction(words) => (settings::Format::Text, Some(words)),
            Output::Text | Output::Tool { .. } => (settings::Format::Text, None),
        },
    };
    request.cache.left_out(losses);
    let (rest, config_rest) = settings::split_rest(request.rest_for(Protocol::Gemini, losses));
    let body = RequestOut {
        model: None,
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
    let undo = names.undo(None);
    match purpose {
        Purpose::Count => {
            let generate_content_request = RequestOut {
                model: Some(address::full_name(&target.name)),
                ..body
            };
            let body = CountOut {
                generate_content_request,
            };
            Encoded::json(&body, undo)
        }
        Purpose::Reply => Encoded::json(&body, undo),
    }
}

fn system<'a>(
    request: &'a Request,
    leading: &'a [Message],
    instruction: Option<String>,
    losses: &mut Losses,
) -> Option<ContentOut<'a>> {
    let told = turns::instructions(request, leading, losses).into_iter();
    let mut parts: Vec<PartOut<'a>> = told.map(|(_, text)| PartOut::text(text)).collect();
    parts.extend(instruction.map(PartOut::text));
    (!parts.is_empty()).then_some(ContentOut { role: None, parts })
}

/// Every field that only this protocol knows, for the place it came from.
type Rest = Map<String, serde_json::Value>;
