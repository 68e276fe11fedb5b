//! Lists of models.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    ModelInfo,
    canonical::ApiError,
    json::{self, Mended, loose_count},
};

#[derive(Deserialize)]
struct List {
    data: Option<Vec<Model>>,
    models: Option<Vec<Model>>,
}

/// What servers of this protocol tell about a model; only the id is sure.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Model {
    id: Option<String>,
    name: Option<String>,
    #[serde(deserialize_with = "loose_count")]
    created: Option<u64>,
    owned_by: Option<String>,
    display_name: Option<String>,
    #[serde(deserialize_with = "loose_count")]
    context_length: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    max_model_len: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    context_window: Option<u64>,
    #[serde(deserialize_with = "loose_count")]
    max_completion_tokens: Option<u64>,
}

pub(crate) fn decode(body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
    let mended = Mended::new();
    let start = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let models = if start == Some(&b'[') {
        json::parse_reply::<Vec<Model>>(body, &mended)?
    } else {
        let list = json::parse_reply::<List>(body, &mended)?;
        list.data.or(list.models).ok_or_else(|| {
            ApiError::provider_fault("The provider's answer is not a list of models.")
        })?
    };
    let known = |model: Model| {
        Some(ModelInfo {
            id: model.id.or(model.name)?,
            display_name: model.display_name,
            created: model.created,
            owned_by: model.owned_by,
            max_input_tokens: model
                .context_length
                .or(model.max_model_len)
                .or(model.context_window),
            max_output_tokens: model.max_completion_tokens,
            ..ModelInfo::default()
        })
    };
    Ok(models.into_iter().filter_map(known).collect())
}

pub(crate) fn encode_all(models: &[ModelInfo]) -> Bytes {
    let data: Vec<Value> = models.iter().map(shown).collect();
    json!({ "object": "list", "data": data }).to_string().into()
}

pub(crate) fn encode_one(model: &ModelInfo) -> Bytes {
    shown(model).to_string().into()
}

/// Old clients insist on `permission`, `root` and `parent`.
fn shown(model: &ModelInfo) -> Value {
    json!({
        "id": model.id,
        "object": "model",
        "created": model.created.unwrap_or(0),
        "owned_by": model.owned_by.as_deref().unwrap_or("patchbay"),
        "permission": [],
        "root": model.id,
        "parent": null,
    })
}
