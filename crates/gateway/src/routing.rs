//! From a model's name to the providers that serve it, in order, and why.

mod cooldowns;
mod explain;

use std::borrow::Cow;

use protocol::canonical::{ApiError, ErrorKind, Fault};
use store::{
    Config,
    config::{Account, Alias, Provider},
};

pub(crate) use self::{
    cooldowns::{Cooldowns, Key},
    explain::explain,
};
use crate::{models::ModelLists, responses::Origin, speaks::Speaks};

/// Aliases that lead to aliases; the configuration refuses loops, this is against deep chains.
const MAX_DEPTH: usize = 8;
/// Names shown to someone who asked for an unknown one.
const NAMES_SHOWN: usize = 6;

/// One place that a request can go to.
#[derive(Clone, Debug)]
pub(crate) struct Target<'c> {
    pub(crate) provider: &'c Provider,
    /// `None`: called without a credential.
    pub(crate) account: Option<&'c Account>,
    /// The name that the provider knows.
    pub(crate) model: Cow<'c, str>,
}

impl Target<'_> {
    pub(crate) fn speaks(&self) -> Speaks {
        Speaks::of(self.provider.protocol)
    }

    /// What cools down when it fails.
    pub(crate) fn key(&self) -> Key<'_> {
        Key {
            provider: &self.provider.id,
            account: self.account.map(|account| account.id.as_str()),
            model: &self.model,
        }
    }
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub(crate) struct Route<'c> {
    pub(crate) reason: Reason<'c>,
    pub(crate) targets: Vec<Target<'c>>,
}

impl Route<'_> {
    /// Without those that cannot go on from what one account keeps, if that is among them.
    pub(crate) fn bound_to(mut self, owner: Option<&Origin>) -> Self {
        if let Some(owner) = owner {
            let owns = |target: &Target<'_>| owner.is(target.provider, target.account);
            if self.targets.iter().any(owns) {
                self.targets.retain(owns);
            }
        }
        self
    }
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reason<'c> {
    Default(&'c str),
    Exact(&'c Alias),
    Listed(&'c Provider),
    Pattern(&'c Alias),
    Prefix(&'c Provider),
    Single(&'c Provider),
}

/// Finds the targets of a model name, in order of preference.
///
/// # Errors
/// `NotFound` with what could be asked for instead.
pub(crate) fn route<'c>(
    config: &'c Config,
    models: &ModelLists,
    asked: Option<&'c str>,
) -> Result<Route<'c>, ApiError> {
    let Some(name) = asked.filter(|name| !name.is_empty()) else {
        let Some(default) = config.default_model.as_deref() else {
            return Err(no_name(config));
        };
        let route = route_name(config, models, default)?;
        return Ok(Route {
            reason: Reason::Default(default),
            ..route
        });
    };
    route_name(config, models, untagged(config, models, name))
}

/// The name without the tag that some clients add to names that have none, unless it is part of a known one.
fn untagged<'n>(config: &Config, models: &ModelLists, name: &'n str) -> &'n str {
    let Some(short) = name.strip_suffix(":latest") else {
        return name;
    };
    let is_alias = config.aliases.iter().any(|alias| alias.name == name);
    let is_listed = match config.prefixed(name) {
        Some((provider, model)) => models.lists(provider, model),
        None => {
            let mut providers = config.providers.iter();
            providers.any(|provider| models.lists(provider, name))
        }
    };
    if is_alias || is_listed { name } else { short }
}

fn route_name<'c>(
    config: &'c Config,
    models: &ModelLists,
    name: &'c str,
) -> Result<Route<'c>, ApiError> {
    let exact = config.aliases.iter().find(|alias| alias.name == name);
    if let Some(alias) = exact {
        return aliased(config, Reason::Exact(alias), alias, name);
    }
    // Before the patterns: a catch-all must not hide the way to a certain provider.
    if let Some((provider, model)) = config.prefixed(name) {
        return Ok(Route {
            reason: Reason::Prefix(provider),
            targets: of_provider(config, provider, Cow::Borrowed(model)).collect(),
        });
    }
    if let Some(alias) = config.aliases.iter().find(|alias| alias.matches(name)) {
        return aliased(config, Reason::Pattern(alias), alias, name);
    }
    let listed = config
        .providers
        .iter()
        .find(|provider| models.lists(provider, name));
    let (reason, provider) = if let Some(provider) = listed {
        (Reason::Listed(provider), provider)
    } else if let Some(provider) = single(config) {
        (Reason::Single(provider), provider)
    } else {
        return Err(unknown(config, name));
    };
    Ok(Route {
        reason,
        targets: of_provider(config, provider, Cow::Borrowed(name)).collect(),
    })
}

fn aliased<'c>(
    config: &'c Config,
    reason: Reason<'c>,
    alias: &'c Alias,
    name: &str,
) -> Result<Route<'c>, ApiError> {
    let mut targets = Vec::new();
    expand(config, alias, name, MAX_DEPTH, &mut targets);
    if targets.is_empty() {
        return Err(unreachable(config, alias));
    }
    Ok(Route { reason, targets })
}

