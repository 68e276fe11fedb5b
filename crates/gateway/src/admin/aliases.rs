//! Model names: aliases, where they lead, and why.

use std::{collections::HashSet, sync::Arc};

use axum::{Json, extract::State};
use protocol::Protocol;
use store::config::{self, Config, EditError};

use super::{
    Admin,
    failure::Refusal,
    input::{Input, Nothing, Parameters},
};
use crate::{
    presets, routing,
    sentence::{Wording, sentence},
};

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct AliasTable {
    /// Used when a request names no model.
    pub default_model: Option<String>,
    /// In order: an exact name wins over any pattern, among patterns the first that fits.
    pub aliases: Vec<Alias>,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Alias {
    /// A name, or a pattern with `*`.
    pub name: String,
    /// `provider/model`, tried in order.
    pub targets: Vec<String>,
}

/// A ready table of aliases, whose target models are chosen when it is imported.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct AliasPreset {
    pub id: String,
    pub name: String,
    pub description: String,
    /// Targets without a provider: the UI asks which provider serves them.
    pub aliases: Vec<Alias>,
}

/// Where a request for a model would go, and why.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct RouteReport {
    pub model: String,
    /// Numbered in the UI: each a sentence about one step of the decision.
    pub reasons: Vec<RouteReason>,
    /// The alias that decided, if one did.
    pub alias: Option<String>,
    pub targets: Vec<RouteTarget>,
    /// Why it would be refused, when there is no target.
    pub refusal: Option<String>,
    /// Of `refusal`, for pages that say it in another language.
    pub wording: Option<Wording>,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct RouteReason {
    /// `exact_alias`, `pattern_alias`, `provider_prefix`, `default_model`, `single_provider`, `no_match`, ...
    pub code: String,
    pub message: String,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct RouteTarget {
    pub provider: String,
    pub account: Option<String>,
    pub model: String,
    pub protocol: String,
    /// The client's protocol is the provider's: the bytes go through untouched.
    pub pass_through: bool,
    /// Why it would be skipped at present (no key, cooling down), as a sentence.
    pub problem: Option<String>,
    /// Of `problem`, for pages that say it in another language.
    pub wording: Option<Wording>,
}

/// A name that a client can send now.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct AddressableModel {
    /// An alias, or `provider/model`.
    pub name: String,
    pub alias: bool,
    pub provider: Option<String>,
    pub protocol: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DryRun {
    /// Nothing: as a request that names no model.
    #[serde(default)]
    model: String,
    /// The client's.
    #[serde(default)]
    protocol: String,
}

/// Where a request would go; sends nothing.
pub(super) async fn route(
    State(admin): State<Arc<Admin>>,
    Parameters(asked): Parameters<DryRun>,
) -> Result<Json<RouteReport>, Refusal> {
    let protocol = match asked.protocol.as_str() {
        "" => Protocol::USUAL,
        word => Protocol::of(word).ok_or_else(|| {
            let message = format!("No client of this version speaks `{word}`.");
            Refusal::invalid("protocol", message)
        })?,
    };
    Ok(Json(
        routing::explain(&admin.app, &asked.model, protocol).await,
    ))
}

pub(super) async fn show(
    State(admin): State<Arc<Admin>>,
    _: Parameters<Nothing>,
) -> Json<AliasTable> {
    Json(view(&admin.app.config.current()))
}

pub(super) async fn presets(_: Parameters<Nothing>) -> Json<&'static [AliasPreset]> {
    Json(presets::aliases())
}

/// Replaces the whole table; in the file only what differs is written.
pub(super) async fn put(
    State(admin): State<Arc<Admin>>,
    Input(table): Input<AliasTable>,
) -> Result<Json<AliasTable>, Refusal> {
    check(&table)?;
    let before = admin.app.config.current();
    let wanted = table.clone();
    let edited = admin.app.config.edit(move |edit| {
        edit.put_default_model(wanted.default_model.as_deref());
        for alias in &before.aliases {
            if !wanted.aliases.iter().any(|kept| kept.name == alias.name) {
                edit.remove_alias(&alias.name);
            }
        }
        let mut names = Vec::with_capacity(wanted.aliases.len());
        for alias in &wanted.aliases {
            names.push(alias.name.clone());
            edit.put_alias(&config::Alias {
                name: alias.name.clone(),
                targets: alias.targets.clone(),
            });
        }
        edit.order_aliases(&names);
    });
    match edited.await {
        Ok(config) => Ok(Json(view(&config))),
        // The tables are in the order of the file, and their fields are called as its keys.
        Err(EditError::Refused(problem)) => {
            let field = problem.key.clone().unwrap_or_else(|| "aliases".into());
            Err(Refusal::from(EditError::Refused(problem)).at(&field))
        }
        Err(error) => Err(error.into()),
    }
}

fn view(config: &Config) -> AliasTable {
    let aliases = config.aliases.iter().map(|alias| Alias {
        name: alias.name.clone(),
        targets: alias.targets.clone(),
    });
    AliasTable {
        default_model: config.default_model.clone(),
        aliases: aliases.collect(),
    }
}

/// What the file's own check would find too late, or at a line that nobody has seen.
fn check(table: &AliasTable) -> Result<(), Refusal> {
    let mut names = HashSet::new();
    for (index, alias) in table.aliases.iter().enumerate() {
        if alias.name.trim().is_empty() {
            return Err(Refusal::invalid(
                &format!("aliases[{index}].name"),
                sentence!("alias_unnamed", "An alias needs a name."),
            ));
        }
        if !names.insert(&alias.name) {
            let name = &alias.name;
            let message = sentence!(
                "alias_twice",
                "There are two aliases `{name}`. Keep one.",
                name
            );
            return Err(Refusal::invalid(&format!("aliases[{index}].name"), message));
        }
        if alias.targets.is_empty() {
            let name = &alias.name;
            let message = sentence!(
                "alias_without_target",
                "The alias `{name}` leads nowhere. Add a target.",
                name
            );
            return Err(Refusal::invalid(
                &format!("aliases[{index}].targets"),
                message,
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "aliases_tests.rs"]
mod tests;
