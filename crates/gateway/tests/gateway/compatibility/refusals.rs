//! The refusals that are right, each with its reason; every other one is a failure.

use super::{
    Column,
    ends::{Client, Upstream},
    features::Feature,
    judge::Verdict,
};
use crate::ask::Dialect;

struct Refusal {
    client: Client,
    upstream: Upstream,
    feature: &'static str,
    /// In the sentence that the client gets.
    says: &'static str,
}

/// No model of these tells it, and who asks for it does so to measure.
const fn unweighed(client: Dialect, upstream: Dialect) -> Refusal {
    Refusal {
        client: Client::Speaks(client),
        upstream: Upstream::Speaks(upstream),
        feature: "logprobs",
        says: "not supported by this model",
    }
}

const RIGHT: [Refusal; 9] = [
    unweighed(Dialect::OpenAi, Dialect::Anthropic),
    unweighed(Dialect::OpenAi, Dialect::AmazonQ),
    unweighed(Dialect::Responses, Dialect::Anthropic),
    unweighed(Dialect::Responses, Dialect::AmazonQ),
    unweighed(Dialect::Gemini, Dialect::Anthropic),
    unweighed(Dialect::Gemini, Dialect::AmazonQ),
    unweighed(Dialect::Ollama, Dialect::Anthropic),
    unweighed(Dialect::Ollama, Dialect::AmazonQ),
    // The bytes pass through untouched, and the provider fetches from nobody but itself.
    Refusal {
        client: Client::Speaks(Dialect::Gemini),
        upstream: Upstream::Speaks(Dialect::Gemini),
        feature: "image URL",
        says: "Cannot fetch content from the provided URL",
    },
];

impl Refusal {
    fn fits(&self, column: &Column, feature: &Feature, message: &str) -> bool {
        self.client == column.client
            && self.upstream == column.upstream
            && self.feature == feature.name
            && message.contains(self.says)
    }
}

/// A sentence for each cell that is not as it should be.
pub(super) fn unexpected(column: &Column, features: &[Feature]) -> Vec<String> {
    let cells = features.iter().zip(&column.verdicts);
    let wrong = cells.filter_map(|(feature, verdict)| {
        let why = match verdict {
            Verdict::Failed(why) => why.clone(),
            Verdict::Refused(status, message) => {
                let mut right = RIGHT.iter();
                if right.any(|refusal| refusal.fits(column, feature, message)) {
                    return None;
                }
                format!("refused with {status}: {message}")
            }
            Verdict::Loss(_) | Verdict::NotApplicable | Verdict::Pass => return None,
        };
        let (client, upstream) = (column.client.name(), column.upstream.name());
        Some(format!("{client} -> {upstream}, {}: {why}", feature.name))
    });
    wrong.collect()
}

/// Refusals that are expected and do not happen.
pub(super) fn unused(columns: &[Column], features: &[Feature]) -> Vec<String> {
    let happens = |refusal: &Refusal| {
        columns.iter().any(|column| {
            let mut cells = features.iter().zip(&column.verdicts);
            cells.any(|(feature, verdict)| match verdict {
                Verdict::Refused(_, message) => refusal.fits(column, feature, message),
                _ => false,
            })
        })
    };
    let unused = RIGHT.iter().filter(|refusal| !happens(refusal));
    unused
        .map(|refusal| format!("{} at {}", refusal.feature, refusal.upstream.name()))
        .collect()
}
