//! The bodies of our answers: whole, streamed, or not yet begun when their headers had to go.

mod late;
mod source;
mod stream;
mod whole;

pub(crate) use self::{
    late::LateBody,
    source::{Source, Wire},
    stream::Stream,
    whole::WholeBody,
};

use bytes::Bytes;

/// A copy of so much costs less than a new buffer.
const SMALL: usize = 8 << 10;

/// Whether bytes that are kept should be copied. As long as they share the buffer that a connection reads
/// into, that buffer cannot be read into again.
pub(crate) fn is_small(bytes: &Bytes) -> bool {
    bytes.len() <= SMALL
}

/// Bytes that stay for a while, as small ones should.
pub(crate) fn to_keep(bytes: Bytes) -> Bytes {
    if is_small(&bytes) {
        Bytes::copy_from_slice(&bytes)
    } else {
        bytes
    }
}
