//! How much the model may think, and how long its reply may be: the two share one limit.

use crate::{
    anthropic::wire::ThinkingOut,
    canonical::{
        Capabilities, Effort, Losses, Part, Reasoning, Sampling, ThinkingForm,
        turns::{Piece, Side, Turn},
    },
};

/// The limit for a reply where neither the client nor the capability table gives one: every model that is
/// still served can write this much. (The protocol has no default: the field is required.)
pub(super) const DEFAULT_MAX_TOKENS: u64 = 8_192;

pub(super) const LEAST_BUDGET: u64 = 1_024;

/// Why a request does not think.
pub(in crate::anthropic) const UNSIGNED_CALLS: &str =
    "is off for this request: the tool calls in its history lack their signed reasoning";

/// Reasons why this request cannot think, whatever it asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Obstacles {
    /// A tool call is forced.
    pub forced_tool: bool,
    /// The conversation stops amid tool calls whose signed reasoning is missing.
    pub unsigned_calls: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Plan {
    pub max_tokens: u64,
    pub thinking: Option<ThinkingOut>,
    pub effort: Option<&'static str>,
}

impl Plan {
    pub(super) fn thinks(&self) -> bool {
        matches!(
            self.thinking,
            Some(ThinkingOut::Adaptive | ThinkingOut::Enabled { .. })
        )
    }
}

pub(super) fn plan(
    reasoning: Reasoning,
    sampling: &Sampling,
    capabilities: &Capabilities,
    obstacles: Obstacles,
    losses: &mut Losses,
) -> Plan {
    let limit = capabilities.max_output_tokens;
    let asked = sampling.max_output_tokens.map(|asked| match limit {
        Some(limit) if asked > limit => {
            losses.clamped(
                "max_tokens",
                format!("{asked} is more than the model's {limit}"),
            );
            limit
        }
        _ => asked,
    });
    let mut plan = Plan {
        max_tokens: asked.or(limit).unwrap_or(DEFAULT_MAX_TOKENS),
        thinking: None,
        effort: None,
    };
    match (capabilities.thinking, reasoning) {
        (_, Reasoning::Unset) | (ThinkingForm::None | ThinkingForm::Unsure, Reasoning::Off) => {}
        (ThinkingForm::None | ThinkingForm::Unsure, _) => {
            losses.dropped("reasoning", "is not something this model does")
        }
        (ThinkingForm::Adaptive | ThinkingForm::Budget, Reasoning::Off) => {
            if capabilities.thinks_always {
                losses.clamped(
                    "reasoning",
                    "cannot be turned off here: its effort is the lowest",
                );
                plan.effort = Some(Effort::Low.nearest(&capabilities.efforts).word());
            } else {
                plan.thinking = Some(ThinkingOut::Disabled);
            }
        }
        (ThinkingForm::Effort, Reasoning::Off) => {
            losses.clamped(
                "reasoning",
                "cannot be turned off here: its effort is the lowest",
            );
            plan.effort = Some(Effort::Low.nearest(&capabilities.efforts).word());
        }
        (ThinkingForm::Effort, Reasoning::Adaptive) => {}
        (ThinkingForm::Effort, Reasoning::Budget(_) | Reasoning::Effort(_)) => {
            plan.effort = word(reasoning, capabilities, losses);
        }
        (ThinkingForm::Adaptive, _) => {
            plan.effort = word(reasoning, capabilities, losses);
            plan.thinking =
                allow(obstacles.forced_tool, false, losses).then_some(ThinkingOut::Adaptive);
        }
        (ThinkingForm::Budget, _) => {
            if allow(obstacles.forced_tool, obstacles.unsigned_calls, losses) {
                let budget = budget(reasoning, losses);
                let is_ours = !matches!(reasoning, Reasoning::Budget(_));
                fit(&mut plan, (budget, is_ours), asked.is_some(), limit, losses);
            }
        }
    }
    plan
}

fn allow(forced_tool: bool, unsigned_calls: bool, losses: &mut Losses) -> bool {
    if forced_tool {
        losses.dropped(
            "reasoning",
            "is off for this request: it cannot go with a forced tool call",
        );
    } else if unsigned_calls {
        losses.dropped("reasoning", UNSIGNED_CALLS);
    }
    !forced_tool && !unsigned_calls
}

/// The budget must be at least 1024 and less than `max_tokens`. What the client said counts more than what
/// we assumed: its `max_tokens` cuts the budget, ours is raised. A budget of ours leaves a quarter for the answer.
fn fit(
    plan: &mut Plan,
    (budget, is_ours): (u64, bool),
    asked: bool,
    limit: Option<u64>,
    losses: &mut Losses,
) {
    let mut fitting = budget;
    if fitting < LEAST_BUDGET {
        losses.clamped(
            "reasoning",
            format!("{budget} tokens were raised to {LEAST_BUDGET}"),
        );
        fitting = LEAST_BUDGET;
    }
    if fitting >= plan.max_tokens && !asked && limit.is_none() {
        plan.max_tokens = fitting.saturating_add(DEFAULT_MAX_TOKENS);
    }
    if plan.max_tokens <= LEAST_BUDGET {
        losses.dropped(
            "reasoning",
            format!(
                "is off for this request: the limit of {} tokens leaves no room for it",
                plan.max_tokens
            ),
        );
        return;
    }
    if fitting >= plan.max_tokens {
        losses.clamped(
            "reasoning",
            format!(
                "{fitting} tokens were cut to stay under the limit of {}",
                plan.max_tokens
            ),
        );
        let answer = if is_ours { plan.max_tokens / 4 } else { 1 };
        fitting = (plan.max_tokens - answer).max(LEAST_BUDGET);
    }
    plan.thinking = Some(ThinkingOut::Enabled {
        budget_tokens: fitting,
    });
}

