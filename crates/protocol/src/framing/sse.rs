//! Server-sent events by the WHATWG rules: written, and read incrementally at the level of bytes.
//!
//! A frame that lies whole in one chunk is handed out where it lies; only what a chunk boundary cuts is copied.

use std::borrow::Cow;

use bytes::BytesMut;
use memchr::{memchr, memchr2};
use serde::Serialize;

use super::write_line;
use crate::canonical::{ApiError, ErrorKind, Fault};

/// No provider comes near this; without a limit one endless line would fill the memory.
pub const MAX_FRAME_BYTES: usize = 32 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One dispatched event. `id:` and `retry:` are for clients that reconnect, which nobody does with a model's
/// reply: they are read over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    /// The `event:` field; empty when there was none.
    pub event: &'a str,
    /// The `data:` lines, joined by line feeds.
    pub data: &'a [u8],
}

/// Writes one frame; the `event:` line only where there is something in it.
pub(crate) fn write(event: &str, data: &impl Serialize, out: &mut BytesMut) {
    if !event.is_empty() {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(event.as_bytes());
        out.extend_from_slice(b"\n");
    }
    out.extend_from_slice(b"data: ");
    write_line(data, out);
    out.extend_from_slice(b"\n\n");
}

/// Splits any chunking of a byte stream into the same frames.
#[derive(Debug)]
pub struct SseDecoder {
    limit: usize,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    fields: Fields<'static>,
    first_line: bool,
    /// The last byte was a carriage return: a line feed now belongs to it.
    after_return: bool,
    failed: bool,
}

impl Default for SseDecoder {
    fn default() -> Self {
        Self::with_limit(MAX_FRAME_BYTES)
    }
}

