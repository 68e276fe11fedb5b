//! Tools, and the choice among them.

use crate::{
    Protocol,
    canonical::{ApiError, Request, Tool, ToolChoice, ToolKind},
    json,
    openai_realtime::wire::{self, Choice, Text, TurnOptions},
};

pub(in crate::openai_realtime) fn tools(
    options: &TurnOptions<'_>,
    request: &mut Request,
) -> Result<(), ApiError> {
    for (at, raw) in options.tools.iter().flatten().enumerate() {
        let field = format!("tools[{at}]");
        let mut tool: wire::Tool<'_> = json::parse_part(raw, &field)?;
        let kind = tool.kind.take();
        let kind = kind.as_deref().unwrap_or("function");
        if kind != "function" {
            request.tools.push(Tool {
                name: tool.name.as_deref().unwrap_or(kind).to_owned(),
                description: None,
                kind: ToolKind::Hosted {
                    owner: Protocol::OpenAiRealtime,
                    kind: kind.to_owned(),
                    definition: (*raw).to_owned(),
                    search: None,
                },
                strict: None,
            });
            continue;
        }
        if let Some(inner) = tool.function {
            tool = json::parse_part(inner, &format!("{field}.function"))?;
        }
        let name = tool.name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| ApiError::missing(format!("{field}.name")))?;
        request.tools.push(Tool {
            name: name.into_owned(),
            description: tool.description.map(Text::into_owned),
            kind: ToolKind::Function {
                schema: tool.parameters.map(ToOwned::to_owned),
            },
            strict: None,
        });
    }
    request.tool_choice = match options.tool_choice {
        None => ToolChoice::Unset,
        Some(raw) if raw.get().starts_with('"') => {
            let word: Text<'_> = json::parse_part(raw, &"tool_choice")?;
            match &*word {
                "auto" => ToolChoice::Auto,
                "none" => ToolChoice::None,
                "required" | "any" => ToolChoice::Required,
                _ => {
                    let message = "`tool_choice` must be auto, none, required or name a function.";
                    return Err(ApiError::invalid("tool_choice", message));
                }
            }
        }
        Some(raw) => {
            let choice: Choice<'_> = json::parse_part(raw, &"tool_choice")?;
            let inner = choice.function.and_then(|function| function.name);
            let name = choice.name.or(inner).filter(|name| !name.is_empty());
            let name = name.ok_or_else(|| ApiError::missing("tool_choice.name"))?;
            ToolChoice::Named(name.into_owned())
        }
    };
    Ok(())
}
