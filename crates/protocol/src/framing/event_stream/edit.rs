//! Other words in frames that stay whole: with new lengths and sums where they have to be.

use aws_smithy_eventstream::frame::read_message_from;
use bytes::{Bytes, BytesMut};

use super::{PRELUDE_BYTES, length};

/// How long other words may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Length {
    Any,
    /// Those of headers, which state it for each of them.
    Same,
}

/// Edits a stream in any chunking. Whoever reads frames waits for the whole of each as well.
#[derive(Debug, Default)]
pub struct EventStreamEditor {
    /// The beginning of a frame whose end has not come yet.
    held: BytesMut,
    /// No frame can be told from the next one any more: the rest goes on as it is.
    is_broken: bool,
}

impl EventStreamEditor {
    /// The frames that `chunk` completes, with what `other` makes of their headers and payloads; `None` leaves
    /// everything as it is.
    pub fn push(&mut self, chunk: &[u8], other: impl Fn(&[u8], Length) -> Option<Bytes>) -> Bytes {
        self.held.extend_from_slice(chunk);
        let mut out = BytesMut::new();
        while !self.is_broken
            && let Some(prelude) = self.held.first_chunk::<PRELUDE_BYTES>()
        {
            match length(prelude) {
                Some(length) if self.held.len() < length => return out.freeze(),
                Some(length) => {
                    let whole = self.held.split_to(length).freeze();
                    out.extend_from_slice(&edited(&whole, &other).unwrap_or(whole));
                }
                None => self.is_broken = true,
            }
        }
        if self.is_broken {
            out.extend_from_slice(&self.rest());
        }
        out.freeze()
    }

    /// What is held of a frame whose end does not come.
    pub fn rest(&mut self) -> Bytes {
        self.held.split().freeze()
    }

    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }
}

/// `None` of a frame in which nothing is to be changed, or that is broken: a new sum would make it whole.
fn edited(whole: &Bytes, other: impl Fn(&[u8], Length) -> Option<Bytes>) -> Option<Bytes> {
    let (_, rest) = whole.split_at_checked(PRELUDE_BYTES)?;
    let headers = u32::from_be_bytes(*whole.get(4..)?.first_chunk()?);
    let (headers, rest) = rest.split_at_checked(usize::try_from(headers).ok()?)?;
    let (payload, _) = rest.split_last_chunk::<4>()?;
    let new_headers = other(headers, Length::Same).filter(|new| new.len() == headers.len());
    let new_payload = other(payload, Length::Any);
    if new_headers.is_none() && new_payload.is_none() {
        return None;
    }
    read_message_from(whole.clone()).ok()?;
    let headers = new_headers.as_deref().unwrap_or(headers);
    let payload = new_payload.as_deref().unwrap_or(payload);
    let mut frame = BytesMut::new();
    let length = PRELUDE_BYTES + headers.len() + payload.len() + 4;
    for length in [length, headers.len()] {
        frame.extend_from_slice(&u32::try_from(length).ok()?.to_be_bytes());
    }
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame.extend_from_slice(headers);
    frame.extend_from_slice(payload);
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    Some(frame.freeze())
}

#[cfg(test)]
mod tests {
    use super::{super::EventStreamDecoder, *};

    /// `{"content":"Hi"}`, written by Amazon's own encoder.
    const HI: &[u8] = &[
        0x00, 0x00, 0x00, 0x7c, 0x00, 0x00, 0x00, 0x5c, 0x3b, 0xdd, 0xcf, 0x78, 0x0b, 0x3a, 0x65,
        0x76, 0x65, 0x6e, 0x74, 0x2d, 0x74, 0x79, 0x70, 0x65, 0x07, 0x00, 0x16, 0x61, 0x73, 0x73,
        0x69, 0x73, 0x74, 0x61, 0x6e, 0x74, 0x52, 0x65, 0x73, 0x70, 0x6f, 0x6e, 0x73, 0x65, 0x45,
        0x76, 0x65, 0x6e, 0x74, 0x0d, 0x3a, 0x63, 0x6f, 0x6e, 0x74, 0x65, 0x6e, 0x74, 0x2d, 0x74,
        0x79, 0x70, 0x65, 0x07, 0x00, 0x10, 0x61, 0x70, 0x70, 0x6c, 0x69, 0x63, 0x61, 0x74, 0x69,
        0x6f, 0x6e, 0x2f, 0x6a, 0x73, 0x6f, 0x6e, 0x0d, 0x3a, 0x6d, 0x65, 0x73, 0x73, 0x61, 0x67,
        0x65, 0x2d, 0x74, 0x79, 0x70, 0x65, 0x07, 0x00, 0x05, 0x65, 0x76, 0x65, 0x6e, 0x74, 0x7b,
        0x22, 0x63, 0x6f, 0x6e, 0x74, 0x65, 0x6e, 0x74, 0x22, 0x3a, 0x22, 0x48, 0x69, 0x22, 0x7d,
        0xb0, 0x2b, 0xab, 0xdc,
    ];

    fn edited(stream: &[u8], size: usize, words: [(&str, &str); 2]) -> Vec<u8> {
        let mut editor = EventStreamEditor::default();
        let mut out = Vec::new();
        for chunk in stream.chunks(size) {
            out.extend(editor.push(chunk, |bytes, length| {
                let (old, new) = words[usize::from(length == Length::Any)];
                let text = String::from_utf8_lossy(bytes).into_owned();
                text.contains(old).then(|| text.replace(old, new).into())
            }));
        }
        out.extend(editor.rest());
        out
    }

    #[test]
    fn frames_are_whole_with_other_words_in_any_split() {
        let stream = [HI, HI].concat();
        for size in 1..=stream.len() {
            let words = [("event", "thing"), ("Hi", "Hello there")];
            let out = edited(&stream, size, words);
            let mut told = Vec::new();
            let mut decoder = EventStreamDecoder::default();
            let read = decoder.push(&out, |frame| {
                told.push((
                    frame.message_type.to_owned(),
                    String::from_utf8(frame.payload.to_vec()).unwrap(),
                ));
            });
            read.and_then(|()| decoder.finish()).unwrap();
            // The name of the header with the type has the word in it as well.
            let expected = (
                String::from("thing"),
                "{\"content\":\"Hello there\"}".to_owned(),
            );
            assert_eq!(told, [expected.clone(), expected], "chunks of {size}");
        }
    }

    #[test]
    fn what_is_left_alone_or_broken_is_the_very_same_bytes() {
        let words = [("nothing", "anything"), ("Hi", "Hello")];
        let none = [("nothing", "anything"), ("Hello", "Hi")];
        for at in 0..HI.len() {
            let mut broken = [HI, HI].concat();
            broken[HI.len() + at] ^= 0x20;
            let sound = [HI, &broken[HI.len()..]].concat();
            assert_eq!(edited(&sound, 7, none), sound, "byte {at}");
            let out = edited(&sound, 7, words);
            assert!(out.ends_with(&sound[HI.len()..]), "byte {at}");
            let cut = &sound[..HI.len() + at];
            assert_eq!(edited(cut, 7, none), cut, "cut at {at}");
        }
    }
}
