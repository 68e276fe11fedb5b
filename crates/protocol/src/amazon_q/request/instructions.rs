//! Instructions, which the service has no place for: they stand in a first pair of turns.

use crate::canonical::{
    Effort, Losses, Message, NOT_OF_MODEL, Part, Reasoning, Request, ThinkingForm,
};

/// What the client tells the model, in order.
pub(super) fn of(request: &Request, leading: &[Message], losses: &mut Losses) -> Vec<String> {
    let leading = leading.iter().flat_map(|message| &message.parts);
    let mut texts = Vec::new();
    for part in request.instructions.iter().chain(leading) {
        match part {
            Part::Text(text) | Part::Refusal(text) => {
                if !text.trim().is_empty() {
                    texts.push(text.clone());
                }
            }
            Part::File(_)
            | Part::Image(_)
            | Part::Reasoning { .. }
            | Part::ToolCall { .. }
            | Part::ToolResult { .. } => {
                losses.dropped("system", "holds more than text, which has no place there");
            }
        }
    }
    texts
}

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
    if form == ThinkingForm::None {
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
