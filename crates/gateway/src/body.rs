//! The bodies of our answers: whole, streamed, or not yet begun when their headers had to go.

mod late;
mod source;
mod stream;
mod whole;

pub(crate) use self::{late::LateBody, source::Source, stream::Stream, whole::WholeBody};
