//! `generationConfig`, as the model accepts it.

use serde_json::{Map, value::RawValue};

use super::Rest;
use crate::{
    canonical::{
        ApiError, Capabilities, Drawing, Effort, Losses, NOT_OF_MODEL, OutputFormat, Reasoning,
        Request, ThinkingForm,
    },
    gemini::{
        references,
        request::decode::settings::PREFIX,
        schema,
        wire::{GenerationConfigOut, ThinkingOut},
    },
    json,
};

/// Fewer tokens than that, where more were wanted, are no thoughts to speak of.
const LEAST_USEFUL: u64 = 1_024;
/// As many as the vendor takes.
const MOST_STOPS: usize = 5;
const HOTTEST: f64 = 2.0;
/// Whole numbers are 32 bits wide in this protocol.
const MOST_TOKENS: u64 = i32::MAX as u64;

/// How the reply is to look.
pub(super) enum Format<'a> {
    Json,
    Schema(&'a RawValue),
    Text,
}

/// What stands beside the contents, and what in `generationConfig`.
pub(super) fn split_rest(rest: Option<&Rest>) -> (Rest, Rest) {
    let (mut outside, mut inside) = (Map::new(), Map::new());
    for (field, value) in rest.into_iter().flatten() {
        match field.strip_prefix(PREFIX) {
            Some(name) => inside.insert(name.to_owned(), value.clone()),
            None => outside.insert(field.clone(), value.clone()),
        };
    }
    (outside, inside)
}

pub(super) fn config<'a>(
    request: &'a Request,
    capabilities: &Capabilities,
    format: Format<'a>,
    rest: Rest,
    losses: &mut Losses,
) -> Result<Option<GenerationConfigOut<'a>>, ApiError> {
    let asked = &request.sampling;
    let limit = limit(asked.max_output_tokens, capabilities, losses);
    let mut config = GenerationConfigOut {
        candidate_count: request.choices.filter(|count| *count > 1),
        max_output_tokens: limit,
        stop_sequences: stops(&asked.stop, losses),
        presence_penalty: asked.penalties.presence,
        frequency_penalty: asked.penalties.frequency,
        response_logprobs: asked.logprobs.map(|_| true),
        logprobs: asked.logprobs.filter(|count| *count > 0),
        thinking_config: thinking(request.reasoning, limit, capabilities, losses),
        response_modalities: match request.drawing {
            Drawing::Only => vec!["IMAGE"],
            Drawing::Unasked => Vec::new(),
            Drawing::WithText => vec!["TEXT", "IMAGE"],
        },
        rest,
        ..GenerationConfigOut::default()
    };
    config.seed = asked.seed.filter(|seed| i32::try_from(*seed).is_ok());
    if config.seed != asked.seed {
        losses.dropped("seed", "is larger than this protocol's seeds may be");
    }
    if capabilities.sampling {
        config.temperature = asked.temperature.map(|asked| {
            let cut = asked.clamp(0.0, HOTTEST);
            if cut != asked {
                losses.clamped(
                    "temperature",
                    format!("{asked} was cut to {cut}, the end of its range here"),
                );
            }
            cut
        });
        config.top_p = asked.top_p.map(|asked| {
            let cut = asked.clamp(0.0, 1.0);
            if cut != asked {
                losses.clamped(
                    "top_p",
                    format!("{asked} was cut to {cut}, the end of its range here"),
                );
            }
            cut
        });
        config.top_k = asked.top_k.filter(|top| *top > 0);
        if config.top_k != asked.top_k {
            losses.dropped("top_k", "of 0 is no limit, which is not said here");
        }
    } else {
        for (field, is_set) in [
            ("temperature", asked.temperature.is_some()),
            ("top_p", asked.top_p.is_some()),
            ("top_k", asked.top_k.is_some()),
        ] {
            if is_set {
                losses.dropped(field, NOT_OF_MODEL);
            }
        }
    }
    match format {
        Format::Text => {}
        Format::Json => config.response_mime_type = Some("application/json"),
        Format::Schema(given) => {
            config.response_mime_type = Some("application/json");
            if capabilities.json_schema {
                config.response_json_schema =
                    Some(references::mended(given, "response_format", losses));
            } else {
                let schema = schema::subset(given, "response_format", losses);
                config.response_schema = Some(schema.into());
            }
            if let OutputFormat::JsonSchema {
                description: Some(_),
                ..
            } = &request.output
            {
                losses.dropped(
                    "response_format.description",
                    "has no place in this protocol",
                );
            }
        }
    }
    let is_empty = json::write(&config) == "{}";
    Ok((!is_empty).then_some(config))
}

fn limit(asked: Option<u64>, capabilities: &Capabilities, losses: &mut Losses) -> Option<u64> {
    let asked = asked?;
    if asked == 0 {
        losses.clamped("max_tokens", "0 became 1, the least that is taken here");
        return Some(1);
    }
    let most = capabilities.max_output_tokens.unwrap_or(MOST_TOKENS);
    if asked <= most {
        return Some(asked);
    }
    losses.clamped(
        "max_tokens",
        format!("{asked} is more than the model's {most}"),
    );
    Some(most)
}

