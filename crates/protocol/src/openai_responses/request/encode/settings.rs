//! Sampling, limits, reasoning, and what only this protocol has.

use serde_json::Value;

use super::Encoder;
use crate::{
    Protocol,
    canonical::{
        NOT_OF_MODEL, NOT_OF_PROTOCOL, Reasoning, ThinkingForm, ToolKind, UNSURE_OFF, effort,
        spelling,
    },
    openai::fields,
    openai_responses::{
        request::decode::settings::{ENCRYPTED, LOGPROBS, SOURCES},
        wire::{ReasoningOptions, ResponsesRequest, Text, TextOptions},
    },
};

const USER_LIMIT: usize = 64;
/// Providers of this protocol refuse less.
const FEWEST_TOKENS: u64 = 16;

impl<'r> Encoder<'r, '_> {
    pub(super) fn sampling(&mut self, wire: &mut ResponsesRequest<'r>) {
        let sampling = &self.request.sampling;
        let mut allowed = |field: &str, value: Option<f64>| {
            if value.is_some() && !self.capabilities.sampling {
                self.losses.dropped(field, NOT_OF_MODEL);
                return None;
            }
            value
        };
        let temperature = allowed("temperature", sampling.temperature);
        wire.top_p = allowed("top_p", sampling.top_p);
        wire.temperature = temperature.map(|given| {
            let kept = given.clamp(0.0, 2.0);
            if (given - kept).abs() > 0.0 {
                self.losses
                    .clamped("temperature", format!("was cut to {kept}"));
            }
            kept
        });
        let penalties = sampling.penalties;
        for (field, is_given) in [
            ("top_k", sampling.top_k.is_some()),
            ("stop", sampling.stop.iter().any(|stop| !stop.is_empty())),
            ("seed", sampling.seed.is_some()),
            ("frequency_penalty", penalties.frequency.is_some()),
            ("presence_penalty", penalties.presence.is_some()),
        ] {
            if is_given {
                self.losses.dropped(field, NOT_OF_PROTOCOL);
            }
        }
        if let Some(top) = sampling.logprobs {
            wire.include.get_or_insert_default().push(LOGPROBS.into());
            wire.top_logprobs = (top > 0).then_some(u64::from(top));
        }
        self.limit(wire);
    }

    /// What is handed out only to those who ask for it.
    pub(super) fn pages_found(&self, wire: &mut ResponsesRequest<'_>) {
        let mut tools = self.request.tools.iter();
        let searches = tools.any(|tool| match &tool.kind {
            ToolKind::Hosted { owner, search, .. } => {
                let is_others = *owner != Protocol::OpenAiResponses;
                is_others && search.is_some() && self.capabilities.vendor_fields
            }
            ToolKind::Custom { .. } | ToolKind::Function { .. } => false,
        });
        if searches {
            wire.include.get_or_insert_default().push(SOURCES.into());
        }
    }

    fn limit(&mut self, wire: &mut ResponsesRequest<'_>) {
        let most = self.capabilities.max_output_tokens.unwrap_or(u64::MAX);
        wire.max_output_tokens = self.request.sampling.max_output_tokens.map(|wanted| {
            let kept = wanted.min(most).max(FEWEST_TOKENS);
            if kept < wanted {
                self.losses
                    .clamped("max_tokens", format!("was cut to {kept}"));
            } else if kept > wanted {
                self.losses.clamped(
                    "max_tokens",
                    format!("was raised to {kept}, the least that the target accepts"),
                );
            }
            kept
        });
    }

    pub(super) fn reasoning(&mut self, wire: &mut ResponsesRequest<'r>) {
        let wanted = self.request.reasoning;
        let is_unsure = self.capabilities.thinking == ThinkingForm::Unsure;
        if is_unsure && wanted == Reasoning::Off {
            self.losses.dropped("reasoning", UNSURE_OFF);
            return;
        }
        if is_unsure && wanted == Reasoning::Unset {
            return;
        }
        if self.capabilities.thinking == ThinkingForm::None {
            if !matches!(wanted, Reasoning::Off | Reasoning::Unset) {
                self.losses.dropped("reasoning", NOT_OF_MODEL);
            }
            return;
        }
        let effort = effort::word(wanted, self.capabilities, self.losses);
        // The next request is to bring it back: nothing is stored.
        if effort != Some("none") {
            wire.include.get_or_insert_default().push(ENCRYPTED.into());
        }
        // Who asked for reasoning wants to read it; who did not may not be allowed to.
        let shows = !matches!(wanted, Reasoning::Off | Reasoning::Unset);
        if effort.is_some() || shows {
            wire.reasoning = Some(ReasoningOptions {
                effort: effort.map(Text::from),
                summary: shows.then(|| "auto".into()),
                ..ReasoningOptions::default()
            });
        }
    }

    pub(super) fn rest(&mut self, wire: &mut ResponsesRequest<'r>) {
        wire.user = self.request.user.as_deref().map(|user| {
            if user.len() <= USER_LIMIT {
                return user.into();
            }
            self.losses.renamed(
                "user",
                "is longer than the target accepts; a hash of it was sent",
            );
            spelling::hash(user, USER_LIMIT).into()
        });
        self.request.drawing.left_out(self.losses);
        let takes = self.capabilities.vendor_fields;
        let own = Protocol::OpenAiResponses;
        self.request.cache.left_out(self.losses);
        let rest = fields::rest(self.request, own, takes, self.losses);
        let stores = rest.get("store") == Some(&Value::Bool(true));
        for (key, value) in rest.into_owned() {
            match (key.split_once('.'), value) {
                (Some(("reasoning", "summary")), Value::String(word)) => {
                    let options = wire.reasoning.get_or_insert_default();
                    options.summary = Some(Text::from(word));
                }
                (Some(("reasoning", inner)), value) => {
                    let options = wire.reasoning.get_or_insert_default();
                    options.rest.insert(inner.to_owned(), value);
                }
                (Some(("text", "verbosity")), Value::String(word)) => {
                    let options = wire.text.get_or_insert_with(TextOptions::default);
                    options.verbosity = Some(Text::from(word));
                }
                (Some(("text", inner)), value) => {
                    let options = wire.text.get_or_insert_with(TextOptions::default);
                    options.rest.insert(inner.to_owned(), value);
                }
                (None, Value::Array(words)) if key == "include" => {
                    let words = words.iter().filter_map(Value::as_str);
                    let words = words.map(|word| Text::from(word.to_owned()));
                    wire.include.get_or_insert_default().extend(words);
                }
                // It is refused of replies that are not stored.
                (None, _) if key == "metadata" && !stores => {}
                (None, Value::Bool(store)) if key == "store" => wire.store = Some(store),
                (_, value) => {
                    wire.rest.insert(key, value);
                }
            }
        }
        fields::cache_key(self.request, self.capabilities.cache_key, &mut wire.rest);
    }
}
