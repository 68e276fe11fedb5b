//! Streams: a provider's to events, events to a client's.

mod decode;
mod encode;

pub(super) use decode::{Decoder, Reader};
pub(super) use encode::Encoder;
