//! Whether each alias and the default model are names of something, and no alias leads back to itself.
//! A provider that is named and not there is no mistake: one set-up may serve several computers, and the
//! target is skipped until the provider comes.

use std::ops::Range;

use super::{Config, ConfigError, check::Check, file::ConfigFile};
use crate::sentence;

pub(super) fn check(
    check: &Check<'_>,
    config: &Config,
    file: &ConfigFile,
) -> Result<(), ConfigError> {
    for table in &file.aliases {
        for target in table.targets.get_ref() {
            leads_somewhere(
                check,
                config,
                target.get_ref(),
                target.span(),
                Place::Target,
            )?;
            let star_is_given = table.name.get_ref().contains('*');
            if target.get_ref().contains('*') && !star_is_given {
                let message = sentence!(
                    "config_star",
                    "This target has a `*`, but the alias has none that it could stand for."
                );
                return check.fail(target.span(), message);
            }
            if leads_back(config, table.name.get_ref(), target.get_ref()) {
                let name = table.name.get_ref();
                let message = sentence!(
                    "config_circle",
                    "The alias `{name}` leads back to itself through this target.",
                    name
                );
                return check.fail(target.span(), message);
            }
        }
    }
    match &file.default_model {
        None => Ok(()),
        Some(model) => leads_somewhere(
            check,
            config,
            model.get_ref(),
            model.span(),
            Place::DefaultModel,
        ),
    }
}

#[derive(Clone, Copy)]
enum Place {
    DefaultModel,
    Target,
}

fn leads_somewhere(
    check: &Check<'_>,
    config: &Config,
    name: &str,
    span: Range<usize>,
    place: Place,
) -> Result<(), ConfigError> {
    let message = match name.split_once('/') {
        Some((provider, model)) if !provider.is_empty() && !model.is_empty() => return Ok(()),
        Some(_) | None if config.alias(name).is_some() => return Ok(()),
        Some((provider, "")) if !provider.is_empty() => match place {
            Place::DefaultModel => sentence!(
                "config_default_model_half",
                "The default model `{name}` names no model. Write `{provider}/` and a model.",
                name,
                provider
            ),
            Place::Target => sentence!(
                "config_target_half",
                "The target `{name}` names no model. Write `{provider}/` and a model.",
                name,
                provider
            ),
        },
        Some(_) | None => match place {
            Place::DefaultModel => sentence!(
                "config_default_model",
                "The default model `{name}` is neither `provider/model` nor the name of an alias.",
                name
            ),
            Place::Target => sentence!(
                "config_target",
                "The target `{name}` is neither `provider/model` nor the name of an alias.",
                name
            ),
        },
    };
    check.fail(span, message)
}

/// Follows a target through the aliases; at most once through each.
fn leads_back(config: &Config, start: &str, target: &str) -> bool {
    let mut open = vec![target];
    let mut seen = Vec::new();
    while let Some(name) = open.pop() {
        // A known provider wins over an alias of the same name.
        if config.prefixed(name).is_some() {
            continue;
        }
        let Some(alias) = config.alias(name) else {
            continue;
        };
        if alias.name == start {
            return true;
        }
        if !seen.contains(&alias.name.as_str()) {
            seen.push(&alias.name);
            open.extend(alias.targets.iter().map(String::as_str));
        }
    }
    false
}
