//! Any body as a text to go on with.

#![no_main]

#[path = "../../tests/laws/checks.rs"]
#[expect(dead_code, reason = "each target runs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;
use protocol::Protocol;

fuzz_target!(|bytes: &[u8]| {
    for protocol in Protocol::CLIENTS {
        checks::completion(protocol, bytes);
    }
});
