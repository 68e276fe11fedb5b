//! Edge cases of Amazon Q's protocol, each with its number in the name of its test.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a case that is not met has to stop its test"
)]

#[path = "edge_amazon_q/decoding.rs"]
mod decoding;
#[path = "frames/event_stream.rs"]
#[expect(dead_code, reason = "shared with the laws, which use all of it")]
mod event_stream;
#[path = "edge_amazon_q/failures.rs"]
mod failures;
#[path = "amazon_q/strict.rs"]
mod strict;
#[path = "edge_amazon_q/target.rs"]
mod target;
#[path = "edge_amazon_q/trial.rs"]
mod trial;
