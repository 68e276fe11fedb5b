//! What a reply cost, in tokens. Unknown is `None`, never 0.

use super::Losses;
use crate::tokens;

/// Why counts are estimated.
pub(crate) const NOT_REPORTED: &str = "was not reported by the provider";

/// Token counts that do not overlap on the input side: the prompt is `input + cache_read + cache_write`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Usage {
    /// Fresh input tokens: neither read from nor written to a cache.
    pub input: Option<u64>,
    pub cache_read: Option<u64>,
    pub cache_write: Option<u64>,
    /// All output tokens, reasoning included.
    pub output: Option<u64>,
    /// The part of `output` that was reasoning.
    pub reasoning: Option<u64>,
    /// Ours, not the provider's.
    pub estimated: bool,
}

impl Usage {
    /// The whole prompt, from the counts that are known; `None` when none is.
    pub fn input_total(&self) -> Option<u64> {
        [self.input, self.cache_read, self.cache_write]
            .into_iter()
            .flatten()
            .reduce(u64::saturating_add)
    }

    /// The prompt and the reply in numbers, for clients that want some: what the provider did not count is
    /// estimated, the reply from the `written` bytes of its text, and that is reported.
    pub(crate) fn totals(
        &self,
        estimated_input: Option<u64>,
        written: usize,
        losses: &mut Losses,
    ) -> (u64, u64) {
        let (input, output) = (self.input_total(), self.output);
        if input.is_none() || output.is_none() {
            losses.estimated("usage", NOT_REPORTED);
        }
        (
            input.or(estimated_input).unwrap_or(0),
            output.unwrap_or_else(|| tokens::of_bytes(written)),
        )
    }

    /// From protocols that report the whole prompt with its cached share inside.
    pub fn fresh_input(
        total: Option<u64>,
        cache_read: Option<u64>,
        cache_write: Option<u64>,
    ) -> Option<u64> {
        total.map(|total| {
            total
                .saturating_sub(cache_read.unwrap_or(0))
                .saturating_sub(cache_write.unwrap_or(0))
        })
    }

    /// Both together, of two replies. A total that only one of them knows is no more than an estimate.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let half_known = self.input.is_some() != other.input.is_some()
            || self.output.is_some() != other.output.is_some();
        Self {
            input: sum(self.input, other.input),
            cache_read: sum(self.cache_read, other.cache_read),
            cache_write: sum(self.cache_write, other.cache_write),
            output: sum(self.output, other.output),
            reasoning: sum(self.reasoning, other.reasoning),
            estimated: self.estimated || other.estimated || half_known,
        }
    }

    /// Takes over what `later` knows; a known count is never replaced by an unknown one.
    pub fn update(&mut self, later: &Self) {
        self.input = later.input.or(self.input);
        self.cache_read = later.cache_read.or(self.cache_read);
        self.cache_write = later.cache_write.or(self.cache_write);
        self.output = later.output.or(self.output);
        self.reasoning = later.reasoning.or(self.reasoning);
        self.estimated = later.estimated;
    }
}

fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (known, unknown) => known.or(unknown),
    }
}
