//! Edge cases of Ollama's native protocol, each with its number in the name of its test.

#![expect(
    clippy::unwrap_used,
    reason = "a case that is not met has to stop its test"
)]

#[path = "edge_ollama/client.rs"]
mod client;
#[path = "edge_ollama/decoding.rs"]
mod decoding;
#[path = "edge_ollama/emitting.rs"]
mod emitting;
#[path = "edge_ollama/target.rs"]
mod target;
#[path = "edge_ollama/trial.rs"]
mod trial;
