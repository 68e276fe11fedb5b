//! Instructions of our own, beside the client's.

use crate::canonical::{Effort, Losses, NOT_OF_MODEL, Reasoning, ThinkingForm};

/// The words by which these models are asked to think, `<thinking>` tags in their text being the answer.
pub(super) fn thinking(
    wanted: Reasoning,
    form: ThinkingForm,
    losses: &mut Losses,
) -> Option<String> {
    let tokens = match wanted {
        Reasoning::Off | Reasoning::Unset => return None,
        Reasoning::Adaptive => Effort::Medium.budget(),
        Reasoning::Budget(tokens) => tokens,
        Reasoning::Effort(effort) => effort.budget(),
    };
    if matches!(form, ThinkingForm::None | ThinkingForm::Unsure) {
        losses.dropped("reasoning", NOT_OF_MODEL);
        return None;
    }
    losses.emulated(
        "reasoning",
        format!("became words that ask for up to {tokens} tokens of it"),
    );
    Some(format!(
        "<thinking_mode>interleaved</thinking_mode>\n<max_thinking_length>{tokens}</max_thinking_length>"
    ))
}
