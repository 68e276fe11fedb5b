//! Streams, in and out, and what they share with whole replies.

mod decode;
mod encode;

pub(super) use decode::Decoder;
pub(super) use encode::{Encoder, finish_word, stream_form, usage_out};
