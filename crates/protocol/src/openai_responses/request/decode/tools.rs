//! Tools, groups of them, and the choice among them.

use std::borrow::Cow;

use serde_json::value::{RawValue, to_raw_value};

use super::shortened;
use crate::{
    Protocol,
    canonical::{
        ApiError, Losses, NOT_OF_PROTOCOL, Request, Tool, ToolChoice, ToolKind, WEB_SEARCH,
    },
    json,
    openai_responses::{
        request::{joined, nested, search},
        wire::{self, Choice, ResponsesRequest, Text, TextOr},
    },
};

pub(super) fn tools(
    wire: &mut ResponsesRequest<'_>,
    request: &mut Request,
    losses: &mut Losses,
) -> Result<(), ApiError> {
    for (at, tool) in wire.tools.take().into_iter().flatten().enumerate() {
        let defined = defined(tool, &format!("tools[{at}]"), request, losses)?;
        request.tools.extend(defined);
    }
    request.tool_choice = match wire.tool_choice.take() {
        None => ToolChoice::Unset,
        Some(TextOr::Text(word)) => choice_word(&word)?,
        Some(TextOr::Other(chosen)) => choice(chosen, &request.tools, losses)?,
    };
    Ok(())
}

/// Tools that come with the conversation: all of them in some clients, those that were looked for in others.
pub(super) fn add(
    given: &[&RawValue],
    list: &str,
    request: &mut Request,
    losses: &mut Losses,
) -> Result<(), ApiError> {
    for (at, raw) in given.iter().enumerate() {
        let field = format!("{list}[{at}]");
        for tool in defined(json::parse_part(raw, &field)?, &field, request, losses)? {
            if !request.tools.iter().any(|known| known.name == tool.name) {
                request.tools.push(tool);
            }
        }
    }
    Ok(())
}

/// A tool, or those of a group.
fn defined(
    tool: wire::Tool<'_>,
    field: &str,
    request: &mut Request,
    losses: &mut Losses,
) -> Result<Vec<Tool>, ApiError> {
    if tool.kind.as_deref() != Some("namespace") {
        return Ok(vec![define(tool, None, field, losses)?]);
    }
    let namespace = named(tool.name, &format!("{field}.name"))?;
    let why =
        "is a group of tools; each of them was sent by itself, without what is said of the group";
    losses.emulated(field, why);
    let mut tools = Vec::new();
    for (at, raw) in tool.tools.into_iter().flatten().enumerate() {
        let field = format!("{field}.tools[{at}]");
        let tool: wire::Tool<'_> = json::parse_part(raw, &field)?;
        let tool = define(tool, Some(&namespace), &field, losses)?;
        let group = namespace.clone();
        request.groups.insert(tool.name.clone(), group);
        tools.push(tool);
    }
    Ok(tools)
}

fn define(
    tool: wire::Tool<'_>,
    namespace: Option<&str>,
    field: &str,
    losses: &mut Losses,
) -> Result<Tool, ApiError> {
    let kind = match tool.kind.as_deref() {
        None | Some("function") => ToolKind::Function {
            schema: tool
                .parameters
                .filter(|schema| schema.get() != "null")
                .map(Cow::into_owned),
        },
        Some("custom") => ToolKind::Custom {
            format: tool.format.as_deref().map(nested),
        },
        Some(kind) => return hosted(&tool, kind, field),
    };
    for (key, value) in &tool.rest {
        if !json::says_nothing(value) {
            losses.dropped(format!("{field}.{key}"), NOT_OF_PROTOCOL);
        }
    }
    let name = named(tool.name, &format!("{field}.name"))?;
    Ok(Tool {
        name: joined(namespace, &name),
        description: tool.description.map(Text::into_owned),
        // Said or not, it is no promise.
        strict: tool
            .strict
            .filter(|strict| *strict && matches!(kind, ToolKind::Function { .. })),
        kind,
    })
}

/// A tool that the provider runs, or that its own clients know by its type.
fn hosted(tool: &wire::Tool<'_>, kind: &str, field: &str) -> Result<Tool, ApiError> {
    let definition = to_raw_value(tool)
        .map_err(|_| ApiError::invalid(field, format!("`{field}` cannot be read.")))?;
    let search = search::read(kind, tool);
    let name = match search {
        Some(_) => WEB_SEARCH,
        None => tool.name.as_deref().unwrap_or(kind),
    };
    Ok(Tool {
        name: name.to_owned(),
        description: None,
        kind: ToolKind::Hosted {
            owner: Protocol::OpenAiResponses,
            kind: kind.to_owned(),
            definition,
            search: search.map(Box::new),
        },
        strict: None,
    })
}

fn choice_word(word: &str) -> Result<ToolChoice, ApiError> {
    match word {
        "none" => Ok(ToolChoice::None),
        "auto" => Ok(ToolChoice::Auto),
        "required" | "any" => Ok(ToolChoice::Required),
        other => Err(ApiError::invalid(
            "tool_choice",
            format!(
                "`tool_choice` is \"{}\"; it must be none, auto, required or name a tool.",
                shortened(other)
            ),
        )),
    }
}

fn choice(chosen: Choice<'_>, tools: &[Tool], losses: &mut Losses) -> Result<ToolChoice, ApiError> {
    chosen.unknown.report(&"tool_choice", losses);
    if chosen.kind.as_deref() != Some("allowed_tools") {
        return tool_name(chosen, tools, "tool_choice").map(ToolChoice::Named);
    }
    let mut names = Vec::new();
    for (at, tool) in chosen.tools.into_iter().flatten().enumerate() {
        let field = format!("tool_choice.tools[{at}]");
        tool.unknown.report(&field, losses);
        names.push(tool_name(tool, tools, &field)?);
    }
    Ok(ToolChoice::Allowed {
        names,
        required: chosen.mode.as_deref() == Some("required"),
    })
}

fn tool_name(chosen: Choice<'_>, tools: &[Tool], field: &str) -> Result<String, ApiError> {
    // Those that the provider runs are chosen by their type.
    let by_type = chosen
        .kind
        .filter(|kind| !matches!(&**kind, "function" | "custom"));
    match by_type {
        Some(wanted) => {
            let tool = tools.iter().find(
                |tool| matches!(&tool.kind, ToolKind::Hosted { kind, .. } if *kind == *wanted),
            );
            Ok(tool.map_or_else(|| wanted.into_owned(), |tool| tool.name.clone()))
        }
        None => named(chosen.name, &format!("{field}.name")),
    }
}

fn named(name: Option<Text<'_>>, field: &str) -> Result<String, ApiError> {
    name.filter(|name| !name.is_empty())
        .map(Text::into_owned)
        .ok_or_else(|| ApiError::missing(field))
}
