//! Any body as texts to embed.

#![no_main]

#[path = "../../tests/laws/checks.rs"]
#[expect(dead_code, reason = "each target runs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;
use protocol::Protocol;

fuzz_target!(|bytes: &[u8]| {
    for protocol in Protocol::CLIENTS {
        for path in checks::EMBED_PATHS {
            checks::embed_request(protocol, path, bytes);
        }
    }
});
