//! Any bytes as a stream; the first says in which chunks they come.

#![no_main]

#[path = "../../tests/laws/checks.rs"]
#[expect(dead_code, reason = "each target runs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;
use protocol::Protocol;

fuzz_target!(|bytes: &[u8]| {
    let Some((&size, bytes)) = bytes.split_first() else {
        return;
    };
    for protocol in Protocol::UPSTREAMS {
        checks::stream(protocol, bytes, &[usize::from(size), 1]);
    }
});
