//! Streams: a provider's, as events; ours, as clients of this protocol read them.

mod decode;
mod encode;
mod ending;

pub(super) use decode::{ChatDecoder, Reader};
pub(super) use encode::{ChatEncoder, details_of, finish_word, likely_of, shown_id, usage_of};
pub(super) use ending::Ending;
