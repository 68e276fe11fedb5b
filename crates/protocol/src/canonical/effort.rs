//! How hard a model thinks, by a word or by a number of tokens: protocols that know the one get it for the other.

use super::{Capabilities, Losses, Reasoning};

/// From the least to the most.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

impl Effort {
    const ALL: [Self; 6] = [
        Self::Minimal,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Xhigh,
        Self::Max,
    ];

    /// The effort of a [`Self::word`].
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.word() == word)
    }

    /// What a budget of so many tokens amounts to.
    pub(crate) fn of_budget(tokens: u64) -> Self {
        match tokens {
            0..=4_096 => Self::Low,
            4_097..=12_288 => Self::Medium,
            12_289..=24_576 => Self::High,
            24_577.. => Self::Xhigh,
        }
    }

    /// The word that all protocols share which know words at all.
    pub fn word(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// The one that comes nearest of those that a model takes, and goes no further where it can be helped; empty: it
    /// takes them all.
    pub(crate) fn nearest(self, taken: &[Self]) -> Self {
        let below = taken.iter().filter(|effort| **effort <= self).max();
        below
            .or_else(|| taken.iter().min())
            .copied()
            .unwrap_or(self)
    }

    /// The tokens that a model may think by it.
    pub(crate) fn budget(self) -> u64 {
        match self {
            Self::Minimal => 1_024,
            Self::Low => 2_048,
            Self::Medium => 8_192,
            Self::High => 16_384,
            Self::Xhigh | Self::Max => 32_000,
        }
    }
}

/// What a model is asked for in words, of protocols that have one for no reasoning at all.
pub(crate) fn word(
    wanted: Reasoning,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Option<&'static str> {
    let mut taken = |wanted: Effort, is_meant: bool| {
        let effort = wanted.nearest(&capabilities.efforts);
        let word = effort.word();
        let why = || format!("was sent as the effort \"{word}\"");
        if is_meant {
            losses.emulated("reasoning", why());
        } else if effort != wanted {
            losses.clamped("reasoning", why());
        }
        Some(word)
    };
    match wanted {
        Reasoning::Adaptive | Reasoning::Unset => None,
        Reasoning::Off if !capabilities.thinks_always => Some("none"),
        Reasoning::Off => taken(Effort::Minimal, true),
        Reasoning::Effort(effort) => taken(effort, false),
        // Not above `high`: more than that few models know.
        Reasoning::Budget(tokens) => taken(Effort::of_budget(tokens).min(Effort::High), true),
    }
}
