//! Makes room for the built UI, and makes a new build of it a new build of this crate.

use std::{env, fs};

const BUILT: &str = "../../ui/dist";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The folder's real path is looked up while compiling, before anybody may have built the UI.
    if let Err(error) = fs::create_dir_all(BUILT) {
        println!("cargo::warning=The folder {BUILT} cannot be made: {error}.");
    }
    // Debug builds read the files as they run.
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed={BUILT}");
    }
}
