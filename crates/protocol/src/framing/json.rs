//! JSON objects one after the other, as an array, by lines or one alone: what streams that are plain JSON are
//! made of. An object that lies whole in one chunk is handed out where it lies.

use bytes::{Bytes, BytesMut};

use super::sse::MAX_FRAME_BYTES;
use crate::canonical::{ApiError, ErrorKind, Fault};

/// Where in the text a byte stands.
#[derive(Debug, Default)]
struct Scanner {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

/// What a byte is to the objects of a stream.
enum Edge {
    Begin,
    End,
    None,
}

impl Scanner {
    fn read(&mut self, byte: u8) -> Edge {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return Edge::None;
        }
        match byte {
            b'{' => {
                self.depth += 1;
                if self.depth == 1 {
                    return Edge::Begin;
                }
            }
            b'[' if self.depth > 0 => self.depth += 1,
            b'}' | b']' if self.depth > 0 => {
                self.depth -= 1;
                if self.depth == 0 {
                    return Edge::End;
                }
            }
            b'"' if self.depth > 0 => self.in_string = true,
            _ => {}
        }
        Edge::None
    }
}

/// Splits any chunking of a byte stream into the same objects. What stands between them is read over.
#[derive(Debug, Default)]
pub struct JsonDecoder {
    /// The beginning of an object whose end has not come yet.
    held: Vec<u8>,
    scanner: Scanner,
    failed: bool,
}

impl JsonDecoder {
    /// Calls `each` for every object that `chunk` completes.
    ///
    /// # Errors
    /// A provider fault when one object is larger than any provider's; everything after it is ignored, and the
    /// fault is reported once.
    pub fn push(&mut self, chunk: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), ApiError> {
        if self.failed {
            return Ok(());
        }
        let mut begin = 0;
        for (at, byte) in chunk.iter().enumerate() {
            match self.scanner.read(*byte) {
                Edge::Begin => begin = at,
                Edge::End => {
                    let end = &chunk[begin..=at];
                    if self.held.is_empty() {
                        each(end);
                    } else {
                        self.held.extend_from_slice(end);
                        each(&self.held);
                        self.held.clear();
                    }
                }
                Edge::None => {}
            }
        }
        if self.is_cut() {
            self.held.extend_from_slice(&chunk[begin..]);
        }
        if self.held.len() > MAX_FRAME_BYTES {
            self.failed = true;
            self.held = Vec::new();
            return Err(ApiError::new(
                ErrorKind::ProviderFault,
                Fault::Provider,
                format!("The provider sent an object of more than {MAX_FRAME_BYTES} bytes."),
            ));
        }
        Ok(())
    }

    /// Whether the stream stopped inside an object.
    pub fn is_cut(&self) -> bool {
        self.scanner.depth > 0
    }
}

/// Lets the bytes of a stream through as far as its last whole object. Somebody else can go on from there, which
/// the middle of an object does not allow.
#[derive(Debug, Default)]
pub struct JsonGate {
    scanner: Scanner,
    /// What came behind the last whole object.
    held: BytesMut,
    begun: bool,
}

impl JsonGate {
    pub fn push(&mut self, chunk: Bytes) -> Bytes {
        let mut end = None;
        for (at, byte) in chunk.iter().enumerate() {
            if let Edge::End = self.scanner.read(*byte) {
                end = Some(at + 1);
            }
        }
        if self.held.len() + chunk.len() > MAX_FRAME_BYTES {
            // No object of any provider's is as large: whatever it is, it is not kept.
            end = Some(chunk.len());
        }
        let Some(end) = end else {
            self.held.extend_from_slice(&chunk);
            return Bytes::new();
        };
        self.begun = true;
        let whole = chunk.slice(..end);
        let out = if self.held.is_empty() {
            whole
        } else {
            self.held.extend_from_slice(&whole);
            self.held.split().freeze()
        };
        self.held.extend_from_slice(&chunk[end..]);
        out
    }

    /// Whether anything went through.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// What is held back: the end of a stream that ended well.
    pub fn rest(&mut self) -> Bytes {
        self.held.split().freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(chunks: &[&[u8]]) -> Vec<String> {
        let mut decoder = JsonDecoder::default();
        let mut objects = Vec::new();
        for chunk in chunks {
            let each = |object: &[u8]| objects.push(String::from_utf8(object.to_vec()).unwrap());
            decoder.push(chunk, each).unwrap();
        }
        objects
    }

    #[test]
    fn edge_131_objects_come_out_whole_in_any_split() {
        let text = "[{\"a\": [1, {\"b\": \"}\\\"]{é\"}]}\n,\r\n{}\n, {\"c\":2}]";
        let expected = ["{\"a\": [1, {\"b\": \"}\\\"]{é\"}]}", "{}", "{\"c\":2}"];
        for size in 1..=text.len() {
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            assert_eq!(objects(&chunks), expected, "chunks of {size}");
        }
        assert_eq!(
            objects(&[b"{\"a\":1}\n{\"b\":2}\n"]),
            ["{\"a\":1}", "{\"b\":2}"]
        );
    }

    #[test]
    fn a_gate_lets_whole_objects_through_and_loses_nothing() {
        let text = "[{\"a\": [1, {\"b\": \"}\\\"]{é\"}]}\n,\r\n{}\n, {\"c\":2}]";
        for size in 1..=text.len() {
            let mut gate = JsonGate::default();
            let mut through = String::new();
            for chunk in text.as_bytes().chunks(size) {
                assert_eq!(gate.has_begun(), !through.is_empty());
                let out = gate.push(Bytes::copy_from_slice(chunk));
                assert!(out.is_empty() || out.ends_with(b"}"), "{out:?}");
                through.push_str(std::str::from_utf8(&out).unwrap());
            }
            assert_eq!(&gate.rest()[..], b"]");
            assert_eq!(through + "]", text, "chunks of {size}");
        }
    }

    #[test]
    fn a_cut_object_is_known_as_one() {
        let mut decoder = JsonDecoder::default();
        decoder.push(b"[{\"a\":1", |_| {}).unwrap();
        assert!(decoder.is_cut());
        decoder.push(b"}", |_| {}).unwrap();
        assert!(!decoder.is_cut());
    }
}
