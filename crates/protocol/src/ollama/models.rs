//! Lists of models, and what is told of one.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Abilities, ModelInfo,
    canonical::{ApiError, spelling},
    dates,
    json::{self, Mended, Text},
};

/// A model's architecture, for those that do not say theirs: clients find the context length by its name.
const FAMILY: &str = "patchbay";

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct List<'a> {
    models: Option<Vec<Model<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Model<'a> {
    model: Option<Text<'a>>,
    name: Option<Text<'a>>,
    modified_at: Option<Text<'a>>,
    details: Option<Details>,
    capabilities: Option<Vec<Text<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    context_length: Option<u64>,
}

pub(super) fn decode(body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
    let mended = Mended::new();
    let list: List<'_> = json::parse_reply(body, &mended)?;
    let models = list.models.ok_or_else(|| {
        ApiError::provider_fault("The provider's answer is not a list of models.")
    })?;
    let known = |model: Model<'_>| {
        let can = |word: &str| {
            let mut words = model.capabilities.iter().flatten();
            words.any(|known| &**known == word)
        };
        let abilities = model.capabilities.as_ref().map(|_| Abilities {
            embeds: can("embedding") && !can("completion"),
            images: can("vision"),
            thinking: can("thinking"),
            tools: can("tools"),
        });
        Some(ModelInfo {
            created: model.modified_at.as_deref().and_then(dates::of_rfc3339),
            max_input_tokens: model.details.and_then(|details| details.context_length),
            abilities,
            id: model.model.or(model.name)?.into_owned(),
            ..ModelInfo::default()
        })
    };
    Ok(models.into_iter().filter_map(known).collect())
}

pub(super) fn encode_all(models: &[ModelInfo]) -> Bytes {
    let models: Vec<Value> = models.iter().map(listed).collect();
    json!({ "models": models }).to_string().into()
}

/// Clients insist on every field. A digest is made from the name, which is all that a model changes with.
fn listed(model: &ModelInfo) -> Value {
    json!({
        "name": model.id,
        "model": model.id,
        "modified_at": modified_at(model),
        "size": 1,
        "digest": spelling::hash(&model.id, 64),
        "details": details(),
        "capabilities": capabilities(model),
    })
}

/// What is told of one model. Clients take the window from the key that the architecture names, the name to
/// show from another, and fail on a `model_info` that is not there.
pub(super) fn encode_one(model: &ModelInfo) -> Bytes {
    let name = model.display_name.as_deref().unwrap_or(&model.id);
    let mut info = json!({
        "general.architecture": FAMILY,
        "general.basename": name,
    });
    let mut parameters = String::new();
    if let Some(window) = model.max_input_tokens {
        info[format!("{FAMILY}.context_length")] = window.into();
        parameters = format!("{:<30} {window}", "num_ctx");
    }
    json!({
        "license": "",
        "modelfile": "",
        "parameters": parameters,
        "template": "{{ .Prompt }}",
        "details": details(),
        "model_info": info,
        "capabilities": capabilities(model),
        "modified_at": modified_at(model),
    })
    .to_string()
    .into()
}

fn details() -> Value {
    json!({
        "parent_model": "",
        "format": "gguf",
        "family": FAMILY,
        "families": [FAMILY],
        "parameter_size": "0",
        "quantization_level": "none",
    })
}

fn capabilities(model: &ModelInfo) -> Vec<&'static str> {
    let able = model.abilities.unwrap_or_default();
    [
        (able.embeds, "embedding"),
        (!able.embeds, "completion"),
        (able.tools, "tools"),
        (able.images, "vision"),
        (able.thinking, "thinking"),
    ]
    .into_iter()
    .filter_map(|(able, word)| able.then_some(word))
    .collect()
}

fn modified_at(model: &ModelInfo) -> String {
    dates::rfc3339(model.created.unwrap_or(0))
}
