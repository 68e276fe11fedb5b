//! Bytes to frames, nothing more.

pub mod event_stream;
pub mod json;
pub mod ndjson;
pub mod sse;
