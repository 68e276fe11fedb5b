//! The server as a library: every AI client protocol in, any provider out.

pub mod admin;
