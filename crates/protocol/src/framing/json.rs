//! JSON objects one after the other, as an array, by lines or one alone: what streams that are plain JSON are
//! made of. An object that lies whole in one chunk is handed out where it lies.

use crate::canonical::{ApiError, ErrorKind, Fault};

use super::sse::MAX_FRAME_BYTES;

/// Splits any chunking of a byte stream into the same objects. What stands between them is read over.
#[derive(Debug, Default)]
pub struct JsonDecoder {
    /// The beginning of an object whose end has not come yet.
    held: Vec<u8>,
    depth: usize,
    in_string: bool,
    escaped: bool,
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
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'{' => {
                    if self.depth == 0 {
                        begin = at;
                    }
                    self.depth += 1;
                }
                b'[' if self.depth > 0 => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        let end = &chunk[begin..=at];
                        if self.held.is_empty() {
                            each(end);
                        } else {
                            self.held.extend_from_slice(end);
                            each(&self.held);
                            self.held.clear();
                        }
                    }
                }
                b'"' if self.depth > 0 => self.in_string = true,
                _ => {}
            }
        }
        if self.depth > 0 {
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
        self.depth > 0
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
    fn a_cut_object_is_known_as_one() {
        let mut decoder = JsonDecoder::default();
        decoder.push(b"[{\"a\":1", |_| {}).unwrap();
        assert!(decoder.is_cut());
        decoder.push(b"}", |_| {}).unwrap();
        assert!(!decoder.is_cut());
    }
}
