//! Any lines as what happens on a realtime connection; the first byte says in which dialect.

#![no_main]

#[path = "../../tests/laws/checks.rs"]
#[expect(dead_code, reason = "each target runs one of the checks")]
mod checks;

use libfuzzer_sys::fuzz_target;
use protocol::realtime::Dialect;

fuzz_target!(|bytes: &[u8]| {
    let Some((&dialect, script)) = bytes.split_first() else {
        return;
    };
    let dialects = Dialect::ALL;
    checks::sessions::session(dialects[usize::from(dialect) % dialects.len()], script);
});