fn expand<'c>(
    config: &'c Config,
    alias: &'c Alias,
    name: &str,
    depth: usize,
    out: &mut Vec<Target<'c>>,
) {
    for target in &alias.targets {
        let target = match starred(&alias.name, name) {
            Some(text) if target.contains('*') => Cow::Owned(target.replace('*', text)),
            Some(_) | None => Cow::Borrowed(target.as_str()),
        };
        match config.prefixed(&target) {
            Some((provider, model)) => {
                let model = match &target {
                    Cow::Borrowed(target) => {
                        Cow::Borrowed(target.split_once('/').map_or(*target, |(_, model)| model))
                    }
                    Cow::Owned(_) => Cow::Owned(model.to_owned()),
                };
                out.extend(of_provider(config, provider, model));
            }
            None => {
                if let Some(next) = config.alias(&target)
                    && depth > 0
                {
                    expand(config, next, &target, depth - 1, out);
                }
            }
        }
    }
}

/// The targets of an alias whose provider is not in the configuration, each with that provider's name. Those of the
/// aliases that it leads to are among them.
fn without_provider<'c>(config: &'c Config, alias: &'c Alias) -> Vec<(&'c str, &'c str)> {
    let mut found = Vec::new();
    find_without_provider(config, alias, MAX_DEPTH, &mut found);
    found
}

fn find_without_provider<'c>(
    config: &'c Config,
    alias: &'c Alias,
    depth: usize,
    found: &mut Vec<(&'c str, &'c str)>,
) {
    for target in &alias.targets {
        if config.prefixed(target).is_some() {
            continue;
        }
        if let Some(next) = config.alias(target) {
            if depth > 0 {
                find_without_provider(config, next, depth - 1, found);
            }
        } else if let Some((provider, _)) = target.split_once('/') {
            found.push((target, provider));
        }
    }
}

/// What a pattern's `*` stands for in a name.
fn starred<'n>(pattern: &str, name: &'n str) -> Option<&'n str> {
    let (start, rest) = pattern.split_once('*')?;
    let end = rest.rsplit('*').next().unwrap_or_default();
    name.strip_prefix(start)?.strip_suffix(end)
}

fn of_provider<'c>(
    config: &'c Config,
    provider: &'c Provider,
    model: Cow<'c, str>,
) -> impl Iterator<Item = Target<'c>> {
    let mut accounts: Vec<_> = config.accounts_of(&provider.id).map(Some).collect();
    if accounts.is_empty() {
        accounts.push(None);
    }
    accounts.into_iter().map(move |account| Target {
        provider,
        account,
        model: model.clone(),
    })
}

/// The only provider that somebody configured.
fn single(config: &Config) -> Option<&Provider> {
    let mut configured = config
        .providers
        .iter()
        .filter(|provider| !provider.is_built_in());
    let only = configured.next()?;
    configured.next().is_none().then_some(only)
}

fn no_name(config: &Config) -> ApiError {
    let message = format!(
        "The request names no model, and there is no default model. {}",
        advice(config)
    );
    ApiError::invalid_request(message).with_param("model")
}

/// An alias none of whose providers is there.
fn unreachable(config: &Config, alias: &Alias) -> ApiError {
    let name = &alias.name;
    let message = match without_provider(config, alias).first() {
        Some((target, provider)) => format!(
            "The alias `{name}` leads to `{target}`, and there is no provider `{provider}`. Add the provider, or change the alias."
        ),
        None => format!("The alias `{name}` leads to no provider. Change its targets."),
    };
    ApiError::new(ErrorKind::NotFound, Fault::Client, message)
        .with_code("model_not_found")
        .with_param("model")
}

fn unknown(config: &Config, name: &str) -> ApiError {
    let message = format!("No model is called `{name}` here. {}", advice(config));
    ApiError::new(ErrorKind::NotFound, Fault::Client, message)
        .with_code("model_not_found")
        .with_param("model")
}

/// What can be asked for instead.
fn advice(config: &Config) -> String {
    let aliases = config.aliases.iter().map(|alias| alias.name.clone());
    let providers = config
        .providers
        .iter()
        .filter(|provider| matches!(Speaks::of(provider.protocol), Speaks::Wire(_)))
        .map(|provider| format!("{}/…", provider.id));
    let mut names = aliases
        .filter(|name| !name.contains('*'))
        .chain(providers)
        .take(NAMES_SHOWN)
        .peekable();
    if names.peek().is_none() {
        return "Add a provider first; until then `echo/echo` answers offline.".to_owned();
    }
    let names: Vec<String> = names
        .chain(["echo/echo".to_owned()])
        .map(|name| format!("`{name}`"))
        .collect();
    format!(
        "Ask for {}, or make an alias for this name. `GET /v1/models` lists what there is.",
        names.join(", ")
    )
}

#[cfg(test)]
#[path = "routing_tests.rs"]
mod tests;
