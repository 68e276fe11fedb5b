//! The choice among the tools that are carried to a provider, which may be fewer than the client offers.

use std::collections::BTreeSet;

use super::{Losses, Request, ToolChoice};

/// Why a choice is left out of a request without tools.
pub(crate) const NO_TOOLS: &str = "is left out: there are no tools to choose from";

/// Why a choice is left out that names none of the tools of a request.
pub(crate) const NOT_SENT: &str = "names a tool that is not sent";

/// What is chosen of the `known` tools; `None` where nothing is left to choose.
pub(crate) fn among<'r>(
    request: &'r Request,
    known: &BTreeSet<&str>,
    losses: &mut Losses,
) -> Option<&'r ToolChoice> {
    let choice = &request.tool_choice;
    match choice {
        ToolChoice::Auto | ToolChoice::None | ToolChoice::Unset => {
            (!known.is_empty()).then_some(choice)
        }
        ToolChoice::Allowed { .. } | ToolChoice::Named(_) | ToolChoice::Required
            if known.is_empty() =>
        {
            losses.dropped("tool_choice", NO_TOOLS);
            None
        }
        ToolChoice::Named(name) if !known.contains(&**name) => {
            losses.dropped("tool_choice", NOT_SENT);
            None
        }
        ToolChoice::Allowed { names, .. } if !names.iter().any(|name| known.contains(&**name)) => {
            losses.dropped("tool_choice", NOT_SENT);
            None
        }
        ToolChoice::Allowed { .. } | ToolChoice::Named(_) | ToolChoice::Required => Some(choice),
    }
}