impl SseDecoder {
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            fields: Fields::default(),
            first_line: true,
            after_return: false,
            failed: false,
        }
    }

    /// Calls `each` for every frame that `chunk` completes.
    ///
    /// # Errors
    /// A provider fault when one frame is larger than the limit; everything after it is ignored, and the
    /// fault is reported once.
    pub fn push(&mut self, chunk: &[u8], mut each: impl FnMut(Frame<'_>)) -> Result<(), ApiError> {
        if self.failed {
            return Ok(());
        }
        let mut fields: Fields<'_> = std::mem::take(&mut self.fields);
        let mut rest = chunk;
        if self.after_return && !rest.is_empty() {
            self.after_return = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = memchr2(b'\n', b'\r', rest) {
            let (head, tail) = rest.split_at(end);
            rest = match tail {
                [b'\r', b'\n', after @ ..] => after,
                [b'\r'] => {
                    self.after_return = true;
                    &[]
                }
                [_, after @ ..] => after,
                [] => &[],
            };
            if self.line.len() + head.len() + fields.size() > self.limit {
                return Err(self.fail());
            }
            if self.line.is_empty() {
                let line = self.without_mark(head);
                fields.line(line, Cow::Borrowed, &mut each);
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(head);
                let line = self.without_mark(&whole);
                fields.line(line, |value| Cow::Owned(value.to_vec()), &mut each);
                whole.clear();
                self.line = whole;
            }
        }
        if self.line.len() + rest.len() + fields.size() > self.limit {
            return Err(self.fail());
        }
        self.line.extend_from_slice(rest);
        self.fields = fields.into_owned();
        Ok(())
    }

    /// The stream has ended: hands out a last frame that lacks its blank line, as some servers send it.
    pub fn finish(&mut self, mut each: impl FnMut(Frame<'_>)) {
        if self.failed {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let mut fields: Fields<'_> = std::mem::take(&mut self.fields);
        if !line.is_empty() {
            let line = self.without_mark(&line);
            fields.line(line, |value| Cow::Owned(value.to_vec()), &mut each);
        }
        fields.dispatch(&mut each);
    }

    fn without_mark<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        if std::mem::take(&mut self.first_line) {
            line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
        } else {
            line
        }
    }

    fn fail(&mut self) -> ApiError {
        self.failed = true;
        self.line = Vec::new();
        ApiError::new(
            ErrorKind::ProviderFault,
            Fault::Provider,
            format!(
                "The provider sent a single event of more than {} bytes.",
                self.limit
            ),
        )
    }
}

/// The fields of the frame in the making.
#[derive(Debug, Default)]
struct Fields<'a> {
    event: Cow<'a, [u8]>,
    /// `None` until the first `data:` line; a frame without one is not dispatched.
    data: Option<Cow<'a, [u8]>>,
    /// The data are lines of JSON without a field's name, as some servers tell a failure amid a stream.
    bare: bool,
}

impl<'a> Fields<'a> {
    fn size(&self) -> usize {
        self.data.as_ref().map_or(0, |data| data.len())
    }

    fn line<'l>(
        &mut self,
        line: &'l [u8],
        hold: impl FnOnce(&'l [u8]) -> Cow<'a, [u8]>,
        each: &mut impl FnMut(Frame<'_>),
    ) {
        if line.is_empty() {
            self.dispatch(each);
            return;
        }
        if self.bare {
            // A comment, which keeps a connection open.
            if line.starts_with(b":") {
                return;
            }
            if !line.starts_with(b"data:") && !line.starts_with(b"event:") {
                self.add(line);
                return;
            }
            self.dispatch(each);
        }
        if matches!(line, [b'{' | b'[', ..]) && self.data.is_none() && self.event.is_empty() {
            self.bare = true;
            self.data = Some(hold(line));
            return;
        }
        let (name, value) = match memchr(b':', line) {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &line[line.len()..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" if self.data.is_some() => self.add(value),
            b"data" => self.data = Some(hold(value)),
            b"event" => self.event = hold(value),
            _ => {}
        }
    }

    /// Another line of data.
    fn add(&mut self, line: &[u8]) {
        let data = self.data.get_or_insert_default().to_mut();
        data.push(b'\n');
        data.extend_from_slice(line);
    }

    fn dispatch(&mut self, each: &mut impl FnMut(Frame<'_>)) {
        let Self { event, data, .. } = std::mem::take(self);
        if let Some(data) = data {
            each(Frame {
                event: std::str::from_utf8(&event).unwrap_or("\u{fffd}"),
                data: &data,
            });
        }
    }

    fn into_owned(self) -> Fields<'static> {
        Fields {
            event: Cow::Owned(self.event.into_owned()),
            data: self.data.map(|data| Cow::Owned(data.into_owned())),
            bare: self.bare,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(chunks: &[&[u8]]) -> Vec<(String, String)> {
        let mut decoder = SseDecoder::default();
        let mut frames = Vec::new();
        let mut each = |frame: Frame<'_>| {
            let data = String::from_utf8(frame.data.to_vec()).unwrap();
            frames.push((frame.event.to_owned(), data));
        };
        for chunk in chunks {
            decoder.push(chunk, &mut each).unwrap();
        }
        decoder.finish(&mut each);
        frames
    }

    fn one(event: &str, data: &str) -> Vec<(String, String)> {
        vec![(event.to_owned(), data.to_owned())]
    }

    #[test]
    fn raw_values_are_laid_out_on_one_line() {
        let raw = serde_json::value::RawValue::from_string("{\r\n\n\"a\":1}".to_owned()).unwrap();
        let mut out = BytesMut::new();
        write("e", &raw, &mut out);
        assert_eq!(&out[..], b"event: e\ndata: {   \"a\":1}\n\n");
    }

    #[test]
    fn edge_131_line_ends_may_be_lf_cr_or_both() {
        for end in ["\n", "\r", "\r\n"] {
            let text = format!("event: a{end}data: b{end}{end}");
            assert_eq!(frames(&[text.as_bytes()]), one("a", "b"), "{end:?}");
        }
    }

    #[test]
    fn edge_131_return_and_feed_in_two_chunks_are_one_line_end() {
        assert_eq!(
            frames(&[b"data: a\r", b"\ndata: b\r", b"", b"\n\r", b"\n"]),
            one("", "a\nb")
        );
    }

    #[test]
    fn edge_131_a_byte_order_mark_is_no_field_name() {
        assert_eq!(
            frames(&[b"\xef", b"\xbb", b"\xbfdata: a\n\n"]),
            one("", "a")
        );
        assert_eq!(frames(&[b"\xef\xbb\xbfdata: a\n\n"]), one("", "a"));
    }

    #[test]
    fn edge_131_one_space_after_the_colon_is_optional() {
        assert_eq!(frames(&[b"data:a\n\n"]), one("", "a"));
        assert_eq!(frames(&[b"data:  a\n\n"]), one("", " a"));
    }

    #[test]
    fn edge_131_data_lines_join_with_line_feeds() {
        assert_eq!(frames(&[b"data: a\ndata\ndata:c\n\n"]), one("", "a\n\nc"));
    }

    #[test]
    fn comments_and_other_fields_make_no_frame() {
        assert_eq!(frames(&[b": ping\n\nid: 1\nretry: 5\nevent: x\n\n"]), []);
        assert_eq!(frames(&[b":a\nid: 1\ndata: b\n:c\n\n"]), one("", "b"));
    }

    #[test]
    fn bare_json_is_a_frame_of_its_own() {
        let pretty = "{\n  \"data\": 1,\n  \"event\": {}\n}";
        for text in [
            format!("data: a\n\n{pretty}\n\ndata: b"),
            format!("data: a\n\n{pretty}\ndata: b\n\n"),
        ] {
            for size in [1, 5, text.len()] {
                let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
                let all = [one("", "a"), one("", pretty), one("", "b")].concat();
                assert_eq!(frames(&chunks), all, "{text:?}");
            }
        }
        assert_eq!(frames(&[b"[1]"]), one("", "[1]"));
        assert_eq!(frames(&[b"{}\n: keep-alive\n\n"]), one("", "{}"));
        assert_eq!(frames(&[b"data: {\n{}\n\n"]), one("", "{"));
    }

    #[test]
    fn an_event_name_is_for_one_frame_only() {
        let both = frames(&[b"event: a\n\ndata: b\n\nevent: c\ndata: d\n\ndata: e\n\n"]);
        assert_eq!(both, [one("", "b"), one("c", "d"), one("", "e")].concat());
    }

    #[test]
    fn the_last_frame_may_lack_its_blank_line() {
        assert_eq!(frames(&[b"data: [DONE]"]), one("", "[DONE]"));
        assert_eq!(frames(&[b"data: [DONE]\n"]), one("", "[DONE]"));
    }

    #[test]
    fn a_whole_frame_is_not_copied() {
        let chunk = b"data: {\"a\":1}\n\n";
        let mut seen = 0;
        SseDecoder::default()
            .push(chunk, |frame| {
                assert!(chunk.as_ptr_range().contains(&frame.data.as_ptr()));
                seen += 1;
            })
            .unwrap();
        assert_eq!(seen, 1);
    }

    #[test]
    fn an_endless_frame_is_reported_once_in_any_split() {
        let text = b"data: ok\n\ndata: 123456\ndata: 12\n\ndata: more\n\n";
        for size in 1..=text.len() {
            let mut decoder = SseDecoder::with_limit(13);
            let mut seen = Vec::new();
            let mut failures = 0;
            for chunk in text.chunks(size) {
                let pushed = decoder.push(chunk, |frame| seen.push(frame.data.to_vec()));
                failures += usize::from(pushed.is_err());
            }
            decoder.finish(|frame| seen.push(frame.data.to_vec()));
            assert_eq!(
                (seen, failures),
                (vec![b"ok".to_vec()], 1),
                "chunks of {size}"
            );
        }
    }
}
