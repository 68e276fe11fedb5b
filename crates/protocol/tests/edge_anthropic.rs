//! Edge cases of Anthropic's protocol, each with its number in the name of its test.

#![expect(
    clippy::unwrap_used,
    reason = "what does not hold has to stop its test"
)]

#[path = "edge_anthropic/across.rs"]
mod across;
#[path = "edge_anthropic/cached.rs"]
mod cached;
#[path = "edge_anthropic/client.rs"]
mod client;
#[path = "edge_anthropic/decoding.rs"]
mod decoding;
#[path = "edge_anthropic/emitting.rs"]
mod emitting;
#[path = "edge_anthropic/target.rs"]
mod target;
#[path = "edge_anthropic/target_tools.rs"]
mod target_tools;
#[path = "edge_anthropic/trial.rs"]
mod trial;
