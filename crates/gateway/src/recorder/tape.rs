//! The chunks of a body, shared and not copied, up to what is kept at most.

use bytes::{Bytes, BytesMut};
use store::exchanges::Body;

pub(super) struct Tape {
    chunks: Vec<Bytes>,
    length: usize,
    /// 0 keeps nothing.
    limit: usize,
    truncated: bool,
}

impl Tape {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            chunks: Vec::new(),
            length: 0,
            limit,
            truncated: false,
        }
    }

    pub(super) fn push(&mut self, chunk: &Bytes) {
        if self.limit == 0 || self.truncated {
            return;
        }
        self.chunks.push(chunk.clone());
        self.length += chunk.len();
        self.truncated = self.length > self.limit;
    }

    pub(super) fn clear(&mut self) {
        self.chunks.clear();
        self.length = 0;
        self.truncated = false;
    }

    pub(super) fn body(&self) -> Option<Body> {
        body(&self.chunks, self.limit)
    }
}

/// The first `limit` bytes of some chunks; `None` of none.
pub(super) fn body(chunks: &[Bytes], limit: usize) -> Option<Body> {
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
