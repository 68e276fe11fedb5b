//! Connections of the realtime protocol: whole sessions as golden files, and laws that hold for any of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on ends"
)]

#[path = "laws/checks.rs"]
#[expect(dead_code, reason = "shared with the laws, which use all of it")]
mod checks;
#[path = "realtime/edges.rs"]
mod edges;
#[path = "realtime/laws.rs"]
mod laws;
#[path = "realtime/transcripts.rs"]
mod transcripts;

use checks::sessions::script;
