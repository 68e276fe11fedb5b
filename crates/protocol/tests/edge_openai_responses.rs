//! Edge cases of OpenAI's Responses, each with its number in the name of its test.

#![expect(
    clippy::unwrap_used,
    reason = "a case that is not met has to stop its test"
)]

#[path = "edge_openai_responses/client.rs"]
mod client;
#[path = "edge_openai_responses/emitting.rs"]
mod emitting;
#[path = "edge_openai_responses/hearing.rs"]
mod hearing;
#[path = "edge_openai_responses/recalling.rs"]
mod recalling;
#[path = "edge_openai_responses/target.rs"]
mod target;
#[path = "edge_openai_responses/trial.rs"]
mod trial;
