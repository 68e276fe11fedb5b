//! Edge cases of OpenAI's chat protocol, each with its number in the name of its test.

#![expect(
    clippy::unwrap_used,
    reason = "a case that is not met has to stop its test"
)]

#[path = "edge_openai_chat/cached.rs"]
mod cached;
#[path = "edge_openai_chat/client.rs"]
mod client;
#[path = "edge_openai_chat/completions.rs"]
mod completions;
#[path = "edge_openai_chat/decoding.rs"]
mod decoding;
#[path = "edge_openai_chat/embeddings.rs"]
mod embeddings;
#[path = "edge_openai_chat/emitting.rs"]
mod emitting;
#[path = "edge_openai_chat/failures.rs"]
mod failures;
#[path = "edge_openai_chat/habits.rs"]
mod habits;
#[path = "edge_openai_chat/history.rs"]
mod history;
#[path = "edge_openai_chat/signed_calls.rs"]
mod signed_calls;
#[path = "edge_openai_chat/target.rs"]
mod target;
#[path = "edge_openai_chat/trial.rs"]
mod trial;
