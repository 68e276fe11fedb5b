//! The words for the protocols a provider may speak. Plain words: this crate knows no wire format.

use std::{fmt, str::FromStr};

use crate::{sentence, wording::Sentence};

/// What a provider speaks; written in the config as the words of [`ProviderProtocol::as_str`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ProviderProtocol {
    AmazonQ,
    Anthropic,
    Echo,
    Gemini,
    Ollama,
    OpenAiChat,
    OpenAiResponses,
}

impl ProviderProtocol {
    pub const ALL: [Self; 7] = [
        Self::OpenAiChat,
        Self::OpenAiResponses,
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::AmazonQ,
        Self::Echo,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::AmazonQ => "amazon_q",
            Self::Anthropic => "anthropic",
            Self::Echo => "echo",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::OpenAiChat => "openai_chat",
            Self::OpenAiResponses => "openai_responses",
        }
    }
}

impl fmt::Display for ProviderProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ProviderProtocol {
    type Err = UnknownProtocol;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.as_str() == word)
            .ok_or_else(|| UnknownProtocol(word.to_owned()))
    }
}

/// A word that is none of the seven.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.sentence().text)]
pub struct UnknownProtocol(String);

impl UnknownProtocol {
    pub fn sentence(&self) -> Sentence {
        let word = &self.0;
        sentence!(
            "unknown_protocol",
            "There is no protocol `{word}`. Write one of: openai_chat, openai_responses, anthropic, gemini, ollama, amazon_q, echo.",
            word
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for protocol in ProviderProtocol::ALL {
            assert_eq!(
                protocol.to_string().parse::<ProviderProtocol>().unwrap(),
                protocol
            );
        }
    }

    #[test]
    fn an_unknown_word_names_the_known_ones() {
        let error = "openai"
            .parse::<ProviderProtocol>()
            .unwrap_err()
            .to_string();
        for protocol in ProviderProtocol::ALL {
            assert!(error.contains(protocol.as_str()), "{error}");
        }
    }
}
