//! Requests, in and out.

mod decode;
mod encode;

pub(super) use decode::{decode, decode_count};
pub(super) use encode::encode;
