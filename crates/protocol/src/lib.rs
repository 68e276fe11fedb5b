//! The heart of Patchbay: one canonical model, and per protocol a pair of pure state machines around it.
//!
//! No I/O, no clock, no chance: the same bytes always give the same events.

mod amazon_q;
mod anthropic;
pub mod canonical;
mod codec;
mod dates;
pub mod envelope;
pub mod framing;
mod gemini;
mod json;
mod ollama;
mod openai;
mod openai_chat;
mod openai_realtime;
mod openai_responses;
mod query;
mod quoting;
mod retry;
pub mod tokens;

pub use codec::{
    Abilities, About, ClientCodec, Encoded, ErrorReply, EventDecoder, EventEncoder, ExchangeId,
    FailedAnswer, Framing, ModelInfo, Operation, Place, RawRequest, ReplyContext, StreamForm,
    UpstreamCodec,
};

/// Connections of the one protocol whose clients speak over a socket.
pub mod realtime {
    pub use crate::openai_realtime::{
        Action, Dialect, Heard, Opening, SUBPROTOCOL, Session, Tap, Turn, keys, model, without_keys,
    };
}

/// A wire format.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    AmazonQ,
    Anthropic,
    Gemini,
    Ollama,
    #[serde(rename = "openai_chat")]
    OpenAiChat,
    #[serde(rename = "openai_realtime")]
    OpenAiRealtime,
    #[serde(rename = "openai_responses")]
    OpenAiResponses,
}

impl Protocol {
    pub const ALL: [Self; 7] = [
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::OpenAiChat,
        Self::OpenAiRealtime,
        Self::OpenAiResponses,
        Self::AmazonQ,
    ];
    /// Those that clients speak in requests: [`client_codec`] is theirs. The one spoken over a socket has [`realtime`].
    pub const CLIENTS: [Self; 5] = [
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::OpenAiChat,
        Self::OpenAiResponses,
    ];
    /// Those that providers speak: [`upstream_codec`] is theirs.
    pub const UPSTREAMS: [Self; 6] = [
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::OpenAiChat,
        Self::OpenAiResponses,
        Self::AmazonQ,
    ];

    /// Where nothing says which: what most clients and servers speak.
    pub const USUAL: Self = Self::OpenAiChat;

    /// Whether it is one of those that know the fields in [`openai::fields`].
    pub(crate) fn is_openai(self) -> bool {
        matches!(self, Self::OpenAiChat | Self::OpenAiResponses)
    }

    /// The protocol of a [`Self::word`].
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.word() == word)
    }

    /// The word for log rows, configuration and headers.
    pub fn word(self) -> &'static str {
        match self {
            Self::AmazonQ => "amazon_q",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::OpenAiChat => "openai_chat",
            Self::OpenAiRealtime => "openai_realtime",
            Self::OpenAiResponses => "openai_responses",
        }
    }
}

/// How `protocol` speaks to clients.
pub fn client_codec(protocol: Protocol) -> &'static dyn ClientCodec {
    match protocol {
        Protocol::Anthropic => &anthropic::Anthropic,
        Protocol::Gemini => &gemini::Gemini,
        Protocol::Ollama => &ollama::Ollama,
        // No client speaks it; whoever asks is told in the most common words.
        Protocol::AmazonQ | Protocol::OpenAiChat => &openai_chat::OpenAiChat,
        Protocol::OpenAiRealtime => &openai_realtime::OpenAiRealtime,
        Protocol::OpenAiResponses => &openai_responses::OpenAiResponses,
    }
}

/// How `protocol` speaks to providers.
pub fn upstream_codec(protocol: Protocol) -> &'static dyn UpstreamCodec {
    match protocol {
        Protocol::AmazonQ => &amazon_q::AmazonQ,
        Protocol::Anthropic => &anthropic::Anthropic,
        Protocol::Gemini => &gemini::Gemini,
        Protocol::Ollama => &ollama::Ollama,
        // No provider is asked in it by requests: its connections are passed through.
        Protocol::OpenAiChat | Protocol::OpenAiRealtime => &openai_chat::OpenAiChat,
        Protocol::OpenAiResponses => &openai_responses::OpenAiResponses,
    }
}
