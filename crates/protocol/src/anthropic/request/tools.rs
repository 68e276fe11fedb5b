//! Tools, the choice among them, and their arguments.

use std::{borrow::Cow, collections::BTreeSet};

use super::{cache::Marks, schema::restrict, search};
use crate::{
    Protocol,
    anthropic::wire::{ToolChoiceOut, ToolOut},
    canonical::{
        Losses, Request, Tool, ToolChoice, ToolKind, ToolNames, choice, free_text,
        output::Output,
        schema::object_schema,
        turns::{Piece, Turn},
    },
    json::raw,
};

#[derive(Debug, Default)]
pub(super) struct Toolbox<'a> {
    pub tools: Vec<ToolOut<'a>>,
    pub choice: Option<ToolChoiceOut>,
}

impl Toolbox<'_> {
    /// The model must call something.
    pub(super) fn is_forced(&self) -> bool {
        self.choice
            .as_ref()
            .is_some_and(|choice| matches!(choice.kind, "any" | "tool"))
    }
}

pub(super) fn toolbox<'a>(
    request: &'a Request,
    turns: &[Turn<'a>],
    names: &ToolNames,
    output: &Output<'a>,
    (strict, hosted): (bool, bool),
    marks: &Marks<'a>,
    losses: &mut Losses,
) -> Toolbox<'a> {
    let mut tools = Vec::new();
    let mut known = BTreeSet::new();
    for tool in &request.tools {
        if let ToolChoice::Allowed { names, .. } = &request.tool_choice
            && !names.contains(&tool.name)
        {
            losses.emulated(
                "tool_choice",
                "allows some of the tools: the others are left out",
            );
            continue;
        }
        if !known.insert(&*tool.name) {
            losses.repaired(
                "tools",
                format!("hold \"{}\" twice: the first is kept", tool.name),
            );
            continue;
        }
        match definition(tool, request, names, (strict, hosted), marks, losses) {
            Some(tool) => tools.push(tool),
            None => {
                known.remove(&*tool.name);
            }
        }
    }

    let mut choice = choose(request, &known, names, losses);
    if tools.is_empty() {
        tools = placeholders(turns, names, losses);
        // The client offers none of them, so none may be called.
        choice = (!tools.is_empty()).then(|| plain("none"));
    }
    if let Output::Tool {
        name,
        description,
        schema,
    } = output
    {
        let only = known.is_empty() || request.tool_choice == ToolChoice::None;
        tools.push(ToolOut::Custom {
            name: Cow::Owned(name.clone()),
            description: Some(Cow::Borrowed(
                description.unwrap_or("Gives the final answer, as its input."),
            )),
            input_schema: Cow::Borrowed(schema),
            strict: None,
            cache_control: None,
        });
        choice = Some(if only {
            ToolChoiceOut {
                name: Some(name.clone()),
                ..plain("tool")
            }
        } else {
            plain("any")
        });
    }
    if request.parallel_tool_calls == Some(false) && !tools.is_empty() {
        choice.get_or_insert_with(|| plain("auto"));
    }
    if let Some(choice) = choice.as_mut().filter(|choice| choice.kind != "none") {
        choice.disable_parallel_tool_use = request.parallel_tool_calls.map(|parallel| !parallel);
    }
    Toolbox { tools, choice }
}

fn plain(kind: &'static str) -> ToolChoiceOut {
    ToolChoiceOut {
        kind,
        name: None,
        disable_parallel_tool_use: None,
    }
}

fn choose(
    request: &Request,
    known: &BTreeSet<&str>,
    names: &ToolNames,
    losses: &mut Losses,
) -> Option<ToolChoiceOut> {
    let chosen = choice::among(request, known, losses)?;
    match chosen {
        ToolChoice::Allowed { required, .. } => Some(plain(if *required { "any" } else { "auto" })),
        ToolChoice::Auto => Some(plain("auto")),
        ToolChoice::Named(name) => Some(ToolChoiceOut {
            name: Some(names.spell(name).into_owned()),
            ..plain("tool")
        }),
        ToolChoice::None => Some(plain("none")),
        ToolChoice::Required => Some(plain("any")),
        ToolChoice::Unset => None,
    }
}

fn definition<'a>(
    tool: &'a Tool,
    request: &Request,
    names: &ToolNames,
    (strict, hosted): (bool, bool),
    marks: &Marks<'a>,
    losses: &mut Losses,
) -> Option<ToolOut<'a>> {
    let description = tool
        .description
        .as_deref()
        .filter(|text| !text.trim().is_empty());
    match &tool.kind {
        ToolKind::Function { schema } => {
            let is_strict = tool.strict == Some(true);
            if is_strict && !strict {
                losses.dropped("tools[].strict", "is not a switch of this model");
            }
            let mut input_schema = object_schema(schema.as_deref(), losses);
            if is_strict && strict {
                let restricted = restrict(&input_schema, "tools[].parameters", losses);
                if let Some(restricted) = restricted {
                    input_schema = Cow::Owned(raw(&restricted));
                }
            }
            Some(ToolOut::Custom {
                name: names.spell(&tool.name),
                description: description.map(Cow::Borrowed),
                input_schema,
                strict: (is_strict && strict).then_some(true),
                cache_control: marks.of_tool(&tool.name),
            })
        }
        ToolKind::Custom { format } => {
            losses.emulated(
                "tools",
                "of free text became functions with one string as input",
            );
            let (text, schema) = free_text::as_function(description, format.as_deref());
            Some(ToolOut::Custom {
                name: names.spell(&tool.name),
                description: (!text.is_empty()).then_some(Cow::Owned(text)),
                input_schema: Cow::Owned(schema),
                strict: None,
                cache_control: marks.of_tool(&tool.name),
            })
        }
        ToolKind::Hosted {
            owner: Protocol::Anthropic,
            definition,
            search,
            ..
        } if hosted || search.is_some() => {
            // It holds its mark itself.
            marks.of_tool(&tool.name);
            Some(ToolOut::Own(Cow::Borrowed(definition)))
        }
        ToolKind::Hosted {
            search: Some(search),
            ..
        } if !request.searches_itself() => {
            Some(ToolOut::Own(Cow::Owned(search::write(search, losses))))
        }
        ToolKind::Hosted { kind, .. } => {
            losses.dropped(
                "tools",
                format!("hold \"{kind}\", which another provider runs itself"),
            );
            None
        }
    }
}

/// A conversation with tool calls is refused unless tools are defined.
fn placeholders<'a>(
    turns: &[Turn<'a>],
    names: &ToolNames,
    losses: &mut Losses,
) -> Vec<ToolOut<'a>> {
    let called: BTreeSet<&'a str> = turns
        .iter()
        .flat_map(|turn| &turn.pieces)
        .filter_map(|piece| match piece {
            Piece::Call { name, .. } => Some(*name),
            Piece::Plain(_) | Piece::Result { .. } => None,
        })
        .collect();
    if !called.is_empty() {
        losses.repaired(
            "tools",
            "are missing although the conversation holds tool calls: placeholders were added",
        );
    }
    called
        .into_iter()
        .map(|name| ToolOut::Custom {
            name: names.spell(name),
            description: Some(Cow::Borrowed(
                "Was used earlier in this conversation and is not available any more.",
            )),
            input_schema: Cow::Owned(raw(
                &serde_json::json!({"type": "object", "properties": {}}),
            )),
            strict: None,
            cache_control: None,
        })
        .collect()
}
