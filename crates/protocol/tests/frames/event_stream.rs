//! Writes and takes apart binary frames by a reading of their description of our own, so that the tests do not
//! believe the decoder's word.
//!
//! A stream as text, one frame a line: `event <type> <payload>`, `exception <type> <payload>`, `error <code>
//! <message>`. Two lines change the bytes before them: `flip` breaks the last checksum, `cut <n>` takes the last
//! `n` bytes away.

/// The bytes of a stream that is written as text.
pub(crate) fn of_text(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default();
        match (word(), word(), word()) {
            ("flip", ..) => {
                let last = bytes.last_mut().unwrap();
                *last ^= 1;
            }
            ("cut", count, _) => {
                let count: usize = count.parse().unwrap();
                bytes.truncate(bytes.len() - count);
            }
            ("event", kind, payload) => bytes.extend(event(kind, payload)),
            ("exception", kind, payload) => bytes.extend(exception(kind, payload)),
            ("error", code, message) => bytes.extend(frame(
                &[
                    (":error-code", code),
                    (":error-message", message),
                    (":message-type", "error"),
                ],
                b"",
            )),
            _ => panic!("what kind of frame is {line:?}?"),
        }
    }
    bytes
}

pub(crate) fn event(kind: &str, payload: &str) -> Vec<u8> {
    let headers = [
        (":event-type", kind),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ];
    frame(&headers, payload.as_bytes())
}

pub(crate) fn exception(kind: &str, payload: &str) -> Vec<u8> {
    let headers = [
        (":exception-type", kind),
        (":content-type", "application/json"),
        (":message-type", "exception"),
    ];
    frame(&headers, payload.as_bytes())
}

pub(crate) fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(u8::try_from(name.len()).unwrap());
        block.extend_from_slice(name.as_bytes());
        // A string.
        block.push(7);
        block.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        block.extend_from_slice(value.as_bytes());
    }
    assembled(&block, payload)
}

fn assembled(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for length in [16 + headers.len() + payload.len(), headers.len()] {
        bytes.extend_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
    }
    bytes.extend_from_slice(&checksum(&bytes).to_be_bytes());
    bytes.extend_from_slice(headers);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&checksum(&bytes).to_be_bytes());
    bytes
}

/// The whole frames of a sound stream, each as its headers and its payload.
pub(crate) fn taken_apart(mut bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some(prelude) = bytes.first_chunk::<8>() {
        let number = |at: usize| {
            let digits = prelude[at..at + 4].iter();
            digits.fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
        };
        let (total, headers) = (number(0), number(4));
        if total < 16 + headers || bytes.len() < total {
            break;
        }
        let (frame, rest) = bytes.split_at(total);
        let (headers, payload) = frame[12..total - 4].split_at(headers);
        frames.push((headers.to_vec(), payload.to_vec()));
        bytes = rest;
    }
    frames
}

/// The opposite of [`taken_apart`].
pub(crate) fn put_together(frames: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let frames = frames
        .iter()
        .map(|(headers, payload)| assembled(headers, payload));
    frames.collect::<Vec<_>>().concat()
}

/// CRC-32 as zlib has it, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}
