//! Tauri's build step. The configuration stands at the root, with its capabilities inline.

fn main() {
    tauri_build::build();
}
