//! The rules: from the file's text to a [`Config`] in which everything is usable.

mod keys;
mod providers;
mod values;

use std::{collections::HashSet, net::SocketAddr, ops::Range};

pub use self::values::is_id;
use super::{
    Alias, BodiesKept, Config, ConfigError, Listen, Log, MAX_KEEP_DAYS, MAX_MEGABYTES, Requests,
    file::{AliasTable, ConfigFile, ListenTable, LogTable, RequestsTable},
    references,
};
use crate::{sentence, wording::Sentence};

type Result<T> = std::result::Result<T, ConfigError>;

/// Finds the first problem in file order of the concerns, or none.
pub(super) fn check(text: &str) -> Result<Config> {
    let check = Check { text };
    let file = check.read()?;
    let providers = check.providers(&file.providers)?;
    let config = Config {
        listen: check.listen(&file.listen)?,
        access_keys: check.access_keys(&file.access_keys)?,
        default_model: file
            .default_model
            .as_ref()
            .map(|name| name.get_ref().clone()),
        accounts: check.accounts(&file.accounts, &providers)?,
        aliases: check.aliases(&file.aliases)?,
        log: check.log(&file.log)?,
        requests: check.requests(&file.requests)?,
        providers,
    };
    references::check(&check, &config, &file)?;
    Ok(config)
}

/// Carries the text, to turn a place in it into line and column.
pub(super) struct Check<'a> {
    text: &'a str,
}

impl Check<'_> {
    pub(super) fn fail<T>(&self, span: Range<usize>, message: impl Into<Sentence>) -> Result<T> {
        Err(ConfigError::at(self.text, &span, message))
    }

    fn read(&self) -> Result<ConfigFile> {
        let file: ConfigFile =
            toml::from_str(self.text).map_err(|error| ConfigError::of_toml(self.text, &error))?;
        if *file.version.get_ref() != 1 {
            let message = sentence!(
                "config_version",
                "`version` is not one this Patchbay knows. Write `version = 1`."
            );
            return self.fail(file.version.span(), message);
        }
        Ok(file)
    }

    fn listen(&self, table: &ListenTable) -> Result<Listen> {
        let mut listen = Listen::default();
        if let Some(text) = &table.address {
            let Ok(address) = text.get_ref().parse::<SocketAddr>() else {
                let message = sentence!(
                    "config_address",
                    "`address` must be an IP address and a port, such as \"127.0.0.1:7229\" or \"[::1]:7229\"."
                );
                return self.fail(text.span(), message);
            };
            if !address.ip().is_loopback() {
                let message = sentence!(
                    "config_not_loopback",
                    "`address` must be on this computer only: write 127.0.0.1 or [::1] and a port. Patchbay does not serve the network."
                );
                return self.fail(text.span(), message);
            }
            listen.address = address;
        }
        for origin in &table.allowed_origins {
            if !is_origin(origin.get_ref()) {
                let message = sentence!(
                    "config_origin",
                    "An entry of `allowed_origins` is a scheme and a host without a path, such as \"http://localhost:3000\" or \"vscode-webview://*\"."
                );
                return self.fail(origin.span(), message);
            }
            listen.allowed_origins.push(origin.get_ref().clone());
        }
        Ok(listen)
    }

    fn aliases(&self, tables: &[AliasTable]) -> Result<Vec<Alias>> {
        let mut names = HashSet::new();
        let alias = |table: &AliasTable| {
            self.text_of("name", &table.name)?;
            self.once(&table.name, &mut names, |name| {
                sentence!(
                    "config_alias_taken",
                    "There is already an alias `{name}`. Choose another name.",
                    name
                )
            })?;
            if table.targets.get_ref().is_empty() {
                let message = sentence!(
                    "config_targets",
                    "`targets` is empty. Write at least one, such as `targets = [\"echo/echo\"]`."
                );
                return self.fail(table.targets.span(), message);
            }
            Ok(Alias {
                name: table.name.get_ref().clone(),
                targets: table
                    .targets
                    .get_ref()
                    .iter()
                    .map(|target| target.get_ref().clone())
                    .collect(),
            })
        };
        tables.iter().map(alias).collect()
    }

    fn log(&self, table: &LogTable) -> Result<Log> {
        let defaults = Log::default();
        let bodies = match &table.bodies {
            None => defaults.bodies,
            Some(word) => match word.get_ref().as_str() {
                "all" => BodiesKept::All,
                "errors" => BodiesKept::Errors,
                "off" => BodiesKept::Off,
                _ => {
                    let message = sentence!(
                        "config_bodies",
                        "`bodies` must be \"all\", \"errors\" or \"off\"."
                    );
                    return self.fail(word.span(), message);
                }
            },
        };
        let max_body = u32::try_from(defaults.max_body_bytes).unwrap_or(u32::MAX);
        let max_body = self.number(
            "max_body_bytes",
            table.max_body_bytes.as_ref(),
            max_body,
            0..=1 << 30,
        )?;
        Ok(Log {
            bodies,
            max_body_bytes: max_body as usize,
            keep_days: self.number(
                "keep_days",
                table.keep_days.as_ref(),
                defaults.keep_days,
                1..=MAX_KEEP_DAYS,
            )?,
            max_megabytes: self.number(
                "max_megabytes",
                table.max_megabytes.as_ref(),
                defaults.max_megabytes,
                1..=MAX_MEGABYTES,
            )?,
        })
    }

    fn requests(&self, table: &RequestsTable) -> Result<Requests> {
        let defaults = Requests::default();
        Ok(Requests {
            parallel_choices: self.number(
                "parallel_choices",
                table.parallel_choices.as_ref(),
                defaults.parallel_choices,
                1..=64,
            )?,
            fetch_images: table.fetch_images.unwrap_or(defaults.fetch_images),
        })
    }
}

fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, host)| {
        !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '?', '#', ' '])
    })
}
