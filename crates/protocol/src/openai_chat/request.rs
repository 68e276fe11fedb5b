//! Requests: from clients, and to providers.

mod decode;
mod encode;
mod media;
mod search;

pub(super) use decode::{decode, flattened, has_bare_schema, has_only_input, stops, usage_wanted};
pub(super) use encode::{encode, settings};
