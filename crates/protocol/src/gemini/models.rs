//! Lists of models.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::{address::FOLDER, page::Page};
use crate::{
    Abilities, ModelInfo,
    canonical::ApiError,
    json::{self, Text},
};

const EMBED: &str = "embedContent";
const GENERATE: &str = "generateContent";

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct ListBody<'a> {
    /// Left out where there are none.
    models: Option<Vec<ModelBody<'a>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"), rename_all = "camelCase")]
struct ModelBody<'a> {
    name: Text<'a>,
    display_name: Option<Text<'a>>,
    input_token_limit: Option<u64>,
    output_token_limit: Option<u64>,
    supported_generation_methods: Option<Vec<Text<'a>>>,
}

#[skip_serializing_none]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListOut<'a> {
    models: Vec<ModelOut<'a>>,
    next_page_token: Option<String>,
}

#[skip_serializing_none]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ModelOut<'a> {
    name: String,
    version: &'static str,
    display_name: &'a str,
    description: String,
    input_token_limit: Option<u64>,
    output_token_limit: Option<u64>,
    thinking: Option<bool>,
    supported_generation_methods: [&'static str; 2],
}

impl ModelBody<'_> {
    fn only_embeds(&self) -> bool {
        let does = |wanted: &str| {
            let mut methods = self.supported_generation_methods.iter().flatten();
            methods.any(|method| &**method == wanted)
        };
        does(EMBED) && !does(GENERATE)
    }
}

impl<'a> From<&'a ModelInfo> for ModelOut<'a> {
    fn from(model: &'a ModelInfo) -> Self {
        let display_name = model.display_name.as_deref().unwrap_or(&model.id);
        Self {
            name: format!("{FOLDER}{}", model.id),
            version: "001",
            display_name,
            // Lists show it; nothing better is known of most models.
            description: match &model.owned_by {
                Some(owner) => format!("{display_name}, by {owner}."),
                None => format!("{display_name}."),
            },
            input_token_limit: model.max_input_tokens,
            output_token_limit: model.max_output_tokens,
            thinking: model.abilities.map(|abilities| abilities.thinking),
            supported_generation_methods: match model.abilities {
                Some(Abilities { embeds: true, .. }) => [EMBED, "countTokens"],
                Some(_) | None => [GENERATE, "countTokens"],
            },
        }
    }
}

pub(super) fn decode_list(body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
    let mended = json::Mended::new();
    let list: ListBody<'_> = json::parse_reply(body, &mended)?;
    let known = |model: ModelBody<'_>| ModelInfo {
        abilities: model.only_embeds().then_some(Abilities::EMBEDS),
        id: model
            .name
            .strip_prefix(FOLDER)
            .unwrap_or(&model.name)
            .to_owned(),
        display_name: model.display_name.map(Text::into_owned),
        max_input_tokens: model.input_token_limit,
        max_output_tokens: model.output_token_limit,
        ..ModelInfo::default()
    };
    Ok(list.models.into_iter().flatten().map(known).collect())
}

pub(super) fn encode_page(page: Page<'_>) -> Bytes {
    json::write(&ListOut {
        models: page.models.iter().map(ModelOut::from).collect(),
        next_page_token: page.next,
    })
}

pub(super) fn encode(model: &ModelInfo) -> Bytes {
    json::write(&ModelOut::from(model))
}
