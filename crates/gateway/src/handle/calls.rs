//! How often a target is asked, where it gives fewer answers at once than a client wants.

use protocol::canonical::{ApiError, Losses, Request, TargetModel};

use crate::exchange::Exchange;

/// How often a target is asked.
#[derive(Clone, Copy)]
pub(super) struct Calls {
    /// For each text to go on with.
    pub(super) for_each: usize,
    /// Each is for one answer, whatever the client asked for.
    pub(super) is_emulated: bool,
}

impl Calls {
    /// Several answers of a target that gives one are asked for one by one, as far as the configuration allows; and
    /// so are answers to several texts.
    pub(super) fn of(
        exchange: &Exchange,
        asked: &Request,
        model: &TargetModel,
        losses: &mut Losses,
    ) -> Result<Self, ApiError> {
        let choices = asked.choices.unwrap_or(1).max(1);
        let wanted = asked.answers();
        let has_texts = wanted > choices;
        if wanted <= 1 || model.capabilities.several_choices && !has_texts {
            return Ok(Self {
                for_each: 1,
                is_emulated: false,
            });
        }
        let (field, what) = if has_texts {
            (
                "prompt",
                format!("`prompt` and `n` ask for {wanted} answers"),
            )
        } else {
            ("n", format!("`n` is {wanted}"))
        };
        let most = exchange.config.requests.parallel_choices;
        if wanted > most {
            let message = if most <= 1 {
                format!("{what}, but this model gives one answer to a request.")
            } else {
                format!(
                    "{what}, but this model gives one answer to a request, and Patchbay asks it at most {most} times at once (`parallel_choices` in its configuration)."
                )
            };
            return Err(ApiError::invalid_request(message).with_param(field));
        }
        let why = if has_texts {
            format!("became {wanted} requests at once")
        } else {
            format!("became {wanted} requests at once: the prompt is paid for with each")
        };
        losses.emulated(field, why);
        Ok(Self {
            for_each: usize::try_from(choices).unwrap_or(1),
            is_emulated: true,
        })
    }
}
