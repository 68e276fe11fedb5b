//! The requests of the matrix, in all protocols.

use serde_json::{Value, json};

use crate::question::{self, Question, Said};

/// Whose words a client or a provider uses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dialect {
    AmazonQ,
    Anthropic,
    Gemini,
    Ollama,
    OpenAi,
    Responses,
}

impl Dialect {
    pub(crate) const CLIENTS: [Self; 5] = [
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::OpenAi,
        Self::Responses,
    ];
    pub(crate) const UPSTREAMS: [Self; 6] = [
        Self::AmazonQ,
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::OpenAi,
        Self::Responses,
    ];

    /// The provider that speaks it, and the word in the log.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::AmazonQ => "amazon_q",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::OpenAi => "openai_chat",
            Self::Responses => "openai_responses",
        }
    }

    /// Whether its streams are lines of JSON, and come unless they are declined.
    pub(crate) fn has_lines(self) -> bool {
        self == Self::Ollama
    }

    /// Where a model is asked, which some have in the address.
    pub(crate) fn path(self, model: &str, stream: bool) -> String {
        let fixed = match self {
            Self::AmazonQ => "/",
            Self::Anthropic => "/v1/messages",
            Self::Gemini if stream => {
                return format!("/v1beta/models/{model}:streamGenerateContent?alt=sse");
            }
            Self::Gemini => return format!("/v1beta/models/{model}:generateContent"),
            Self::Ollama => "/api/chat",
            Self::OpenAi => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
        };
        fixed.to_owned()
    }

    /// The header that a key is told in.
    pub(crate) fn credential(self, key: &str) -> (&'static str, String) {
        match self {
            Self::Anthropic => ("x-api-key", key.to_owned()),
            Self::Gemini => ("x-goog-api-key", key.to_owned()),
            Self::AmazonQ | Self::Ollama | Self::OpenAi | Self::Responses => {
                ("authorization", format!("Bearer {key}"))
            }
        }
    }
}

/// A picture of one dot.
pub(crate) const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ask {
    Image,
    ParallelTools,
    Schema,
    Text,
    Tools,
}

/// A client's request to the server at `url`.
pub(crate) fn request(
    client: &reqwest::Client,
    url: &str,
    dialect: Dialect,
    ask: Ask,
    model: &str,
    stream: bool,
) -> reqwest::RequestBuilder {
    let path = dialect.path(model, stream);
    let body = body(dialect, ask, model, stream);
    client.post(format!("{url}{path}")).json(&body)
}

/// What is asked of a model in a client's words.
pub(crate) fn body(dialect: Dialect, ask: Ask, model: &str, stream: bool) -> Value {
    let mut body = question::write(dialect, &ask.question()).unwrap();
    // Model and stream stand in the address.
    if dialect == Dialect::Gemini {
        return body;
    }
    body["model"] = json!(model);
    // Left out it means yes to one and no to the others.
    if stream != dialect.has_lines() {
        body["stream"] = json!(stream);
    }
    body
}

impl Ask {
    fn question(self) -> Question {
        let hello = Question {
            system: "Be brief.".to_owned(),
            ..Question::of_user("Hello")
        };
        let user = |text: &str| Said::User(text.to_owned());
        match self {
            Self::Image => Question {
                said: vec![
                    user("What is this?"),
                    Said::Image {
                        media_type: "image/png".to_owned(),
                        data: PNG.to_owned(),
                    },
                ],
                ..Question::default()
            },
            Self::ParallelTools => Question {
                tools: vec!["weather".to_owned(), "time".to_owned()],
                ..hello
            },
            Self::Schema => Question {
                wants_place: true,
                ..hello
            },
            Self::Text => hello,
            // The second round: the call is in the history, and its result.
            Self::Tools => Question {
                said: vec![
                    user("Weather?"),
                    Said::Call {
                        name: "weather".to_owned(),
                        arguments: json!({"city": "Oslo"}),
                    },
                    Said::Result {
                        name: "weather".to_owned(),
                        text: "-3 C".to_owned(),
                    },
                    user("And in Rome?"),
                ],
                tools: vec!["weather".to_owned()],
                ..Question::default()
            },
        }
    }
}
