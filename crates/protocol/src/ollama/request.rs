//! Requests: from clients, and to providers.

mod decode;
mod encode;
mod media;

pub(super) use decode::decode;
pub(super) use encode::encode;
