//! The requests of the matrix, in all protocols.

use serde_json::{Value, json};

/// Whose words a client or a provider uses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dialect {
    Anthropic,
    Ollama,
    OpenAi,
    Responses,
}

impl Dialect {
    pub(crate) const ALL: [Self; 4] =
        [Self::Anthropic, Self::Ollama, Self::OpenAi, Self::Responses];

    /// The provider that speaks it, and the word in the log.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Ollama => "ollama",
            Self::OpenAi => "openai_chat",
            Self::Responses => "openai_responses",
        }
    }

    /// Whether its streams are lines of JSON, and come unless they are declined.
    pub(crate) fn has_lines(self) -> bool {
        self == Self::Ollama
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Anthropic => "/v1/messages",
            Self::Ollama => "/api/chat",
            Self::OpenAi => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
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

/// A request for a model in a client's words.
pub(crate) fn body(dialect: Dialect, ask: Ask, model: &str, stream: bool) -> Value {
    let mut body = match dialect {
        Dialect::Anthropic => anthropic(ask),
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
