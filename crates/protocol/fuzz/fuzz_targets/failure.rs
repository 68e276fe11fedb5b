//! Any body under any failure status.

#![no_main]

#[path = "../../tests/laws/checks.rs"]
#[expect(dead_code, reason = "each target runs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;
use protocol::Protocol;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[low, high], body)) = bytes.split_first_chunk() else {
        return;
    };
    let status = 400 + u16::from_le_bytes([low, high]) % 200;
    for protocol in Protocol::UPSTREAMS {
        checks::failure(protocol, status, body);
    }
});
