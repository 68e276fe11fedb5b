//! What refusals say of the length of replies.

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
            "The maximum tokens you requested exceeds the model limit of 8192. Try again with a maximum tokens value that is lower than 8192.",
            8_191,
        ),
        (
            "Requested 32000 max_tokens exceeds the model limit of 8192",
            8_192,
        ),
        (
            "Unable to submit request because it has a maxOutputTokens value of 32000 but the supported range is from 1 (inclusive) to 8193 (exclusive). Update the value and try again.",
            8_192,
        ),
        ("max_tokens must be less than 4096", 4_095),
        ("max_tokens must be in [1, 4096)", 4_095),
        ("max_tokens must be between 512 and 4096", 4_096),
        (
            "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model",
            8_192,
        ),
        (
            "max_tokens: Input should be less than or equal to 4096",
            4_096,
        ),
        ("max_tokens is too large, 4096 is the maximum", 4_096),
        (
            "Error code: 400 - max_tokens cannot be greater than 4096",
            4_096,
        ),
        ("max_tokens 不能超过 4096", 4_096),
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
            "This model's maximum context length is 1,048,576 tokens. However, you requested 1,062,000 tokens (1,030,000 in the messages, 32,000 in the completion)",
            18_576,
        ),
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
            "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again",
            10_000,
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
        "max_tokens must be at least 1024",
        "Error 400: max_tokens is too large for this model.",
        "max_tokens is too large. Request id: 20241, see error 4001",
        "max_tokens exceeds the limit (request id: 20241)",
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
