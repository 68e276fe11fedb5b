//! The service's stream; no client is sent one.

mod decode;

pub(super) use decode::Decoder;
