//! Sampling, reasoning and the form of the answer.

use memchr::memmem;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value, value::RawValue};

use super::shortened;
use crate::{
    canonical::{
        ApiError, Effort, Losses, NOT_OF_PROTOCOL, OutputFormat, OwnFields, Penalties, Reasoning,
        Sampling, Shown,
    },
    openai_chat::wire::{self, ChatRequest, ReasoningSwitch, ResponseFormat, Text, TextOr},
};

/// Why a switch of reasoning is left out.
const OTHER_SWITCH: &str = "differs from another switch of reasoning, which counts";

pub(super) fn sampling(
    wire: &mut ChatRequest<'_>,
    own_fields: &mut OwnFields,
    losses: &mut Losses,
) -> Result<Sampling, ApiError> {
    if wire.n == Some(0) {
        return Err(ApiError::too_small("n", 1));
    }
    let limits = [
        (wire.max_completion_tokens, "max_completion_tokens"),
        (wire.max_tokens, "max_tokens"),
        (wire.max_output_tokens, "max_output_tokens"),
    ];
    let mut stated = limits
        .into_iter()
        .filter_map(|(limit, field)| Some((limit?, field)));
    let first = stated.next();
    if let Some((limit, field)) = first {
        if limit == 0 {
            return Err(ApiError::too_small(field, 1));
        }
        own_fields.uses("max_tokens", field);
        for (_, other) in stated.filter(|(other, _)| *other != limit) {
            losses.dropped(other, format!("differs from `{field}`, which counts"));
        }
    }
    let logprobs = match (wire.logprobs, wire.top_logprobs) {
        (Some(true), top) => Some(top.unwrap_or(0)),
        (Some(false) | None, Some(1..)) => {
            losses.dropped("top_logprobs", "counts only with `logprobs: true`");
            None
        }
        (Some(false) | None, _) => None,
    };
    Ok(Sampling {
        max_output_tokens: first.map(|(limit, _)| limit),
        temperature: wire.temperature,
        top_p: wire.top_p,
        top_k: wire.top_k,
        stop: stops(wire.stop.take()),
        seed: wire.seed,
        penalties: Penalties {
            frequency: wire.frequency_penalty,
            presence: wire.presence_penalty,
        },
        logprobs,
    })
}

pub(in crate::openai_chat) fn stops(given: Option<TextOr<'_, Vec<Text<'_>>>>) -> Vec<String> {
    match given {
        None => Vec::new(),
        Some(TextOr::Text(stop)) => vec![stop.into_owned()],
        Some(TextOr::Other(stops)) => stops.into_iter().map(Text::into_owned).collect(),
    }
}

/// Some clients want the reasoning to stay where it is.
pub(super) fn shown(wire: &mut ChatRequest<'_>) -> Shown {
    let switch = wire.reasoning.as_mut();
    let excluded = switch.and_then(|switch| switch.rest.remove("exclude"));
    if excluded == Some(Value::Bool(true)) {
        Shown::Nothing
    } else {
        Shown::All
    }
}

/// The vendor's own word first, then the switches of other servers of this protocol: the first that says something
/// counts.
pub(super) fn how_to_reason(
    wire: &mut ChatRequest<'_>,
    own_fields: &mut OwnFields,
    losses: &mut Losses,
) -> Reasoning {
    let switches = [
        ("reasoning", wire.reasoning.take()),
        ("thinking", wire.thinking.take()),
    ];
    let mut wanted = match wire.reasoning_effort.take() {
        Some(word) => effort(&word, "reasoning_effort", losses),
        None => Reasoning::Unset,
    };
    for (field, switch) in switches {
        let Some(switch) = switch else { continue };
        for key in switch.rest.keys() {
            losses.dropped(format!("{field}.{key}"), NOT_OF_PROTOCOL);
        }
        let switched = by_switch(&switch, field, losses);
        if wanted == Reasoning::Unset && switched != Reasoning::Unset {
            own_fields.uses("reasoning", field);
            wanted = switched;
        } else if contradicts(switched, wanted) {
            losses.dropped(field, OTHER_SWITCH);
        }
    }
    let template = wire.rest.get("chat_template_kwargs");
    let in_template = template.and_then(|kwargs| kwargs.get("enable_thinking")?.as_bool());
    let switch = match (wire.enable_thinking, in_template) {
        (Some(is_on), _) => Some(("enable_thinking", is_on)),
        (None, Some(is_on)) => Some(("chat_template_kwargs.enable_thinking", is_on)),
        (None, None) => None,
    };
    let Some((field, is_on)) = switch else {
        return wanted;
    };
    let switched = if is_on {
        Reasoning::Adaptive
    } else {
        Reasoning::Off
    };
    if wanted == Reasoning::Unset {
        own_fields.uses("reasoning", field);
        return switched;
    }
    if contradicts(switched, wanted) {
        losses.dropped(field, OTHER_SWITCH);
    }
    wanted
}

/// Whether a switch says more than the one that counts, or something else. That there is reasoning at all, each but
/// `Off` says.
fn contradicts(switched: Reasoning, counts: Reasoning) -> bool {
    match switched {
        Reasoning::Unset => false,
        Reasoning::Adaptive => counts == Reasoning::Off,
        Reasoning::Budget(_) | Reasoning::Effort(_) | Reasoning::Off => switched != counts,
    }
}

