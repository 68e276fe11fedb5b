//! Listens to a connection that is passed through, for the log: what its replies cost.

use serde::Deserialize;

use super::wire::Text;
use crate::canonical::Usage;

/// Adds up what the provider's events say, over all replies of a connection.
#[derive(Debug, Default)]
pub struct Tap {
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Heard<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    response: Option<Reply>,
}

#[derive(Deserialize)]
struct Reply {
    usage: Option<Counts>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    input_token_details: Option<Details>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    cached_tokens: Option<u64>,
}

impl Tap {
    /// An event of the provider; the usage of the whole connection, where it says more of it.
    pub fn hear(&mut self, text: &str) -> Option<Usage> {
        // Most events are fragments: only the rare others are read.
        if !text.contains("\"response.done\"") {
            return None;
        }
        let heard: Heard<'_> = serde_json::from_str(text).ok()?;
        let counts = heard.response?.usage?;
        if &*heard.kind != "response.done" {
            return None;
        }
        let details = counts.input_token_details.unwrap_or_default();
        let usage = Usage {
            input: Usage::fresh_input(counts.input_tokens, details.cached_tokens, None),
            cache_read: details.cached_tokens,
            output: counts.output_tokens,
            ..Usage::default()
        };
        self.usage = Some(self.usage.map_or(usage, |known| known.plus(&usage)));
        self.usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_a_connection_is_that_of_its_replies() {
        let mut tap = Tap::default();
        let delta = r#"{"type":"response.output_text.delta","delta":"\"response.done\""}"#;
        assert_eq!(tap.hear(delta), None);
        let done = |usage: &str| {
            format!(r#"{{"type":"response.done","response":{{"id":"resp_1","usage":{usage}}}}}"#)
        };
        assert_eq!(tap.hear(&done("null")), None);
        let counts =
            r#"{"input_tokens":10,"output_tokens":4,"input_token_details":{"cached_tokens":3}}"#;
        tap.hear(&done(counts));
        let both = tap.hear(&done(counts)).unwrap();
        assert_eq!(
            (both.input, both.cache_read, both.output),
            (Some(14), Some(6), Some(8))
        );
    }
}
