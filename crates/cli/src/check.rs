//! `patchbay check-config`.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use store::Config;

use crate::Error;

pub(crate) fn check(file: &Path) -> Result<(), Error> {
    let shown = file.display();
    let text = fs::read_to_string(file)
        .map_err(|error| Error::Config(format!("{shown} cannot be read: {error}.")))?;
    let config =
        Config::parse(&text).map_err(|problem| Error::Config(format!("{shown}, {problem}")))?;
    // The built-in one is no part of the file.
    let providers = config.providers.len().saturating_sub(1);
    writeln!(
        io::stdout(),
        "{shown} is good: {}, {}, {}.",
        count(providers, "provider"),
        count(config.accounts.len(), "account"),
        plural(config.aliases.len(), "alias", "aliases"),
    )?;
    Ok(())
}

fn count(number: usize, what: &str) -> String {
    plural(number, what, &format!("{what}s"))
}

fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
