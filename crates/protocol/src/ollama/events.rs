//! Streams: a provider's, as events; ours, as clients of this protocol read them.

mod decode;
mod encode;

pub(super) use decode::{LineDecoder, Reader};
pub(super) use encode::{LineEncoder, Said, Writer, called, nothing_yet};