fn word(
    reasoning: Reasoning,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Option<&'static str> {
    let effort = match reasoning {
        Reasoning::Adaptive | Reasoning::Off | Reasoning::Unset => return None,
        Reasoning::Effort(Effort::Minimal) => {
            losses.clamped(
                "reasoning",
                "\"minimal\" became \"low\", the least this model knows",
            );
            Effort::Low.nearest(&capabilities.efforts)
        }
        Reasoning::Effort(wanted) => {
            let effort = wanted.nearest(&capabilities.efforts);
            if effort != wanted {
                let word = effort.word();
                losses.clamped("reasoning", format!("was sent as the effort \"{word}\""));
            }
            effort
        }
        Reasoning::Budget(budget) => Effort::of_budget(budget).nearest(&capabilities.efforts),
    };
    let word = effort.word();
    if let Reasoning::Budget(budget) = reasoning {
        losses.emulated(
            "reasoning",
            format!("{budget} tokens became the effort \"{word}\": this model takes no number"),
        );
    }
    Some(word)
}

fn budget(reasoning: Reasoning, losses: &mut Losses) -> u64 {
    let effort = match reasoning {
        Reasoning::Budget(budget) => return budget,
        Reasoning::Effort(effort) => effort,
        Reasoning::Adaptive | Reasoning::Off | Reasoning::Unset => Effort::Medium,
    };
    let budget = effort.budget();
    losses.emulated(
        "reasoning",
        format!("became a budget of {budget} tokens: this model takes no word"),
    );
    budget
}

/// The conversation stops amid tool calls that no signed reasoning leads: a model with a budget then refuses
/// to think.
pub(super) fn ends_in_unsigned_calls(turns: &[Turn<'_>]) -> bool {
    let Some(turn) = turns.iter().rev().find(|turn| turn.side == Side::Assistant) else {
        return false;
    };
    let calls = turn
        .pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Call { .. }));
    let signed = matches!(
        turn.pieces.first(),
        Some(Piece::Plain(part)) if matches!(**part, Part::Reasoning { .. })
    );
    calls && !signed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FREE: Obstacles = Obstacles {
        forced_tool: false,
        unsigned_calls: false,
    };

    fn budget_model(limit: Option<u64>) -> Capabilities {
        Capabilities {
            thinking: ThinkingForm::Budget,
            max_output_tokens: limit,
            ..Capabilities::default()
        }
    }

    fn planned(reasoning: Reasoning, asked: Option<u64>, limit: Option<u64>) -> (u64, Option<u64>) {
        let sampling = Sampling {
            max_output_tokens: asked,
            ..Sampling::default()
        };
        let plan = plan(
            reasoning,
            &sampling,
            &budget_model(limit),
            FREE,
            &mut Losses::default(),
        );
        let budget = match plan.thinking {
            Some(ThinkingOut::Enabled { budget_tokens }) => Some(budget_tokens),
            Some(ThinkingOut::Adaptive | ThinkingOut::Disabled) | None => None,
        };
        (plan.max_tokens, budget)
    }

    #[test]
    fn edge_011_the_limit_comes_from_the_client_then_the_table_then_the_default() {
        assert_eq!(planned(Reasoning::Unset, Some(5), Some(64_000)).0, 5);
        assert_eq!(
            planned(Reasoning::Unset, Some(90_000), Some(64_000)).0,
            64_000
        );
        assert_eq!(planned(Reasoning::Unset, None, Some(64_000)).0, 64_000);
        assert_eq!(planned(Reasoning::Unset, None, None).0, DEFAULT_MAX_TOKENS);
    }

    #[test]
    fn edge_013_the_budget_is_cut_raised_or_left_out() {
        for (reasoning, asked, limit, expected) in [
            (
                Reasoning::Budget(500),
                Some(4_000),
                None,
                (4_000, Some(1_024)),
            ),
            (
                Reasoning::Budget(9_000),
                Some(4_000),
                None,
                (4_000, Some(3_999)),
            ),
            (Reasoning::Budget(9_000), Some(1_024), None, (1_024, None)),
            (Reasoning::Budget(9_000), None, None, (17_192, Some(9_000))),
            (
                Reasoning::Budget(9_000),
                None,
                Some(8_000),
                (8_000, Some(7_999)),
            ),
            (
                Reasoning::Effort(Effort::High),
                Some(20_000),
                None,
                (20_000, Some(16_384)),
            ),
            (
                Reasoning::Effort(Effort::High),
                Some(8_000),
                None,
                (8_000, Some(6_000)),
            ),
            (
                Reasoning::Effort(Effort::High),
                Some(1_100),
                None,
                (1_100, Some(1_024)),
            ),
        ] {
            assert_eq!(
                planned(reasoning, asked, limit),
                expected,
                "{reasoning:?} {asked:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn edge_013_a_budget_is_always_legal(
            budget: u64, asked: Option<u64>, limit: Option<u64>,
        ) {
            let (max_tokens, budget) = planned(Reasoning::Budget(budget), asked, limit);
            if let Some(budget) = budget {
                prop_assert!((LEAST_BUDGET..max_tokens).contains(&budget));
            }
            prop_assert!(limit.is_none_or(|limit| max_tokens <= limit));
            prop_assert!(asked.is_none_or(|asked| max_tokens <= asked));
        }
    }
}
