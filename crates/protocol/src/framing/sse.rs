//! Server-sent events by the WHATWG rules, incremental at the level of bytes.

/// One dispatched event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// The `event:` field; empty when there was none.
    pub event: String,
    /// The `data:` lines, joined by line feeds.
    pub data: Vec<u8>,
}

/// Splits any chunking of a byte stream into frames.
#[derive(Debug, Default)]
pub struct SseDecoder {}

impl SseDecoder {
    pub fn push(&mut self, _chunk: &[u8], _each: impl FnMut(&str, &[u8])) {}
}
