//! How long a reply may be, where a failure says so in its words.

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
        const ABOUT: [&str; 8] = [
            "max_tokens",
            "max_completion_tokens",
            "max_output_tokens",
            "max_new_tokens",
            "maxoutputtokens",
            "completion tokens",
            "output tokens",
            "max tokens",
        ];
        if !matches!(failure.status, Some(400 | 422)) {
            return None;
        }
        let told = match failure.kind {
            ErrorKind::ContextTooLong | ErrorKind::InvalidRequest => failure.message.to_lowercase(),
            _ => return None,
        };
        let room = if let Some(tokens) = left(&told) {
            Self {
                tokens,
                is_limit: false,
            }
        } else if failure.kind == ErrorKind::InvalidRequest
            // Of thoughts, which have to fit into the reply: they are what is too long.
            && !told.contains("budget")
            && ABOUT.iter().any(|words| told.contains(words))
        {
            let numbers = numbers(&told).into_iter().map(|number| number.value);
            Self {
                tokens: numbers.filter(|tokens| *tokens < wanted).max()?,
                is_limit: true,
            }
        } else {
            return None;
        };
        let least = if room.is_limit {
            LEAST_LIMIT
        } else {
            LEAST_LEFT
        };
        (least..wanted).contains(&room.tokens).then_some(room)
    }
}

/// Whether a failure in these words is mended by asking for a shorter reply.
pub(crate) fn is_of_reply(message: &str) -> bool {
    let told = message.to_lowercase();
    let limits = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
    match left(&told) {
        Some(tokens) => tokens >= LEAST_LEFT,
        None => limits.iter().any(|field| {
            let about = told.trim_start_matches(|letter: char| !letter.is_alphabetic());
            about.starts_with(field)
        }),
    }
}

/// What a prompt leaves of a window, where both are told.
fn left(told: &str) -> Option<u64> {
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
    let told = told.replace(['`', '\'', '"'], "");
    let numbers = numbers(&told);
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
    Some(window.value.saturating_sub(prompt))
}

/// A whole number in a sentence.
struct Told {
    value: u64,
    start: usize,
    end: usize,
}

/// Those that stand for themselves: none within a name, none behind a point.
fn numbers(told: &str) -> Vec<Told> {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let mut numbers: Vec<Told> = Vec::new();
    let mut at = 0;
    while let Some(start) = told.get(at..).and_then(|rest| rest.find(is_digit)) {
        let start = at + start;
        let rest = told.get(start..).unwrap_or_default();
        let mut end = start + rest.find(|letter| !is_digit(letter)).unwrap_or(rest.len());
        // "16,384" is one number, "[1, 8192]" and "[1,8192]" are two.
        while let Some(group) = told.get(end..).and_then(|rest| rest.strip_prefix(','))
            && end - start <= 3
            && group.len() - group.trim_start_matches(is_digit).len() == 3
        {
            end += 4;
        }
        let before = told.get(..start).unwrap_or_default();
        let is_inside = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        let behind = told.get(end..).and_then(|rest| rest.chars().next());
        let is_apart = !before.ends_with(is_inside)
            && !behind.is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '_');
        let digits = told.get(start..end).unwrap_or_default().replace(',', "");
        if is_apart && let Ok(value) = digits.parse() {
            numbers.push(Told { value, start, end });
        }
        at = end;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::Fault;

    fn room(message: &str, wanted: u64) -> Option<(u64, bool)> {
        let mut failure = ApiError::new(ErrorKind::InvalidRequest, Fault::Provider, message);
        failure.status = Some(400);
        Room::of(&failure, wanted).map(|room| (room.tokens, room.is_limit))
    }

    #[test]
    fn complaint_03_limits_are_read_from_refusals() {
        for (message, tokens) in [
            (
                "max_tokens is too large: 32000. This model supports at most 16384 completion tokens, whereas you provided 32000.",
                16_384,
            ),
            (
                "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
                8_192,
            ),
            ("Range of max_tokens should be [1,8192]", 8_192),
            (
                "`max_tokens` must be less than or equal to `16,384`, the maximum value for `max_tokens`",
                16_384,
            ),
            (
                "max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for claude-3-5-sonnet-20241022",
                8_192,
            ),
        ] {
            assert_eq!(room(message, 32_000), Some((tokens, true)), "{message}");
        }
    }

    #[test]
    fn complaint_03_what_a_prompt_leaves_is_read_from_refusals() {
        for (message, tokens) in [
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 40960 tokens and your request has 12000 input tokens (32000 > 40960 - 12000).",
                28_960,
            ),
            (
                "This model's maximum context length is 8192 tokens. However, you requested 33000 tokens (900 in the messages, 100 in the functions, 32000 in the completion).",
                7_192,
            ),
            (
                "This model's maximum context length is 40960 tokens. However, you requested 32000 output tokens and your prompt contains at least 12001 input tokens, for a total of at least 44001 tokens.",
                28_959,
            ),
            (
                "`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 5 `inputs` tokens and 32000 `max_new_tokens`",
                8_188,
            ),
        ] {
            assert_eq!(room(message, 32_000), Some((tokens, false)), "{message}");
            assert!(is_of_reply(message), "{message}");
        }
    }

    #[test]
    fn other_refusals_tell_no_limit() {
        for message in [
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 10034 tokens.",
            "This model's maximum context length is 40960 tokens and your request has 40900 input tokens.",
            "Unsupported parameter: 'max_tokens' is not supported with gpt-5-2025. Use 'max_completion_tokens' instead.",
            "max_tokens must be at least 16",
            "max_tokens 32000 leaves no answer beside thinking.budget_tokens 31999",
            "temperature must be at most 1024",
            "",
        ] {
            assert_eq!(room(message, 32_000), None, "{message}");
        }
        assert!(!is_of_reply(
            "prompt is too long: 200000 tokens > 128000 maximum"
        ));
        assert_eq!(
            room("max_tokens is too large: the limit is 4096", 4_096),
            None
        );
    }
}
