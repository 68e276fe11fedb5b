//! Connections of the realtime protocol: whole sessions as golden files, and laws that hold for any of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on ends"
)]

#[path = "realtime/edges.rs"]
mod edges;
#[path = "realtime/laws.rs"]
mod laws;
#[path = "realtime/script.rs"]
mod script;
#[path = "realtime/transcripts.rs"]
mod transcripts;
