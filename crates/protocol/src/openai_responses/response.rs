//! Whole replies: a provider's, and ours to clients. The latter are also what a stream ends with.

use bytes::{Bytes, BytesMut};
use serde_json::{Map, Value, json};

use super::{
    events::{Decoder, Encoder, Reader},
    wire::{
        ErrorOut, Incomplete, InputDetails, ItemOut, OutputDetails, ReasoningOut, ResponseOut,
        UsageOut,
    },
};
use crate::{
    EventDecoder, EventEncoder, ExchangeId, ReplyContext,
    canonical::{
        ApiError, Events, FinishReason, Losses, OutputFormat, Reasoning, Request, Response,
        ToolChoice, Usage,
    },
    openai::error,
};

pub(super) fn events(body: &[u8], exchange: &ExchangeId) -> Events {
    let mut events = Events::new();
    if is_stream(body) {
        let mut decoder = Decoder::new(exchange);
        decoder.push(body, &mut events);
        decoder.finish(&mut events);
    } else {
        Reader::new(exchange).whole(body, &mut events);
    }
    events
}

/// Some stream whatever was asked for.
fn is_stream(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    [&b"data:"[..], b"event:", b":"]
        .iter()
        .any(|start| body.starts_with(start))
}

/// The reply that a stream of the same events would end with.
pub(super) fn encode(
    response: &Response,
    request: &Request,
    reply: &ReplyContext,
    losses: &mut Losses,
) -> Bytes {
    for loss in &response.losses {
        losses.add(loss);
    }
    let mut encoder = Encoder::new(request, reply);
    let mut stream = BytesMut::new();
    for (choice, event) in response.clone().into_events() {
        encoder.push(choice, &event, &mut stream, losses);
        stream.clear();
    }
    encoder.whole().unwrap_or_default()
}

/// What all forms of one reply say of it.
#[derive(Debug)]
pub(super) struct Head {
    id: String,
    created: u64,
    model: String,
    previous: Option<String>,
    asked: Asked,
    max_output_tokens: Option<u64>,
    parallel_tool_calls: bool,
    effort: Option<&'static str>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    estimated_input: Option<u64>,
}

/// What is repeated of the request, in the client's words or in the vendor's where it said nothing.
#[derive(Debug)]
struct Asked {
    instructions: Option<Value>,
    metadata: Map<String, Value>,
    summary: Option<String>,
    store: bool,
    text: Value,
    tool_choice: Value,
    tools: Value,
    truncation: Value,
    user: Option<Value>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let given = |name: &str| request.repeated.get(name).cloned();
        let mut text = given("text").unwrap_or_else(|| json!({}));
        if let Some(fields) = text.as_object_mut() {
            let plain = || match request.output {
                OutputFormat::Json => json!({"type": "json_object"}),
                OutputFormat::JsonSchema { .. } | OutputFormat::Text => json!({"type": "text"}),
            };
            fields.entry("format").or_insert_with(plain);
        }
        let mut tools = given("tools").unwrap_or_else(|| json!([]));
        for tool in tools.as_array_mut().into_iter().flatten() {
            strict_function(tool);
        }
        let reasoning = request.repeated.get("reasoning");
        let summary = reasoning.and_then(|options| options.get("summary")?.as_str());
        Self {
            instructions: given("instructions"),
            metadata: match given("metadata") {
                Some(Value::Object(metadata)) => metadata,
                Some(_) | None => Map::new(),
            },
            summary: summary.map(str::to_owned),
            store: given("store") != Some(Value::Bool(false)),
            text,
            tool_choice: given("tool_choice").unwrap_or_else(|| choice_word(&request.tool_choice)),
            tools,
            truncation: given("truncation").unwrap_or_else(|| "disabled".into()),
            user: given("user"),
        }
    }
}

fn choice_word(choice: &ToolChoice) -> Value {
    let word = match choice {
        ToolChoice::Allowed { .. }
        | ToolChoice::Auto
        | ToolChoice::Named(_)
        | ToolChoice::Unset => "auto",
        ToolChoice::None => "none",
        ToolChoice::Required => "required",
    };
    word.into()
}

/// Clients insist on fields of a function that they may leave out themselves.
fn strict_function(tool: &mut Value) {
    let Some(fields) = tool.as_object_mut() else {
        return;
    };
    if fields.get("type").is_some_and(|kind| kind == "function") {
        for name in ["parameters", "strict"] {
            fields.entry(name).or_insert(Value::Null);
        }
    }
}

