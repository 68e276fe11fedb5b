//! Lists of models, and what is told of one.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    Abilities, ModelInfo,
    canonical::{ApiError, spelling},
    dates,
    json::{self, Mended, Text, loose_count},
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
    #[serde(deserialize_with = "loose_count")]
    size: Option<u64>,
    digest: Option<Text<'a>>,
}

/// What is told of one model.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Shown<'a> {
    capabilities: Option<Vec<Text<'a>>>,
    model_info: Option<Map<String, Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    #[serde(deserialize_with = "loose_count")]
    context_length: Option<u64>,
}

pub(super) fn decode(body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
    let mended = Mended::new();
    let list: List<'_> = json::parse_reply(body, &mended)?;
    let models = list.models.ok_or_else(|| {
        ApiError::provider_fault("The provider's answer is not a list of models.")
    })?;
    let known = |model: Model<'_>| {
        Some(ModelInfo {
            created: model.modified_at.as_deref().and_then(dates::of_rfc3339),
            max_input_tokens: model.details.and_then(|details| details.context_length),
            abilities: model.capabilities.as_deref().map(abilities),
            size: model.size,
            digest: model
                .digest
                .filter(|digest| !digest.is_empty())
                .map(Text::into_owned),
            id: model.model.or(model.name)?.into_owned(),
            ..ModelInfo::default()
        })
    };
    Ok(models.into_iter().filter_map(known).collect())
}

/// The words of a list or of a description.
fn abilities(words: &[Text<'_>]) -> Abilities {
    let can = |word: &str| words.iter().any(|known| &**known == word);
    Abilities {
        embeds: can("embedding") && !can("completion"),
        images: can("vision"),
        infills: can("insert"),
        thinking: can("thinking"),
        tools: can("tools"),
    }
}

/// What asks about one model.
pub(super) fn request(model: &str) -> Bytes {
    json!({ "model": model }).to_string().into()
}

/// The window stands under the name of the model's architecture.
pub(super) fn decode_one(body: &[u8]) -> Result<ModelInfo, ApiError> {
    let mended = Mended::new();
    let shown: Shown<'_> = json::parse_reply(body, &mended)?;
    let window = shown.model_info.and_then(|info| {
        let family = info.get("general.architecture")?.as_str()?;
        info.get(&format!("{family}.context_length"))?.as_u64()
    });
    Ok(ModelInfo {
        max_input_tokens: window,
        abilities: shown.capabilities.as_deref().map(abilities),
        ..ModelInfo::default()
    })
}

pub(super) fn encode_all(models: &[ModelInfo]) -> Bytes {
    let models: Vec<Value> = models.iter().map(listed).collect();
    json!({ "models": models }).to_string().into()
}

/// Clients insist on every field but the abilities, which older servers do not tell: they ask about the model then.
/// Where nobody told a digest it is made from the name, which is all that such a model changes with.
fn listed(model: &ModelInfo) -> Value {
    let digest = model.digest.clone();
    let mut listed = json!({
        "name": model.id,
        "model": model.id,
        "modified_at": modified_at(model),
        "size": model.size.unwrap_or(1),
        "digest": digest.unwrap_or_else(|| spelling::hash(&model.id, 64)),
        "details": details(),
    });
    if model.abilities.is_some() {
        listed["capabilities"] = capabilities(model).into();
    }
    listed
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
        "template": template(model),
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

/// Some clients ask for gaps to be filled only where the template has a place for what is behind them.
fn template(model: &ModelInfo) -> &'static str {
    match model.abilities {
        Some(able) if able.infills => "{{ .Prompt }}{{ .Suffix }}",
        _ => "{{ .Prompt }}",
    }
}

fn capabilities(model: &ModelInfo) -> Vec<&'static str> {
    let able = model.abilities.unwrap_or_default();
    [
        (able.embeds, "embedding"),
        (!able.embeds, "completion"),
        (able.tools, "tools"),
        (able.infills, "insert"),
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
