//! Tools, and the choice among them.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{
    Protocol,
    canonical::{
        BESIDE_TOOLS, Capabilities, Losses, NOT_OF_PROTOCOL, Request, Tool, ToolChoice, ToolKind,
        ToolNames, choice, free_text, schema::object_schema, spelling,
    },
    gemini::{
        references,
        request::{VALIDATED, search},
        schema,
        wire::{DeclarationOut, ToolConfigOut, ToolOut},
    },
};

/// A name as it may be here: behind a letter or an underscore, and with dots.
pub(super) fn spelled(name: &str, limit: usize) -> Cow<'_, str> {
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if begins && name.len() <= limit && name.bytes().all(is_legal) {
        return Cow::Borrowed(name);
    }
    if begins {
        return spelling::tool_name(name, limit);
    }
    // The blank lets a hash into the spelling, so that it is no other tool's name.
    let begun = format!("_{name} ");
    Cow::Owned(spelling::tool_name(&begun, limit).into_owned())
}

#[derive(Default)]
pub(super) struct Toolbox<'a> {
    pub tools: Vec<ToolOut<'a>>,
    pub config: Option<ToolConfigOut<'a>>,
}

pub(super) fn toolbox<'a>(
    request: &'a Request,
    names: &ToolNames,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Toolbox<'a> {
    let mut tools: Vec<ToolOut<'a>> = Vec::new();
    let mut known = BTreeSet::new();
    for tool in &request.tools {
        if let ToolChoice::Allowed {
            names,
            required: false,
        } = &request.tool_choice
            && !names.contains(&tool.name)
        {
            losses.emulated(
                "tool_choice",
                "allows some of the tools: the others are left out",
            );
            continue;
        }
        match &tool.kind {
            ToolKind::Hosted {
                owner: Protocol::Gemini,
                definition,
                ..
            } => tools.push(ToolOut::Own(Cow::Borrowed(definition))),
            ToolKind::Hosted {
                search: Some(search),
                ..
            } if !request.has_clients_tools() => {
                tools.push(ToolOut::Own(Cow::Owned(search::write(search, losses))));
            }
            ToolKind::Hosted {
                search: Some(_), ..
            } => losses.dropped("tools", BESIDE_TOOLS),
            ToolKind::Hosted { kind, .. } => losses.dropped(
                "tools",
                format!("hold \"{kind}\", which another provider runs itself"),
            ),
            ToolKind::Custom { .. } | ToolKind::Function { .. } => {
                if !known.insert(&*tool.name) {
                    losses.repaired(
                        "tools",
                        format!("hold \"{}\" twice: the first is kept", tool.name),
                    );
                    continue;
                }
                let declaration = declaration(tool, names, capabilities, losses);
                let others = tools.iter_mut().find_map(|tool| match tool {
                    ToolOut::Functions {
                        function_declarations,
                    } => Some(function_declarations),
                    ToolOut::Own(_) => None,
                });
                match others {
                    Some(others) => others.push(declaration),
                    None => tools.push(ToolOut::Functions {
                        function_declarations: vec![declaration],
                    }),
                }
            }
        }
    }
    if request.parallel_tool_calls == Some(false) && !known.is_empty() {
        losses.dropped("parallel_tool_calls", NOT_OF_PROTOCOL);
    }
    let free = free_mode(request, &known, losses);
    let config = choose(request, &known, names, free, losses);
    Toolbox { tools, config }
}

fn declaration<'a>(
    tool: &'a Tool,
    names: &ToolNames,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> DeclarationOut<'a> {
    let name = names.spell(&tool.name);
    let stated = tool
        .description
        .as_deref()
        .filter(|text| !text.trim().is_empty());
    let (description, given) = match &tool.kind {
        ToolKind::Custom { format } => {
            losses.emulated(
                "tools",
                "of free text became functions with one string as input",
            );
            let (text, schema) = free_text::as_function(stated, format.as_deref());
            let text = (!text.is_empty()).then_some(Cow::Owned(text));
            (text, Some(Cow::Owned(schema)))
        }
        ToolKind::Function { schema } => {
            let schema = schema.as_deref().filter(|schema| schema.get() != "null");
            let schema = schema.map(|schema| object_schema(Some(schema), losses));
            (stated.map(Cow::Borrowed), schema)
        }
        ToolKind::Hosted { .. } => (stated.map(Cow::Borrowed), None),
    };
    let mut declaration = DeclarationOut {
        name,
        description,
        parameters: None,
        parameters_json_schema: None,
    };
    let Some(given) = given else {
        return declaration;
    };
    if capabilities.json_schema {
        declaration.parameters_json_schema = Some(match given {
            Cow::Borrowed(given) => references::mended(given, "tools[].parameters", losses),
            Cow::Owned(given) => {
                Cow::Owned(references::mended(&given, "tools[].parameters", losses).into_owned())
            }
        });
    } else {
        let parameters = schema::subset(&given, "tools[].parameters", losses);
        // An object without members is refused: no parameters are none.
        if parameters.contains_key("properties") {
            declaration.parameters = Some(parameters.into());
        }
    }
    declaration
}

/// The mode in which the model may call tools or not. That it must keep to the schemas is said here for all tools at
/// once; where it must call one, it does so anyway.
fn free_mode(request: &Request, known: &BTreeSet<&str>, losses: &mut Losses) -> &'static str {
    let mut sent = request
        .tools
        .iter()
        .filter(|tool| known.contains(&*tool.name));
    let is_strict = |tool: &Tool| tool.strict == Some(true);
    let may_call = match request.tool_choice {
        ToolChoice::Allowed { required, .. } => !required,
        ToolChoice::Auto | ToolChoice::Unset => true,
        ToolChoice::Named(_) | ToolChoice::None | ToolChoice::Required => false,
    };
    let strict = sent.clone().filter(|tool| is_strict(tool)).count();
    if strict == 0 || !may_call {
        return "AUTO";
    }
    if !sent.all(is_strict) {
        losses.emulated("tools[].strict", "holds for all tools of a request here");
    }
    VALIDATED
}

/// `free`: the mode in which the model may call tools or not.
fn choose<'a>(
    request: &'a Request,
    known: &BTreeSet<&str>,
    names: &ToolNames,
    free: &'static str,
    losses: &mut Losses,
) -> Option<ToolConfigOut<'a>> {
    let chosen = choice::among(request, known, losses)?;
    let any = |names| Some(ToolConfigOut::new("ANY", names));
    match chosen {
        ToolChoice::Allowed {
            names: allowed,
            required: true,
        } => any(allowed
            .iter()
            .filter(|name| known.contains(&***name))
            .map(|name| names.spell(name))
            .collect()),
        ToolChoice::Allowed { .. } | ToolChoice::Auto => Some(ToolConfigOut::new(free, Vec::new())),
        ToolChoice::Named(name) => any(vec![names.spell(name)]),
        ToolChoice::None => Some(ToolConfigOut::new("NONE", Vec::new())),
        ToolChoice::Required => any(Vec::new()),
        ToolChoice::Unset => (free == VALIDATED).then(|| ToolConfigOut::new(free, Vec::new())),
    }
}
