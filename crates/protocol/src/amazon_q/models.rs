//! The list of models, which is asked for by a POST.

use bytes::Bytes;
use serde_json::json;

use super::{ORIGIN, request::target, wire::ModelList};
use crate::{
    Encoded, ModelInfo,
    canonical::{ApiError, Undo},
    json::{self, Mended},
};

pub(super) fn request() -> Encoded {
    Encoded {
        body: Bytes::from(json!({ "origin": ORIGIN }).to_string()),
        headers: vec![target("AmazonCodeWhispererService.ListAvailableModels")],
        undo: Undo::default(),
    }
}

pub(super) fn decode(body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
    let mended = Mended::new();
    let list: ModelList = json::parse_reply(body, &mended)?;
    let known = list.models.into_iter().map(|model| {
        let limits = model.token_limits;
        ModelInfo {
            id: model.model_id,
            display_name: model.model_name,
            max_input_tokens: limits.as_ref().and_then(|limits| limits.max_input_tokens),
            max_output_tokens: limits.and_then(|limits| limits.max_output_tokens),
            ..ModelInfo::default()
        }
    });
    Ok(known.collect())
}
