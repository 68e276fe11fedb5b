//! Lists of models.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::page::Page;
use crate::{
    ModelInfo,
    canonical::ApiError,
    dates,
    json::{self, Text},
};

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct ListBody<'a> {
    data: Vec<ModelBody<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct ModelBody<'a> {
    id: Text<'a>,
    display_name: Option<Text<'a>>,
    created_at: Option<Text<'a>>,
    max_input_tokens: Option<u64>,
    max_tokens: Option<u64>,
}

#[derive(Serialize)]
struct ListOut<'a> {
    data: Vec<ModelOut<'a>>,
    has_more: bool,
    first_id: Option<&'a str>,
    last_id: Option<&'a str>,
}

/// All keys of the newer version: its clients want them present, older ones read over them.
#[derive(Serialize)]
struct ModelOut<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    display_name: &'a str,
    created_at: String,
    max_input_tokens: Option<u64>,
    max_tokens: Option<u64>,
    capabilities: Option<()>,
    deprecated_at: Option<()>,
    lifecycle: &'static str,
    line: Option<()>,
    retires_at: Option<()>,
}

impl<'a> From<&'a ModelInfo> for ModelOut<'a> {
    fn from(model: &'a ModelInfo) -> Self {
        Self {
            kind: "model",
            id: &model.id,
            display_name: model.display_name.as_deref().unwrap_or(&model.id),
            // The vendor's own sign for a date that is not known is the epoch.
            created_at: dates::rfc3339(model.created.unwrap_or(0)),
            max_input_tokens: model.max_input_tokens,
            max_tokens: model.max_output_tokens,
            capabilities: None,
            deprecated_at: None,
            lifecycle: "active",
            line: None,
            retires_at: None,
        }
    }
}

pub(super) fn decode_list(body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
    let mended = json::Mended::new();
    let list: ListBody<'_> = json::parse_reply(body, &mended)?;
    Ok(list
        .data
        .into_iter()
        .map(|model| ModelInfo {
            id: model.id.into_owned(),
            display_name: model.display_name.map(Text::into_owned),
            created: model
                .created_at
                .and_then(|date| dates::of_rfc3339(&date))
                .filter(|seconds| *seconds > 0),
            owned_by: None,
            max_input_tokens: model.max_input_tokens,
            max_output_tokens: model.max_tokens,
            ..ModelInfo::default()
        })
        .collect())
}

pub(super) fn encode_list(models: &[ModelInfo]) -> Bytes {
    encode_page(&Page {
        models,
        has_more: false,
    })
}

pub(super) fn encode_page(page: &Page<'_>) -> Bytes {
    let models = page.models;
    json::write(&ListOut {
        data: models.iter().map(ModelOut::from).collect(),
        has_more: page.has_more,
        first_id: models.first().map(|model| model.id.as_str()),
        last_id: models.last().map(|model| model.id.as_str()),
    })
}

pub(super) fn encode(model: &ModelInfo) -> Bytes {
    json::write(&ModelOut::from(model))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_date_is_the_epoch_and_none() {
        let unknown = br#"{"data":[{"id":"m","created_at":"1970-01-01T00:00:00Z"}]}"#;
        let models = decode_list(unknown).unwrap();
        assert_eq!(models[0].created, None);
        let list = String::from_utf8(encode_list(&models).to_vec()).unwrap();
        assert!(
            list.contains(r#""created_at":"1970-01-01T00:00:00Z""#),
            "{list}"
        );
    }

    #[test]
    fn edge_140_the_list_has_this_protocols_page_shape() {
        let models = [ModelInfo {
            id: "claude-sonnet-4-5".to_owned(),
            max_output_tokens: Some(64_000),
            ..ModelInfo::default()
        }];
        let list: serde_json::Value = serde_json::from_slice(&encode_list(&models)).unwrap();
        assert_eq!(list["has_more"], false);
        assert_eq!(list["first_id"], "claude-sonnet-4-5");
        assert_eq!(list["last_id"], "claude-sonnet-4-5");
        assert_eq!(list["data"][0]["type"], "model");
        assert_eq!(list["data"][0]["display_name"], "claude-sonnet-4-5");
        assert_eq!(
            decode_list(&encode_list(&models)).unwrap()[0].max_output_tokens,
            Some(64_000)
        );
    }
}
