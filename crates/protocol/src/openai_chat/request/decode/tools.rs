//! Tools and the choice among them, in the newer and the older form.

use std::{borrow::Cow, fmt::Display};

use serde_json::value::{RawValue, Value, to_raw_value};

use super::shortened;
use crate::{
    Protocol,
    canonical::{
        ApiError, CacheMark, CachePlace, Losses, NOT_OF_PROTOCOL, Request, Tool, ToolChoice,
        ToolKind, WEB_SEARCH,
    },
    json,
    openai_chat::{
        request::search,
        wire::{self, ChatRequest, NamedTool, Text, TextOr},
    },
};

pub(super) fn tools(
    wire: &mut ChatRequest<'_>,
    request: &mut Request,
    losses: &mut Losses,
) -> Result<(), ApiError> {
    for (at, mut tool) in wire.tools.take().into_iter().flatten().enumerate() {
        let field = format!("tools[{at}]");
        let function = tool.function.as_mut();
        let inner = function.and_then(|function| function.cache_control.take());
        let mark = [
            (tool.cache_control.take(), field.clone()),
            (inner, format!("{field}.function")),
        ];
        let tool = define(tool, &field, losses)?;
        for (value, field) in mark {
            if let Some(mark) = cache_mark(value, &field, losses) {
                let place = CachePlace::Tool(tool.name.clone());
                request.cache.add(place, mark);
            }
        }
        request.tools.push(tool);
    }
    let options = wire.web_search_options.take();
    if options.is_some() {
        request.own_fields.uses("tools.web_search", search::OPTIONS);
    }
    request.tools.extend(options.map(|options| Tool {
        name: WEB_SEARCH.to_owned(),
        description: None,
        kind: ToolKind::Hosted {
            owner: Protocol::OpenAiChat,
            kind: search::OPTIONS.to_owned(),
            search: search::read(&options).map(Box::new),
            definition: options.into_owned(),
        },
        strict: None,
    }));
    request.tool_choice = match wire.tool_choice.take() {
        None => ToolChoice::Unset,
        Some(TextOr::Text(word)) => choice_word(&word, "tool_choice")?,
        Some(TextOr::Other(named)) => choice(named, &request.tools, losses)?,
    };
    let functions = wire.functions.take();
    if let Some(functions) = functions.filter(|functions| !functions.is_empty()) {
        request.legacy_calls = true;
        request.own_fields.uses("tools", "functions");
        request
            .own_fields
            .uses("tools[].parameters", "functions[].parameters");
        request.parallel_tool_calls = Some(false);
        for (at, function) in functions.into_iter().enumerate() {
            let field = format!("functions[{at}]");
            request.tools.push(function_tool(function, &field, losses)?);
        }
    }
    if wire.function_call.is_some() {
        request.own_fields.uses("tool_choice", "function_call");
    }
    match wire.function_call.take() {
        None => {}
        Some(TextOr::Text(word)) => request.tool_choice = choice_word(&word, "function_call")?,
        Some(TextOr::Other(function)) => {
            function.report(&"function_call", losses);
            let name = named(function.name, "function_call.name")?;
            request.tool_choice = ToolChoice::Named(name);
        }
    }
    Ok(())
}

/// A mark of what may be cached, where it says no more than that.
pub(super) fn cache_mark(
    value: Option<Value>,
    field: &dyn Display,
    losses: &mut Losses,
) -> Option<CacheMark> {
    let value = value.filter(|value| !json::says_nothing(value))?;
    let mark = CacheMark::read(&value);
    if mark.is_none() {
        losses.dropped(format!("{field}.cache_control"), NOT_OF_PROTOCOL);
    }
    mark
}