/// How a reply stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status<'a> {
    Begun,
    Failed(&'a ApiError),
    Finished(FinishReason),
}

/// What cut a reply that is not complete. `refused`: it holds a refusal, which is.
pub(super) fn incomplete(reason: FinishReason, refused: bool) -> Option<&'static str> {
    match reason {
        FinishReason::ContextFull | FinishReason::Length | FinishReason::Pause => {
            Some("max_output_tokens")
        }
        FinishReason::ContentFilter if !refused => Some("content_filter"),
        FinishReason::ContentFilter
        | FinishReason::Error
        | FinishReason::Other
        | FinishReason::Stop
        | FinishReason::ToolCalls => None,
    }
}

impl Head {
    pub(super) fn new(request: &Request, reply: &ReplyContext) -> Self {
        Self {
            // By the exchange's: clients name a reply to us later, and providers' own ids are not all unique.
            id: format!("resp_{}", reply.exchange.0),
            created: reply.created,
            model: reply.model.clone(),
            previous: reply.previous.clone(),
            asked: Asked::of(request),
            max_output_tokens: request.sampling.max_output_tokens,
            parallel_tool_calls: request.parallel_tool_calls.unwrap_or(true),
            effort: match request.reasoning {
                Reasoning::Effort(effort) => Some(effort.word()),
                Reasoning::Off => Some("none"),
                Reasoning::Adaptive | Reasoning::Budget(_) | Reasoning::Unset => None,
            },
            temperature: request.sampling.temperature,
            top_p: request.sampling.top_p,
            estimated_input: reply.estimated_input_tokens,
        }
    }

    /// It is somebody else's reply.
    pub(super) fn follow(&mut self, id: &str) {
        id.clone_into(&mut self.id);
    }

    /// The id of the item at a place.
    pub(super) fn item_id(&self, prefix: &str, at: usize) -> String {
        let exchange = self.id.strip_prefix("resp_").unwrap_or(&self.id);
        format!("{prefix}_{exchange}_{at}")
    }

    pub(super) fn response<'a>(
        &'a self,
        status: Status<'a>,
        output: &'a [ItemOut],
        usage: Option<UsageOut>,
    ) -> ResponseOut<'a> {
        let refused = output.iter().any(ItemOut::is_refusal);
        let (word, cut, error) = match status {
            Status::Begun => ("in_progress", None, None),
            Status::Failed(failure) => {
                let code = error::code(failure).unwrap_or("server_error");
                let message = failure.message.as_str();
                ("failed", None, Some(ErrorOut { code, message }))
            }
            Status::Finished(reason) => match incomplete(reason, refused) {
                Some(cut) => ("incomplete", Some(cut), None),
                None => ("completed", None, None),
            },
        };
        ResponseOut {
            id: &self.id,
            object: "response",
            created_at: self.created,
            status: word,
            error,
            incomplete_details: cut.map(|reason| Incomplete { reason }),
            instructions: self.asked.instructions.as_ref(),
            max_output_tokens: self.max_output_tokens,
            metadata: &self.asked.metadata,
            model: &self.model,
            output,
            parallel_tool_calls: self.parallel_tool_calls,
            previous_response_id: self.previous.as_deref(),
            reasoning: ReasoningOut {
                effort: self.effort,
                summary: self.asked.summary.as_deref(),
            },
            store: self.asked.store,
            temperature: self.temperature,
            text: &self.asked.text,
            tool_choice: &self.asked.tool_choice,
            tools: &self.asked.tools,
            top_p: self.top_p,
            truncation: &self.asked.truncation,
            user: self.asked.user.as_ref(),
            usage,
        }
    }

    /// The counts as clients read them.
    pub(super) fn usage(
        &self,
        usage: Option<Usage>,
        written: usize,
        losses: &mut Losses,
    ) -> UsageOut {
        let known = usage.unwrap_or_default();
        let (input, output) = known.totals(self.estimated_input, written, losses);
        UsageOut {
            input_tokens: input,
            input_tokens_details: InputDetails {
                cached_tokens: known.cache_read.unwrap_or(0),
                cache_write_tokens: known.cache_write.unwrap_or(0),
            },
            output_tokens: output,
            output_tokens_details: OutputDetails {
                reasoning_tokens: known.reasoning.unwrap_or(0),
            },
            total_tokens: input.saturating_add(output),
        }
    }
}
