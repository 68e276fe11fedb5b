//! Edge cases of Gemini, each with its number in the name of its test.

#![expect(
    clippy::unwrap_used,
    reason = "a case that is not met has to stop its test"
)]

#[path = "edge_gemini/client.rs"]
mod client;
#[path = "edge_gemini/decoding.rs"]
mod decoding;
#[path = "edge_gemini/emitting.rs"]
mod emitting;
#[path = "edge_gemini/own_bodies.rs"]
mod own_bodies;
#[path = "edge_gemini/target.rs"]
mod target;
#[path = "edge_gemini/target_tools.rs"]
mod target_tools;
#[path = "edge_gemini/trial.rs"]
mod trial;
