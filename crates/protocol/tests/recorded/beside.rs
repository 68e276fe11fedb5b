//! Folders that stand beside the repository on some computers only.

use std::{
    env,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// The folder that a variable names, or else the one of that name in `../shared`. Without it the test is told to be
/// skipped, past what keeps the words of tests that pass.
pub(crate) fn folder(variable: &str, name: &str) -> Option<PathBuf> {
    let folder = env::var_os(variable).map_or_else(
        || {
            let mut around = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
            around.nth(3).unwrap().join("shared").join(name)
        },
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    let told = format!(
        "\nskipped: {name}: {variable} names no folder, and {} is none\n",
        folder.display()
    );
    io::stdout().write_all(told.as_bytes()).unwrap();
    None
}
