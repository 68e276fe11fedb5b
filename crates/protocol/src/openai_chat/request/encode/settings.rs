//! Sampling, limits, reasoning, and what only this protocol has.

use serde_json::{Map, Value};

use super::Encoder;
use crate::{
    Protocol,
    canonical::{
        Drawing, NOT_OF_MODEL, NOT_OF_PROTOCOL, Reasoning, Request, ThinkingForm, TokenLimitField,
        UNSURE_OFF, effort, spelling,
    },
    openai::fields,
    openai_chat::wire::{ChatRequest, ReasoningSwitch, Text, TextOr},
};

const STOP_LIMIT: usize = 4;
const USER_LIMIT: usize = 64;

impl<'r> Encoder<'r, '_> {
    pub(super) fn sampling(&mut self, request: &'r Request, wire: &mut ChatRequest<'r>) {
        let sampling = &request.sampling;
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
        if sampling.top_k.is_some() {
            self.losses.dropped("top_k", NOT_OF_PROTOCOL);
        }
        wire.frequency_penalty = sampling.penalties.frequency;
        wire.presence_penalty = sampling.penalties.presence;
        wire.seed = sampling.seed;
        if let Some(top) = sampling.logprobs {
            wire.logprobs = Some(true);
            wire.top_logprobs = (top > 0).then_some(top);
        }
        wire.modalities = match request.drawing {
            Drawing::Unasked => None,
            _ if !self.capabilities.drawn_images => {
                request.drawing.left_out(self.losses);
                None
            }
            Drawing::Only => Some(vec!["image".into()]),
            Drawing::WithText => Some(vec!["image".into(), "text".into()]),
        };
        wire.n = request.choices.filter(|choices| *choices > 1);
        let stops: Vec<Text<'_>> = sampling
            .stop
            .iter()
            .filter(|stop| !stop.is_empty())
            .map(|stop| Text::from(stop.as_str()))
            // The others end the reply here; see `Demands`.
            .take(STOP_LIMIT)
            .collect();
        wire.stop = (!stops.is_empty()).then_some(TextOr::Other(stops));
        self.limit(sampling.max_output_tokens, wire);
    }

    fn limit(&mut self, wanted: Option<u64>, wire: &mut ChatRequest<'_>) {
        let most = self.capabilities.max_output_tokens.unwrap_or(u64::MAX);
        let limit = wanted.map(|wanted| {
            if wanted > most {
                self.losses
                    .clamped("max_tokens", format!("was cut to {most}"));
            }
            wanted.min(most)
        });
        match self.capabilities.token_limit_field {
            TokenLimitField::MaxCompletionTokens => wire.max_completion_tokens = limit,
            TokenLimitField::MaxTokens => wire.max_tokens = limit,
        }
    }

    pub(super) fn reasoning(&mut self, request: &Request, wire: &mut ChatRequest<'r>) {
        let wanted = request.reasoning;
        let off = &self.capabilities.thinking_off;
        let thinks = self.capabilities.thinking != ThinkingForm::None;
        if wanted == Reasoning::Off && thinks && !off.is_empty() {
            wire.rest.extend(off.clone());
            return;
        }
        match self.capabilities.thinking {
            ThinkingForm::None => {
                if !matches!(wanted, Reasoning::Off | Reasoning::Unset) {
                    self.losses.dropped("reasoning", NOT_OF_MODEL);
                }
            }
            ThinkingForm::Budget => wire.thinking = self.budget(wanted),
            // "None" few models know that may not reason at all.
            ThinkingForm::Unsure if wanted == Reasoning::Off => {
                self.losses.dropped("reasoning", UNSURE_OFF);
            }
            ThinkingForm::Adaptive | ThinkingForm::Effort | ThinkingForm::Unsure => {
                let word = effort::word(wanted, self.capabilities, self.losses);
                let clash = !self.capabilities.reasoning_with_tools && wire.tools.is_some();
                if clash && word != Some("none") {
                    if word.is_some() {
                        let why =
                            "was switched off, because this model refuses it together with tools";
                        self.losses.dropped("reasoning", why);
                    }
                    wire.reasoning_effort = Some("none".into());
                } else {
                    wire.reasoning_effort = word.map(Text::from);
                }
            }
        }
    }

    fn budget(&mut self, wanted: Reasoning) -> Option<ReasoningSwitch<'r>> {
        let budget_tokens = match wanted {
            Reasoning::Unset => return None,
            Reasoning::Off | Reasoning::Adaptive => None,
            Reasoning::Budget(tokens) => Some(tokens),
            Reasoning::Effort(effort) => {
                let tokens = effort.budget();
                let why = format!("was sent as a budget of {tokens} tokens");
                self.losses.emulated("reasoning", why);
                Some(tokens)
            }
        };
        let kind = if wanted == Reasoning::Off {
            "disabled"
        } else {
            "enabled"
        };
        Some(ReasoningSwitch {
            kind: Some(kind.into()),
            budget_tokens,
            ..ReasoningSwitch::default()
        })
    }

    pub(super) fn rest(&mut self, request: &'r Request, wire: &mut ChatRequest<'r>) {
        wire.user = request.user.as_deref().map(|user| {
            if user.len() <= USER_LIMIT {
                return user.into();
            }
            self.losses.renamed(
                "user",
                "is longer than the target accepts; a hash of it was sent",
            );
            spelling::hash(user, USER_LIMIT).into()
        });
        if self.capabilities.cache_marks {
            self.marks.report(request, self.losses);
        } else {
            request.cache.left_out(self.losses);
        }
        let takes = self.capabilities.vendor_fields;
        let mut rest = fields::rest(request, Protocol::OpenAiChat, takes, self.losses).into_owned();
        let mut options: Map<String, Value> = match rest.remove("stream_options") {
            Some(Value::Object(options)) => options,
            Some(_) | None => Map::new(),
        };
        if request.stream {
            wire.stream = Some(true);
            if self.capabilities.stream_usage {
                options.insert("include_usage".to_owned(), true.into());
            }
            wire.stream_options = (!options.is_empty()).then_some(options);
        }
        wire.rest.extend(rest);
        fields::cache_key(request, self.capabilities.cache_key, &mut wire.rest);
    }
}
