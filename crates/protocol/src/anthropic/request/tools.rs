//! Tools, the choice among them, and their arguments.

use std::{borrow::Cow, collections::BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::{
    history::{Piece, Turn},
    names::Names,
    output::Output,
    schema::restrict,
};
use crate::{
    Protocol,
    anthropic::wire::{ToolChoiceOut, ToolOut},
    canonical::{ApiError, Losses, Request, Tool, ToolChoice, ToolKind},
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
    names: &Names,
    output: &Output<'a>,
    strict: bool,
    losses: &mut Losses,
) -> Result<Toolbox<'a>, ApiError> {
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
        match definition(tool, names, strict, losses) {
            Some(tool) => tools.push(tool),
            None => {
                known.remove(&*tool.name);
            }
        }
    }

    let mut choice = choose(request, &known, names, losses)?;
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
    Ok(Toolbox { tools, choice })
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
    names: &Names,
    losses: &mut Losses,
) -> Result<Option<ToolChoiceOut>, ApiError> {
    if known.is_empty() {
        match &request.tool_choice {
            ToolChoice::Auto | ToolChoice::None | ToolChoice::Unset => {}
            ToolChoice::Allowed { .. } | ToolChoice::Named(_) | ToolChoice::Required => {
                losses.dropped(
                    "tool_choice",
                    "is left out: there are no tools to choose from",
                );
            }
        }
        return Ok(None);
    }
    Ok(match &request.tool_choice {
        ToolChoice::Allowed { required, .. } => Some(plain(if *required { "any" } else { "auto" })),
        ToolChoice::Auto => Some(plain("auto")),
        ToolChoice::Named(name) if known.contains(&**name) => Some(ToolChoiceOut {
            name: Some(names.legal(name).into_owned()),
            ..plain("tool")
        }),
        ToolChoice::Named(name) if request.tools.iter().any(|tool| tool.name == *name) => {
            losses.dropped(
                "tool_choice",
                "names a tool that is not carried to this provider",
            );
            None
        }
        ToolChoice::Named(name) => {
            return Err(ApiError::invalid_request(format!(
                "tool_choice names \"{name}\", which is not among the tools."
            ))
            .with_param("tool_choice"));
        }
        ToolChoice::None => Some(plain("none")),
        ToolChoice::Required => Some(plain("any")),
        ToolChoice::Unset => None,
    })
}

fn definition<'a>(
    tool: &'a Tool,
    names: &Names,
    strict: bool,
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
                input_schema = Cow::Owned(raw(&restricted));
            }
            Some(ToolOut::Custom {
                name: names.legal(&tool.name),
                description: description.map(Cow::Borrowed),
                input_schema,
                strict: (is_strict && strict).then_some(true),
            })
        }
        ToolKind::Custom { format } => {
            losses.emulated(
                "tools",
                "of free text became functions with one string as input",
            );
            let mut text = description.unwrap_or_default().to_owned();
            if let Some(format) = format {
                text.push_str("\nThe input keeps to this format: ");
                text.push_str(format.get());
            }
            Some(ToolOut::Custom {
                name: names.legal(&tool.name),
                description: (!text.is_empty()).then_some(Cow::Owned(text)),
                input_schema: Cow::Owned(raw(&serde_json::json!({
                    "type": "object",
                    "properties": {"input": {"type": "string"}},
                    "required": ["input"],
                }))),
                strict: None,
            })
        }
        ToolKind::Hosted {
            owner: Protocol::Anthropic,
            definition,
            ..
        } => Some(ToolOut::Own(definition)),
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
fn placeholders<'a>(turns: &[Turn<'a>], names: &Names, losses: &mut Losses) -> Vec<ToolOut<'a>> {
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
            name: names.legal(name),
            description: Some(Cow::Borrowed(
                "Was used earlier in this conversation and is not available any more.",
            )),
            input_schema: Cow::Owned(raw(
                &serde_json::json!({"type": "object", "properties": {}}),
            )),
            strict: None,
        })
        .collect()
}

#[derive(Deserialize)]
struct Root {
    #[serde(default, rename = "type")]
    kind: Value,
}

/// The schema as it came where its root is an object; else made to be one.
fn object_schema<'a>(schema: Option<&'a RawValue>, losses: &mut Losses) -> Cow<'a, RawValue> {
    let Some(schema) = schema.filter(|schema| schema.get() != "null") else {
        return Cow::Owned(raw(
            &serde_json::json!({"type": "object", "properties": {}}),
        ));
    };
    if serde_json::from_str::<Root>(schema.get()).is_ok_and(|root| root.kind == "object") {
        return Cow::Borrowed(schema);
    }
    let mut fields = match serde_json::from_str(schema.get()) {
        Ok(Value::Object(fields)) => fields,
        Ok(
            Value::Array(_) | Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_),
        )
        | Err(_) => Map::new(),
    };
    if fields.get("type").is_some_and(|kind| !kind.is_null()) {
        losses.repaired(
            "tools[].parameters",
            "must be an object schema at the root and became one",
        );
    }
    let mut object = Map::with_capacity(fields.len() + 2);
    object.insert("type".to_owned(), "object".into());
    fields.shift_remove("type");
    object.extend(fields);
    object
        .entry("properties")
        .or_insert_with(|| Value::Object(Map::new()));
    Cow::Owned(raw(&Value::Object(object)))
}

fn raw(value: &Value) -> Box<RawValue> {
    // A `Value` always serializes.
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| empty_object())
}

pub(in crate::anthropic) fn empty_object() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_default()
}

/// Arguments as the object that this protocol wants: byte for byte where they are one, empty where they are
/// missing, and still visible (`_raw`) where they are broken.
pub(in crate::anthropic) fn arguments_object(arguments: &str) -> Cow<'_, RawValue> {
    let text = arguments.trim();
    if text.is_empty() || text == "null" {
        return Cow::Owned(empty_object());
    }
    if text.starts_with('{')
        && let Ok(object) = serde_json::from_str::<&RawValue>(text)
    {
        return Cow::Borrowed(object);
    }
    Cow::Owned(raw(&serde_json::json!({ "_raw": arguments })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edge_023_arguments_become_an_object_and_never_vanish() {
        for (arguments, object) in [
            ("", "{}"),
            ("  ", "{}"),
            ("null", "{}"),
            (
                r#"{"a": 12345678901234567890.10}"#,
                r#"{"a": 12345678901234567890.10}"#,
            ),
            (r#"{"a": "#, r#"{"_raw":"{\"a\": "}"#),
            ("[1]", r#"{"_raw":"[1]"}"#),
            ("plain", r#"{"_raw":"plain"}"#),
        ] {
            assert_eq!(arguments_object(arguments).get(), object);
        }
    }

    #[test]
    fn edge_022_every_schema_is_an_object() {
        let schema = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let mut losses = Losses::default();
        for (given, expected) in [
            (None, r#"{"type":"object","properties":{}}"#),
            (Some("{}"), r#"{"type":"object","properties":{}}"#),
            (Some("null"), r#"{"type":"object","properties":{}}"#),
            (
                Some(r#"{"properties":{"a":{}},"required":["a"]}"#),
                r#"{"type":"object","properties":{"a":{}},"required":["a"]}"#,
            ),
            (Some(r#"{ "type": "object" }"#), r#"{ "type": "object" }"#),
        ] {
            let given = given.map(schema);
            assert_eq!(object_schema(given.as_deref(), &mut losses).get(), expected);
        }
        assert!(losses.is_empty());
        object_schema(Some(&schema(r#"{"type":"string"}"#)), &mut losses);
        assert_eq!(losses.len(), 1);
    }
}