fn define(tool: wire::Tool<'_>, field: &str, losses: &mut Losses) -> Result<Tool, ApiError> {
    let is_own = matches!(tool.kind.as_deref(), None | Some("function" | "custom"));
    for (key, value) in tool.rest.iter().filter(|_| is_own) {
        if !json::says_nothing(value) {
            losses.dropped(format!("{field}.{key}"), NOT_OF_PROTOCOL);
        }
    }
    match tool.kind.as_deref() {
        None | Some("function") => {
            for (key, is_there) in [
                ("custom", tool.custom.is_some()),
                ("format", tool.format.is_some()),
            ] {
                if is_there {
                    losses.dropped(format!("{field}.{key}"), NOT_OF_PROTOCOL);
                }
            }
            let inner = tool.function.unwrap_or_default();
            let parameters = tool.parameters.or(tool.input_schema).map(Cow::Borrowed);
            let mut choose = Choose { field, losses };
            let function = wire::Function {
                name: choose.of("name", inner.name, tool.name),
                description: choose.of("description", inner.description, tool.description),
                parameters: choose.of_raw("parameters", inner.parameters, parameters),
                strict: choose.of("strict", inner.strict, tool.strict),
                ..inner
            };
            function_tool(function, &format!("{field}.function"), losses)
        }
        Some("custom") => {
            for (key, is_there) in [
                ("function", tool.function.is_some()),
                ("parameters", tool.parameters.is_some()),
                ("input_schema", tool.input_schema.is_some()),
                ("strict", tool.strict.is_some()),
            ] {
                if is_there {
                    losses.dropped(format!("{field}.{key}"), NOT_OF_PROTOCOL);
                }
            }
            let inner = tool.custom.unwrap_or_default();
            let nested_in = format_args!("{field}.custom");
            inner.unknown.report(&nested_in, losses);
            let mut choose = Choose { field, losses };
            let name = choose.of("name", inner.name, tool.name);
            let description = choose.of("description", inner.description, tool.description);
            let format = choose.of_raw(
                "format",
                inner.format.map(Cow::Borrowed),
                tool.format.map(Cow::Borrowed),
            );
            Ok(Tool {
                name: named(name, &format!("{field}.custom.name"))?,
                description: description.map(Text::into_owned),
                kind: ToolKind::Custom {
                    format: format.map(Cow::into_owned),
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
                    search: None,
                },
                strict: None,
            })
        }
    }
}

/// Between what a definition says within `function` or `custom` and what it says beside it, where its neighbouring
/// endpoint has it: within counts.
struct Choose<'c> {
    field: &'c str,
    losses: &'c mut Losses,
}

impl Choose<'_> {
    fn of<T: PartialEq>(&mut self, key: &str, within: Option<T>, beside: Option<T>) -> Option<T> {
        self.by(key, within, beside, T::eq)
    }

    fn of_raw<'a>(
        &mut self,
        key: &str,
        within: Option<Cow<'a, RawValue>>,
        beside: Option<Cow<'a, RawValue>>,
    ) -> Option<Cow<'a, RawValue>> {
        self.by(key, within, beside, |one, other| one.get() == other.get())
    }

    fn by<T>(
        &mut self,
        key: &str,
        within: Option<T>,
        beside: Option<T>,
        is_same: impl Fn(&T, &T) -> bool,
    ) -> Option<T> {
        if let (Some(within), Some(beside)) = (&within, &beside)
            && !is_same(within, beside)
        {
            let field = format!("{}.{key}", self.field);
            self.losses
                .dropped(field, "differs from the one further in, which counts");
        }
        within.or(beside)
    }
}

fn function_tool(
    function: wire::Function<'_>,
    field: &str,
    losses: &mut Losses,
) -> Result<Tool, ApiError> {
    function.report(&field, losses);
    Ok(Tool {
        name: named(function.name, &format!("{field}.name"))?,
        description: function.description.map(Text::into_owned),
        kind: ToolKind::Function {
            schema: function.parameters.map(Cow::into_owned),
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

fn choice(
    chosen: NamedTool<'_>,
    tools: &[Tool],
    losses: &mut Losses,
) -> Result<ToolChoice, ApiError> {
    let Some(allowed) = chosen.allowed_tools else {
        return tool_name(chosen, tools, "tool_choice", losses).map(ToolChoice::Named);
    };
    chosen.unknown.report(&"tool_choice", losses);
    let place = "tool_choice.allowed_tools";
    allowed.unknown.report(&place, losses);
    let mut names = Vec::new();
    for (at, tool) in allowed.tools.into_iter().enumerate() {
        let field = format!("{place}.tools[{at}]");
        names.push(tool_name(tool, tools, &field, losses)?);
    }
    Ok(ToolChoice::Allowed {
        names,
        required: &*allowed.mode == "required",
    })
}

fn tool_name(
    chosen: NamedTool<'_>,
    tools: &[Tool],
    field: &str,
    losses: &mut Losses,
) -> Result<String, ApiError> {
    chosen.unknown.report(&field, losses);
    if let Some(function) = &chosen.function {
        let nested = format_args!("{field}.function");
        function.report(&nested, losses);
    }
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
