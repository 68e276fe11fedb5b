//! The choice among the tools that are carried to a provider, which may be fewer than the client offers.

use std::collections::BTreeSet;

use super::{ApiError, Losses, Request, ToolChoice};

/// Why a choice is left out of a request without tools.
pub(crate) const NO_TOOLS: &str = "is left out: there are no tools to choose from";

/// What is chosen of the `known` tools; `None` where nothing is left to choose.
///
/// # Errors
/// `InvalidRequest` for a tool that the client does not offer.
pub(crate) fn among<'r>(
    request: &'r Request,
    known: &BTreeSet<&str>,
    losses: &mut Losses,
) -> Result<Option<&'r ToolChoice>, ApiError> {
    let choice = &request.tool_choice;
    match choice {
        ToolChoice::Auto | ToolChoice::None | ToolChoice::Unset => {
            Ok((!known.is_empty()).then_some(choice))
        }
        ToolChoice::Allowed { .. } | ToolChoice::Named(_) | ToolChoice::Required
            if known.is_empty() =>
        {
            losses.dropped("tool_choice", NO_TOOLS);
            Ok(None)
        }
        ToolChoice::Named(name) if !known.contains(&**name) => {
            if !request.tools.iter().any(|tool| tool.name == *name) {
                let why = format!("tool_choice names \"{name}\", which is not among the tools.");
                return Err(ApiError::invalid("tool_choice", why));
            }
            losses.dropped(
                "tool_choice",
                "names a tool that is not carried to this provider",
            );
            Ok(None)
        }
        ToolChoice::Allowed { .. } | ToolChoice::Named(_) | ToolChoice::Required => {
            Ok(Some(choice))
        }
    }
}
