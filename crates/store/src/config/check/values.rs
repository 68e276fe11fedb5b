//! The rules for single values: numbers, durations, ids, names.

use std::{collections::HashSet, ops::RangeInclusive, time::Duration};

use toml::Spanned;

use super::{Check, Result};
use crate::{config::duration, sentence, wording::Sentence};

/// Whether a text may name a provider or an account.
pub fn is_id(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    !text.is_empty() && text.len() <= 64 && text.chars().all(allowed)
}

impl Check<'_> {
    pub(super) fn number(
        &self,
        key: &str,
        value: Option<&Spanned<i64>>,
        default: u32,
        allowed: RangeInclusive<u32>,
    ) -> Result<u32> {
        let Some(value) = value else {
            return Ok(default);
        };
        match u32::try_from(*value.get_ref()) {
            Ok(number) if allowed.contains(&number) => Ok(number),
            _ => {
                let (low, high) = allowed.into_inner();
                let message = sentence!(
                    "config_number",
                    "`{key}` must be between {low} and {high}.",
                    key,
                    low,
                    high
                );
                self.fail(value.span(), message)
            }
        }
    }

    pub(super) fn duration(
        &self,
        key: &str,
        value: Option<&Spanned<String>>,
        default: Duration,
    ) -> Result<Duration> {
        let Some(text) = value else {
            return Ok(default);
        };
        match duration::parse(text.get_ref()) {
            Some(duration) => Ok(duration),
            None => {
                let message = sentence!(
                    "config_duration",
                    "`{key}` must be a duration such as \"500ms\", \"10s\" or \"2m\": more than zero, at most a day.",
                    key
                );
                self.fail(text.span(), message)
            }
        }
    }

    pub(super) fn variable(&self, name: &Spanned<String>) -> Result<String> {
        let text = name.get_ref();
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if text.is_empty() || !text.chars().all(allowed) {
            // Not repeated: it may be the key itself.
            let message = sentence!(
                "config_variable",
                "`env` must be the name of an environment variable, such as \"OPENAI_API_KEY\"."
            );
            return self.fail(name.span(), message);
        }
        Ok(text.clone())
    }

    pub(super) fn id(&self, id: &Spanned<String>) -> Result<()> {
        if !is_id(id.get_ref()) {
            let message = sentence!(
                "config_id",
                "`id` must be 1 to 64 characters out of letters, digits, `-`, `_`, `.` and `@`."
            );
            return self.fail(id.span(), message);
        }
        Ok(())
    }

    pub(super) fn text_of(&self, key: &str, value: &Spanned<String>) -> Result<()> {
        if value.get_ref().trim().is_empty() {
            let message = sentence!("config_empty", "`{key}` is empty.", key);
            return self.fail(value.span(), message);
        }
        Ok(())
    }

    pub(super) fn once(
        &self,
        name: &Spanned<String>,
        seen: &mut HashSet<String>,
        taken: impl FnOnce(&str) -> Sentence,
    ) -> Result<()> {
        if seen.insert(name.get_ref().clone()) {
            return Ok(());
        }
        self.fail(name.span(), taken(name.get_ref()))
    }
}
