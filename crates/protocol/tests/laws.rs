//! Laws that hold for any input, tried on many.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken law has to stop its test"
)]

#[path = "laws/amazon_q.rs"]
mod amazon_q;
#[path = "laws/arbitrary.rs"]
mod arbitrary;
#[path = "laws/arbitrary_requests.rs"]
mod arbitrary_requests;
#[path = "laws/bounded.rs"]
mod bounded;
#[path = "laws/checks.rs"]
mod checks;
#[path = "laws/envelope.rs"]
mod envelope;
#[path = "frames/event_stream.rs"]
#[expect(
    dead_code,
    reason = "shared with the fixtures of frames, which use all of it"
)]
mod event_stream;
#[path = "laws/fixtures.rs"]
mod fixtures;
#[path = "laws/fold.rs"]
mod fold;
#[path = "laws/framing.rs"]
mod framing;
#[path = "laws/gemini.rs"]
mod gemini;
#[path = "gemini/strict.rs"]
mod gemini_strict;
#[path = "laws/keep_alive.rs"]
mod keep_alive;
#[path = "laws/mutation.rs"]
mod mutation;
#[path = "laws/notes.rs"]
mod notes;
#[path = "laws/own_fields.rs"]
mod own_fields;
#[path = "laws/replay.rs"]
mod replay;
#[path = "laws/requests.rs"]
mod requests;
#[path = "laws/streams.rs"]
mod streams;
#[path = "amazon_q/strict.rs"]
mod strict;
#[path = "laws/unknown_fields.rs"]
mod unknown_fields;
#[path = "laws/usage.rs"]
mod usage;

use std::env;

use proptest::test_runner::{Config, RngSeed};

/// The same cases in every run, unless `PROPTEST_CASES` or `PROPTEST_RNG_SEED` ask for others: nobody's change
/// should fail by chance. What fails becomes a test of its own, so no file of seeds is kept.
fn cases(count: u32) -> Config {
    let mut config = Config::default();
    if env::var_os("PROPTEST_CASES").is_none() {
        config.cases = count;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(2026);
    }
    config.failure_persistence = None;
    config
}