fn stops<'a>(asked: &'a [String], losses: &mut Losses) -> Vec<&'a str> {
    let filled = asked
        .iter()
        .map(String::as_str)
        .filter(|stop| !stop.is_empty());
    let kept: Vec<&str> = filled.take(MOST_STOPS).collect();
    if kept.len() < asked.len() {
        losses.dropped(
            "stop",
            format!(
                "holds more than the {MOST_STOPS} sequences that this protocol takes, or empty ones"
            ),
        );
    }
    kept
}

/// `limit`: of the whole reply, thoughts included.
fn thinking(
    reasoning: Reasoning,
    limit: Option<u64>,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Option<ThinkingOut> {
    let shown = ThinkingOut {
        include_thoughts: Some(true),
        ..ThinkingOut::default()
    };
    match (capabilities.thinking, reasoning) {
        (_, Reasoning::Unset) | (ThinkingForm::None | ThinkingForm::Unsure, Reasoning::Off) => None,
        (ThinkingForm::None | ThinkingForm::Unsure, _) => {
            losses.dropped("reasoning", "is not something this model does");
            None
        }
        (ThinkingForm::Adaptive | ThinkingForm::Effort, Reasoning::Adaptive) => Some(shown),
        (ThinkingForm::Adaptive | ThinkingForm::Effort, Reasoning::Off) => {
            losses.clamped(
                "reasoning",
                "cannot be turned off here: its level is the lowest",
            );
            Some(ThinkingOut {
                thinking_level: Some("LOW"),
                ..ThinkingOut::default()
            })
        }
        (ThinkingForm::Adaptive | ThinkingForm::Effort, _) => Some(ThinkingOut {
            thinking_level: Some(level(reasoning, losses)),
            ..shown
        }),
        (ThinkingForm::Budget, Reasoning::Adaptive) => Some(ThinkingOut {
            thinking_budget: Some(-1),
            ..shown
        }),
        (ThinkingForm::Budget, Reasoning::Off) => Some(ThinkingOut {
            thinking_budget: Some(fit(0, limit, capabilities, losses)),
            ..ThinkingOut::default()
        }),
        (ThinkingForm::Budget, Reasoning::Budget(budget)) => {
            Some(budgeted(fit(budget, limit, capabilities, losses)))
        }
        (ThinkingForm::Budget, Reasoning::Effort(effort)) => {
            let budget = effort.budget();
            losses.emulated(
                "reasoning",
                format!("became a budget of {budget} tokens: this model takes no word"),
            );
            Some(budgeted(fit(budget, limit, capabilities, losses)))
        }
    }
}

/// No thoughts are to be shown where there are to be none.
fn budgeted(budget: i64) -> ThinkingOut {
    ThinkingOut {
        include_thoughts: (budget != 0).then_some(true),
        thinking_budget: Some(budget),
        ..ThinkingOut::default()
    }
}

fn fit(budget: u64, limit: Option<u64>, capabilities: &Capabilities, losses: &mut Losses) -> i64 {
    let most = capabilities.most_thinking.unwrap_or(MOST_TOKENS);
    // Something must be left to be said; thoughts that would be cut short are rather left out.
    let most = most.min(limit.unwrap_or(u64::MAX).saturating_sub(1));
    let fits = most >= budget.min(LEAST_USEFUL);
    let fitting = if fits { budget.min(most) } else { 0 };
    let fitting = fitting.max(capabilities.least_thinking);
    if fitting != budget {
        losses.clamped(
            "reasoning",
            format!(
                "{budget} tokens became {fitting}, which this model and the reply's limit allow"
            ),
        );
    }
    i64::try_from(fitting).unwrap_or(i64::MAX)
}

fn level(reasoning: Reasoning, losses: &mut Losses) -> &'static str {
    let effort = match reasoning {
        Reasoning::Effort(effort) => effort,
        Reasoning::Budget(budget) => Effort::of_budget(budget),
        Reasoning::Adaptive | Reasoning::Off | Reasoning::Unset => Effort::Medium,
    };
    let (level, is_other) = match effort {
        Effort::Minimal => ("LOW", true),
        Effort::Low => ("LOW", false),
        Effort::Medium => ("MEDIUM", false),
        Effort::High => ("HIGH", false),
        Effort::Xhigh | Effort::Max => ("HIGH", true),
    };
    if let Reasoning::Budget(budget) = reasoning {
        losses.emulated(
            "reasoning",
            format!("{budget} tokens became the level \"{level}\": this model takes no number"),
        );
    } else if is_other {
        let word = effort.word();
        losses.clamped("reasoning", format!("\"{word}\" became \"{level}\""));
    }
    level
}
