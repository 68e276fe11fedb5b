//! Release builds carry the built UI inside, so a new build of it is a new build of this crate.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let debug = std::env::var("PROFILE").is_ok_and(|profile| profile == "debug");
    // A path that is missing would count as changed for ever; debug builds read the files as they run.
    if !debug && Path::new("../../ui/dist").exists() {
        println!("cargo::rerun-if-changed=../../ui/dist");
    } else if !debug {
        println!("cargo::rerun-if-changed=../../ui");
    }
}
