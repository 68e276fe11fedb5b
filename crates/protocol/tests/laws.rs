//! Laws that hold for any input, tried on many.

#![expect(clippy::unwrap_used, reason = "a broken law has to stop its test")]

#[path = "laws/arbitrary.rs"]
mod arbitrary;
#[path = "laws/checks.rs"]
mod checks;
#[path = "laws/envelope.rs"]
mod envelope;
#[path = "laws/fold.rs"]
mod fold;
#[path = "laws/framing.rs"]
mod framing;
