//! How long a reply may be, where a failure says so in its words.

mod told;

use self::told::{limits, numbers};
use super::{ApiError, ErrorKind};

/// The longest reply that a provider would have taken a request for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Room {
    pub tokens: u64,
    /// It is the model's own limit; otherwise it is what this very prompt leaves of the window.
    pub is_limit: bool,
}

/// Numbers below are none of a reply that anybody asks for.
const LEAST_LIMIT: u64 = 256;
/// With less than this a client had better shorten its prompt.
const LEAST_LEFT: u64 = 1_024;

impl Room {
    /// What a failure says that a reply may have, which was to have `wanted` tokens.
    pub fn of(failure: &ApiError, wanted: u64) -> Option<Self> {
        let told = words(failure)?;
        let room = match left(&told) {
            Some(tokens) => Self {
                tokens,
                is_limit: false,
            },
            None if Self::is_at_issue(failure) => Self {
                tokens: limits(&told).filter(|tokens| *tokens < wanted).max()?,
                is_limit: true,
            },
            None => return None,
        };
        let least = if room.is_limit {
            LEAST_LIMIT
        } else {
            LEAST_LEFT
        };
        (least..wanted).contains(&room.tokens).then_some(room)
    }

    /// Whether a failure speaks of how long a reply may be, whoever asks.
    pub fn is_at_issue(failure: &ApiError) -> bool {
        failure.kind == ErrorKind::InvalidRequest
            // Of thoughts, which have to fit into the reply: they are what is too long.
            && words(failure).is_some_and(|told| names_reply(&told) && !told.contains("budget"))
    }
}

/// In small letters.
fn words(failure: &ApiError) -> Option<String> {
    let is_of_request = matches!(
        failure.kind,
        ErrorKind::ContextTooLong | ErrorKind::InvalidRequest
    );
    let is_refused = matches!(failure.status, Some(400 | 422));
    (is_of_request && is_refused).then(|| failure.message.to_lowercase())
}

fn names_reply(told: &str) -> bool {
    const WORDS: [&str; 9] = [
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "max_new_tokens",
        "maxoutputtokens",
        "completion tokens",
        "output tokens",
        "max tokens",
        "maximum tokens",
    ];
    WORDS.iter().any(|words| told.contains(words))
}

/// Whether a failure in these words is mended by asking for a shorter reply.
pub(crate) fn is_of_reply(message: &str) -> bool {
    const OTHERS: [&str; 7] = [
        "context",
        "conversation",
        "history",
        "input",
        "message",
        "prompt",
        "total",
    ];
    let told = message.to_lowercase();
    let limits = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
    if let Some(tokens) = left(&told) {
        return tokens >= LEAST_LEFT;
    }
    let about = told.trim_start_matches(|letter: char| !letter.is_alphabetic());
    limits.iter().any(|field| about.starts_with(field))
        || names_reply(&told) && !OTHERS.iter().any(|words| told.contains(words))
}

/// The tokens of a prompt, and those that a window has, where a failure says both.
pub(crate) fn prompt_and_window(message: &str) -> Option<(u64, u64)> {
    told_sum(message).or_else(|| {
        let told = message.to_lowercase().replace(['`', '\'', '"'], "");
        told_apart(&told)
    })
}

/// What a prompt leaves of a window, where both are told.
fn left(told: &str) -> Option<u64> {
    let (prompt, window) = prompt_and_window(told)?;
    Some(window.saturating_sub(prompt))
}

/// As in "190000 + 32000 > 200000".
fn told_sum(message: &str) -> Option<(u64, u64)> {
    let numbers = numbers(message);
    numbers.windows(3).find_map(|three| {
        let [prompt, reply, window] = three else {
            return None;
        };
        let plus = message.get(prompt.end..reply.start)?;
        let over = message.get(reply.end..window.start)?;
        (plus.trim() == "+" && over.trim() == ">").then_some((prompt.value, window.value))
    })
}

fn told_apart(told: &str) -> Option<(u64, u64)> {
    const WINDOW: [&str; 2] = ["maximum context length", "must be <="];
    const PROMPT: [&str; 8] = [
        "in the functions",
        "in the messages",
        "input tokens",
        "inputs tokens",
        "of text input",
        "of tool input",
        "prompt tokens",
        "tokens from the input messages",
    ];
    let numbers = numbers(told);
    let window = WINDOW.iter().find_map(|words| {
        let at = told.find(words)?;
        numbers.iter().find(|number| number.start > at)
    })?;
    let prompt = numbers.iter().filter(|number| {
        let behind = told.get(number.end..).unwrap_or_default().trim_start();
        PROMPT.iter().any(|words| behind.starts_with(words))
    });
    let prompt = prompt
        .map(|number| number.value)
        .reduce(u64::saturating_add)?;
    Some((prompt, window.value))
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
