//! A client's tools, and its choice among them.

use serde_json::{json, value::RawValue};

use super::report;
use crate::{
    Protocol,
    canonical::{ApiError, Losses, Tool, ToolChoice, ToolKind, WEB_SEARCH},
    gemini::{
        request::{VALIDATED, search},
        schema,
        wire::{DeclarationBody, Many, Raws, ToolBody, ToolConfigBody},
    },
    json::{Text, parse_part, raw},
};

/// `all`: a list, or its only member.
pub(super) fn tools(all: Option<&RawValue>, losses: &mut Losses) -> Result<Vec<Tool>, ApiError> {
    let all = all.map(|all| parse_part(all, &"tools")).transpose()?;
    let Raws(all) = all.unwrap_or_default();
    let mut tools = Vec::new();
    for (index, entry) in all.into_iter().enumerate() {
        let body: ToolBody<'_> = parse_part(entry, &format_args!("tools[{index}]"))?;
        let declarations = body.function_declarations.into_iter();
        let declarations = declarations.flat_map(|Many(declarations)| declarations);
        for (at, declaration) in declarations.enumerate() {
            let place = format!("tools[{index}].functionDeclarations[{at}]");
            tools.push(function(&place, declaration, losses)?);
        }
        let hosted = body.rest.into_iter();
        for (kind, definition) in hosted.filter(|(_, definition)| !definition.is_null()) {
            let search = search::read(&kind, &definition);
            tools.push(Tool {
                name: match search {
                    Some(_) => WEB_SEARCH.to_owned(),
                    None => kind.clone(),
                },
                description: None,
                kind: ToolKind::Hosted {
                    owner: Protocol::Gemini,
                    definition: raw(&json!({&kind: definition})),
                    kind,
                    search: search.map(Box::new),
                },
                strict: None,
            });
        }
    }
    Ok(tools)
}

fn function(
    place: &str,
    declaration: DeclarationBody<'_>,
    losses: &mut Losses,
) -> Result<Tool, ApiError> {
    report("tools[].functionDeclarations[]", &declaration.rest, losses);
    let name = declaration.name.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| ApiError::missing(format!("{place}.name")))?;
    let schema = declaration
        .parameters_json_schema
        .or(declaration.parameters);
    let schema = schema.map(schema::to_json);
    Ok(Tool {
        name: name.into_owned(),
        description: declaration.description.map(Text::into_owned),
        kind: ToolKind::Function { schema },
        strict: None,
    })
}

/// `tools`: those that the choice is among, which it may bind to their schemas.
pub(super) fn choice(
    config: Option<ToolConfigBody>,
    tools: &mut [Tool],
    losses: &mut Losses,
) -> Result<ToolChoice, ApiError> {
    let Some(config) = config else {
        return Ok(ToolChoice::Unset);
    };
    report("toolConfig", &config.rest, losses);
    let Some(calling) = config.function_calling_config else {
        return Ok(ToolChoice::Unset);
    };
    calling
        .unknown
        .report(&"toolConfig.functionCallingConfig", losses);
    let mut names = calling.allowed_function_names.unwrap_or_default();
    let mode = calling.mode.map(|mode| mode.to_ascii_uppercase());
    if mode.as_deref() == Some(VALIDATED) {
        for tool in tools {
            tool.strict = matches!(tool.kind, ToolKind::Function { .. }).then_some(true);
        }
    }
    Ok(match mode.as_deref() {
        None | Some("MODE_UNSPECIFIED") if names.is_empty() => ToolChoice::Unset,
        Some("ANY") => match names.len() {
            0 => ToolChoice::Required,
            1 => ToolChoice::Named(names.remove(0)),
            _ => ToolChoice::Allowed {
                names,
                required: true,
            },
        },
        Some("NONE") => ToolChoice::None,
        Some("AUTO" | VALIDATED) if names.is_empty() => ToolChoice::Auto,
        None | Some("AUTO" | "MODE_UNSPECIFIED" | VALIDATED) => ToolChoice::Allowed {
            names,
            required: false,
        },
        Some(_) => {
            let field = "toolConfig.functionCallingConfig.mode";
            let message =
                format!("`{field}` must be \"AUTO\", \"ANY\", \"NONE\" or \"VALIDATED\".");
            return Err(ApiError::invalid(field, message));
        }
    })
}
