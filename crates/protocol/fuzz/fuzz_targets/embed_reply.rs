//! Any body as an answer with vectors.

#![no_main]

#[path = "../../tests/laws/checks.rs"]
#[expect(dead_code, reason = "each target runs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;
use protocol::Protocol;

fuzz_target!(|bytes: &[u8]| {
    for protocol in Protocol::UPSTREAMS {
        checks::embed_reply(protocol, bytes);
    }
});