fn by_switch(switch: &ReasoningSwitch<'_>, field: &str, losses: &mut Losses) -> Reasoning {
    let kind = switch.kind.as_deref();
    if switch.enabled == Some(false) || kind == Some("disabled") {
        return Reasoning::Off;
    }
    let word = switch.effort.as_deref();
    let wanted = word.map(|word| effort(word, &format!("{field}.effort"), losses));
    let wanted = wanted.filter(|wanted| *wanted != Reasoning::Unset);
    let budgets = [
        (switch.budget_tokens, "budget_tokens"),
        (switch.max_tokens, "max_tokens"),
    ];
    let budget = budgets
        .into_iter()
        .find_map(|(budget, key)| Some((budget?, key)));
    if let Some(wanted) = wanted {
        if let Some((_, key)) = budget {
            losses.dropped(format!("{field}.{key}"), OTHER_SWITCH);
        }
        return wanted;
    }
    match budget {
        Some((budget, _)) => Reasoning::Budget(budget),
        None if switch.enabled == Some(true) || kind.is_some() => Reasoning::Adaptive,
        None => Reasoning::Unset,
    }
}

fn effort(word: &str, field: &str, losses: &mut Losses) -> Reasoning {
    match Effort::of(word) {
        Some(effort) => Reasoning::Effort(effort),
        None if word == "none" => Reasoning::Off,
        None => {
            let other = shortened(word);
            losses.dropped(field, format!("is \"{other}\", a word that is not known"));
            Reasoning::Unset
        }
    }
}

pub(super) fn output(
    format: &ResponseFormat<'_>,
    losses: &mut Losses,
) -> Result<OutputFormat, ApiError> {
    format.unknown.report(&"response_format", losses);
    let with_schema = |schema: &RawValue| OutputFormat::JsonSchema {
        name: None,
        description: None,
        schema: schema.to_owned(),
        strict: None,
    };
    match (
        &*format.kind,
        format.json_schema.as_deref().or(format.schema),
    ) {
        ("" | "text", _) => Ok(OutputFormat::Text),
        ("json_object", None) => Ok(OutputFormat::Json),
        ("json_object", Some(schema)) if format.json_schema.is_none() => Ok(with_schema(schema)),
        ("json_object" | "json_schema", Some(raw)) => {
            let Ok(named) = serde_json::from_str::<wire::JsonSchema<'_>>(raw.get()) else {
                // A schema whose own keywords clash with the wrapper's names.
                return Ok(with_schema(raw));
            };
            match named.schema {
                Some(schema) => {
                    let place = "response_format.json_schema";
                    named.unknown.report(&place, losses);
                    Ok(OutputFormat::JsonSchema {
                        name: named.name.map(Text::into_owned),
                        description: named.description.map(Text::into_owned),
                        schema: schema.to_owned(),
                        strict: named.strict,
                    })
                }
                None if is_schema(raw) => Ok(with_schema(raw)),
                None => {
                    losses.emulated(
                        "response_format.json_schema",
                        "has no schema: any JSON object is asked for",
                    );
                    Ok(OutputFormat::Json)
                }
            }
        }
        ("json_schema", None) => Err(ApiError::missing("response_format.json_schema")),
        (other, _) => Err(ApiError::invalid(
            "response_format.type",
            format!(
                "`response_format.type` is \"{}\"; it must be text, json_object or json_schema.",
                shortened(other)
            ),
        )),
    }
}

/// Whether a request asks for JSON by a schema without its wrapper, which few servers understand.
pub(in crate::openai_chat) fn has_bare_schema(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(bound(deserialize = "'de: 'a"))]
    struct Outside<'a> {
        response_format: Option<ResponseFormat<'a>>,
    }

    if memmem::find(body, b"json_schema").is_none() {
        return false;
    }
    let outside = serde_json::from_slice::<Outside<'_>>(body);
    let format = outside.ok().and_then(|outside| outside.response_format);
    let format = format.filter(|format| &*format.kind == "json_schema");
    format
        .and_then(|format| format.json_schema)
        .is_some_and(|raw| {
            serde_json::from_str::<wire::JsonSchema<'_>>(raw.get())
                .map_or(true, |named| named.schema.is_none() && is_schema(&raw))
        })
}

/// Whether a request says what it asks in `input` alone, as another endpoint of this vendor has it.
pub(in crate::openai_chat) fn has_only_input(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Outside {
        messages: Option<Vec<IgnoredAny>>,
        input: Option<IgnoredAny>,
    }

    if memmem::find(body, b"\"input\"").is_none() {
        return false;
    }
    serde_json::from_slice::<Outside>(body).is_ok_and(|outside| {
        outside.input.is_some() && outside.messages.is_none_or(|messages| messages.is_empty())
    })
}

/// Whether a schema stands where its wrapper should.
fn is_schema(raw: &RawValue) -> bool {
    const KEYWORDS: [&str; 8] = [
        "type",
        "properties",
        "$ref",
        "anyOf",
        "oneOf",
        "allOf",
        "enum",
        "items",
    ];
    serde_json::from_str::<Map<String, Value>>(raw.get())
        .is_ok_and(|fields| KEYWORDS.iter().any(|keyword| fields.contains_key(*keyword)))
}
