//! The requests of the matrix, in all protocols.

use serde_json::{Value, json};

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
    let mut body = match dialect {
        Dialect::AmazonQ => unreachable!("no client speaks it"),
        Dialect::Anthropic => anthropic(ask),
        // Model and stream stand in the address.
        Dialect::Gemini => return gemini(ask),
        Dialect::Ollama => ollama(ask),
        Dialect::OpenAi => openai(ask),
        Dialect::Responses => responses(ask),
    };
    body["model"] = json!(model);
    // Left out it means yes to one and no to the others.
    if stream != dialect.has_lines() {
        body["stream"] = json!(stream);
    }
    body
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": false})
}

fn openai(ask: Ask) -> Value {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name, "parameters": schema()}});
    let said =
        json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]);
    match ask {
        Ask::Image => json!({"messages": [{"role": "user", "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PNG}")}}]}]}),
        Ask::ParallelTools => json!({"messages": said, "tools": [tool("weather"), tool("time")]}),
        Ask::Schema => json!({"messages": said, "response_format":
            {"type": "json_schema", "json_schema": {"name": "place", "schema": schema(), "strict": true}}}),
        Ask::Text => json!({"messages": said, "max_completion_tokens": 100}),
        // The second round: the call is in the history, and its result.
        Ask::Tools => json!({"messages": [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Oslo\"}"}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "-3 C"},
            {"role": "user", "content": "And in Rome?"}],
            "tools": [tool("weather")], "tool_choice": "auto"}),
    }
}

fn ollama(ask: Ask) -> Value {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name, "description": "", "parameters": schema()}});
    let said =
        json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]);
    match ask {
        Ask::Image => {
            json!({"messages": [{"role": "user", "content": "What is this?", "images": [PNG]}]})
        }
        Ask::ParallelTools => json!({"messages": said, "tools": [tool("weather"), tool("time")]}),
        Ask::Schema => json!({"messages": said, "format": schema()}),
        Ask::Text => json!({"messages": said, "options": {"num_predict": 100}}),
        Ask::Tools => json!({"messages": [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "weather", "arguments": {"city": "Oslo"}}}]},
            {"role": "tool", "tool_name": "weather", "content": "-3 C"},
            {"role": "user", "content": "And in Rome?"}],
            "tools": [tool("weather")]}),
    }
}

fn gemini(ask: Ask) -> Value {
    let tool = |name: &str| json!({"name": name, "parametersJsonSchema": schema()});
    let user = |text: &str| json!({"role": "user", "parts": [{"text": text}]});
    let said = json!([user("Hello")]);
    match ask {
        Ask::Image => json!({"contents": [{"role": "user", "parts": [
            {"inlineData": {"mimeType": "image/png", "data": PNG}}, {"text": "What is this?"}]}]}),
        Ask::ParallelTools => json!({"contents": said,
            "tools": [{"functionDeclarations": [tool("weather"), tool("time")]}]}),
        Ask::Schema => json!({"contents": said, "generationConfig":
            {"responseMimeType": "application/json", "responseJsonSchema": schema()}}),
        Ask::Text => {
            json!({"contents": said, "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "generationConfig": {"maxOutputTokens": 100}})
        }
        Ask::Tools => json!({"contents": [
            user("Weather?"),
            {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "weather", "response": {"output": "-3 C"}}}]},
            user("And in Rome?")],
            "tools": [{"functionDeclarations": [tool("weather")]}],
            "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}}}),
    }
}

fn anthropic(ask: Ask) -> Value {
    let tool = |name: &str| json!({"name": name, "input_schema": schema()});
    let said = json!([{"role": "user", "content": "Hello"}]);
    let mut body = match ask {
        Ask::Image => json!({"messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
            {"type": "text", "text": "What is this?"}]}]}),
        Ask::ParallelTools => json!({"messages": said, "tools": [tool("weather"), tool("time")]}),
        Ask::Schema => json!({"messages": said,
            "output_config": {"format": {"type": "json_schema", "schema": schema()}}}),
        Ask::Text => json!({"messages": said, "system": "Be brief."}),
        Ask::Tools => json!({"messages": [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "-3 C"},
                {"type": "text", "text": "And in Rome?"}]}],
            "tools": [tool("weather")], "tool_choice": {"type": "auto"}}),
    };
    body["max_tokens"] = json!(100);
    body
}

fn responses(ask: Ask) -> Value {
    let tool = |name: &str| json!({"type": "function", "name": name, "parameters": schema(), "strict": true});
    let said = json!([{"role": "user", "content": "Hello"}]);
    match ask {
        Ask::Image => json!({"input": [{"role": "user", "content": [
            {"type": "input_text", "text": "What is this?"},
            {"type": "input_image", "image_url": format!("data:image/png;base64,{PNG}"), "detail": "auto"}]}]}),
        Ask::ParallelTools => json!({"input": said, "tools": [tool("weather"), tool("time")]}),
        Ask::Schema => json!({"input": said, "text": {"format":
            {"type": "json_schema", "name": "place", "schema": schema(), "strict": true}}}),
        Ask::Text => {
            json!({"input": "Hello", "instructions": "Be brief.", "max_output_tokens": 100})
        }
        Ask::Tools => json!({"input": [
            {"role": "user", "content": "Weather?"},
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{\"city\":\"Oslo\"}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "-3 C"},
            {"role": "user", "content": "And in Rome?"}],
            "tools": [tool("weather")], "tool_choice": "auto"}),
    }
}
