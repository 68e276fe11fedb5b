//! What must hold for any bytes whatsoever; the fuzz targets run the same functions.

use protocol::envelope::Envelope;

/// `bytes` in chunks of these sizes, over and over.
pub(crate) fn split<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut sizes = sizes.iter().copied().cycle();
    let mut rest = bytes;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(1).clamp(1, rest.len());
        let (chunk, after) = rest.split_at(size);
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

/// A body that a parser accepts as an object is accepted, and the model found.
pub(crate) fn envelope(bytes: &[u8]) {
    let peeked = Envelope::peek(bytes);
    if let Ok(parsed) = serde_json::from_slice::<serde_json::Value>(bytes) {
        assert_eq!(peeked.is_ok(), parsed.is_object());
        if let Ok(envelope) = peeked {
            assert_eq!(envelope.model.as_deref(), parsed["model"].as_str());
        }
    }
}
