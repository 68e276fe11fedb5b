//! Tools. There is no choice among them but by words, and none of those that the history names may be missing.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    amazon_q::wire::{InputSchema, Tool as ToolOut, ToolSpecification},
    canonical::{
        Losses, Request, Tool, ToolChoice, ToolKind, ToolNames,
        choice::{NO_TOOLS, NOT_SENT},
        free_text,
        schema::object_schema,
        spelling::{self, tool_name},
        turns::{Piece, Turn},
    },
};

/// Longer descriptions are refused.
const DESCRIPTION_LIMIT: usize = 10_000;
const CUT_SHORT: &str = "… (The instructions hold the whole description.)";

#[derive(Debug, Default)]
pub(super) struct Toolbox<'a> {
    pub tools: Vec<ToolOut<'a>>,
    /// What has to be said in the instructions.
    pub words: Vec<String>,
}

/// A name that begins with a letter, as all must.
pub(super) fn name(name: &str, limit: usize) -> Cow<'_, str> {
    let spelled = tool_name(name, limit);
    if spelled.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return spelled;
    }
    let hash = spelling::hash(name, 8);
    let room = limit.saturating_sub("tool__".len() + hash.len());
    let rest: String = spelled.chars().take(room).collect();
    Cow::Owned(format!("tool_{rest}_{hash}"))
}

pub(super) fn toolbox<'a>(
    request: &'a Request,
    turns: &[Turn<'a>],
    names: &ToolNames,
    losses: &mut Losses,
) -> Toolbox<'a> {
    let called: BTreeSet<&'a str> = turns
        .iter()
        .flat_map(|turn| &turn.pieces)
        .filter_map(|piece| match piece {
            Piece::Call { name, .. } => Some(*name),
            Piece::Plain(_) | Piece::Result { .. } => None,
        })
        .collect();
    let mut toolbox = Toolbox::default();
    let chosen = chosen(request, losses);
    // By the names that are sent; what is offered may be called.
    let mut sent: BTreeMap<Cow<'a, str>, bool> = BTreeMap::new();
    for tool in &request.tools {
        let offered = is_offered(chosen, &tool.name);
        if !offered && !called.contains(&*tool.name) {
            continue;
        }
        let spelled = names.spell(&tool.name);
        if sent.contains_key(&spelled) {
            losses.repaired(
                "tools",
                format!("hold \"{}\" twice: the first is kept", tool.name),
            );
            continue;
        }
        if let Some(tool) = definition(tool, spelled.clone(), &mut toolbox.words, losses) {
            toolbox.tools.push(tool);
            sent.insert(spelled, offered);
        }
    }
    for name in called {
        let spelled = names.spell(name);
        if sent.contains_key(&spelled) {
            continue;
        }
        losses.repaired(
            "tools",
            "lack some that the conversation has called: placeholders were added",
        );
        toolbox.tools.push(placeholder(spelled.clone()));
        sent.insert(spelled, false);
    }
    let words = choice(request, chosen, &sent, names, losses);
    toolbox.words.extend(words);
    toolbox
}

/// The choice, as far as it names what may be called.
fn chosen<'r>(request: &'r Request, losses: &mut Losses) -> &'r ToolChoice {
    let callable = request.tools.iter().filter(|tool| tool.is_clients());
    let mut callable = callable.peekable();
    match &request.tool_choice {
        ToolChoice::Named(only)
            if callable.peek().is_some() && callable.all(|tool| tool.name != *only) =>
        {
            losses.dropped("tool_choice", NOT_SENT);
            &ToolChoice::Unset
        }
        choice => choice,
    }
}

fn is_offered(choice: &ToolChoice, name: &str) -> bool {
    match choice {
        ToolChoice::Allowed { names, .. } => names.iter().any(|allowed| allowed == name),
        ToolChoice::Named(only) => only == name,
        ToolChoice::None => false,
        ToolChoice::Auto | ToolChoice::Required | ToolChoice::Unset => true,
    }
}

