//! Requests, in and out. `decode` and `content` read a client's; `encode` writes a provider's with the help
//! of the others, each of which settles one question.

mod cache;
mod content;
mod decode;
mod encode;
mod media;
mod schema;
mod search;
mod thinking;
mod tools;

pub(super) use decode::{decode, decode_count};
pub(super) use encode::{encode, encode_count};
pub(super) use thinking::UNSIGNED_CALLS;
