//! Sampling, limits, reasoning, and what only this protocol has.

use super::Encoder;
use crate::{
    Protocol,
    canonical::{
        Effort, NOT_OF_MODEL, NOT_OF_PROTOCOL, Reasoning, Request, Sampling, ThinkingForm,
    },
    ollama::{
        OPTIONS,
        wire::{Ask, Options, Stops, Text, Think},
    },
    tokens,
};

const WINDOW: &str = "num_ctx";
/// Tokens that every server has room for.
const SURE_WINDOW: u64 = 4_096;
/// No model has more.
const MOST_WINDOW: u64 = 16 << 20;
/// Room for a reply of which nobody said how long it may be.
const USUAL_REPLY: u64 = 1_024;

impl<'r> Encoder<'r, '_> {
    pub(super) fn sampling(&mut self, sampling: &'r Sampling, wire: &mut Ask<'r>) {
        let allowed = self.capabilities.sampling;
        let mut of_model = |field: &str, is_given: bool| {
            if is_given && !allowed {
                self.losses.dropped(field, NOT_OF_MODEL);
            }
            allowed
        };
        let mut options = Options::default();
        if of_model("temperature", sampling.temperature.is_some()) {
            options.temperature = sampling.temperature;
        }
        if of_model("top_p", sampling.top_p.is_some()) {
            options.top_p = sampling.top_p;
        }
        if of_model("top_k", sampling.top_k.is_some()) {
            options.top_k = sampling.top_k;
        }
        options.num_predict = sampling.max_output_tokens.map(|limit| self.limit(limit));
        options.seed = sampling.seed;
        options.presence_penalty = sampling.penalties.presence;
        options.frequency_penalty = sampling.penalties.frequency;
        let stops = sampling.stop.iter().filter(|stop| !stop.is_empty());
        let stops: Vec<Text<'r>> = stops.map(|stop| stop.as_str().into()).collect();
        options.stop = (!stops.is_empty()).then_some(Stops(stops));
        wire.options = Some(options);
        if let Some(top) = sampling.logprobs {
            wire.logprobs = Some(true);
            wire.top_logprobs = (top > 0).then_some(top);
        }
    }

    /// Nothing and less are other words here: for no limit at all.
    fn limit(&mut self, wanted: u64) -> i64 {
        let most = self.capabilities.max_output_tokens.unwrap_or(u64::MAX);
        let limit = wanted.clamp(1, most.max(1));
        if limit != wanted {
            self.losses
                .clamped("max_tokens", format!("was cut to {limit}"));
        }
        i64::try_from(limit).unwrap_or(i64::MAX)
    }

    pub(super) fn think(&mut self, wanted: Reasoning) -> Option<Think<'r>> {
        let effort = match wanted {
            Reasoning::Unset => return None,
            // Every model takes this.
            Reasoning::Off => return Some(Think::Switch(false)),
            Reasoning::Adaptive => None,
            Reasoning::Budget(tokens) => Some(Effort::of_budget(tokens)),
            Reasoning::Effort(effort) => Some(effort),
        };
        match (self.capabilities.thinking, effort) {
            (ThinkingForm::None | ThinkingForm::Unsure, _) => {
                self.losses.dropped("reasoning", NOT_OF_MODEL);
                None
            }
            (ThinkingForm::Effort, Some(effort)) => Some(self.level(effort)),
            (ThinkingForm::Adaptive | ThinkingForm::Budget, Some(_)) => {
                let why = "was sent without its depth, which this model does not take";
                self.losses.emulated("reasoning", why);
                Some(Think::Switch(true))
            }
            (_, None) => Some(Think::Switch(true)),
        }
    }

    fn level(&mut self, effort: Effort) -> Think<'r> {
        let word = match effort {
            Effort::Minimal | Effort::Low => Effort::Low.word(),
            Effort::Medium => Effort::Medium.word(),
            Effort::High => Effort::High.word(),
            Effort::Max | Effort::Xhigh => Effort::Max.word(),
        };
        if word != effort.word() {
            self.losses
                .emulated("reasoning", format!("was sent as \"{word}\""));
        }
        Think::Level(word.into())
    }

    /// The window that a request needs, where it is more than every server has. In few steps: a model is loaded anew
    /// for each.
    fn window(&self, request: &Request) -> Option<u64> {
        let reply = request.sampling.max_output_tokens.unwrap_or(USUAL_REPLY);
        let needed = tokens::estimate(request).saturating_add(reply);
        let most = self.capabilities.context_length.unwrap_or(u64::MAX);
        let rounded = needed.checked_next_power_of_two().unwrap_or(u64::MAX);
        let window = rounded.min(most).min(MOST_WINDOW);
        (needed > SURE_WINDOW && window > SURE_WINDOW).then_some(window)
    }

    pub(super) fn rest(&mut self, request: &'r Request, wire: &mut Ask<'r>) {
        if request.user.is_some() {
            self.losses.dropped("user", NOT_OF_PROTOCOL);
        }
        request.cache.left_out(self.losses);
        request.drawing.left_out(self.losses);
        let mut options = wire.options.take().unwrap_or_default();
        for (name, value) in request
            .rest_for(Protocol::Ollama, self.losses)
            .into_iter()
            .flatten()
        {
            match name.strip_prefix(OPTIONS) {
                Some(option) => options.rest.insert(option.to_owned(), value.clone()),
                None => wire.rest.insert(name.clone(), value.clone()),
            };
        }
        // The server's own window is small, and it cuts a longer prompt without a word.
        if !options.rest.contains_key(WINDOW)
            && let Some(window) = self.window(request)
        {
            options.rest.insert(WINDOW.to_owned(), window.into());
        }
        wire.options = (options != Options::default()).then_some(options);
    }
}
