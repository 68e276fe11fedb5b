//! `generationConfig`, by meaning.

use serde_json::{Map, Value};

use crate::{
    canonical::{
        ApiError, Drawing, Effort, Losses, OutputFormat, OwnField, OwnFields, Penalties, Reasoning,
        Sampling, Shown, may_be_strict,
    },
    gemini::{
        schema,
        wire::{GenerationConfigBody, ThinkingBody},
    },
};

/// Before the names of what goes on to the same protocol only.
pub(in crate::gemini::request) const PREFIX: &str = "generationConfig.";

/// Encoders' words, as clients of this protocol say them.
const OWN_FIELDS: &[OwnField] = &[
    ("frequency_penalty", "generationConfig.frequencyPenalty"),
    ("logprobs", "generationConfig.responseLogprobs"),
    ("max_tokens", "generationConfig.maxOutputTokens"),
    ("messages", "contents"),
    ("messages[].file", "contents[].parts[].inlineData"),
    (
        "messages[].file.name",
        "contents[].parts[].inlineData.displayName",
    ),
    (
        "messages[].image.media_type",
        "contents[].parts[].inlineData.mimeType",
    ),
    ("messages[].reasoning", "contents[].parts[].thought"),
    (
        "messages[].result",
        "contents[].parts[].functionResponse.response",
    ),
    (
        "messages[].result.is_error",
        "contents[].parts[].functionResponse.response",
    ),
    (
        "messages[].tool_call_id",
        "contents[].parts[].functionCall.id",
    ),
    ("modalities", "generationConfig.responseModalities"),
    ("n", "generationConfig.candidateCount"),
    ("presence_penalty", "generationConfig.presencePenalty"),
    ("reasoning", "generationConfig.thinkingConfig"),
    ("response_format", "generationConfig.responseSchema"),
    ("seed", "generationConfig.seed"),
    ("stop", "generationConfig.stopSequences"),
    ("system", "systemInstruction"),
    ("temperature", "generationConfig.temperature"),
    ("tool_choice", "toolConfig.functionCallingConfig"),
    (
        "tools[].description",
        "tools[].functionDeclarations[].description",
    ),
    (
        "tools[].parameters",
        "tools[].functionDeclarations[].parameters",
    ),
    ("top_k", "generationConfig.topK"),
    ("top_p", "generationConfig.topP"),
];

pub(super) struct Settings {
    pub sampling: Sampling,
    pub reasoning: Reasoning,
    pub shown: Shown,
    pub output: OutputFormat,
    pub drawing: Drawing,
    pub choices: Option<u32>,
    pub own_fields: OwnFields,
}

pub(super) fn read(
    config: GenerationConfigBody<'_>,
    rest: &mut Map<String, Value>,
    losses: &mut Losses,
) -> Result<Settings, ApiError> {
    let mut own_fields = OwnFields::new(OWN_FIELDS);
    if config.response_json_schema.is_some() {
        own_fields.uses("response_format", "generationConfig.responseJsonSchema");
    } else if config.response_schema.is_none() {
        own_fields.uses("response_format", "generationConfig.responseMimeType");
    }
    let output = output(&config, losses)?;
    let drawing = drawing(&config.response_modalities.unwrap_or_default())?;
    for (field, value) in config.rest {
        rest.insert(format!("{PREFIX}{field}"), value);
    }
    if config.max_output_tokens == Some(0) {
        return Err(ApiError::too_small("generationConfig.maxOutputTokens", 1));
    }
    let thinking = config.thinking_config.as_ref();
    let shown = match thinking.and_then(|thinking| thinking.include_thoughts) {
        Some(true) => Shown::All,
        Some(false) | None => Shown::State,
    };
    let top_k = config.top_k.filter(|top| *top >= 0.0);
    if top_k != config.top_k {
        losses.dropped("generationConfig.topK", "is below 0, which limits nothing");
    }
    let asks_logprobs = config.response_logprobs == Some(true);
    Ok(Settings {
        sampling: Sampling {
            max_output_tokens: config.max_output_tokens,
            temperature: config.temperature,
            top_p: config.top_p,
            // A decimal in this protocol.
            top_k: top_k.map(|top| top as u64),
            stop: config.stop_sequences.unwrap_or_default(),
            seed: config.seed,
            penalties: Penalties {
                frequency: config.frequency_penalty,
                presence: config.presence_penalty,
            },
            logprobs: asks_logprobs.then(|| config.logprobs.unwrap_or(0)),
        },
        shown,
        reasoning: reasoning(config.thinking_config, losses)?,
        output,
        drawing,
        choices: config.candidate_count,
        own_fields,
    })
}

fn output(
    config: &GenerationConfigBody<'_>,
    losses: &mut Losses,
) -> Result<OutputFormat, ApiError> {
    let schema = config.response_json_schema.or(config.response_schema);
    let schema = schema.map(schema::to_json);
    match (config.response_mime_type.as_deref(), schema) {
        (None | Some("" | "text/plain"), None) => Ok(OutputFormat::Text),
        (Some("application/json"), None) => Ok(OutputFormat::Json),
        (mime_type, Some(schema)) => {
            if mime_type == Some("text/x.enum") {
                losses.emulated(
                    "generationConfig.responseMimeType",
                    "became JSON: the reply is the word in quotation marks",
                );
            }
            Ok(OutputFormat::JsonSchema {
                name: None,
                description: None,
                strict: may_be_strict(&schema).then_some(true),
                schema,
            })
        }
        (Some(_), None) => {
            let field = "generationConfig.responseMimeType";
            let message = format!("`{field}` must be \"text/plain\" or \"application/json\" here.");
            Err(ApiError::invalid(field, message))
        }
    }
}

/// Text is what every model writes, and images are what some draw.
fn drawing(asked: &[String]) -> Result<Drawing, ApiError> {
    let is_text = |word: &String| word.eq_ignore_ascii_case("text");
    let is_sound = |word: &String| word.eq_ignore_ascii_case("audio");
    let drawing = Drawing::of(asked);
    let has_words = drawing.is_some() || asked.iter().any(is_text);
    if asked.iter().any(is_sound) || !(asked.is_empty() || has_words) {
        let field = "generationConfig.responseModalities";
        let message = "Replies with sound or without text are not supported by this model.";
        return Err(ApiError::invalid(field, message));
    }
    Ok(drawing.unwrap_or_default())
}

fn reasoning(config: Option<ThinkingBody<'_>>, losses: &mut Losses) -> Result<Reasoning, ApiError> {
    let config = config.unwrap_or_default();
    config
        .unknown
        .report(&"generationConfig.thinkingConfig", losses);
    if let Some(level) = &config.thinking_level {
        let effort = Effort::of(&level.to_ascii_lowercase());
        return match effort {
            Some(effort) => Ok(Reasoning::Effort(effort)),
            None if &**level == "THINKING_LEVEL_UNSPECIFIED" => Ok(Reasoning::Unset),
            None => {
                let field = "generationConfig.thinkingConfig.thinkingLevel";
                let message =
                    format!("`{field}` must be \"MINIMAL\", \"LOW\", \"MEDIUM\" or \"HIGH\".");
                Err(ApiError::invalid(field, message))
            }
        };
    }
    Ok(match (config.thinking_budget, config.include_thoughts) {
        (Some(0), _) => Reasoning::Off,
        (Some(budget), _) => u64::try_from(budget).map_or(Reasoning::Adaptive, Reasoning::Budget),
        (None, Some(true)) => Reasoning::Adaptive,
        (None, _) => Reasoning::Unset,
    })
}
