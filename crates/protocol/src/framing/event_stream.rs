//! `application/vnd.amazon.eventstream`: binary frames with lengths and two checksums.
//!
//! A boundary is known only from the lengths before it, so nothing can be read behind a frame that is broken.

mod edit;

pub use self::edit::{EventStreamEditor, Length};

use aws_smithy_eventstream::frame::read_message_from;
use bytes::BytesMut;

use crate::canonical::ApiError;

/// The protocol's own limit; a length beyond it is a broken one.
pub const MAX_FRAME_BYTES: usize = 16 << 20;

/// Two lengths and their checksum.
const PRELUDE_BYTES: usize = 12;
/// The prelude and the checksum at the end.
const LEAST_BYTES: usize = PRELUDE_BYTES + 4;

/// One frame, by the headers that say what it is; each is empty where it is missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    /// `event`, `exception` or `error`.
    pub message_type: &'a str,
    /// The type of the event or the exception, or the code of the error.
    pub kind: &'a str,
    /// What an error says: it has no payload.
    pub message: &'a str,
    pub payload: &'a [u8],
}

/// Splits any chunking of a byte stream into the same frames.
#[derive(Debug, Default)]
pub struct EventStreamDecoder {
    /// The beginning of a frame whose end has not come yet.
    held: BytesMut,
    failed: bool,
}

impl EventStreamDecoder {
    /// Calls `each` for every frame that `chunk` completes.
    ///
    /// # Errors
    /// A provider fault at the first frame that is broken; everything after it is ignored, and the fault is
    /// reported once.
    pub fn push(&mut self, chunk: &[u8], mut each: impl FnMut(Frame<'_>)) -> Result<(), ApiError> {
        if self.failed {
            return Ok(());
        }
        self.held.extend_from_slice(chunk);
        while let Some(prelude) = self.held.first_chunk::<PRELUDE_BYTES>() {
            let length = length(prelude).ok_or_else(|| self.fail())?;
            if self.held.len() < length {
                return Ok(());
            }
            let whole = self.held.split_to(length).freeze();
            let message = read_message_from(whole).map_err(|_| self.fail())?;
            let header = |name: &str| {
                let mut headers = message.headers().iter();
                let header = headers.find(|header| header.name().as_str() == name)?;
                Some(header.value().as_string().ok()?.as_str())
            };
            let kind = [":event-type", ":exception-type", ":error-code"];
            each(Frame {
                message_type: header(":message-type").unwrap_or_default(),
                kind: kind.into_iter().find_map(header).unwrap_or_default(),
                message: header(":error-message").unwrap_or_default(),
                payload: message.payload(),
            });
        }
        Ok(())
    }

    /// The stream has ended.
    ///
    /// # Errors
    /// A provider fault when it did so in the middle of a frame.
    pub fn finish(&mut self) -> Result<(), ApiError> {
        if self.failed || self.held.is_empty() {
            return Ok(());
        }
        self.failed = true;
        Err(ApiError::provider_fault(
            "The provider closed the connection in the middle of a frame.",
        ))
    }

    fn fail(&mut self) -> ApiError {
        self.failed = true;
        self.held = BytesMut::new();
        ApiError::provider_fault("The provider sent a frame that is broken.")
    }
}

/// The length of the whole frame; `None` where the prelude is broken. Checked before the rest is waited for.
fn length(prelude: &[u8; PRELUDE_BYTES]) -> Option<usize> {
    let (lengths, checksum) = prelude.split_first_chunk::<8>()?;
    let checksum = u32::from_be_bytes(checksum.try_into().ok()?);
    let total = u32::from_be_bytes(*lengths.first_chunk()?);
    let total = usize::try_from(total).ok()?;
    let is_sound = crc32fast::hash(lengths) == checksum;
    (is_sound && (LEAST_BYTES..=MAX_FRAME_BYTES).contains(&total)).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"content":"Hi"}`, written by Amazon's own encoder.
    const HI: &str = "0000007c0000005c3bddcf780b3a6576656e742d74797065070016617373697374616e74526573706f6e73654576656e740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b22636f6e74656e74223a224869227db02babdc";
    const EMPTY: &str = "000000100000000005c248eb7d98c8ff";

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn read(chunks: &[&[u8]]) -> (Vec<String>, usize) {
        let mut decoder = EventStreamDecoder::default();
        let mut frames = Vec::new();
        let mut failures = 0;
        for chunk in chunks {
            let pushed = decoder.push(chunk, |frame| {
                let payload = String::from_utf8_lossy(frame.payload);
                frames.push(format!("{} {} {payload}", frame.message_type, frame.kind));
            });
            failures += usize::from(pushed.is_err());
        }
        failures += usize::from(decoder.finish().is_err());
        (frames, failures)
    }

    #[test]
    fn edge_124_frames_in_any_split() {
        let stream = bytes(&[HI, EMPTY, HI].concat());
        let said = "event assistantResponseEvent {\"content\":\"Hi\"}";
        let expected = vec![said.to_owned(), "  ".to_owned(), said.to_owned()];
        for size in 1..=stream.len() {
            let chunks: Vec<&[u8]> = stream.chunks(size).collect();
            assert_eq!(read(&chunks), (expected.clone(), 0), "chunks of {size}");
        }
    }

    #[test]
    fn edge_124_a_broken_byte_anywhere_is_noticed_once_and_ends_the_reading() {
        let stream = bytes(&[EMPTY, HI, HI].concat());
        for at in 16..16 + HI.len() / 2 {
            let mut broken = stream.clone();
            broken[at] ^= 0x20;
            let whole = read(&[&broken]);
            assert_eq!(whole.0.len(), 1, "byte {at}");
            assert_eq!(whole.1, 1, "byte {at}");
            let single: Vec<&[u8]> = broken.chunks(1).collect();
            assert_eq!(read(&single), whole, "byte {at}");
        }
    }

    #[test]
    fn edge_124_an_endless_frame_is_not_waited_for() {
        let mut prelude = u32::MAX.to_be_bytes().to_vec();
        prelude.extend_from_slice(&[0; 4]);
        let checksum = crc32fast::hash(&prelude);
        prelude.extend_from_slice(&checksum.to_be_bytes());
        assert_eq!(read(&[&prelude, b"more"]), (Vec::new(), 1));
    }

    #[test]
    fn edge_124_an_end_inside_a_frame_is_a_failure() {
        let stream = bytes(&[HI, HI].concat());
        for at in 1..stream.len() {
            let (frames, failures) = read(&[&stream[..at]]);
            assert_eq!(frames.len(), at / 124);
            assert_eq!(failures, usize::from(at != 124), "cut at {at}");
        }
    }
}
