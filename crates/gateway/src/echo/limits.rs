//! What the echo cannot do is said, not passed over.

use protocol::canonical::{ApiError, Losses, Request, Tool, ToolChoice, ToolKind};

/// Of answers to one request.
pub(super) const MOST_CHOICES: u32 = 8;

const HOSTED: &str = "the echo runs no tools of a provider";

/// # Errors
/// `InvalidRequest` with the field at fault.
pub(super) fn check(request: &Request, losses: &mut Losses) -> Result<(), ApiError> {
    let wanted = request.answers();
    if wanted > MOST_CHOICES {
        let message = format!("The echo gives at most {MOST_CHOICES} answers, not {wanted}.");
        let has_texts = request.choices.unwrap_or(1) <= MOST_CHOICES;
        let field = if has_texts { "prompt" } else { "n" };
        return Err(ApiError::invalid_request(message).with_param(field));
    }
    if request.sampling.logprobs.is_some() {
        losses.dropped("logprobs", "the echo has no probabilities");
    }
    request.cache.left_out(losses);
    match &request.tool_choice {
        ToolChoice::Allowed { names, required } => {
            for name in names {
                known(request, name, *required, losses)?;
            }
        }
        ToolChoice::Named(name) => known(request, name, true, losses)?,
        ToolChoice::Required if request.tools.is_empty() => {
            let message = "`tool_choice` demands a tool call, but the request has no tools.";
            return Err(ApiError::invalid_request(message).with_param("tool_choice"));
        }
        ToolChoice::Required if request.tools.iter().all(is_hosted) => {
            losses.dropped("tool_choice", HOSTED);
        }
        ToolChoice::Auto | ToolChoice::None | ToolChoice::Required | ToolChoice::Unset => {}
    }
    Ok(())
}

fn known(request: &Request, name: &str, must: bool, losses: &mut Losses) -> Result<(), ApiError> {
    let tool = request.tools.iter().find(|tool| tool.name == name);
    let Some(tool) = tool else {
        let message = format!("`tool_choice` names the tool `{name}`, which is not among `tools`.");
        return Err(ApiError::invalid_request(message).with_param("tool_choice"));
    };
    if must && is_hosted(tool) {
        losses.dropped("tool_choice", HOSTED);
    }
    Ok(())
}

fn is_hosted(tool: &Tool) -> bool {
    matches!(tool.kind, ToolKind::Hosted { .. })
}
