//! What replies are made with: of the whole session, and changed for one reply.

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};

use super::{Refused, refused};
use crate::{
    canonical::{ApiError, Request},
    json,
    openai_realtime::{
        turn,
        wire::{Options, ReasoningOptions, Text, TurnOptions},
    },
};

#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) instructions: String,
    pub(super) tools: Vec<Box<RawValue>>,
    pub(super) tool_choice: Option<Box<RawValue>>,
    /// `None`: as long as it likes.
    pub(super) max_output_tokens: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) parallel_tool_calls: Option<bool>,
    pub(super) reasoning: Option<Box<RawValue>>,
    /// What has no effect here; every reply reports it.
    ignored: Map<String, Value>,
}

/// A session as clients see it, before it is put in their words.
#[derive(Debug)]
pub(super) struct Shown<'s> {
    pub(super) id: String,
    pub(super) model: Option<&'s str>,
    pub(super) settings: &'s Settings,
}

/// A limit in the vendor's words.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Limit {
    Count(u64),
    None(&'static str),
}

impl From<Option<u64>> for Limit {
    fn from(limit: Option<u64>) -> Self {
        limit.map_or(Self::None("inf"), Self::Count)
    }
}

impl Settings {
    /// Takes over what is stated; `at` is the field that it stands in.
    pub(super) fn update(&mut self, options: Options<'_>, at: &str) -> Result<(), Refused> {
        let field = |name: &str| format!("{at}.{name}");
        if options.prompt.is_some() {
            let param = field("prompt");
            let message = format!(
                "`{param}`: stored prompts are with another provider. Send their text as `instructions`."
            );
            return Err(refused("unsupported_value", Some(&param), message));
        }
        if let Some(modalities) = &options.output_modalities {
            self.check_modalities(modalities, &field("output_modalities"))?;
        }
        if let Some(text) = options.instructions {
            self.instructions = text.into_owned();
        }
        if options.tools.is_some() || options.tool_choice.is_some() {
            // Wrong ones are told now, not when the model is asked.
            let trial = TurnOptions {
                tools: options.tools.clone(),
                tool_choice: options.tool_choice,
                ..TurnOptions::default()
            };
            turn::tools::tools(&trial, &mut Request::default())
                .map_err(|error| at_field(at, error))?;
        }
        if let Some(tools) = options.tools {
            self.tools = tools.into_iter().map(ToOwned::to_owned).collect();
        }
        if let Some(choice) = options.tool_choice {
            self.tool_choice = Some(choice.to_owned());
        }
        if let Some(raw) = options.max_output_tokens {
            self.max_output_tokens = limit(raw, &field("max_output_tokens"))?;
        }
        if let Some(raw) = options.reasoning {
            json::parse_part::<ReasoningOptions<'_>>(raw, &field("reasoning"))?;
            self.reasoning = Some(raw.to_owned());
        }
        // Of one reply only, and taken out of what is for one.
        for (name, is_stated) in [
            ("conversation", options.conversation.is_some()),
            ("input", options.input.is_some()),
            ("metadata", options.metadata.is_some()),
        ] {
            if is_stated {
                self.ignored.insert(name.to_owned(), Value::Bool(true));
            }
        }
        self.temperature = options.temperature.or(self.temperature);
        self.parallel_tool_calls = options.parallel_tool_calls.or(self.parallel_tool_calls);
        for (name, value) in options.rest {
            let is_ours = matches!(name.as_str(), "id" | "object" | "expires_at");
            match value {
                // As it is anyway.
                Value::Null => {
                    self.ignored.shift_remove(&name);
                }
                Value::String(word) if name == "truncation" && word == "auto" => {}
                value if !is_ours => {
                    self.ignored.insert(name, value);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_modalities(&mut self, modalities: &[Text<'_>], param: &str) -> Result<(), Refused> {
        let has = |word: &str| modalities.iter().any(|known| &**known == word);
        if !has("audio") && !has("text") {
            let message =
                format!("`{param}` must be [\"text\"]; [\"audio\"] is answered in text as well.");
            return Err(refused("invalid_value", Some(param), message));
        }
        // Who asks for sound is shown text in the session's settings, and each row says what was lost.
        if has("audio") {
            self.ignored
                .insert("output_modalities".to_owned(), modalities_of(modalities));
        } else {
            self.ignored.shift_remove("output_modalities");
        }
        Ok(())
    }

    pub(super) fn shown<'s>(&'s self, seed: &str, model: Option<&'s str>) -> Shown<'s> {
        Shown {
            id: format!("sess_{seed}"),
            model,
            settings: self,
        }
    }

    /// What a turn takes along.
    pub(super) fn of_turn(&self) -> TurnOptions<'_> {
        let instructions = Some(self.instructions.as_str()).filter(|text| !text.is_empty());
        TurnOptions {
            instructions: instructions.map(Text::from),
            tools: (!self.tools.is_empty())
                .then(|| self.tools.iter().map(|tool| &**tool).collect()),
            // Without tools there is nothing to choose.
            tool_choice: self
                .tool_choice
                .as_deref()
                .filter(|_| !self.tools.is_empty()),
            max_output_tokens: self.max_output_tokens,
            temperature: self.temperature,
            parallel_tool_calls: self.parallel_tool_calls.filter(|_| !self.tools.is_empty()),
            reasoning: self.reasoning.as_deref(),
            rest: self.ignored.clone(),
        }
    }
}

fn modalities_of(modalities: &[Text<'_>]) -> Value {
    modalities.iter().map(|word| Value::from(&**word)).collect()
}

fn limit(raw: &RawValue, param: &str) -> Result<Option<u64>, Refused> {
    if raw.get() == "\"inf\"" {
        return Ok(None);
    }
    match serde_json::from_str::<u64>(raw.get()) {
        Ok(count) if count > 0 => Ok(Some(count)),
        Ok(_) | Err(_) => {
            let message = format!("`{param}` must be a whole number from 1 up, or \"inf\".");
            Err(refused("invalid_value", Some(param), message))
        }
    }
}

/// The same failure with the path from the event's root.
fn at_field(at: &str, error: ApiError) -> ApiError {
    let Some(param) = &error.param else {
        return error;
    };
    let whole = format!("{at}.{param}");
    let message = error
        .message
        .replace(&format!("`{param}`"), &format!("`{whole}`"));
    ApiError {
        message,
        param: Some(whole),
        ..error
    }
}