fn definition<'a>(
    tool: &'a Tool,
    name: Cow<'a, str>,
    words: &mut Vec<String>,
    losses: &mut Losses,
) -> Option<ToolOut<'a>> {
    if tool.strict == Some(true) {
        losses.dropped("tools[].strict", "is not a switch of this protocol");
    }
    let described = tool.description.as_deref().unwrap_or_default().trim();
    let (description, json) = match &tool.kind {
        ToolKind::Function { schema } => (
            Cow::Borrowed(described),
            object_schema(schema.as_deref(), losses),
        ),
        ToolKind::Custom { format } => {
            losses.emulated(
                "tools",
                "of free text became functions with one string as input",
            );
            let (text, schema) = free_text::as_function(Some(described), format.as_deref());
            (Cow::Owned(text), Cow::Owned(schema))
        }
        ToolKind::Hosted { kind, .. } => {
            losses.dropped(
                "tools",
                format!("hold \"{kind}\", which another provider runs itself"),
            );
            return None;
        }
    };
    let description = match description.trim() {
        // Must not be empty.
        "" => Cow::Owned(format!("The tool {name}.")),
        text if text.len() > DESCRIPTION_LIMIT => {
            losses.emulated(
                "tools[].description",
                "is longer than accepted: the whole of it stands in the instructions",
            );
            words.push(format!("The tool `{name}`, described in full:\n{text}"));
            let end = text.floor_char_boundary(DESCRIPTION_LIMIT - CUT_SHORT.len());
            Cow::Owned(format!("{}{CUT_SHORT}", &text[..end]))
        }
        _ => description,
    };
    Some(ToolOut {
        tool_specification: ToolSpecification {
            name,
            description,
            input_schema: InputSchema { json },
        },
    })
}

fn placeholder(name: Cow<'_, str>) -> ToolOut<'_> {
    ToolOut {
        tool_specification: ToolSpecification {
            name,
            description: Cow::Borrowed(
                "Was used earlier in this conversation and is not available any more.",
            ),
            input_schema: InputSchema {
                json: object_schema(None, &mut Losses::default()),
            },
        },
    }
}

/// The words that stand for a choice.
fn choice(
    request: &Request,
    chosen: &ToolChoice,
    sent: &BTreeMap<Cow<'_, str>, bool>,
    names: &ToolNames,
    losses: &mut Losses,
) -> Vec<String> {
    let offered: Vec<&str> = sent
        .iter()
        .filter(|(_, offered)| **offered)
        .map(|(name, _)| &**name)
        .collect();
    let mut words = Vec::new();
    let mut say = |sentence: String| {
        losses.emulated("tool_choice", "became a sentence in the instructions");
        words.push(sentence);
    };
    match chosen {
        ToolChoice::None if !sent.is_empty() => {
            say("Do not call any tool in your next reply.".to_owned());
        }
        ToolChoice::Named(name) if !offered.is_empty() => say(format!(
            "Your next reply must be a call of the tool `{}`, and of no other.",
            names.spell(name)
        )),
        ToolChoice::Allowed { required: true, .. } | ToolChoice::Required
            if !offered.is_empty() =>
        {
            say("Your next reply must be a call of one of your tools.".to_owned());
        }
        ToolChoice::Named(_)
        | ToolChoice::Required
        | ToolChoice::Allowed { required: true, .. } => {
            losses.dropped("tool_choice", NO_TOOLS);
            return words;
        }
        ToolChoice::Allowed { .. } | ToolChoice::Auto | ToolChoice::None | ToolChoice::Unset => {}
    }
    let withheld = sent.len() > offered.len() && !offered.is_empty();
    if let ToolChoice::Allowed { .. } = chosen
        && withheld
    {
        say(format!(
            "Call none but these tools: {}.",
            offered.join(", ")
        ));
    }
    if request.parallel_tool_calls == Some(false) && !offered.is_empty() {
        losses.emulated(
            "parallel_tool_calls",
            "became a sentence in the instructions",
        );
        words.push("Call at most one tool in a reply.".to_owned());
    }
    words
}
