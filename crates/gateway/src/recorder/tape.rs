//! The chunks of a body, up to what is kept at most.

use bytes::{Bytes, BytesMut};
use store::exchanges::Body;

use crate::body;

pub(super) struct Tape {
    chunks: Vec<Bytes>,
    /// Small chunks since the last large one; see [`body::is_small`].
    small: BytesMut,
    length: usize,
    /// 0 keeps nothing.
    limit: usize,
    truncated: bool,
}

impl Tape {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            chunks: Vec::new(),
            small: BytesMut::new(),
            length: 0,
            limit,
            truncated: false,
        }
    }

    pub(super) fn push(&mut self, chunk: &Bytes) {
        if body::is_small(chunk) && self.has_room() {
            self.small.extend_from_slice(chunk);
            self.grow(chunk.len());
        } else {
            self.push_own(chunk);
        }
    }

    /// A chunk that holds nothing but itself in memory, however small it is.
    pub(super) fn push_own(&mut self, chunk: &Bytes) {
        if self.has_room() {
            self.settle();
            self.chunks.push(chunk.clone());
            self.grow(chunk.len());
        }
    }

    fn has_room(&self) -> bool {
        self.limit > 0 && !self.truncated
    }

    fn grow(&mut self, more: usize) {
        self.length += more;
        self.truncated = self.length > self.limit;
    }

    /// Puts the small chunks behind the others.
    fn settle(&mut self) {
        if !self.small.is_empty() {
            self.chunks.push(self.small.split().freeze());
        }
    }

    /// What was kept, leaving nothing behind.
    pub(super) fn take(&mut self) -> Option<Body> {
        self.settle();
        body_of(&std::mem::take(&mut self.chunks), self.limit)
    }
}

/// The first `limit` bytes of some chunks; `None` of none.
pub(super) fn body_of(chunks: &[Bytes], limit: usize) -> Option<Body> {
    let length: usize = chunks.iter().map(Bytes::len).sum();
    let bytes = match chunks {
        [] => return None,
        [only] => only.slice(..length.min(limit)),
        several => {
            let mut whole = BytesMut::with_capacity(length.min(limit));
            for chunk in several {
                let room = limit.saturating_sub(whole.len());
                whole.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            whole.freeze()
        }
    };
    Some(Body {
        truncated: bytes.len() < length,
        bytes,
    })
}
