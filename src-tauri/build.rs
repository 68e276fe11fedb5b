//! Tauri's build step: the configuration stands at the root, the capabilities beside the shell's sources.
fn main() {}
