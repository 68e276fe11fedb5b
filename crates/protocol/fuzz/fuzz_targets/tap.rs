//! Any lines as a provider's events on a connection that is passed through.

#![no_main]

#[path = "../../tests/laws/checks.rs"]
#[expect(dead_code, reason = "each target runs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| checks::sessions::listens(bytes));
