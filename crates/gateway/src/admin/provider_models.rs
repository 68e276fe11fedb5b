//! Models: what a provider lists, and every name that a client can send now.

use std::sync::Arc;

use axum::{Json, extract::State};
use store::config::{Account, Config, Provider};

use super::{
    Admin,
    aliases::AddressableModel,
    failure::Refusal,
    input::{Nothing, Parameters, Segment},
    providers::{self, ListedModel, ModelList},
};
use crate::models;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WithAccount {
    #[serde(default)]
    pub(super) account: Option<String>,
}

pub(super) async fn list(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
    Parameters(query): Parameters<WithAccount>,
) -> Result<Json<ModelList>, Refusal> {
    let config = admin.app.config.current();
    let provider = providers::find(&config, &id)?;
    let account = account_of(&config, provider, query.account.as_deref())?;
    let listed = models::fetch(&admin.app, provider, account).await?;
    let models = listed.into_iter().map(|model| ListedModel {
        id: model.id,
        display_name: model.display_name,
        max_input_tokens: model.max_input_tokens,
        max_output_tokens: model.max_output_tokens,
    });
    Ok(Json(ModelList {
        models: models.collect(),
    }))
}

pub(super) async fn addressable(
    State(admin): State<Arc<Admin>>,
    _: Parameters<Nothing>,
) -> Json<Vec<AddressableModel>> {
    let config = admin.app.config.current();
    let names = models::addressable(&admin.app, 0).await;
    let models = names.into_iter().map(|model| {
        let alias = config.aliases.iter().any(|alias| alias.name == model.id);
        let provider = model.id.split_once('/').filter(|_| !alias);
        let provider = provider.and_then(|(provider, _)| config.provider(provider));
        AddressableModel {
            alias,
            provider: provider.map(|provider| provider.id.clone()),
            protocol: provider.map(|provider| provider.protocol.to_string()),
            name: model.id,
        }
    });
    Json(models.collect())
}

/// The account to ask with: the named one, else the provider's first, else none.
pub(super) fn account_of<'c>(
    config: &'c Config,
    provider: &'c Provider,
    wanted: Option<&str>,
) -> Result<Option<&'c Account>, Refusal> {
    let mut accounts = config.accounts_of(&provider.id);
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
        return Ok(accounts.next());
    };
    let account = accounts.find(|account| account.id == wanted);
    if account.is_none() {
        let message = format!("`{}` has no account `{wanted}`.", provider.id);
        return Err(Refusal::not_found(message).at("account"));
    }
    Ok(account)
}
