//! Tools and the choice among them, in the newer and the older form.

use serde_json::value::{RawValue, to_raw_value};

use super::shortened;
use crate::{
    Protocol,
    canonical::{ApiError, Request, Tool, ToolChoice, ToolKind},
    openai_chat::wire::{self, ChatRequest, NamedTool, Text, TextOr},
};

pub(super) fn tools(wire: &mut ChatRequest<'_>, request: &mut Request) -> Result<(), ApiError> {
    for (at, tool) in wire.tools.take().into_iter().flatten().enumerate() {
        request.tools.push(define(tool, &format!("tools[{at}]"))?);
    }
    request.tool_choice = match wire.tool_choice.take() {
        None => ToolChoice::Unset,
        Some(TextOr::Text(word)) => choice_word(&word, "tool_choice")?,
        Some(TextOr::Other(named)) => choice(named, &request.tools)?,
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
                description: nested.description.map(Text::into_owned),
                kind: ToolKind::Custom {
                    format: nested.format.map(RawValue::to_owned),
                },
                strict: None,
            })
        }
        Some(kind) => {
            let definition = to_raw_value(&tool)
                .map_err(|_| ApiError::invalid(field, format!("`{field}` cannot be read.")))?;
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
        description: function.description.map(Text::into_owned),
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
        other => Err(ApiError::invalid(
            field,
            format!(
                "`{field}` is \"{}\"; it must be none, auto, required or name a tool.",
                shortened(other)
            ),
        )),
    }
}

fn choice(chosen: NamedTool<'_>, tools: &[Tool]) -> Result<ToolChoice, ApiError> {
    let Some(allowed) = chosen.allowed_tools else {
        return tool_name(chosen, tools, "tool_choice").map(ToolChoice::Named);
    };
    let mut names = Vec::new();
    for (at, tool) in allowed.tools.into_iter().enumerate() {
        names.push(tool_name(
            tool,
            tools,
            &format!("tool_choice.allowed_tools.tools[{at}]"),
        )?);
    }
    Ok(ToolChoice::Allowed {
        names,
        required: &*allowed.mode == "required",
    })
}

fn tool_name(chosen: NamedTool<'_>, tools: &[Tool], field: &str) -> Result<String, ApiError> {
    // Those that the provider runs are chosen by their type.
    let hosted = chosen
        .kind
        .filter(|kind| !matches!(&**kind, "function" | "custom"))
        .map(|kind| hosted(tools, &kind).unwrap_or(kind));
    let name = chosen
        .function
        .and_then(|function| function.name)
        .or_else(|| chosen.custom?.name)
        .or(chosen.name)
        .or(hosted);
    named(name, &format!("{field}.function.name"))
}

fn hosted<'t>(tools: &'t [Tool], wanted: &str) -> Option<Text<'t>> {
    let tool = tools
        .iter()
        .find(|tool| matches!(&tool.kind, ToolKind::Hosted { kind, .. } if kind == wanted))?;
    Some(tool.name.as_str().into())
}

fn named(name: Option<Text<'_>>, field: &str) -> Result<String, ApiError> {
    name.filter(|name| !name.is_empty())
        .map(Text::into_owned)
        .ok_or_else(|| ApiError::missing(field))
}
