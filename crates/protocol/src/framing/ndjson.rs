//! JSON texts, one a line: written, and read incrementally at the level of bytes.
//!
//! A line that lies whole in one chunk is handed out where it lies; only what a chunk boundary cuts is copied.

use bytes::BytesMut;
use memchr::memchr;
use serde::Serialize;

use super::{sse::MAX_FRAME_BYTES, write_line};
use crate::canonical::ApiError;

/// Writes one line.
pub(crate) fn write(text: &impl Serialize, out: &mut BytesMut) {
    write_line(text, out);
    out.extend_from_slice(b"\n");
}

/// Splits any chunking of a byte stream into the same lines. Empty ones are left out.
#[derive(Debug)]
pub struct NdjsonDecoder {
    limit: usize,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    first_line: bool,
    failed: bool,
}

impl Default for NdjsonDecoder {
    fn default() -> Self {
        Self::with_limit(MAX_FRAME_BYTES)
    }
}

impl NdjsonDecoder {
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            first_line: true,
            failed: false,
        }
    }

    /// Calls `each` for every line that `chunk` completes.
    ///
    /// # Errors
    /// A provider fault when one line is longer than the limit; everything after it is ignored, and the fault
    /// is reported once.
    pub fn push(&mut self, chunk: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), ApiError> {
        if self.failed {
            return Ok(());
        }
        let mut rest = chunk;
        while let Some(end) = memchr(b'\n', rest) {
            let (head, tail) = rest.split_at(end);
            rest = tail.get(1..).unwrap_or_default();
            if self.line.len() + head.len() > self.limit {
                return Err(self.fail());
            }
            if self.line.is_empty() {
                self.hand_out(head, &mut each);
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(head);
                self.hand_out(&whole, &mut each);
                whole.clear();
                self.line = whole;
            }
        }
        if self.line.len() + rest.len() > self.limit {
            return Err(self.fail());
        }
        self.line.extend_from_slice(rest);
        Ok(())
    }

    /// The stream has ended: hands out a last line that lacks its end.
    pub fn finish(&mut self, mut each: impl FnMut(&[u8])) {
        let line = std::mem::take(&mut self.line);
        self.hand_out(&line, &mut each);
    }

    fn hand_out(&mut self, line: &[u8], each: &mut impl FnMut(&[u8])) {
        let line = if std::mem::take(&mut self.first_line) {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        } else {
            line
        };
        let line = line.trim_ascii();
        if !line.is_empty() {
            each(line);
        }
    }

    fn fail(&mut self) -> ApiError {
        self.failed = true;
        self.line = Vec::new();
        let limit = self.limit;
        ApiError::provider_fault(format!(
            "The provider sent a single line of more than {limit} bytes."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_never_ends_fails_once() {
        let mut decoder = NdjsonDecoder::with_limit(8);
        let mut lines = Vec::new();
        let mut push = |bytes: &[u8]| decoder.push(bytes, |line| lines.push(line.to_vec()));
        push(b"{\"a\":1}\n{\"b").unwrap();
        assert!(push(b"\":12345").is_err());
        assert!(push(b"}\n{}\n").is_ok());
        assert_eq!(lines, [b"{\"a\":1}"]);
    }

    #[test]
    fn raw_values_are_laid_out_on_one_line() {
        let raw = serde_json::value::RawValue::from_string("{\r\n \"a\":\n1}".to_owned()).unwrap();
        let mut out = BytesMut::new();
        write(&raw, &mut out);
        assert_eq!(&out[..], b"{   \"a\": 1}\n");
    }
}
