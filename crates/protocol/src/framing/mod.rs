//! Bytes to frames, nothing more.

pub mod event_stream;
pub mod json;
pub mod ndjson;
pub mod sse;

use bytes::{BufMut, BytesMut};
use serde::Serialize;

/// Writes JSON on one line, for frames that end with it.
fn write_line(value: &impl Serialize, out: &mut BytesMut) {
    let start = out.len();
    // Our own structs with string keys, written to memory: there is nothing that could fail.
    let written = serde_json::to_writer(out.writer(), value);
    debug_assert!(written.is_ok(), "a frame is always JSON");
    // Raw values keep their layout; a line break in JSON is white space.
    for byte in &mut out[start..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}
