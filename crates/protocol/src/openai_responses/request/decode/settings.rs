//! Sampling, reasoning and the form of the answer.

use serde_json::{Map, Value};

use super::shortened;
use crate::{
    canonical::{ApiError, Effort, Losses, OutputFormat, Reasoning, Sampling},
    openai_responses::wire::{ResponsesRequest, Text},
};

pub(in crate::openai_responses) const ENCRYPTED: &str = "reasoning.encrypted_content";
pub(in crate::openai_responses) const LOGPROBS: &str = "message.output_text.logprobs";
pub(in crate::openai_responses) const SOURCES: &str = "web_search_call.action.sources";

pub(super) fn sampling(wire: &mut ResponsesRequest<'_>) -> Result<Sampling, ApiError> {
    if wire.max_output_tokens == Some(0) {
        return Err(ApiError::too_small("max_output_tokens", 1));
    }
    let mut included = wire.include.take().unwrap_or_default();
    let asked_for = included.len();
    included.retain(|word| &**word != LOGPROBS);
    let logprobs = included.len() < asked_for;
    // Provider state is handed out whether it was asked for or not.
    included.retain(|word| &**word != ENCRYPTED);
    if !included.is_empty() {
        let words = included.into_iter().map(Text::into_owned).collect();
        wire.rest.insert("include".to_owned(), words);
    }
    let top = wire.top_logprobs.unwrap_or(0);
    Ok(Sampling {
        max_output_tokens: wire.max_output_tokens,
        temperature: wire.temperature,
        top_p: wire.top_p,
        logprobs: (logprobs || top > 0).then(|| u32::try_from(top).unwrap_or(u32::MAX)),
        ..Sampling::default()
    })
}

pub(super) fn reasoning(wire: &mut ResponsesRequest<'_>, losses: &mut Losses) -> Reasoning {
    let Some(options) = wire.reasoning.take() else {
        return Reasoning::Unset;
    };
    // Reasoning that can be read is always passed on; only its length can be chosen nowhere else.
    if let Some(summary) = options.summary.filter(|word| &**word != "auto") {
        keep(&mut wire.rest, "reasoning.summary", summary);
    }
    move_rest(&mut wire.rest, "reasoning", options.rest);
    match options.effort.as_deref() {
        None => Reasoning::Unset,
        Some("none") => Reasoning::Off,
        Some(word) => match Effort::of(word) {
            Some(effort) => Reasoning::Effort(effort),
            None => {
                let why = format!("is \"{}\", a word that is not known", shortened(word));
                losses.dropped("reasoning.effort", why);
                Reasoning::Unset
            }
        },
    }
}

pub(super) fn output(
    wire: &mut ResponsesRequest<'_>,
    losses: &mut Losses,
) -> Result<OutputFormat, ApiError> {
    let Some(options) = wire.text.take() else {
        return Ok(OutputFormat::Text);
    };
    if let Some(verbosity) = options.verbosity {
        keep(&mut wire.rest, "text.verbosity", verbosity);
    }
    move_rest(&mut wire.rest, "text", options.rest);
    let Some(format) = options.format else {
        return Ok(OutputFormat::Text);
    };
    format.unknown.report(&"text.format", losses);
    match &*format.kind {
        "" | "text" => Ok(OutputFormat::Text),
        "json_object" => Ok(OutputFormat::Json),
        "json_schema" => match format.schema.filter(|schema| schema.get() != "null") {
            Some(schema) => Ok(OutputFormat::JsonSchema {
                name: format.name.map(Text::into_owned),
                description: format.description.map(Text::into_owned),
                schema: schema.to_owned(),
                strict: format.strict,
            }),
            None => Err(ApiError::missing("text.format.schema")),
        },
        other => Err(ApiError::invalid(
            "text.format.type",
            format!(
                "`text.format.type` is \"{}\"; it must be text, json_object or json_schema.",
                shortened(other)
            ),
        )),
    }
}

/// A field inside another one that only this protocol has, under the name by which a loss tells it.
fn keep(rest: &mut Map<String, Value>, field: &str, word: Text<'_>) {
    rest.insert(field.to_owned(), word.into_owned().into());
}

fn move_rest(rest: &mut Map<String, Value>, field: &str, inner: Map<String, Value>) {
    for (key, value) in inner {
        if !value.is_null() {
            rest.insert(format!("{field}.{key}"), value);
        }
    }
}
