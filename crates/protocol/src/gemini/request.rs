//! Requests, in and out.

mod decode;
mod encode;
mod search;

pub(super) use decode::{decode, decode_count};
pub(super) use encode::{encode, encode_count};

/// The mode in which the model may call tools or not, and keeps to their schemas if it does.
const VALIDATED: &str = "VALIDATED";
