//! What speaks at the other end: the one table from the words of the configuration to protocols.

use protocol::Protocol;
use store::config::ProviderProtocol;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Speaks {
    /// Ourselves.
    Echo,
    Wire(Protocol),
}

impl Speaks {
    pub(crate) fn of(protocol: ProviderProtocol) -> Self {
        Self::Wire(match protocol {
            ProviderProtocol::Echo => return Self::Echo,
            ProviderProtocol::AmazonQ => Protocol::AmazonQ,
            ProviderProtocol::Anthropic => Protocol::Anthropic,
            ProviderProtocol::Gemini => Protocol::Gemini,
            ProviderProtocol::Ollama => Protocol::Ollama,
            ProviderProtocol::OpenAiChat => Protocol::OpenAiChat,
            ProviderProtocol::OpenAiResponses => Protocol::OpenAiResponses,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_configuration_are_those_of_the_protocols() {
        for protocol in ProviderProtocol::ALL {
            match Speaks::of(protocol) {
                Speaks::Echo => assert_eq!(protocol.as_str(), store::config::ECHO),
                Speaks::Wire(wire) => assert_eq!(protocol.as_str(), wire.word()),
            }
        }
    }
}
