//! Who asks, and who is asked.

use serde_json::{Value, json};

use crate::{
    ask::Dialect,
    question::{self, Question, completions},
    told::{self, Told},
};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Client {
    /// The older of the endpoints that go on with a text: it can do little, and editors depend on it.
    Completions,
    Speaks(Dialect),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Upstream {
    /// Our own, which never fails.
    Echo,
    Speaks(Dialect),
}

fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::AmazonQ => "Amazon Q",
        Dialect::Anthropic => "Anthropic",
        Dialect::Gemini => "Gemini",
        Dialect::Ollama => "Ollama",
        Dialect::OpenAi => "OpenAI chat",
        Dialect::Responses => "OpenAI Responses",
    }
}

/// A family of models that think, as the vendor or its users name it.
fn family(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::AmazonQ | Dialect::Anthropic => "claude-sonnet-4-5",
        Dialect::Gemini => "gemini-2.5-flash",
        Dialect::Ollama => "qwen3",
        Dialect::OpenAi | Dialect::Responses => "gpt-5",
    }
}

impl Client {
    pub(super) const ALL: [Self; 6] = [
        Self::Speaks(Dialect::OpenAi),
        Self::Completions,
        Self::Speaks(Dialect::Responses),
        Self::Speaks(Dialect::Anthropic),
        Self::Speaks(Dialect::Gemini),
        Self::Speaks(Dialect::Ollama),
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Completions => "OpenAI completions",
            Self::Speaks(dialect) => name(dialect),
        }
    }

    pub(super) fn path(self, model: &str, stream: bool) -> String {
        match self {
            Self::Completions => "/v1/completions".to_owned(),
            Self::Speaks(dialect) => dialect.path(model, stream),
        }
    }

    /// `None` where its protocol has no words for the question.
    pub(super) fn body(self, question: &Question, model: &str, stream: bool) -> Option<Value> {
        let mut body = match self {
            Self::Completions => completions::write(question),
            Self::Speaks(dialect) => question::write(dialect, question),
        }?;
        if self != Self::Speaks(Dialect::Gemini) {
            body["model"] = json!(model);
            body["stream"] = json!(stream);
        }
        // These count a stream only when they are asked to.
        if stream && matches!(self, Self::Completions | Self::Speaks(Dialect::OpenAi)) {
            body["stream_options"] = json!({"include_usage": true});
        }
        Some(body)
    }

    /// The field that holds what is said.
    pub(super) fn said_in(self) -> &'static str {
        match self {
            Self::Completions => "prompt",
            Self::Speaks(Dialect::Anthropic | Dialect::Ollama | Dialect::OpenAi) => "messages",
            Self::Speaks(Dialect::Gemini) => "contents",
            Self::Speaks(Dialect::Responses) => "input",
            Self::Speaks(Dialect::AmazonQ) => unreachable!("no client speaks it"),
        }
    }

    pub(super) fn told(self, stream: bool, bytes: &[u8]) -> Told {
        match (self, stream) {
            (Self::Completions, false) => told::completions::whole(bytes),
            (Self::Completions, true) => told::completions::stream(bytes),
            (Self::Speaks(dialect), false) => told::whole(dialect, bytes),
            (Self::Speaks(dialect), true) => told::stream(dialect, bytes),
        }
    }

    /// How it is told that a provider failed: the status, and the vendor's word where it has one.
    pub(super) fn failure(self, status: u16) -> (u16, &'static str) {
        let family = match self {
            Self::Completions => Dialect::OpenAi,
            Self::Speaks(dialect) => dialect,
        };
        match (family, status) {
            (Dialect::AmazonQ, _) => unreachable!("no client speaks it"),
            (Dialect::Gemini, 401) => (401, "UNAUTHENTICATED"),
            (Dialect::Gemini, 404) => (404, "NOT_FOUND"),
            (Dialect::Gemini, 429) => (429, "RESOURCE_EXHAUSTED"),
            (Dialect::Gemini, 500) => (500, "INTERNAL"),
            (Dialect::Gemini, _) => (503, "UNAVAILABLE"),
            (Dialect::Anthropic, 401) => (401, "authentication_error"),
            (Dialect::Anthropic, 404) => (404, "not_found_error"),
            (Dialect::Anthropic, 429) => (429, "rate_limit_error"),
            (Dialect::Anthropic, 529) => (529, "overloaded_error"),
            (Dialect::Anthropic, status) => (status, "api_error"),
            (Dialect::Ollama, 529) => (503, ""),
            (Dialect::Ollama, status) => (status, ""),
            (Dialect::OpenAi | Dialect::Responses, 401) => (401, "authentication_error"),
            (Dialect::OpenAi | Dialect::Responses, 404) => (404, "invalid_request_error"),
            (Dialect::OpenAi | Dialect::Responses, 429) => (429, "rate_limit_error"),
            (Dialect::OpenAi | Dialect::Responses, 529) => (503, "server_error"),
            (Dialect::OpenAi | Dialect::Responses, status) => (status, "server_error"),
        }
    }

    /// Whether its replies tell what of the input was cached, and what of the output was reasoning.
    pub(super) fn counts_details(self) -> bool {
        self != Self::Speaks(Dialect::Ollama)
    }

    /// Who cannot ask for reasoning meets it where it comes unasked.
    pub(super) fn script(self, script: &str) -> &str {
        if script == "thinks" && !self.asks_for_reasoning() {
            "broods"
        } else {
            script
        }
    }

    /// What it says of a picture that it gives the address of.
    pub(super) fn type_of_addresses(self) -> &'static str {
        if self == Self::Speaks(Dialect::Gemini) {
            "image/png"
        } else {
            "unknown type"
        }
    }

    pub(super) fn asks_for_reasoning(self) -> bool {
        self != Self::Completions
    }
}

impl Upstream {
    pub(super) const ALL: [Self; 7] = [
        Self::Speaks(Dialect::OpenAi),
        Self::Speaks(Dialect::Responses),
        Self::Speaks(Dialect::Anthropic),
        Self::Speaks(Dialect::Gemini),
        Self::Speaks(Dialect::Ollama),
        Self::Speaks(Dialect::AmazonQ),
        Self::Echo,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Speaks(dialect) => name(dialect),
        }
    }

    /// The name of a model of it.
    pub(super) fn model(self, script: &str) -> String {
        match self {
            Self::Echo if script.starts_with("error-") => format!("echo/{script}"),
            Self::Echo => "echo/echo".to_owned(),
            // How an answer comes stands before it.
            Self::Speaks(dialect) if script.contains('-') => format!("{}/{script}", dialect.word()),
            Self::Speaks(dialect) => format!("{}/{}-{script}", dialect.word(), family(dialect)),
        }
    }

    /// Of the models that are asked.
    pub(super) fn family(self) -> Option<&'static str> {
        match self {
            Self::Echo => None,
            Self::Speaks(dialect) => Some(family(dialect)),
        }
    }

    pub(super) fn counts_cached(self) -> bool {
        self != Self::Speaks(Dialect::Ollama)
    }

    pub(super) fn counts_reasoning(self) -> bool {
        self != Self::Speaks(Dialect::Ollama) && self != Self::Speaks(Dialect::AmazonQ)
    }
}

/// Whether nothing is translated.
pub(super) fn are_equal(client: Client, upstream: Upstream) -> bool {
    match (client, upstream) {
        (Client::Completions, upstream) => upstream == Upstream::Speaks(Dialect::OpenAi),
        (Client::Speaks(from), Upstream::Speaks(to)) => from == to,
        (Client::Speaks(_), Upstream::Echo) => false,
    }
}
