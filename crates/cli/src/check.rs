//! `patchbay check-config`.

use std::{
    io::{self, Write as _},
    path::Path,
};

use store::Config;

use crate::Error;

pub(crate) fn check(file: &Path) -> Result<(), Error> {
    let shown = file.display();
    let config = Config::read(file).map_err(|problem| {
        let colon = if problem.line.is_some() { "," } else { ":" };
        Error::Config(format!("{shown}{colon} {problem}"))
    })?;
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
