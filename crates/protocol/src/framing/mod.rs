//! Bytes to frames, nothing more.

pub mod sse;
